package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	allkinds "github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// readCatalog reads what a session's database consists of.
func readCatalog(ctx context.Context, s target.Session, label string) (*catalog.Catalog, error) {
	c, err := catalog.Read(ctx, s, allkinds.All())
	if err != nil {
		return nil, unread(ctx, "what "+label+" consists of", err)
	}
	return c, nil
}

// unread is the finding for something that could not be read: the server refused it, or went away.
func unread(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		f := &finding.Finding{
			Code: finding.Postgres(pg.Code), Severity: finding.Error, Exit: finding.Failed, Cause: err,
			Message: fmt.Sprintf("cannot read %s: %s", what, pg.Message), Detail: pg.Detail, Hint: pg.Hint,
		}
		if pg.Code == insufficientPrivilege && f.Hint == "" {
			f.Hint = "connect as a role that may read it: the owner, or one with BYPASSRLS where a policy hides rows"
		}
		return f
	}
	_, lost := errors.AsType[*target.LostError](err)
	if _, timeout := errors.AsType[*pgconn.ConnectError](err); lost || timeout || pgconn.SafeToRetry(err) || pgconn.Timeout(err) {
		return &finding.Finding{
			Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, Cause: err,
			Message: "the connection was lost while " + what + " was read", Hint: "nothing was changed: run it again",
		}
	}
	return err
}

// foundation is what a database holds before anybody makes anything in it.
type foundation struct {
	platform bool // that of a Supabase project
	major    int
	exposure platform.Exposure
}

// foundationOf looks at a live database for the one that it stands on.
func foundationOf(ctx context.Context, p *project.Project, s target.Session, label string) (*foundation, error) {
	f := &foundation{major: s.Facts().Server / 10000}
	if !slices.Contains(pgbin.Majors, f.major) {
		return nil, (&otherPlatform{label: label, major: f.major}).otherMajor()
	}
	rows, err := target.Rows(ctx, s, "select to_regrole('supabase_auth_admin') is not null and to_regclass('auth.users') is not null")
	if err != nil {
		return nil, unread(ctx, "what "+label+" consists of", err)
	}
	if f.platform = string(rows[0][0]) == "t"; f.platform {
		f.exposure, err = exposure(ctx, p, s)
	}
	return f, err
}

// on is the project on that foundation.
func (f *foundation) on(p *project.Project) *project.Project {
	same := onPlatform(p, f.major, f.exposure)
	same.Config.Cairn.Platform = project.PlatformNone
	if f.platform {
		same.Config.Cairn.Platform = project.PlatformSupabase
	}
	return same
}

// bare reads what a database on that foundation consists of while it holds nothing else.
func (a *App) bare(ctx context.Context, p *project.Project, f *foundation, s event.Sink) (*catalog.Catalog, error) {
	server, err := a.shadow(ctx, f.on(p), s)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	return readShadow(ctx, server, shadow.Base)
}

// readShadow reads a database of a shadow, as the role that migrations run as.
func readShadow(ctx context.Context, server *shadow.Shadow, database string) (*catalog.Catalog, error) {
	at := &direct.Target{URL: secret.New(server.URL(database, platform.Owner)), Label: "the shadow", IsLocal: true}
	session, err := at.Open(ctx, target.Options{Application: "cairn catalog"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	return readCatalog(ctx, session, at.Label)
}

// tellUnknown tells of what no kind reads: it is in no dump, no file and no comparison.
func tellUnknown(c *catalog.Catalog, s event.Sink) {
	for _, u := range c.Unknown {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.UnknownObject, Severity: finding.Warning, Message: fmt.Sprintf("%s in %s is of a sort that cairn does not know: it is left out", u.Name, u.Class),
		}})
	}
}
