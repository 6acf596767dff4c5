package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/standin"
)

// DevPlatformRequest asks for a stand-in for the hosted platform.
type DevPlatformRequest struct {
	Port int // of 127.0.0.1; 0 is any
}

// DevPlatformResult says where it was.
type DevPlatformResult struct {
	URL     string   `json:"url"`
	Profile string   `json:"profile" jsonschema:"the file that --profile and SUPABASE_PROFILE take"`
	Refs    []string `json:"refs"`
}

// standinToken opens the stand-in, and nothing else.
const standinToken = "sbp_0000000000000000000000000000000000000000"

// standinProjects are the projects of the stand-in, by their refs.
func standinProjects() map[string]string {
	return map[string]string{"productionproduction": "production", "stagingstagingstagin": "staging"}
}

// DevPlatform serves a stand-in for the platform until ctx ends: the Management API, with two projects whose databases are
// those of a throwaway server. What goes wrong there is said by POST /standin/faults.
func (a *App) DevPlatform(ctx context.Context, req DevPlatformRequest, s event.Sink) (*DevPlatformResult, error) {
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	sh, err := a.shadow(ctx, p, s)
	if err != nil {
		return nil, err
	}
	defer sh.Close()
	api := &standin.Server{Token: secret.New(standinToken), Now: a.Now}
	result := &DevPlatformResult{}
	for ref, name := range standinProjects() {
		if err := sh.Clone(ctx, name); err != nil {
			return nil, err
		}
		api.Add(&standin.Project{
			Ref: ref, Name: name, Region: "this-machine", Version: sh.Version, Host: "db." + ref + ".standin.invalid",
			URL: secret.New(sh.URL(name, "postgres")), Admin: secret.New(sh.URL(name, platform.Superuser)),
		})
		result.Refs = append(result.Refs, ref)
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(req.Port)))
	if err != nil {
		return nil, &finding.Finding{
			Code: finding.PortTaken, Severity: finding.Error, Exit: finding.Unreachable, Cause: err,
			Message: fmt.Sprintf("the stand-in cannot listen on port %d: %v", req.Port, err), Hint: "leave --port out to have any",
		}
	}
	result.URL = "http://" + l.Addr().String()
	if result.Profile, err = a.standinProfile(result.URL); err != nil {
		_ = l.Close()
		return nil, err
	}
	defer func() { _ = os.Remove(result.Profile) }()
	server := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	s(event.Found{Finding: &finding.Finding{
		Code: finding.RouteTaken, Severity: finding.Note,
		Message: "a stand-in for the platform listens on " + result.URL + " until it is interrupted",
		Detail: "export SUPABASE_PROFILE=" + result.Profile + "\nexport SUPABASE_ACCESS_TOKEN=" + standinToken +
			"\ncairn link --project-ref productionproduction   # or stagingstagingstagin",
		Hint: "`curl -d '{\"match\": \"POST .*/query\", \"status\": 502, \"done\": true}' " + result.URL + "/standin/faults` loses the next query's answer",
	}})
	if err := server.Serve(l); err != nil && ctx.Err() == nil {
		return nil, err
	}
	return result, nil
}

// standinProfile writes the profile that names the stand-in as the platform. It is called as its port is: several may
// stand in at once.
func (a *App) standinProfile(url string) (string, error) {
	dir := filepath.Join(a.StateDir, "standin")
	name := filepath.Join(dir, url[strings.LastIndex(url, ":")+1:]+".yaml")
	text := "name: standin\napi_url: " + url + "\ndashboard_url: " + url + "/dashboard\nproject_host: standin.invalid\npooler_host: 127.0.0.1\n"
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o600)
	}
	if err != nil {
		return "", &finding.Finding{
			Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Usage, Cause: err, Message: "the stand-in's profile cannot be written: " + err.Error(),
		}
	}
	return name, nil
}
