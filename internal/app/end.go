package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
)

// The ends of a comparison that have a name. Anything else is a connection string, or the path of a snapshot.
const (
	EndMigrations = "migrations" // what the migration files make
	EndSchemas    = "schemas"    // what the declarative files make
	EndLocal      = "local"      // the local database
	EndLinked     = "linked"     // the linked project
	EndHistory    = "history"    // what the migrations make that the database on the other end has recorded

	endNothing = "nothing" // what the database on the other end began as; it has no name for people
)

// end is one side of a comparison.
type end struct {
	name  string            // as it was given; of a connection string what stands for it
	label string            // for people
	at    *place            // where it is a live database
	where Where             // how it was named, where it is a live database that a name stands for
	file  string            // where it is a snapshot
	ours  bool              // the database began as a platform of ours
	moved map[string]string // of EndHistory: recorded versions, by what they are to be called

	major   int
	variant platform.Exposure
	session target.Session // open where the end is a live database
	state   string         // the database on the shadow that is in this state; "" where there is none
	catalog *catalog.Catalog
}

// endOf finds the end that is meant; w says on which way the linked project is reached. It opens nothing.
func (a *App) endOf(ctx context.Context, p *project.Project, name string, w Where, s event.Sink) (*end, error) {
	e := &end{name: name, label: name, major: p.Config.DB.MajorVersion, variant: configuredExposure(p)}
	switch {
	case name == EndMigrations:
		e.label, e.ours = "the migrations", true
	case name == EndHistory:
		e.label, e.ours = "the recorded migrations", true
	case name == EndSchemas:
		e.label, e.ours = "the declarative schema", true
	case name == EndLocal:
		e.where = Where{Local: true}
	case name == EndLinked || name == "remote":
		e.where = Where{Linked: true, Via: w.Via, Password: w.Password}
	case strings.Contains(name, "://"):
		e.name, e.where = "url", Where{URL: secret.New(name)}
	default:
		e.file = name
		if !filepath.IsAbs(name) {
			e.file = filepath.Join(a.Cwd, name)
		}
		if _, missing := os.Stat(e.file); missing != nil {
			return nil, &finding.Finding{
				Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Cause: missing,
				Message: fmt.Sprintf("%q is no end of a comparison", name),
				Hint:    "the ends are migrations, schemas, local, linked, a connection string, or the file of a snapshot",
			}
		}
		e.label = "the snapshot " + name
	}
	if e.where == (Where{}) {
		return e, nil
	}
	var err error
	if e.at, err = a.place(ctx, p, e.where, LocalByDefault, s); err != nil {
		return nil, err
	}
	e.label, e.ours = e.at.Name(), e.at.ours
	return e, nil
}

// endAt is the end that a place is.
func endAt(p *project.Project, at *place) *end {
	return &end{name: "url", label: at.Name(), at: at, ours: at.ours, major: p.Config.DB.MajorVersion, variant: configuredExposure(p)}
}

// connect opens the session of a live end.
func (e *end) connect(ctx context.Context) error {
	session, err := e.at.Open(ctx, target.Options{Application: "cairn"})
	if err != nil {
		return err
	}
	e.session, e.major = session, session.Facts().Server/10000
	return nil
}

// open connects to a live end, and learns what its server is like; it reads a snapshot.
func (e *end) open(ctx context.Context, p *project.Project) error {
	switch {
	case e.at != nil:
		err := e.connect(ctx)
		if err == nil && p.Config.Cairn.Platform == project.PlatformSupabase {
			e.variant, err = exposure(ctx, p, e.session)
		}
		return err
	case e.file != "":
		data, err := os.ReadFile(e.file)
		if err == nil {
			e.catalog, err = catalog.ReadSnapshot(data, kinds.Database())
		}
		if err != nil {
			return &finding.Finding{
				Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Cause: err,
				Message: "the snapshot " + e.file + " cannot be read", Detail: err.Error(),
			}
		}
		e.major = e.catalog.Server / 10000
	}
	return nil
}

// holds refuses a schema that is not there: what is written without anything in it would pass for it.
func (e *end) holds(schemas []string) error {
	for _, name := range schemas {
		if e.catalog.Get("schema", name) == nil {
			return noSuch("schema", name, e.label)
		}
	}
	return nil
}

func (e *end) close() {
	if e.session != nil {
		_ = e.session.Close()
	}
}

// onShadow reports whether the end is made on a shadow.
func (e *end) onShadow() bool { return e.isReplayed() || e.name == EndSchemas }

// isReplayed reports whether the end is what migrations make.
func (e *end) isReplayed() bool { return e.name == EndMigrations || e.name == EndHistory }
