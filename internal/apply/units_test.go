package apply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/target"
)

const stepsSQL = "select version || ' ' || step || ' ' || state from supabase_migrations.cairn_steps order by step"

const validSQL = "select c.relname || ' ' || i.indisvalid::text from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = 'public'::regnamespace order by 1"

// A file of several units goes on behind the units that are done, also after the broken one was mended.
func TestUnits(t *testing.T) {
	for _, major := range []int{15, 17, 18} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			t.Parallel()
			url := pgtest.Start(t, major).Database(t)
			text := "set search_path = public;\ncreate table t (id int);\ninsert into t values (1), (1);\n" +
				"create unique index concurrently t_id on t (id);\ninsert into t values (2);\nvacuum t;\n"
			told := &events{}
			_, err := push(t, url, told, parse(t, file{name: "001_units", text: text}))
			f := wantExit(t, err, "PG23505", finding.Partial)
			if f.At.Pos().Line != 4 {
				t.Errorf("the failure is at %s", f.At)
			}
			wantStrings(t, "history", query(t, url, historySQL))
			wantStrings(t, "steps", query(t, url, stepsSQL), "001 0 done", "001 1 intent")
			wantStrings(t, "indexes", query(t, url, validSQL))

			edited := strings.Replace(text, "(1), (1)", "(1), (5)", 1)
			_, err = push(t, url, told, parse(t, file{name: "001_units", text: edited}))
			wantExit(t, err, finding.PartlyApplied, finding.Refused)

			query(t, url, "truncate t")
			query(t, url, "insert into t values (1)")
			told = &events{}
			result, err := push(t, url, told, parse(t, file{name: "001_units", text: text}))
			if err != nil {
				t.Fatal(err)
			}
			wantStrings(t, "applied", versions(result.Applied), "001")
			wantStrings(t, "indexes", query(t, url, validSQL), "t_id true")
			wantStrings(t, "rows", query(t, url, "select id::text from t order by id"), "1", "2")
			wantStrings(t, "steps", query(t, url, stepsSQL))
			wantStrings(t, "history", query(t, url, historySQL), "001")
			var at []string
			for _, e := range of[event.StatementDone](told) {
				at = append(at, fmt.Sprintf("%d/%d", e.Index, e.Total))
			}
			wantStrings(t, "statements of the second run", at, "4/6", "5/6", "6/6")
		})
	}
}

// Several BEGIN … COMMIT pairs are as many transactions, in order.
func TestPairs(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	text := "begin; create type mood as enum ('sad'); commit;\nbegin; alter type mood add value 'glad'; commit;\n" +
		"begin; create table t (m mood default 'glad'); insert into t default values; commit;"
	if _, err := push(t, url, &events{}, parse(t, file{name: "001_pairs", text: text})); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "rows", query(t, url, "select m::text from t"), "glad")
	wantStrings(t, "statements recorded", query(t, url, "select cardinality(statements)::text from supabase_migrations.schema_migrations"), "10")
}

// An INVALID index that another tool left is not taken for ours, and not for done.
func TestInvalidIndexOfOthers(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	query(t, url, "create table t (id int)")
	query(t, url, "insert into t values (1), (1)")
	r := runner(t, url, &events{})
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := target.One(t.Context(), r.Session(), target.Step{SQL: "create unique index concurrently t_id on t (id)"}); err == nil {
		t.Fatal("the index was built")
	}
	r.Close()
	wantStrings(t, "indexes before", query(t, url, validSQL), "t_id false")
	_, err := push(t, url, &events{}, parse(t, file{name: "001_i", text: "create unique index concurrently if not exists t_id on t (id)"}))
	f := wantExit(t, err, finding.InvalidIndex, finding.Refused)
	if !strings.Contains(f.Hint, "DROP INDEX CONCURRENTLY public.t_id") {
		t.Errorf("hint: %s", f.Hint)
	}
}

