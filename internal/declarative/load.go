package declarative

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

// Load runs files on a throwaway database until the schema stands: each as a whole, in their order, and those that fail
// again behind the others, for as long as any of them comes further; where none does, statement by statement. So it does
// not matter in which order the files are, save where ALTER DEFAULT PRIVILEGES stands among them, and a circle between two
// of them (a function over a table whose default calls it) needs no third.
//
// Emulate stands in for the platform's server; nil emulates nothing. The error is a finding about the first statement that
// never runs; the others are told to sink.
func Load(ctx context.Context, s target.Session, emulate apply.Emulation, files []*migration.Migration, sink event.Sink) error {
	l := &loading{session: s, emulate: emulate, helped: map[string]bool{}}
	if err := l.exec(ctx, target.Segment{{SQL: "set check_function_bodies = off"}}, nil); err != nil {
		return err
	}
	for _, f := range files {
		for _, st := range f.Statements() {
			if st.Copy != nil {
				return &finding.Finding{
					Code: finding.CopyData, Severity: finding.Error, Exit: finding.Usage, At: st.Span,
					Message: "a file of the schema holds rows", Hint: "keep them in a seed file",
				}
			}
			l.left = append(l.left, st)
		}
	}
	for len(l.left) > 0 {
		before := len(l.left)
		if err := l.round(ctx); err != nil {
			return err
		}
		if len(l.left) < before {
			continue
		}
		helped, err := l.help(ctx)
		if err != nil {
			return err
		}
		if !helped {
			return l.stuck(sink)
		}
	}
	return nil
}

// loading is a Load under way.
type loading struct {
	session target.Session
	emulate apply.Emulation
	left    []migration.Statement // that did not run yet
	refused []*pgconn.PgError     // of the last round without progress: why, of each that is left
	helped  map[string]bool
}

// round tries what is left until something of it runs: at first what comes before the next change of default privileges,
// since what is made behind such a change is made with them, and of that last what depends on what is there; then the rest,
// such changes last. Where nothing runs, l.refused says why.
func (l *loading) round(ctx context.Context) error {
	next, quiet := len(l.left), 0
	late := make([]bool, len(l.left)) // with what is behind it in its file
	for i, st := range l.left {
		late[i] = isLate(st) || i > 0 && late[i-1] && l.left[i-1].File == st.File
		if !changesDefaults(st) {
			quiet++
		} else if quiet > 0 {
			next = min(next, i)
		}
	}
	for _, in := range []func(int) bool{
		func(i int) bool { return i < next && !late[i] },
		func(i int) bool { return i < next },
		func(i int) bool { return !changesDefaults(l.left[i]) },
		func(int) bool { return true },
	} {
		for _, whole := range []bool{true, false} {
			if progress, err := l.try(ctx, in, whole); progress || err != nil {
				return err
			}
		}
	}
	return l.why(ctx)
}

func changesDefaults(st migration.Statement) bool {
	c := sqltext.NewCursor(st.Text())
	return c.Take("ALTER", "DEFAULT", "PRIVILEGES")
}

// isLate reports whether a statement does another thing when it runs too early: what is said of a table ONLY, and a
// check that is NOT VALID, are about the partitions and heirs that are there.
func isLate(st migration.Statement) bool {
	c := sqltext.NewCursor(st.Text())
	switch {
	case c.Take("CREATE", "INDEX"), c.Take("CREATE", "UNIQUE", "INDEX"):
		for !c.Done() && !c.Take("ON") {
			c.Next()
		}
		return c.Take("ONLY")
	case c.Take("ALTER", "TABLE"):
		only := c.Take("ONLY")
		c.Name()
		if !c.Take("ADD") || only {
			return only && !c.Take("COLUMN")
		}
		if c.Take("CONSTRAINT") {
			c.Name()
		}
		if !c.Take("CHECK") {
			return false
		}
		c.Skip()
		c.Take("NO", "INHERIT")
		return c.Take("NOT", "VALID")
	}
	return false
}

