package app

import (
	"cmp"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/account"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/project"
)

// hosting is the platform as this run sees it.
type hosting struct {
	profile *account.Profile
	token   account.Token // zero where none was found
	client  *management.Client
}

// home is the user's home folder, or "".
func (a *App) home() string { return a.Getenv("HOME") }

// profile is the platform that is meant: --profile, SUPABASE_PROFILE, or what was chosen before.
func (a *App) profile(p *project.Project) (*account.Profile, error) {
	name := cmp.Or(a.Profile, a.Getenv("SUPABASE_PROFILE"))
	if name == "" && p != nil {
		name = p.Env.Get("SUPABASE_PROFILE")
	}
	if strings.ContainsAny(name, "./") && !filepath.IsAbs(name) {
		name = filepath.Join(a.Cwd, name)
	}
	return account.FindProfile(name, a.home())
}

func (a *App) tokens(profile *account.Profile) *account.Store {
	return &account.Store{Home: a.home(), Profile: profile.Name, Keyring: a.Keyring}
}

// job is what a link step keeps for the later steps of its job.
func (a *App) job(root string) *account.Job {
	dir := filepath.Join(a.StateDir, "jobs")
	keys := filepath.Join(a.StateDir, "keys")
	if temp := a.Getenv("RUNNER_TEMP"); temp != "" {
		keys = temp
	}
	return &account.Job{Dir: dir, Keys: keys, Root: root, Getenv: a.Getenv, Now: a.Now}
}

// hosting finds the platform and the token to ask it with: in the environment, an .env file, what this job's link step
// kept, the keyring, a file. That there is none is no error here.
func (a *App) hosting(ctx context.Context, p *project.Project, ref string, s event.Sink) (*hosting, error) {
	profile, err := a.profile(p)
	if err != nil {
		return nil, err
	}
	h := &hosting{profile: profile}
	if p != nil {
		text, from := p.Env.Lookup(account.Variable)
		h.token = account.NewToken(text, from)
		if from == "environment" {
			h.token.From = account.Variable
		} else if text != "" {
			a.warnTracked(ctx, p, from, s)
		}
	} else if text := a.Getenv(account.Variable); text != "" {
		h.token = account.NewToken(text, account.Variable)
	}
	if h.token.IsZero() && p != nil && ref != "" {
		kept, from := a.job(p.Root).Find(ref)
		h.token = account.Token{String: kept.Token, From: from}
	}
	if h.token.IsZero() {
		if h.token, err = a.tokens(profile).Find(); err != nil {
			return nil, err
		}
	}
	if h.token.IsZero() {
		return h, nil
	}
	if err := account.Check(h.token.String); err != nil {
		f := *finding.As(err)
		f.Detail = "it comes from " + h.token.From
		return nil, &f
	}
	h.client = a.client(profile, h.token, s)
	return h, nil
}

func (a *App) client(profile *account.Profile, token account.Token, s event.Sink) *management.Client {
	retries := 0
	if n, err := strconv.Atoi(a.Getenv("SUPABASE_API_MAX_RETRIES")); err == nil {
		if retries = n; n <= 0 {
			retries = -1
		}
	}
	return &management.Client{
		URL: profile.APIURL, Token: token.String, Version: cmp.Or(a.Build.Version, "devel"), Retries: retries,
		Limits: &management.Limits{Dir: filepath.Join(a.StateDir, "limits"), Now: a.Now},
		Waiting: func(why string, wait time.Duration) {
			if wait >= time.Second {
				s(event.Waiting{For: "the Management API", Holder: why, Next: wait})
			}
		},
	}
}

// need refuses to go on without a token.
func (h *hosting) need() error {
	if h.client != nil {
		return nil
	}
	return &finding.Finding{
		Code: finding.BadToken, Severity: finding.Error, Exit: finding.Usage,
		Message: "Access token not provided. Supply an access token by running `cairn login` or setting the SUPABASE_ACCESS_TOKEN environment variable.",
		Hint:    "tokens are made at " + cmp.Or(h.profile.Tokens(), "the platform's dashboard, under Account > Access Tokens"),
	}
}

// told says what an error of the API means.
func (h *hosting) told(err error, ref string) error {
	return management.Finding(err, ref, h.token.From, h.profile.Tokens())
}