// A connection that is lost anywhere in the steps is taken up again by the run itself; the statement that runs alone
// is not run twice.
func TestLostInSteps(t *testing.T) {
	text := "create table t (id int);\ninsert into t values (1);\ncreate index concurrently t_id on t (id);\ncreate index concurrently on t (id, id);\ninsert into t values (2);"
	for cut := 0; ; cut++ {
		url := pgtest.Start(t, 17).Database(t)
		r := runner(t, url, &events{})
		sent := 0
		r.Target = losing{r.Target, &sent, cut}
		local := parse(t, file{name: "001_units", text: text})
		result, err := pushWith(t.Context(), r, local)
		if f := finding.As(err); f != nil && f.Exit == finding.Unreachable && cut < 8 {
			// The history was being read or made, and nothing was under way yet: a rerun does it.
			result, err = push(t, url, &events{}, local)
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		wantStrings(t, fmt.Sprintf("applied with a cut at %d", cut), versions(result.Applied), "001")
		wantStrings(t, "rows", query(t, url, "select id::text from t order by id"), "1", "2")
		wantStrings(t, "indexes", query(t, url, validSQL), "t_id true", "t_id_id1_idx true")
		wantStrings(t, "steps", query(t, url, stepsSQL))
		if sent <= cut {
			if cut < 15 {
				t.Errorf("only %d cuts", cut)
			}
			return
		}
	}
}

// losing loses the answer to one Exec: the server does its work, the runner never hears of it.
type losing struct {
	target.Target
	sent *int
	cut  int
}

type losingSession struct {
	target.Session
	losing
}

func (l losing) Open(ctx context.Context, o target.Options) (target.Session, error) {
	s, err := l.Target.Open(ctx, o)
	if err != nil || strings.HasSuffix(o.Application, "watch") {
		return s, err
	}
	return losingSession{s, l}, nil
}

func (s losingSession) Exec(ctx context.Context, segments []target.Segment, done func(target.Result)) error {
	*s.sent++
	if *s.sent != s.cut+1 {
		return s.Session.Exec(ctx, segments, done)
	}
	_ = s.Session.Exec(ctx, segments, nil)
	_ = s.Session.Close()
	return &target.LostError{Err: errors.New("cut by the test")}
}

// While a run is inside its steps another one waits for it, and then has nothing to do.
func TestTwoRunnersInSteps(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	text := "create table t (id int);\ncreate index concurrently t_id on t (id);\nselect pg_sleep(0.5);"
	local := []file{{name: "001_units", text: text}, table(2)}
	type outcome struct {
		result *apply.Result
		err    error
	}
	outcomes := make(chan outcome, 3)
	for range 3 {
		go func() {
			result, err := push(t, url, &events{}, parse(t, local...))
			outcomes <- outcome{result, err}
		}()
	}
	applied := 0
	for range 3 {
		o := <-outcomes
		if o.err != nil {
			t.Fatal(o.err)
		}
		applied += len(o.result.Applied)
	}
	if applied != 2 {
		t.Errorf("%d migrations were applied by three runners, want 2", applied)
	}
}

// An index build waits for an old transaction; interrupted, it leaves nothing INVALID, and the run goes on later.
func TestInterruptedBuild(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	query(t, url, "create table t (id int)")
	r := runner(t, url, &events{})
	old := runner(t, url, &events{})
	if _, err := old.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"begin isolation level repeatable read", "select count(*) from t", "insert into t values (1)"} {
		if err := target.One(t.Context(), old.Session(), target.Step{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(700*time.Millisecond, cancel)
	// What is cleared away waits for the old transaction too, so that has to end first.
	time.AfterFunc(1200*time.Millisecond, old.Close)
	r.Options.LockTimeout = 0
	_, err := pushWith(ctx, r, parse(t, file{name: "001_i", text: "create index concurrently t_id on t (id)"}))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("want the interruption, got %v", err)
	}
	r.Close()
	wantStrings(t, "indexes", query(t, url, validSQL))
	if _, err := push(t, url, &events{}, parse(t, file{name: "001_i", text: "create index concurrently t_id on t (id)"})); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "indexes", query(t, url, validSQL), "t_id true")
}

// An interruption behind the first part tells what is done; on a server that goes with the run it is only that.
func TestInterruptedInSteps(t *testing.T) {
	for _, throwaway := range []bool{false, true} {
		url := pgtest.Start(t, 17).Database(t)
		ctx, cancel := context.WithCancel(t.Context())
		r := runner(t, url, &events{})
		r.Throwaway = throwaway
		r.Sink = func(e event.Event) {
			if _, ok := e.(event.Notice); ok {
				cancel()
			}
		}
		local := parse(t, file{name: "001_units", text: "create table t (id int);\ncreate index concurrently t_id on t (id);\ndo $$ begin raise notice 'here'; perform pg_sleep(60); end $$;"})
		result, err := pushWith(ctx, r, local)
		wantStrings(t, "left", result.Left, "001")
		wantStrings(t, "steps", query(t, url, stepsSQL), "001 0 done", "001 1 done")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("want the interruption, got %v", err)
		}
		if throwaway {
			if finding.As(err) != nil {
				t.Error(err)
			}
			continue
		}
		if f := wantExit(t, err, finding.Cancelled, finding.Partial); !strings.Contains(f.Hint, "parts 1 to 2 of 3") {
			t.Errorf("hint: %s", f.Hint)
		}
	}
}
