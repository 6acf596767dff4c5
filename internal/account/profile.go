// Package account knows who a person is at the platform: its profiles (which servers to ask), and where access tokens
// are kept. It is as the Supabase CLI has it, so that a login in one is a login in the other.
package account

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// Profile says which servers a platform consists of.
type Profile struct {
	Name         string `yaml:"name" toml:"name"`
	APIURL       string `yaml:"api_url" toml:"api_url"`
	DashboardURL string `yaml:"dashboard_url" toml:"dashboard_url"`
	ProjectHost  string `yaml:"project_host" toml:"project_host"` // a project is at https://REF.<ProjectHost>, its database at db.REF.<ProjectHost>
	PoolerHost   string `yaml:"pooler_host" toml:"pooler_host"`   // the domain that poolers are in
}

// Default is the name of the profile that is taken where none is named.
const Default = "supabase"

// profiles are those that need no file.
func profiles() []Profile {
	return []Profile{
		{Default, "https://api.supabase.com", "https://supabase.com/dashboard", "supabase.co", "supabase.com"},
		{"supabase-staging", "https://api.supabase.green", "https://supabase.green/dashboard", "supabase.red", "supabase.green"},
		{"supabase-local", "http://localhost:8080", "http://localhost:8082", "supabase.red", ""},
		{"snap", "https://cloudapi.snap.com", "https://cloud.snap.com/dashboard", "snapcloud.dev", "snapcloud.co"},
	}
}

// profileLimit is the largest profile file we read, in bytes.
const profileLimit = 64 << 10

// FindProfile returns the profile of a name, or the one in a YAML or TOML file of that name. "" is what was chosen with
// the Supabase CLI (~/.supabase/profile), else the default one. The error is a finding.
func FindProfile(name, home string) (*Profile, error) {
	if name == "" {
		name = Default
		if text, err := os.ReadFile(filepath.Join(home, ".supabase", "profile")); err == nil && strings.TrimSpace(string(text)) != "" {
			name = strings.TrimSpace(string(text))
		}
	}
	for _, p := range profiles() {
		if strings.EqualFold(p.Name, name) {
			return &p, nil
		}
	}
	info, err := os.Stat(name)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > profileLimit) {
		err = errors.New("it is no file of settings")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, badProfile(name, "there is no such profile and no such file", nil)
	}
	if err != nil {
		return nil, badProfile(name, err.Error(), err)
	}
	p := Profile{PoolerHost: "supabase.com"}
	if strings.EqualFold(filepath.Ext(name), ".toml") {
		err = toml.Unmarshal(text, &p)
	} else {
		err = yaml.Unmarshal(text, &p)
	}
	if err != nil {
		return nil, badProfile(name, err.Error(), err)
	}
	u, err := url.Parse(p.APIURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return nil, badProfile(name, "its api_url must be an https:// address, or an http:// one of this machine", err)
	}
	p.APIURL = strings.TrimRight(p.APIURL, "/")
	p.DashboardURL = strings.TrimRight(p.DashboardURL, "/")
	if p.Name == "" {
		p.Name = strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	}
	return &p, nil
}

func loopback(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1"
}

func badProfile(name, why string, cause error) error {
	return &finding.Finding{
		Code: finding.BadConfig, Severity: finding.Error, Exit: finding.Usage, Cause: cause,
		Message: fmt.Sprintf("the profile %s cannot be used: %s", folder.Shown(name), why),
		Hint:    "--profile and SUPABASE_PROFILE name supabase, supabase-staging, supabase-local, snap, or a YAML or TOML file with api_url in it",
	}
}

// Editor is where a person runs SQL on a project by hand.
func (p *Profile) Editor(ref string) string {
	if p.DashboardURL == "" {
		return ""
	}
	return p.DashboardURL + "/project/" + ref + "/sql/new"
}

// Tokens is where a person makes access tokens.
func (p *Profile) Tokens() string {
	if p.DashboardURL == "" {
		return ""
	}
	return p.DashboardURL + "/account/tokens"
}
