package app

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
)

// bringing is one target on its way to what one look has found.
type bringing struct {
	*watching
	target  *watchTarget
	listing *migration.Listing
	first   bool // it is the first look
	changed func(*migration.Migration) bool

	able []*migration.Migration        // what may run now
	stop *migration.Migration          // the first file that is not to run now
	said map[*migration.Migration]bool // a line told of it
}

// bring applies what the target has not seen, up to the first file that is not finished or does not run. It reports
// whether the target has seen all files then. The error is one that ends the watching.
func (b *bringing) bring(ctx context.Context) (done bool, err error) {
	t := b.target
	t.failed, t.stuck = nil, false
	for {
		b.stop = nil
		do, one, p := t.push, *t.push.chosen, *b.project
		one.narrow, one.ready = b.narrow, unmovedAll
		do.local, do.chosen = b.listing.Migrations, &one
		result, err := b.app.push(ctx, &p, do, b.calm())
		if result != nil {
			b.tellApplied(result)
		}
		again, err := b.failed(ctx, err)
		if again {
			continue
		}
		return err == nil && len(t.pending) == 0, err
	}
}

// tell tells what became of a file.
func (b *bringing) tell(m *migration.Migration, e event.Watched) {
	e.File, b.said[m] = m.File.Name, true
	b.sink(e)
}

// narrow are the files that the target has, and what of the others may run now.
func (b *bringing) narrow(all []*migration.Migration, h *history.History) ([]*migration.Migration, error) {
	var files []*migration.Migration
	t := b.target
	t.pending, b.able = nil, nil
	for _, m := range all {
		if h.Version(m.Version) != nil {
			files = append(files, m)
			continue
		}
		t.pending = append(t.pending, m)
		if b.stop != nil {
			continue
		}
		why := unfinished(m, b.listing.Findings)
		if why == "" && m != t.failed {
			b.able = append(b.able, m)
			continue
		}
		b.stop = m
		if why != "" && b.changed(m) && !b.said[m] {
			b.tell(m, event.Watched{Outcome: event.Unfinished, Detail: why})
		}
	}
	if len(b.able) == 0 || t.refused == sums(b.able) {
		return files, nil
	}
	return merged(files, b.able), nil
}

// tellApplied tells what a push has applied. The time of its proof stands with the first file.
func (b *bringing) tellApplied(result *PushResult) {
	proof := result.Proof
	for _, d := range slices.Concat(result.Applied, result.ByOther) {
		m := b.listing.Migrations[slices.IndexFunc(b.listing.Migrations, func(m *migration.Migration) bool { return m.Version == d.Version })]
		e := event.Watched{Outcome: d.Outcome, Target: result.Target, Elapsed: d.Elapsed}
		if d.Outcome != event.ByOther {
			b.result.Applied = append(b.result.Applied, WatchApplied{Target: result.Target, Run: result.Run, Version: d.Version, File: d.File})
			if proof != nil && !slices.Contains(proof.Open, d.File) {
				e.Proof, proof = proof.Elapsed, nil
			}
		}
		b.target.pending = slices.DeleteFunc(b.target.pending, func(x *migration.Migration) bool { return x == m })
		b.tell(m, e)
	}
}