// warnTracked warns of a token in a file that git keeps for everybody.
func (a *App) warnTracked(ctx context.Context, p *project.Project, name string, s event.Sink) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	git := exec.CommandContext(ctx, "git", "ls-files", "--error-unmatch", "--", name)
	git.Dir = p.Root
	if git.Run() != nil {
		return // not tracked, or no git
	}
	s(event.Found{Finding: &finding.Finding{
		Code: finding.TrackedSecret, Severity: finding.Warning,
		Message: name + " holds an access token, and git tracks it: everybody with the repository has your account",
		Hint:    "make the token invalid in the dashboard, take the file out (git rm --cached " + name + ", and .gitignore), and keep a new one with `cairn login`",
	}})
}

// LoginRequest asks to keep an access token.
type LoginRequest struct {
	Token account.Token // --token; zero asks for one in the browser
	Name  string        // --name: what the token is called in the dashboard
}

// LoginResult says where the token is kept.
type LoginResult struct {
	Profile string `json:"profile"`
	Kept    string `json:"kept" jsonschema:"the keyring, or the file that it is kept in"`
}

// Login keeps an access token for later runs, of the Supabase CLI too, once the platform has accepted it.
func (a *App) Login(ctx context.Context, req LoginRequest, s event.Sink) (*LoginResult, error) {
	profile, err := a.profile(nil)
	if err != nil {
		return nil, err
	}
	if req.Token.IsZero() {
		if text := a.Getenv(account.Variable); text != "" {
			req.Token = account.NewToken(text, account.Variable)
		} else if req.Token, err = a.loginInBrowser(ctx, profile, req.Name, s); err != nil {
			return nil, err
		}
	}
	if err := account.Check(req.Token.String); err != nil {
		return nil, err
	}
	// A token that the platform does not know is not worth keeping; one that it could not be asked about may be.
	_, err = a.client(profile, req.Token, s).Projects(ctx)
	if e, ok := errors.AsType[*management.Error](err); ok && e.Status == 401 {
		return nil, management.Finding(err, "", "", profile.Tokens())
	}
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	if err != nil {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.APIFailed, Severity: finding.Warning, Message: "the token could not be tried: " + err.Error(), Hint: "it is kept all the same",
		}})
	}
	where, err := a.tokens(profile).Keep(req.Token.String)
	if err != nil {
		return nil, err
	}
	return &LoginResult{Profile: profile.Name, Kept: where}, nil
}

// LogoutRequest asks to forget the access token.
type LogoutRequest struct{}

// LogoutResult says whether there was one.
type LogoutResult struct {
	Profile string `json:"profile"`
	Was     bool   `json:"was_logged_in"`
}

// Logout forgets the access token that is kept on this machine. It stays valid until it is deleted in the dashboard.
func (a *App) Logout(_ context.Context, _ LogoutRequest, s event.Sink) (*LogoutResult, error) {
	profile, err := a.profile(nil)
	if err != nil {
		return nil, err
	}
	was, err := a.tokens(profile).Forget()
	if err != nil {
		return nil, err
	}
	if a.Getenv(account.Variable) != "" {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.BadToken, Severity: finding.Note,
			Message: account.Variable + " is set in the environment, and counts as before", Hint: "unset it",
		}})
	}
	return &LogoutResult{Profile: profile.Name, Was: was}, nil
}

// ProjectsRequest asks for the projects of the account.
type ProjectsRequest struct{}

// ProjectsResult is the projects that the token can see.
type ProjectsResult struct {
	Projects []HostedProject `json:"projects"`
}

// HostedProject is a project of the platform.
type HostedProject struct {
	Ref          string `json:"ref"`
	Name         string `json:"name"`
	Organization string `json:"organization"`
	Region       string `json:"region"`
	Status       string `json:"status"`
	Created      string `json:"created_at"`
	Linked       bool   `json:"linked"`
}

// Projects lists the projects that the access token can see.
func (a *App) Projects(ctx context.Context, _ ProjectsRequest, s event.Sink) (*ProjectsResult, error) {
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	h, err := a.hosting(ctx, p, "", s)
	if err == nil {
		err = h.need()
	}
	if err != nil {
		return nil, err
	}
	all, err := h.client.Projects(ctx)
	if err != nil {
		return nil, h.told(err, "")
	}
	linked := ""
	if l, err := p.Link(); err == nil && l != nil {
		linked = l.Ref
	}
	result := &ProjectsResult{Projects: []HostedProject{}}
	for _, one := range all {
		ref := cmp.Or(one.Ref, one.ID)
		result.Projects = append(result.Projects, HostedProject{
			Ref: ref, Name: one.Name, Organization: cmp.Or(one.OrganizationSlug, one.OrganizationID), Region: one.Region, Status: one.Status,
			Created: one.CreatedAt, Linked: ref == linked,
		})
	}
	return result, nil
}
