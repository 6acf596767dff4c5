package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/replay"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/cairndb/cairn/internal/target"
)

// The ends of a comparison that have a name. Anything else is a connection string, or the path of a snapshot.
const (
	EndMigrations = "migrations" // what the migration files make
	EndSchemas    = "schemas"    // what the declarative files make
	EndLocal      = "local"      // the local database
	EndLinked     = "linked"     // the linked project
	EndHistory    = "history"    // what the migrations make that the database on the other end has recorded
)

// end is one side of a comparison.
type end struct {
	name  string            // as it was given; of a connection string what stands for it
	label string            // for people
	at    *place            // where it is a live database
	file  string            // where it is a snapshot
	ours  bool              // the database began as a platform of ours
	moved map[string]string // of EndHistory: recorded versions, by what they are to be called

	major   int
	variant platform.Exposure
	session target.Session // open where the end is a live database
	state   string         // the database on the shadow that is in this state; "" where there is none
	catalog *catalog.Catalog
}

// endOf finds the end that is meant. It opens nothing.
func (a *App) endOf(ctx context.Context, p *project.Project, name string, s event.Sink) (*end, error) {
	e := &end{name: name, label: name, major: p.Config.DB.MajorVersion, variant: configuredExposure(p)}
	var err error
	switch {
	case name == EndMigrations:
		e.label, e.ours = "the migrations", true
	case name == EndHistory:
		e.label, e.ours = "the recorded migrations", true
	case name == EndSchemas:
		e.label, e.ours = "the declarative schema", true
	case name == EndLocal:
		e.at, err = a.place(ctx, p, Where{Local: true}, LocalByDefault, s)
	case name == EndLinked || name == "remote":
		e.at, err = a.place(ctx, p, Where{Linked: true}, LinkedByDefault, s)
	case strings.Contains(name, "://"):
		e.name = "url"
		e.at, err = placeAt(p, secret.New(name))
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
	if err != nil {
		return nil, err
	}
	if e.at != nil {
		e.label, e.ours = e.at.Name(), e.at.ours
	}
	return e, nil
}

// endAt is the end that a place is.
func endAt(p *project.Project, at *place) *end {
	return &end{name: "url", label: at.Name(), at: at, ours: at.ours, major: p.Config.DB.MajorVersion, variant: configuredExposure(p)}
}

// open connects to a live end, and learns what its server is like; it reads a snapshot.
func (e *end) open(ctx context.Context, p *project.Project) error {
	switch {
	case e.at != nil:
		session, err := e.at.Open(ctx, target.Options{Application: "cairn"})
		if err != nil {
			return err
		}
		e.session, e.major = session, session.Facts().Server/10000
		if p.Config.Cairn.Platform == project.PlatformSupabase {
			e.variant, err = exposure(ctx, p, session)
			return err
		}
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

func (e *end) close() {
	if e.session != nil {
		_ = e.session.Close()
	}
}

// onShadow reports whether the end is made on a shadow.
func (e *end) onShadow() bool { return e.isReplayed() || e.name == EndSchemas }

// isReplayed reports whether the end is what migrations make.
func (e *end) isReplayed() bool { return e.name == EndMigrations || e.name == EndHistory }

// comparison is the shadow on which one comparison is made and proven, started at its first use.
type comparison struct {
	app     *App
	project *project.Project // on the platform that both ends stand on
	sink    event.Sink

	from, to *end
	online   bool // the plan is for a database in use

	files []*migration.Migration // of which an end is made
	roles *apply.Script          // runs before them
	past  bool                   // those are passed over that fail for nothing but rows that a replay does not have

	server *shadow.Shadow
	base   *catalog.Catalog           // of the platform alone
	leave  func(*catalog.Object) bool // what is left as it is; nil is nothing
	out    func(*catalog.Object) bool // what is not compared
}

// migrationsState is the database of the shadow in the state that the migrations make.
const migrationsState = "cairn_migrations"

// shadow returns the server.
func (w *comparison) shadow(ctx context.Context) (*shadow.Shadow, error) {
	if w.server != nil {
		return w.server, nil
	}
	if major := w.project.Config.DB.MajorVersion; !slices.Contains(pgbin.Majors, major) {
		return nil, &finding.Finding{
			Code: finding.ServerVersion, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("nothing is proven for Postgres %d: the shadow can be of %d to %d", major, pgbin.Majors[0], pgbin.Majors[len(pgbin.Majors)-1]),
		}
	}
	var state *shadow.State
	if len(w.files) > 0 {
		state = &shadow.State{Steps: w.steps(), Phase: "replay " + count(len(w.files), "file"), Lay: w.run}
	}
	server, err := w.app.shadowWith(ctx, w.project, state, w.sink)
	w.server = server
	return server, err
}

func (w *comparison) close() {
	if w.server != nil {
		w.server.Close()
	}
}

// platform returns the catalog of a database before its first migration.
func (w *comparison) platform(ctx context.Context) (*catalog.Catalog, error) {
	if w.base != nil {
		return w.base, nil
	}
	server, err := w.shadow(ctx)
	if err != nil {
		return nil, err
	}
	const name = "cairn_base"
	if err := server.Clone(ctx, name); err != nil {
		return nil, err
	}
	w.base, err = inShadow(ctx, server, name, platform.Owner)
	return w.base, err
}

// read reads the catalog of an end.
func (w *comparison) read(ctx context.Context, e *end) error {
	var err error
	switch {
	case e.catalog != nil:
	case e.session != nil:
		e.catalog, err = readCatalog(ctx, e.session, e.label)
	case e.isReplayed():
		e.state = migrationsState
		err = w.replay(ctx, e)
	case e.name == EndSchemas:
		err = w.declared(ctx, e)
	default:
		err = errors.New("no such end: " + e.name)
	}
	return err
}

// replay makes the state of the migrations. A history that does not replay is told as a check tells it.
func (w *comparison) replay(ctx context.Context, e *end) error {
	server, err := w.lay(ctx)
	if err != nil {
		return err
	}
	e.catalog, err = inShadow(ctx, server, e.state, platform.Owner)
	return err
}

// lay makes the shadow hold the state of the migrations.
func (w *comparison) lay(ctx context.Context) (*shadow.Shadow, error) {
	server, err := w.shadow(ctx)
	if err == nil && (server.Laid < len(w.files) || len(w.files) == 0) {
		err = w.run(ctx, server, server.Laid)
	}
	return server, err
}

// load reads the migrations that an end is made of: all files, or those that the other end's database has recorded. What
// has no file any more is taken as it was recorded.
func (w *comparison) load(ctx context.Context, e, other *end) error {
	listing, err := w.app.listing(ctx, w.project, true)
	if err != nil {
		return err
	}
	if err := tellFindings(listing.Findings, w.sink); err != nil {
		return err
	}
	w.files = listing.Migrations
	if e.name == EndHistory {
		if w.files, err = w.recorded(ctx, other, listing.Migrations, e.moved); err != nil {
			return err
		}
	}
	w.roles, err = w.app.rolesFile(w.project, w.sink)
	return err
}

// recorded returns the migrations that a database has recorded, in the order in which they run; some of them as if they
// had moved to other versions.
func (w *comparison) recorded(ctx context.Context, e *end, files []*migration.Migration, moved map[string]string) ([]*migration.Migration, error) {
	if e.at == nil {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "history is what a database has recorded, and the other end is none", Hint: "name one: --to local, or a connection string",
		}
	}
	h, err := w.app.historyWithText(ctx, e.at, w.sink)
	if err != nil {
		return nil, err
	}
	return recorded(h, files, moved), nil
}

// recorded are the migrations of a history, in the order of their versions: as their files say, and where there is none
// as they were recorded. Those that moved have the versions that they moved to.
func recorded(h *history.History, files []*migration.Migration, moved map[string]string) []*migration.Migration {
	local := map[string]*migration.Migration{}
	for _, m := range files {
		local[m.Version] = m
	}
	var all []*migration.Migration
	for _, row := range h.Rows {
		m := local[cmp.Or(moved[row.Version], row.Version)]
		if slices.Contains(all, m) { // two recorded versions of one file
			continue
		}
		if m == nil {
			m, _ = migration.Parse(recordedFile(row), []byte(migration.Text(row.Statements)))
			m.Version, m.Name = row.Version, row.Name
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *migration.Migration) int { return strings.Compare(a.Version, b.Version) })
	return all
}

// steps are the fingerprints of the state that the migrations make, file by file.
func (w *comparison) steps() []string {
	h := sha256.New()
	write := func(texts ...string) {
		for _, t := range texts {
			fmt.Fprintf(h, "%d %s\n", len(t), t)
		}
	}
	write(platform.Owner, w.app.Build.Version, w.app.Build.Revision, program(), fmt.Sprint(w.past))
	if w.roles != nil {
		write(w.roles.File.File.Text)
	}
	var steps []string
	for _, m := range w.files {
		write(m.Version, m.Name, m.File.Text)
		steps = append(steps, hex.EncodeToString(h.Sum(nil)))
	}
	return steps
}

// program tells one build of this program from another: what stands in for the platform may differ.
func program() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
}

// run runs the migrations from one on, on the database of the shadow that is made for them.
func (w *comparison) run(ctx context.Context, server *shadow.Shadow, from int) error {
	result, err := w.replayed(ctx, server, w.files, from > 0)
	if err != nil {
		return err
	}
	if len(result.Causes) == 0 {
		return nil
	}
	absent := !slices.ContainsFunc(result.Causes, func(c *replay.Cause) bool { return !c.Absent() })
	if w.past && absent {
		return nil
	}
	for _, c := range result.Causes[1:] {
		w.sink(event.Found{Finding: c.Finding})
	}
	f := *result.Causes[0].Finding
	f.Exit = finding.Refused
	f.Message = "the migrations do not replay: " + f.Message
	if absent {
		f.Cause = errors.Join(errAbsent, f.Cause)
	}
	return &f
}

// errAbsent is the cause of a replay that fails for nothing but rows that it does not have.
var errAbsent = errors.New("rows are missing")

// replayed runs files on the database of the shadow that is made for the migrations; with more it holds a beginning of them.
func (w *comparison) replayed(ctx context.Context, server *shadow.Shadow, files []*migration.Migration, more bool) (*replay.Result, error) {
	r := replay.Replay{
		Shadow: server, Database: migrationsState, Continue: more, Roles: w.roles, Emulate: emulation, Sink: quiet(w.sink),
		Files: files, Aside: aside(ctx, w.project),
	}
	return r.Run(ctx)
}

// quiet leaves out of a stream that each file runs: it is not what was asked for.
func quiet(s event.Sink) event.Sink {
	return func(e event.Event) {
		switch e.(type) {
		case event.MigrationStarted, event.StatementStarted, event.StatementDone, event.MigrationDone, event.Notice:
			return
		}
		s(e)
	}
}
