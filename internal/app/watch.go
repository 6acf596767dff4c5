package app

import (
	"cmp"
	"context"
	"encoding/hex"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/watch"
)

// WatchRequest asks to apply migration files as they are written.
type WatchRequest struct {
	Where // a database beside the local one
	RunOptions
	NoProof bool // --no-proof: do not try files on a copy first
}

// WatchResult says what happened until the watching ended.
type WatchResult struct {
	Targets []string       `json:"targets"`
	Applied []WatchApplied `json:"applied"`
	Failed  []string       `json:"failed,omitempty" jsonschema:"files that do not run as they stand now"`
	Pending []string       `json:"pending,omitempty" jsonschema:"files that some target has not seen"`
	Elapsed time.Duration  `json:"elapsed_ns"`
}

// WatchApplied is a file that was applied.
type WatchApplied struct {
	Target  string `json:"target"`
	Run     string `json:"run"`
	Version string `json:"version"`
	File    string `json:"file"`
}

// lookAgain is how long a target is left alone that could not be brought up to date, for a reason that may pass.
const lookAgain = 2 * time.Second

// Watch proves each file that is written or changed in the migrations folder, and applies it: to the local database at
// once, to another one after a yes at the terminal. It ends when its context does, without an error unless a file is then
// done in part, or in doubt.
func (a *App) Watch(ctx context.Context, req WatchRequest, s event.Sink) (_ *WatchResult, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	f := &watch.Folder{Root: p.Root, Path: p.Migrations, Match: func(name string) bool {
		return strings.HasSuffix(name, ".sql") && !strings.HasPrefix(name, ".") // editors hide what they keep beside a file
	}}
	defer f.Close()
	w := &watching{app: a, project: p, folder: f, sink: s, told: map[string]string{}, result: &WatchResult{Targets: []string{}, Applied: []WatchApplied{}}}
	if err := w.choose(ctx, req); err != nil {
		return nil, err
	}
	began := a.Now()
	t := a.tell("watch", strings.Join(w.result.Targets, ", "), s)
	defer func() {
		w.result.Elapsed = a.Now().Sub(began)
		t.done(err)
	}()
	for state := watch.State(nil); ; {
		if next := w.next(ctx); next != nil {
			state = next
		}
		if ctx.Err() != nil {
			return w.sum(), nil
		}
		first := w.files == nil
		if err = w.look(ctx, state); err != nil {
			if ctx.Err() != nil && cleanly(err) {
				err = nil
			}
			return w.sum(), err
		}
		if first && w.files != nil {
			s(event.Watched{File: shownIn(p, p.Migrations), Outcome: event.Watching, Detail: count(len(w.files), "migration") + "; Ctrl-C ends it"})
		}
	}
}

// watching is what is known between two looks at the folder.
type watching struct {
	app     *App
	project *project.Project
	folder  *watch.Folder
	sink    event.Sink
	targets []*watchTarget
	files   map[string]string // the checksums of the last look, by the names that are shown
	told    map[string]string // findings, with the checksum of the file that they are about
	result  *WatchResult
}

// watchTarget is a database that files are applied to.
type watchTarget struct {
	push    push   // without files
	refused string // the checksums of what was asked for in vain
	stuck   bool   // it could not be brought up to date, for a reason that may pass

	pending []*migration.Migration // that it has not seen, as of the last look
	failed  *migration.Migration   // the first of them that does not run
}

// choose finds the targets: the local database, and another one where it is named.
func (w *watching) choose(ctx context.Context, req WatchRequest) error {
	wheres := []Where{{Local: true}}
	if !req.local(defaults["watch"]) {
		wheres = append(wheres, req.Where)
	}
	for i, where := range wheres {
		own := *w.project
		at, err := w.app.place(ctx, &own, where, defaults["watch"], w.sink)
		if f := finding.As(err); f != nil && i == 0 && len(wheres) > 1 && f.Exit == finding.Unreachable {
			told := *f
			told.Severity = finding.Note
			w.sink(event.Found{Finding: &told})
			continue
		}
		if err != nil {
			return err
		}
		w.result.Targets = append(w.result.Targets, at.Name())
		w.targets = append(w.targets, &watchTarget{push: push{
			PushRequest: PushRequest{Where: where, RunOptions: req.RunOptions}, verb: "watch", chosen: &chosen{unseen: true, unproven: req.NoProof},
		}})
	}
	return nil
}

