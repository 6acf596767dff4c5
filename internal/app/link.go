package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/account"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target/api"
)

// LinkRequest asks to link the project to a hosted one.
type LinkRequest struct {
	Project    string        // its ref, its URL, its page in the dashboard, or the name of a [remotes] block; "" asks
	Password   secret.String // --password: of its database
	SkipPooler bool          // --skip-pooler: do not keep the pooler's address
}

// LinkResult says what the project is linked to.
type LinkResult struct {
	Ref     string `json:"ref"`
	Name    string `json:"name"`
	Region  string `json:"region,omitempty"`
	Version string `json:"postgres_version,omitempty"`
	Pooler  string `json:"pooler,omitempty" jsonschema:"host and port of the session pooler"`
	Kept    string `json:"kept_for_job,omitempty" jsonschema:"the sealed file that holds what later steps of this job need"`
}

// Link remembers which hosted project this one belongs to, in the files that the Supabase CLI keeps too.
func (a *App) Link(ctx context.Context, req LinkRequest, s event.Sink) (*LinkResult, error) {
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	h, found, err := a.toLink(ctx, p, req.Project, s)
	if err != nil {
		return nil, err
	}
	if major := majorOf(found); major != 0 {
		warnMajor(p, major, s)
	}
	result, err := a.linkTo(ctx, p, h, found, req.SkipPooler, s)
	if err != nil {
		return nil, err
	}
	if ci, _ := strconv.ParseBool(a.Getenv("CI")); ci {
		result.Kept, err = a.keepForJob(p, found.Ref, h.token, cmp.Or(req.Password, p.Config.DB.Password), s)
	}
	return result, err
}

// toLink asks the platform for the project that is meant.
func (a *App) toLink(ctx context.Context, p *project.Project, named string, s event.Sink) (*hosting, *management.Project, error) {
	h, err := a.hosting(ctx, p, "", s)
	if err == nil {
		err = h.need()
	}
	if err != nil {
		return nil, nil, err
	}
	ref, err := a.refToLink(ctx, p, h, named)
	if err != nil {
		return nil, nil, err
	}
	found, err := h.client.Project(ctx, ref)
	if err != nil {
		return nil, nil, h.told(err, ref)
	}
	found.Ref = ref
	return h, &found, api.Awake(found.Status, hostedName(found.Name, ref))
}

// majorOf is the major version of a project's database; 0 where the platform does not say.
func majorOf(found *management.Project) int {
	text, _, _ := strings.Cut(found.Database.Version, ".")
	major, _ := strconv.Atoi(text)
	return major
}

// warnMajor warns where the configuration is for another Postgres than the project's database is of.
func warnMajor(p *project.Project, major int, s event.Sink) {
	if major == p.Config.DB.MajorVersion {
		return
	}
	s(event.Found{Finding: &finding.Finding{
		Code: finding.ServerVersion, Severity: finding.Warning,
		Message: fmt.Sprintf("the project's database is Postgres %d, and %s says %d", major, cmp.Or(p.ConfigFile, "the default"), p.Config.DB.MajorVersion),
		Hint:    fmt.Sprintf("set major_version = %d under [db], so that files are replayed on what they will run on", major),
	}})
}

// linkTo keeps a project of the platform as the one that this project is linked to.
func (a *App) linkTo(ctx context.Context, p *project.Project, h *hosting, found *management.Project, skipPooler bool, s event.Sink) (*LinkResult, error) {
	ref := found.Ref
	l := &project.Link{
		Ref: ref, Name: found.Name, OrganizationID: found.OrganizationID, OrganizationSlug: found.OrganizationSlug, PostgresVersion: found.Database.Version,
	}
	if found.Database.Host != "" && found.Database.Host != "db."+ref+"."+h.profile.ProjectHost {
		l.Host = found.Database.Host
	}
	if !skipPooler {
		l.PoolerURL = a.poolerToLink(ctx, h, ref, s)
	}
	if err := p.SetLink(l); err != nil {
		return nil, err
	}
	result := &LinkResult{Ref: ref, Name: found.Name, Region: found.Region, Version: found.Database.Version}
	if u, err := url.Parse(l.PoolerURL); err == nil {
		result.Pooler = u.Host
	}
	return result, nil
}

// refToLink finds out which project is meant.
func (a *App) refToLink(ctx context.Context, p *project.Project, h *hosting, named string) (string, error) {
	if named == "" {
		named = p.Env.Get("SUPABASE_PROJECT_ID")
	}
	if named != "" {
		ref, _, err := refOf(p, named)
		return ref, err
	}
	missing := &finding.Finding{
		Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
		Message: "which project? No ref was given", Hint: "`cairn link --project-ref REF`; `cairn projects list` shows the refs",
	}
	if a.Ask == nil {
		return "", missing
	}
	all, err := h.client.Projects(ctx)
	if err != nil {
		return "", h.told(err, "")
	}
	var lines []string
	for _, one := range all {
		lines = append(lines, fmt.Sprintf("  %s  %s (%s)", cmp.Or(one.Ref, one.ID), one.Name, one.Region))
	}
	answer, err := a.Ask(ctx, Question{
		Kind: Line, Detail: strings.Join(lines, "\n"), Text: "Which project? Its ref:",
		Check: func(answer string) error {
			if project.Ref(answer) == "" {
				return errors.New("a ref is 20 small letters")
			}
			return nil
		},
	})
	return project.Ref(answer), err
}

