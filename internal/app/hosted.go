package app

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target/route"
)

// remoteProject is a hosted project that was chosen.
type remoteProject struct {
	*hosting
	ref      string
	label    string
	block    string // of [remotes]; "" where it has none
	remote   project.Remote
	link     *project.Link // nil where this project is not linked to it
	password secret.String
	app      *App
	sink     event.Sink
}

// hostedPlace is a hosted project: the linked one, or the one that is named.
func (a *App) hostedPlace(ctx context.Context, p *project.Project, w Where, s event.Sink) (*place, error) {
	h, err := a.hosted(ctx, p, w, s)
	if err != nil {
		return nil, err
	}
	ways, err := h.ways(cmp.Or(w.Via, ViaAuto))
	if err != nil {
		return nil, err
	}
	to := &route.Target{Label: h.label, Ways: ways, Ready: h.ready, Tell: func(f *finding.Finding) { s(event.Found{Finding: f}) }}
	at := &place{Target: to, ways: to, hosted: h, confirm: h.ref, looked: true}
	if h.remote.Protected {
		at.confirm, at.protected = h.block, true
	}
	return at, nil
}

// hosted finds out which hosted project is meant and what is known of it. From here on the project's configuration is the
// one that counts for it.
func (a *App) hosted(ctx context.Context, p *project.Project, w Where, s event.Sink) (*remoteProject, error) {
	link, err := p.Link()
	if err != nil {
		return nil, err
	}
	h := &remoteProject{app: a, sink: s}
	switch {
	case w.Project != "":
		if h.ref, h.block, err = refOf(p, w.Project); err != nil {
			return nil, err
		}
	case link != nil:
		h.ref = link.Ref
	case project.Ref(p.Env.Get("SUPABASE_PROJECT_ID")) != "":
		h.ref = project.Ref(p.Env.Get("SUPABASE_PROJECT_ID"))
	default:
		return nil, notLinked()
	}
	for _, r := range p.Config.Remotes {
		if r.ProjectID == h.ref {
			h.block, h.remote = r.Name, r
		}
	}
	if link != nil && link.Ref == h.ref {
		h.link = link
	}
	if h.hosting, err = a.hosting(ctx, p, h.ref, s); err != nil {
		return nil, err
	}
	name := ""
	if h.link != nil {
		name = h.link.Name
	}
	h.label = hostedName(name, h.ref)
	h.password = w.Password
	if h.password.IsZero() && !p.Config.DB.Password.IsZero() {
		if h.link != nil || link == nil {
			h.password = p.Config.DB.Password
		} else {
			s(event.Found{Finding: &finding.Finding{
				Code: finding.BadUsage, Severity: finding.Warning,
				Message: "SUPABASE_DB_PASSWORD is not used: it belongs to the linked project " + link.Ref + ", and this is " + h.ref,
				Hint:    "give this one's with --password",
			}})
		}
	}
	if h.password.IsZero() {
		kept, _ := a.job(p.Root).Find(h.ref)
		h.password = kept.Password
	}
	if h.block != "" {
		config, _, err := p.Override(h.ref)
		if err != nil {
			return nil, err
		}
		p.Config = config
		s(event.Found{Finding: &finding.Finding{
			Code: finding.BadConfig, Severity: finding.Note, Message: "Loading config override: [remotes." + h.block + "]",
		}})
	}
	return h, nil
}

// notLinked says that there is no database to work on.
func notLinked() error {
	return &finding.Finding{
		Code: finding.NoTarget, Severity: finding.Error, Exit: finding.Usage,
		Message: "no target: this project is not linked and none was named",
		Hint:    "link it with `cairn link --project-ref REF`, name a database with --db-url URL, or work on the local database with --local",
	}
}

// ready looks at the project's state before any way is tried, where the platform can be asked. What the platform does not
// answer, the database does.
func (h *remoteProject) ready(ctx context.Context) error {
	if h.client == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	err := h.api().Ready(ctx)
	if f := finding.As(err); f != nil && f.Exit == finding.Refused {
		return f
	}
	return nil
}

// editor adds where the SQL can be run by hand to what ended a run on a hosted project.
func (at *place) editor(err error) error {
	f := finding.As(err)
	if at.hosted == nil || f == nil {
		return err
	}
	switch {
	case f.Exit == finding.Failed, f.Exit == finding.Unreachable, f.Exit == finding.Usage:
	case f.Code == finding.NeedsSession, f.Code == finding.NeedsTime:
	default:
		return err
	}
	page := at.hosted.profile.Editor(at.hosted.ref)
	if page == "" || strings.Contains(f.Hint, page) {
		return err
	}
	out := *f
	out.Hint = paragraphs(f.Hint, "by hand: `cairn db push --dry-run --with-history` prints the SQL for the editor at "+page)
	return &out
}
