package app

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
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
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/replay"
	"github.com/cairndb/cairn/internal/shadow"
)

// comparison is the shadow on which one comparison is made and proven, started at its first use.
type comparison struct {
	app     *App
	project *project.Project // on the platform that both ends stand on
	sink    event.Sink

	from, to *end
	kinds    []*catalog.Kind // what is read of both; nil is all that a database holds
	online   bool            // the plan is for a database in use

	files []*migration.Migration // of which an end is made
	roles *apply.Script          // runs before them
	past  bool                   // those are passed over that fail for nothing but rows that a replay does not have

	trial  *prove.Options // with which the plan was proven; nil where it was not
	server *shadow.Shadow
	base   *catalog.Catalog           // of the platform alone
	leave  func(*catalog.Object) bool // what is left as it is

	managed bool                       // the platform's own is left as it is
	out     func(*catalog.Object) bool // what is not compared
}

// migrationsState is the database of the shadow in the state that the migrations make.
const migrationsState = "cairn_migrations"

// shadow returns the server.
func (w *comparison) shadow(ctx context.Context) (*shadow.Shadow, error) {
	if w.server != nil {
		return w.server, nil
	}
	if err := w.canRun(); err != nil {
		return nil, err
	}
	var state *shadow.State
	if len(w.files) > 0 {
		state = &shadow.State{Steps: w.steps(), Phase: "replay " + count(len(w.files), "file"), Lay: w.run}
	}
	server, err := w.app.shadowWith(ctx, w.project, state, w.sink)
	w.server = server
	return server, err
}

// canRun refuses a major of which there is no shadow.
func (w *comparison) canRun() error {
	if major := w.project.Config.DB.MajorVersion; !slices.Contains(pgbin.Majors, major) {
		return &finding.Finding{
			Code: finding.ServerVersion, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("nothing is proven for Postgres %d: the shadow can be of %d to %d", major, pgbin.Majors[0], pgbin.Majors[len(pgbin.Majors)-1]),
		}
	}
	return nil
}

func (w *comparison) close() {
	for _, e := range []*end{w.from, w.to} {
		if e != nil {
			e.close()
		}
	}
	if w.server != nil {
		w.server.Close()
	}
}

// platform returns the catalog of a database before its first migration: as it was noted when it was read first, so that
// no shadow need be started for it.
func (w *comparison) platform(ctx context.Context) (*catalog.Catalog, error) {
	if w.base != nil {
		return w.base, nil
	}
	if err := w.canRun(); err != nil {
		return nil, err
	}
	of := w.kinds
	if of == nil {
		of = kinds.Database()
	}
	o, err := w.app.shadowOptions(w.project, w.sink)
	if err != nil {
		return nil, err
	}
	name := w.note(of)
	if name != "" && w.roles == nil {
		noted, err := o.Note(ctx, name)
		if err != nil {
			return nil, err
		}
		if base, err := catalog.ReadSnapshot(noted, of); err == nil {
			base.Database, w.base = baseState, base
			return w.base, nil
		}
	}
	server, err := w.shadow(ctx)
	if err != nil {
		return nil, err
	}
	if err := server.Clone(ctx, baseState); err != nil {
		return nil, err
	}
	if w.base, err = w.inShadow(ctx, baseState); err != nil {
		return nil, err
	}
	if name != "" && w.roles == nil && len(w.files) == 0 { // or what ran may have changed the roles of the server
		var text bytes.Buffer
		if err := w.base.Write(&text); err != nil {
			return nil, err
		}
		_ = o.SetNote(ctx, name, text.Bytes()) // without it the next comparison takes longer
	}
	return w.base, nil
}

// baseState is the database of the shadow that is the platform alone.
const baseState = "cairn_base"

// note is under which name the catalog of the platform is noted: as this build reads these kinds. It is "" where the build
// cannot be told from others.
func (w *comparison) note(of []*catalog.Kind) string {
	this := program()
	if this == "" {
		return ""
	}
	h := sha256.New()
	_, _ = fmt.Fprintln(h, w.app.Build.Version, w.app.Build.Revision, this)
	for _, k := range of {
		_, _ = fmt.Fprintln(h, k.Name, k.List)
	}
	return "catalog-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// inShadow reads the catalog of a database of the shadow.
func (w *comparison) inShadow(ctx context.Context, database string) (*catalog.Catalog, error) {
	return inShadow(ctx, w.server, database, platform.Owner, w.kinds)
}

// read reads the catalog of an end.
func (w *comparison) read(ctx context.Context, e *end) error {
	var err error
	switch {
	case e.catalog != nil:
	case e.name == endNothing:
		e.catalog, err = w.platform(ctx)
	case e.session != nil:
		e.catalog, err = readCatalog(ctx, e.session, e.label, w.kinds)
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
	_, err := w.lay(ctx)
	if err == nil {
		e.catalog, err = w.inShadow(ctx, e.state)
	}
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

// changes are what makes the second end of the first, without what is left as it is.
func (w *comparison) changes() []catalog.Change {
	return slices.DeleteFunc(catalog.Diff(w.from.catalog, w.to.catalog), func(d catalog.Change) bool { return w.leave(cmp.Or(d.To, d.From)) })
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