// try runs some of what is left in one write, what is of one file together or each for itself, and reports whether any of
// it ran.
func (l *loading) try(ctx context.Context, in func(int) bool, whole bool) (bool, error) {
	var segments []target.Segment
	var which [][]int
	for i, st := range l.left {
		if !in(i) {
			continue
		}
		last := len(segments) - 1
		if whole && last >= 0 && l.left[which[last][0]].File == st.File {
			segments[last], which[last] = append(segments[last], l.step(st)), append(which[last], i)
			continue
		}
		segments, which = append(segments, target.Segment{l.step(st)}), append(which, []int{i})
	}
	ran := map[int]bool{}
	err := l.session.Exec(ctx, segments, func(r target.Result) {
		if r.Step == len(segments[r.Segment])-1 { // those before it have run for good, too
			for _, i := range which[r.Segment] {
				ran[i] = true
			}
		}
	})
	if err := failed(ctx, err); err != nil {
		return false, err
	}
	var left []migration.Statement
	for i, st := range l.left {
		if !ran[i] {
			left = append(left, st)
		}
	}
	l.left = left
	return len(ran) > 0, nil
}

// why runs what is left one by one, for what the server says of each. Should one run now, that is enough.
func (l *loading) why(ctx context.Context) error {
	l.refused = nil
	for i, st := range l.left {
		err := l.session.Exec(ctx, []target.Segment{{l.step(st)}}, nil)
		refused, ok := errors.AsType[*target.StatementError](err)
		switch {
		case ok && !(refused.PG.Code == duplicateObject && declaresType(st)): // a function has declared it already
			l.refused = append(l.refused, refused.PG)
		case !ok && err != nil:
			return failed(ctx, err)
		default:
			l.left = slices.Delete(l.left, i, i+1)
			return nil
		}
	}
	return nil
}

// duplicateObject is the SQLSTATE of what is there already.
const duplicateObject = "42710"

// declaresType reports whether a statement only says that there is to be a type.
func declaresType(st migration.Statement) bool {
	c := sqltext.NewCursor(st.Text())
	if !c.Take("CREATE", "TYPE") {
		return false
	}
	c.Name()
	return c.Done()
}

func (l *loading) step(st migration.Statement) target.Step {
	sql := st.Text()
	if l.emulate != nil {
		if instead, _ := l.emulate.Statement(st); instead != "" {
			sql = instead
		}
	}
	return target.Step{SQL: sql}
}

// help makes what the refusals say is not there and a project has by other ways than its files.
func (l *loading) help(ctx context.Context) (bool, error) {
	if l.emulate == nil {
		return false, nil
	}
	for _, pg := range l.refused {
		if sql, _ := l.emulate.Missing(pg); sql != "" && !l.helped[sql] {
			l.helped[sql] = true
			return true, l.exec(ctx, target.Segment{{SQL: sql}}, nil)
		}
	}
	return false, nil
}

func (l *loading) exec(ctx context.Context, steps target.Segment, done func(target.Result)) error {
	return failed(ctx, l.session.Exec(ctx, []target.Segment{steps}, done))
}

// failed is the error of an exchange that is about more than a statement.
func failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, refused := errors.AsType[*target.StatementError](err); refused || err == nil {
		return nil
	}
	return &finding.Finding{
		Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Failed, Cause: err,
		Message: "the shadow went away while the schema was loaded", Detail: err.Error(),
	}
}

// lacks are the SQLSTATEs of what is not there: often only because something else did not run.
var lacks = []string{"42P01", "42883", "42704", "42703", "3F000"}

// stuck tells why the statements that are left do not run. Those that fail by themselves come before those that may only
// lack what others would have made.
func (l *loading) stuck(sink event.Sink) error {
	var own, lacking []*finding.Finding
	for i, pg := range l.refused {
		f := diagnose.Statement(pg, l.left[i].Span)
		f.Exit = finding.Refused
		if slices.Contains(lacks, pg.Code) {
			lacking = append(lacking, f)
		} else {
			own = append(own, f)
		}
	}
	all := append(own, lacking...)
	first := *all[0]
	first.Message = "the schema's files do not load: " + first.Message
	if n := len(all) - 1; n > 0 {
		first.Detail = join(first.Detail, fmt.Sprintf("%d more of their statements do not run, some perhaps because of this one", n))
	}
	for _, f := range all[1:] {
		told := *f
		told.Severity = finding.Note
		sink(event.Found{Finding: &told})
	}
	return &first
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n" + b
}