// next waits for the folder to rest in another state. It is nil where a target wants another look, and at the end.
func (w *watching) next(ctx context.Context) watch.State {
	if slices.ContainsFunc(w.targets, func(t *watchTarget) bool { return t.stuck }) {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, lookAgain)
		defer cancel()
	}
	state, _ := w.folder.Next(ctx)
	return state
}

// look reads the files and brings the targets up to them. The error is one that ends the watching.
func (w *watching) look(ctx context.Context, state watch.State) error {
	listing, err := w.app.listing(ctx, w.project, true)
	if err != nil {
		return err
	}
	files := map[string]string{}
	for _, m := range listing.Migrations {
		if sum := state[filepath.Base(m.Path)].Sum; sum != (watch.File{}).Sum && hex.EncodeToString(sum[:]) != m.Checksum {
			w.folder.Forget() // written to since: it comes to rest again, maybe as it was
			return nil
		}
		files[m.File.Name] = m.Checksum
	}
	before := w.files
	w.files = files
	gone := slices.DeleteFunc(slices.Sorted(maps.Keys(before)), func(name string) bool { return files[name] != "" })
	if len(gone) > 0 {
		w.sink(event.Watched{File: gone[0], More: len(gone) - 1, Outcome: event.Gone})
	}
	for _, f := range listing.Findings {
		switch {
		case f.At.File != nil && (f.Severity == finding.Error || f.Code == finding.NoStatements): // a line tells of the file
		case f.Code == finding.SkippedName && f.Severity == finding.Note: // what editors leave beside it
		default:
			w.find(f)
		}
	}
	if slices.ContainsFunc(listing.Findings, func(f *finding.Finding) bool { return f.At.File == nil && f.Severity == finding.Error }) {
		return nil // no file can be told from another
	}
	for _, t := range w.targets {
		b := &bringing{watching: w, target: t, listing: listing, first: before == nil, said: map[*migration.Migration]bool{}}
		b.changed = func(m *migration.Migration) bool { return before[m.File.Name] != m.Checksum }
		if done, err := b.bring(ctx); err != nil || !done {
			return err // what is not in order on one is not put to the next
		}
	}
	return nil
}

// find tells a finding once for each text of its file, and reports whether it did.
func (w *watching) find(f *finding.Finding, before ...event.Event) bool {
	sum := "-"
	if f.At.File != nil {
		sum = cmp.Or(w.files[f.At.File.Name], sum)
	}
	key := string(f.Code) + f.Error()
	if w.told[key] == sum {
		return false
	}
	w.told[key] = sum
	for _, e := range before {
		w.sink(e)
	}
	w.sink(event.Found{Finding: f})
	return true
}

// calm leaves out of a stream what was told before, and runs in which nothing happens.
func (w *watching) calm() event.Sink {
	var started event.Event
	return func(e event.Event) {
		switch e := e.(type) {
		case event.RunStarted:
			started = e
			return
		case event.Found:
			w.find(e.Finding)
			return
		case event.RunDone:
			if started != nil {
				return
			}
		}
		if started != nil {
			w.sink(started)
			started = nil
		}
		w.sink(e)
	}
}

// sum fills in how things stand at the end.
func (w *watching) sum() *WatchResult {
	for _, t := range w.targets {
		if t.failed != nil && !slices.Contains(w.result.Failed, t.failed.File.Name) {
			w.result.Failed = append(w.result.Failed, t.failed.File.Name)
		}
		for _, m := range t.pending {
			if !slices.Contains(w.result.Pending, m.File.Name) {
				w.result.Pending = append(w.result.Pending, m.File.Name)
			}
		}
	}
	return w.result
}