// refOf reads how a person names a hosted project; block is the name of its [remotes] block, if it has one.
func refOf(p *project.Project, named string) (ref, block string, err error) {
	ref = project.Ref(named)
	for _, r := range p.Config.Remotes {
		if r.Name == named || ref != "" && r.ProjectID == ref {
			if project.Ref(r.ProjectID) == "" {
				return "", "", &finding.Finding{
					Code: finding.BadConfig, Severity: finding.Error, Exit: finding.Usage,
					Message: "remotes." + r.Name + ".project_id is no project ref", Hint: "a ref is 20 small letters; with env(NAME) the variable has to be set",
				}
			}
			return project.Ref(r.ProjectID), r.Name, nil
		}
	}
	if ref != "" {
		return ref, "", nil
	}
	var names []string
	for _, r := range p.Config.Remotes {
		names = append(names, r.Name)
	}
	hint := "name it by its ref (20 small letters), by https://REF.supabase.co, or by its page in the dashboard"
	if len(names) > 0 {
		hint += "; the [remotes] blocks are " + strings.Join(names, ", ")
	}
	return "", "", &finding.Finding{
		Code: finding.NoTarget, Severity: finding.Error, Exit: finding.Usage,
		Message: shownName(named) + " names no project", Hint: hint,
	}
}

// plainName is a text that may be shown: too short for a token, and nothing that a connection string needs is in it.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// shownName is what a person named a project by, where it can be no secret that slipped from its place.
func shownName(named string) string {
	if plainName.MatchString(named) {
		return strconv.Quote(named)
	}
	return fmt.Sprintf("what was given (%d characters)", len([]rune(named)))
}

// poolerToLink is the address of the project's session pooler, without a password; "" where there is none.
func (a *App) poolerToLink(ctx context.Context, h *hosting, ref string, s event.Sink) string {
	all, err := h.client.Poolers(ctx, ref)
	if err != nil {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.APIFailed, Severity: finding.Warning,
			Message: "the address of the project's pooler is not known: " + err.Error(),
			Hint:    "the other ways work without it; a scoped token needs database_pooling_config_read",
		}})
		return ""
	}
	for _, one := range all {
		if one.Type == "PRIMARY" && one.Host != "" {
			return poolerURL(one)
		}
	}
	return ""
}

// poolerURL is a pooler's address as the Supabase CLI keeps it: of its session port, without a password.
func poolerURL(p management.Pooler) string {
	port := p.Port
	if port == 6543 || port == 0 {
		port = 5432
	}
	u := url.URL{
		Scheme: "postgresql", User: url.User(p.User), Host: net.JoinHostPort(p.Host, strconv.Itoa(port)), Path: "/" + cmp.Or(p.Database, "postgres"),
	}
	return u.String()
}

// keepForJob seals what a later step needs that is given no token, as the documented workflows have it.
func (a *App) keepForJob(p *project.Project, ref string, token account.Token, password secret.String, s event.Sink) (string, error) {
	job := a.job(p.Root)
	file, err := job.Keep(ref, account.Kept{Token: token.String, Password: password})
	if err != nil {
		return "", err
	}
	s(event.Found{Finding: &finding.Finding{
		Code: finding.RouteTaken, Severity: finding.Note,
		Message: "CI=true: the access token is kept for the later steps of this job, which may not be given it",
		Detail:  "sealed in " + file + " (0600), with its key in " + filepath.Clean(job.Keys) + "; of no use to another job, nor after six hours",
		Hint:    "`cairn unlink` removes it; a step that is given SUPABASE_ACCESS_TOKEN does not need it",
	}})
	return file, nil
}

// UnlinkRequest asks to forget the hosted project.
type UnlinkRequest struct{}

// UnlinkResult says what the project was linked to.
type UnlinkResult struct {
	Ref string `json:"ref"` // "" where it was to nothing
}

// Unlink forgets which hosted project this one belongs to, and what is kept for the job.
func (a *App) Unlink(_ context.Context, _ UnlinkRequest, s event.Sink) (*UnlinkResult, error) {
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	result := &UnlinkResult{}
	if l, err := p.Link(); err == nil && l != nil {
		result.Ref = l.Ref
	}
	a.job(p.Root).Forget()
	_, err = p.Unlink()
	return result, err
}

func hostedName(name, ref string) string {
	if name == "" {
		return "project " + ref
	}
	return "project " + name + " (" + ref + ")"
}
