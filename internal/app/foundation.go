package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/target"
)

// foundation is what a database holds before anybody makes anything in it.
type foundation struct {
	platform bool // that of a Supabase project
	major    int
	exposure platform.Exposure
}

// kind is the platform as a configuration names it.
func (f *foundation) kind() string {
	if f.platform {
		return project.PlatformSupabase
	}
	return project.PlatformNone
}

// foundationOf looks at a live database for the one that it stands on.
func foundationOf(ctx context.Context, p *project.Project, s target.Session, label string) (*foundation, error) {
	f := &foundation{major: s.Facts().Server / 10000}
	if !slices.Contains(pgbin.Majors, f.major) {
		return nil, (&otherPlatform{label: label, major: f.major}).otherMajor()
	}
	rows, err := target.Rows(ctx, s, "select to_regrole('supabase_auth_admin') is not null and exists (select from pg_namespace where nspname = 'auth')")
	if err != nil {
		return nil, unread(err, label)
	}
	if f.platform = string(rows[0][0]) == "t"; f.platform {
		f.exposure, err = exposure(ctx, p, s)
	}
	return f, err
}

// of is the project on that foundation, whatever its configuration says.
func (f *foundation) of(p *project.Project) *project.Project {
	same := onPlatform(p, f.major, f.exposure)
	same.Config.Cairn.Platform = project.PlatformNone
	if f.platform {
		same.Config.Cairn.Platform = project.PlatformSupabase
	}
	return same
}

// grown reads a live database beside what it began as, an empty one or our platform of its major and exposure: what is of
// these kinds, or all that a database holds, and what of that no kind reads is told. close must be called.
func (a *App) grown(ctx context.Context, p *project.Project, at *place, of []*catalog.Kind, s event.Sink) (_ *comparison, _ *foundation, err error) {
	w := &comparison{app: a, sink: s, from: &end{name: endNothing}, to: endAt(p, at), kinds: of}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if err = w.to.connect(ctx); err != nil {
		return nil, nil, err
	}
	base, err := foundationOf(ctx, p, w.to.session, w.to.label)
	if err != nil {
		return nil, nil, err
	}
	w.project = base.of(p)
	for _, e := range []*end{w.from, w.to} {
		if err = w.read(ctx, e); err != nil {
			return nil, nil, err
		}
	}
	if of == nil {
		tellUnknown(w.to.catalog, s)
	}
	tellHidden(w.to.catalog, w.to.label, s)
	tellBroken(w.to.catalog, w.to.label, s)
	w.to.catalog = w.to.catalog.Without(isBroken)
	return w, base, nil
}

// unreadRows is unread for what went over a bare connection: rows, not the catalog.
func unreadRows(ctx context.Context, err error, name string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if finding.As(err) != nil {
		return err
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		f := &finding.Finding{
			Code: finding.Postgres(pg.Code), Severity: finding.Error, Exit: finding.Refused, Cause: err,
			Message: fmt.Sprintf("the rows of %s cannot be read: %s", name, pg.Message), Detail: pg.Detail, Hint: pg.Hint,
		}
		switch pg.Code {
		case lockNotAvailable:
			f.Hint = "another session holds a lock that keeps a table from being read: run it again when that is over"
		case insufficientPrivilege:
			f.Hint = "read them as the owner of the tables, or as a role with BYPASSRLS where policies hide rows; -x leaves tables out"
		}
		return f
	}
	return &finding.Finding{
		Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, Cause: err,
		Message: "the connection to " + name + " was lost while its rows were read", Detail: err.Error(), Hint: "nothing was changed: run it again",
	}
}

// lockNotAvailable is the SQLSTATE of a wait for a lock that took too long.
const lockNotAvailable = "55P03"

// tellSecrets tells which secrets are not in the statements of a plan, wherever these go.
func tellSecrets(plan *planner.Plan, s event.Sink) {
	lacks := plan.Hazards(catalog.Secret)
	if len(lacks) == 0 {
		return
	}
	lines := make([]string, len(lacks))
	for i, h := range lacks {
		lines[i] = "  " + h.Text
	}
	s(event.Found{Finding: &finding.Finding{
		Code: finding.SecretLeftOut, Severity: finding.Warning,
		Message: count(len(lacks), "secret") + " " + isOrAre(len(lacks)) + " not in the statements: '***' stands there, below a line that begins with \"-- secret\"",
		Detail:  strings.Join(lines, "\n"),
		Hint:    "set them by hand once the statements ran, as in ALTER USER MAPPING … OPTIONS (SET password …) or ALTER ROLE … SET; they are not compared, so no diff takes them away",
	}})
}

// tellUnknown tells of what no kind reads: it is in no dump and no file.
func tellUnknown(c *catalog.Catalog, s event.Sink) {
	for _, u := range c.Unknown {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.UnknownObject, Severity: finding.Warning,
			Message: fmt.Sprintf("%s in %s is of a sort that cairn does not know: it is left out", u.Name, u.Class),
		}})
	}
}
