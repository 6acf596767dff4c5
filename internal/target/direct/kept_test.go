package direct_test

import (
	"errors"
	"testing"

	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/target"
)

const kept = "select 1 as kept"

// ours is a statement that comes again and again.
func ours(sql string) target.Segment { return target.Segment{{SQL: sql, Ours: true}} }

func exec(t *testing.T, s target.Session, segments ...target.Segment) {
	t.Helper()
	if err := s.Exec(t.Context(), segments, nil); err != nil {
		t.Fatal(err)
	}
}

// uses returns how often the server has planned a prepared statement of the session. Asking ends the keeping.
func uses(t *testing.T, s target.Session, sql string) string {
	t.Helper()
	return one(t, s, "select (generic_plans + custom_plans)::text from pg_prepared_statements where statement = $1", target.Text(sql))
}

// A statement of ours is prepared when it comes for the second time, and used from then on.
func TestKept(t *testing.T) {
	s := open(t, pgtest.Start(t, 17).Database(t), target.Options{})
	for range 4 {
		exec(t, s, ours(kept))
	}
	if got := uses(t, s, kept); got != "3" {
		t.Errorf("the prepared statement was used %q times, want 3", got)
	}
}

// What fails around a kept statement, or in it, does not lose it.
func TestKeptThroughFailures(t *testing.T) {
	s := open(t, pgtest.Start(t, 17).Database(t), target.Options{})
	fail := func(segment target.Segment, at int) {
		t.Helper()
		refused, ok := errors.AsType[*target.StatementError](s.Exec(t.Context(), []target.Segment{segment, steps("rollback")}, nil))
		if !ok || refused.Step != at || refused.Forgotten {
			t.Fatalf("want a refusal of step %d, got %+v", at, refused)
		}
	}
	const late = "select count(*) from late"
	fail(ours(late), 0)
	fail(ours(late), 0) // while it is being prepared
	exec(t, s, steps("create table late (id int)"))
	exec(t, s, ours(kept))
	fail(append(steps("begin", "select 1/0"), ours(kept)...), 1) // before it is prepared
	fail(append(append(steps("begin"), ours(kept)...), steps("select 1/0")...), 2)
	exec(t, s, ours(kept), ours(late))
	exec(t, s, ours(kept), ours(late))
	if got := one(t, s, "select string_agg(statement || ' ' || generic_plans + custom_plans, ', ' order by statement) from pg_prepared_statements where statement in ($1, $2)",
		target.Text(kept), target.Text(late)); got != kept+" 3, "+late+" 2" {
		t.Errorf("the prepared statements: %q", got)
	}
}

// Once a statement's text shows that it may meddle with prepared statements, none is kept any more.
func TestKeptEnds(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	for _, text := range []string{"prepare p as select 1", "deallocate all", "DISCARD plans", "do $$ begin execute 'Prepare q as select 2'; end $$"} {
		s := open(t, url, target.Options{})
		exec(t, s, ours(kept))
		exec(t, s, ours(kept))
		if fresh := s.Fresh(); len(fresh) < 2 || !fresh[0].Ours {
			t.Errorf("before %s a session is made fresh by %+v", text, fresh)
		}
		exec(t, s, steps(text))
		if fresh := s.Fresh(); len(fresh) != 1 || fresh[0].SQL != "discard all" {
			t.Errorf("after %s a session is made fresh by %+v", text, fresh)
		}
		exec(t, s, s.Fresh(), ours(kept), s.Fresh(), ours(kept))
	}
}

// A deallocation that no text showed is told from a refusal, and the statement goes when it is sent again.
func TestKeptForgotten(t *testing.T) {
	s := open(t, pgtest.Start(t, 17).Database(t), target.Options{})
	exec(t, s, ours(kept))
	exec(t, s, ours(kept))
	exec(t, s, steps("do $$ begin execute 'deal' || 'locate all'; end $$"))
	refused, ok := errors.AsType[*target.StatementError](s.Exec(t.Context(), []target.Segment{ours(kept)}, nil))
	if !ok || !refused.Forgotten {
		t.Fatalf("want a statement that was forgotten, got %v", refused)
	}
	exec(t, s, ours(kept))
	if fresh := s.Fresh(); fresh[0].SQL != "discard all" {
		t.Errorf("the session is made fresh by %+v", fresh)
	}
}