// failed tells how a push ended, and whether it is worth another try without the file that stood in its way. The error
// is one that ends the watching.
func (b *bringing) failed(ctx context.Context, err error) (again bool, end error) {
	t, f := b.target, finding.As(err)
	switch {
	case err == nil && b.stop == nil:
		return false, nil
	case err == nil:
		b.tellKept(filepath.Base(b.stop.Path) + " comes before it")
		return false, nil
	case f == nil, ctx.Err() != nil, f.Exit == finding.Bug, f.Exit == finding.InDoubt:
		return false, err
	case b.first && (f.Exit == finding.Unreachable || f.Exit == finding.Usage):
		return false, err // it is of no use from the start
	}
	var m *migration.Migration // that it is about
	if i := slices.IndexFunc(b.listing.Migrations, func(m *migration.Migration) bool { return m.File == f.At.File }); i >= 0 {
		m = b.listing.Migrations[i]
	}
	switch {
	case f.Code == finding.FileMoved:
		b.folder.Forget() // the next look tells
		return false, nil
	case f.Code == finding.NeedsConsent:
		t.refused = sums(b.able)
		b.tellKept("")
		b.find(finding.As(aim(f, t.push.Where, defaults["watch"])))
		return false, nil
	case m != nil && slices.Contains(t.pending, m) && f.Exit != finding.Locked:
		b.find(f, event.Watched{File: m.File.Name, Outcome: event.Failed})
		b.said[m], t.failed = true, m
		if t.pending[0] != m {
			return true, nil
		}
		b.tellKept(filepath.Base(m.Path) + " comes before it")
		return false, nil
	case m != nil && f.Code == finding.EditedApplied:
		b.find(t.advice(f, m), event.Watched{File: m.File.Name, Outcome: event.Edited})
	default:
		b.find(t.advice(f, m))
	}
	t.stuck = t.push.Local && (f.Exit == finding.Locked || f.Exit == finding.Unreachable ||
		slices.Contains([]finding.Code{finding.EditedApplied, finding.MissingLocal, finding.OutOfOrder, finding.HistoryMoved}, f.Code))
	b.tellKept(f.Message)
	return false, nil
}

// tellKept tells that files which this look has found stay pending.
func (b *bringing) tellKept(why string) {
	kept := slices.DeleteFunc(slices.Clone(b.target.pending), func(m *migration.Migration) bool { return b.said[m] || !b.changed(m) })
	if len(kept) > 0 {
		b.tell(kept[0], event.Watched{Outcome: event.Kept, More: len(kept) - 1, Detail: why})
	}
}

// advice is a finding with what to do about it on the local database, whose rows can be made again.
func (t *watchTarget) advice(f *finding.Finding, m *migration.Migration) *finding.Finding {
	if !t.push.Local {
		return f
	}
	told := *f
	switch f.Code {
	case finding.EditedApplied:
		told.Hint = "`cairn db reset` makes the local database anew from the files"
		if m.Down != nil {
			told.Hint = "`cairn migration down` reverts it, if it was the last, and it is applied as it reads now; or " + told.Hint
		}
	case finding.MissingLocal:
		told.Hint = "put the files back; or `cairn db reset` makes the local database anew from those that there are"
	case finding.OutOfOrder:
		told.Hint = "`cairn migration up --include-all` applies them behind the others, `cairn db reset` all in their order; or give them a later version"
	}
	return &told
}

// unfinished says what shows that a file is not written to its end; "" is nothing.
func unfinished(m *migration.Migration, findings []*finding.Finding) string {
	for _, f := range findings {
		if f.At.File == m.File && f.Severity == finding.Error {
			return fmt.Sprintf("line %d: %s", f.At.Pos().Line, f.Message)
		}
	}
	all := m.Statements()
	if len(all) == 0 {
		return "there is no statement in it yet"
	}
	last := all[len(all)-1]
	if last.Copy != nil {
		return ""
	}
	c := sqltext.NewCursor(m.File.Text[last.End:])
	if t, _ := c.Token(); m.File.Text[last.End+t.Start:last.End+t.End] == ";" {
		return ""
	}
	return fmt.Sprintf(`line %d: there is no ";" behind the last statement`, m.File.Span(last.End, last.End).Pos().Line)
}

// unmovedAll is unmoved for several files.
func unmovedAll(files []*migration.Migration) error {
	for _, m := range files {
		if err := unmoved(m); err != nil {
			return err
		}
	}
	return nil
}

// sums tells one set of files from another.
func sums(files []*migration.Migration) string {
	var b strings.Builder
	for _, m := range files {
		b.WriteString(m.Version + " " + m.Checksum + "\n")
	}
	return b.String()
}
