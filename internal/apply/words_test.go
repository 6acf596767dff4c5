package apply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

func session(t *testing.T, url string) target.Session {
	t.Helper()
	s, err := (&direct.Target{URL: secret.New(url), Label: "test"}).Open(t.Context(), target.Options{Application: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// A file that has every deferred constraint checked at once is told that ours is one of them, and what to write.
func TestConstraintsAll(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	text := "create table p (id int primary key);\ncreate table c (p int constraint c_p references p deferrable initially deferred);\ninsert into c values (1);\ninsert into p values (1);\n"
	for _, all := range []string{"set constraints all immediate;", "do $$ begin set constraints /* really */ all immediate; end $$;", "Set  Constraints\nAll immediate"} {
		_, err := push(t, url, &events{}, parse(t, file{name: "001_all", text: text + all}))
		f := wantExit(t, err, finding.SealBroken, finding.Failed)
		if f.At.Pos().Line != 5 || strings.Contains(f.Message, "ended its own") || !strings.Contains(f.Hint, "SET CONSTRAINTS schema.constraint") {
			t.Errorf("%s: %s, hint %s", f.At, f.Message, f.Hint)
		}
	}
	if _, err := push(t, url, &events{}, parse(t, file{name: "001_named", text: text + "set constraints c_p immediate; set constraints all deferred;"})); err != nil {
		t.Fatal(err)
	}
}

// looking looks at the server after each exchange of a run.
type looking struct {
	target.Target
	look func(segments []target.Segment)
}

type lookingSession struct {
	target.Session
	looking
}

func (l looking) Open(ctx context.Context, o target.Options) (target.Session, error) {
	s, err := l.Target.Open(ctx, o)
	return lookingSession{s, l}, err
}

func (s lookingSession) Exec(ctx context.Context, segments []target.Segment, done func(target.Result)) error {
	err := s.Session.Exec(ctx, segments, done)
	s.look(segments)
	return err
}

func sends(segments []target.Segment, text string) bool {
	for _, segment := range segments {
		for _, s := range segment {
			if strings.Contains(s.SQL, text) {
				return true
			}
		}
	}
	return false
}

const freeing = "create table t (id int);\nselect pg_advisory_unlock_all();\ncreate index concurrently i on t (id);\n" +
	"do $$ begin perform pg_advisory_unlock_all(); end $$;\ndiscard all;\ninsert into public.t values (1);\nselect pg_advisory_unlock(1667328370, 1);\nvacuum t;"

// A file that gives back the locks of its session does not give away the migration lock.
func TestLockStays(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	observer := session(t, url)
	r := runner(t, url, &events{})
	inside, looks := false, 0
	r.Target = looking{r.Target, func(segments []target.Segment) {
		if inside = (inside || sends(segments, "pg_try_advisory_lock(")) && !sends(segments, "-- However often"); !inside {
			return
		}
		looks++
		holders, err := apply.Holders(t.Context(), observer)
		if err != nil || len(holders) != 1 {
			t.Errorf("held by %v, %v after %s", holders, err, segments[len(segments)-1][0].SQL)
		}
	}}
	if _, err := pushWith(t.Context(), r, parse(t, file{name: "001_freeing", text: freeing}, table(2))); err != nil {
		t.Fatal(err)
	}
	if looks < 10 {
		t.Errorf("only %d looks", looks)
	}
	wantStrings(t, "rows", query(t, url, "select id::text from t"), "1")
	if holders, err := apply.Holders(t.Context(), observer); err != nil || len(holders) != 0 {
		t.Errorf("after the run the lock is held by %v, %v", holders, err)
	}
}

// Where another run takes the lock at the very moment, this one waits for it and goes on behind what is done.
func TestLockTakenInBetween(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	r := runner(t, url, &events{})
	once := false
	r.Target = sabotage{Target: r.Target, change: func(segments []target.Segment) []target.Segment {
		if len(segments) == 3 && segments[1][0].SQL == "discard all" && !once {
			once = true
			segments[2][0].SQL = "select 'cairn: the lock is held, says the test'::int"
		}
		return segments
	}}
	result, err := pushWith(t.Context(), r, parse(t, file{name: "001_freeing", text: freeing}))
	if err != nil || !once {
		t.Fatal(once, err)
	}
	wantStrings(t, "applied", versions(result.Applied), "001")
	wantStrings(t, "rows", query(t, url, "select id::text from t"), "1")
	wantStrings(t, "steps", query(t, url, stepsSQL))
}

// What is asked beside a run answers with findings where it cannot be known.
func TestAskedBeside(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	s := session(t, url)
	_ = s.Close()
	for name, ask := range map[string]func() error{
		"Holders":     func() error { _, err := apply.Holders(t.Context(), s); return err },
		"Terminate":   func() error { _, err := apply.Terminate(t.Context(), s, apply.Holder{PID: "1"}); return err },
		"ForeignRows": func() error { _, err := apply.ForeignRows(t.Context(), s); return err },
		"Databases":   func() error { _, err := apply.Databases(t.Context(), s); return err },
		"HasTables":   func() error { _, err := apply.HasTables(t.Context(), s); return err },
	} {
		if f := finding.As(ask()); f == nil || f.Code != finding.ConnectionLost || f.Exit != finding.Unreachable {
			t.Errorf("%s on a lost connection: %v", name, f)
		}
	}
	execute(t, url, "create schema supabase_migrations; create table supabase_migrations.cairn_runs (run int); "+
		"create view public.v as select 1; create table public.t (id int)")
	if f := finding.As(func() error { _, err := apply.ForeignRows(t.Context(), session(t, url)); return err }()); f != nil {
		t.Errorf("without a run: %v", f)
	}
	execute(t, url, "insert into supabase_migrations.cairn_runs values (1)")
	if f := finding.As(func() error { _, err := apply.ForeignRows(t.Context(), session(t, url)); return err }()); f == nil || f.Exit != finding.Failed {
		t.Errorf("with a table of another shape: %v", f)
	}
}

// The oldest tools' table holds versions and nothing else: there is nothing to fetch.
func TestFetchOldTable(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	execute(t, url, "create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text primary key); "+
		"insert into supabase_migrations.schema_migrations values ('001')")
	r := runner(t, url, &events{})
	h, err := r.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Fetch(t.Context(), r.Session(), []string{"001"}); err != nil || h.Version("001").Statements != nil {
		t.Errorf("%v, %q", err, h.Version("001").Statements)
	}
	h.Columns += ",statements" // as where somebody dropped it meanwhile
	if f := finding.As(h.Fetch(t.Context(), r.Session(), []string{"001"})); f == nil || f.Code != "PG42703" {
		t.Errorf("a column that is gone: %v", f)
	}
}

// Who may not end a session is told so; a session that is gone is something else.
func TestTerminate(t *testing.T) {
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	url := server.URL(name, "postgres")
	role := "weak_" + name
	execute(t, url, "create role "+role+" login")
	t.Cleanup(func() { query(t, url, "drop role "+role) })
	for _, who := range []struct {
		url  string
		ends bool
	}{{url, false}, {server.URL(name, role), true}} {
		holding := session(t, who.url)
		if err := target.One(t.Context(), holding, target.Step{SQL: "select pg_advisory_lock(1667328370, 1)"}); err != nil {
			t.Fatal(err)
		}
		weak := session(t, server.URL(name, role))
		holders, err := apply.Holders(t.Context(), weak)
		if err != nil || len(holders) != 1 {
			t.Fatalf("holders %v, %v", holders, err)
		}
		ended, err := apply.Terminate(t.Context(), weak, holders[0])
		if who.ends {
			if !ended || err != nil {
				t.Errorf("its own session: %t, %v", ended, err)
			}
			continue
		}
		f := wantExit(t, err, "PG42501", finding.Refused)
		if ended || !strings.Contains(f.Message, role) || !strings.Contains(f.Hint, "postgres") {
			t.Errorf("%t: %s, hint %s", ended, f.Message, f.Hint)
		}
		// A role that sees all and may end nothing is refused by the server itself.
		execute(t, url, "grant pg_read_all_stats to "+role)
		holders, err = apply.Holders(t.Context(), weak)
		if err != nil {
			t.Fatal(err)
		}
		_, err = apply.Terminate(t.Context(), weak, holders[0])
		wantExit(t, err, "PG42501", finding.Refused)
		other := holders[0]
		other.Started = "2001-01-01T00:00:00Z"
		if ended, err := apply.Terminate(t.Context(), session(t, url), other); ended || err != nil {
			t.Errorf("a process of the same number: %t, %v", ended, err)
		}
		if ended, err := apply.Terminate(t.Context(), session(t, url), holders[0]); !ended || err != nil {
			t.Errorf("as the superuser: %t, %v", ended, err)
		}
		for len(query(t, url, "select pid::text from pg_stat_activity where pid = "+holders[0].PID)) > 0 {
		}
		if ended, err := apply.Terminate(t.Context(), weak, holders[0]); ended || err != nil {
			t.Errorf("a session that is gone: %t, %v", ended, err)
		}
	}
}

// A file that failed says in words what stays.
func TestWhatStays(t *testing.T) {
	bad := file{name: "009_bad", text: "create table x (id int); select 1/0", down: "select 1/0"}
	for n, want := range map[int]string{
		0: "009_bad.sql was rolled back as a whole; this run had applied nothing before it",
		2: "009_bad.sql was rolled back as a whole; what this run had applied before it stays applied: 001_t1.sql, 002_t2.sql",
		4: "009_bad.sql was rolled back as a whole; the 4 files that this run had applied before it, up to 004_t4.sql, stay applied",
	} {
		url := pgtest.Start(t, 17).Database(t)
		var files []file
		for i := range n {
			files = append(files, table(i+1))
		}
		_, err := push(t, url, &events{}, parse(t, append(files, bad)...))
		if f := wantExit(t, err, "PG22012", finding.Failed); !strings.HasSuffix(f.Detail, want) {
			t.Errorf("%d files: %q, want %q", n, f.Detail, want)
		}
	}
	url := pgtest.Start(t, 17).Database(t)
	r := runner(t, url, &events{})
	local := parse(t, file{name: "001_a", text: "create table a ()", down: "select 1/0"}, file{name: "002_b", text: "create table b ()", down: "drop table b"})
	if _, err := pushWith(t.Context(), r, local); err != nil {
		t.Fatal(err)
	}
	h, err := r.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last, err := apply.LastApplied(local, h, 2)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Revert(t.Context(), last)
	f := wantExit(t, err, "PG22012", finding.Failed)
	if want := "001_a_down.sql was rolled back as a whole; what this run had reverted before it stays reverted: 002_b_down.sql"; !strings.HasSuffix(f.Detail, want) {
		t.Errorf("%q, want %q", f.Detail, want)
	}
}

// A file of several units whose connection is lost each time says how far it came.
func TestLostEachTime(t *testing.T) {
	for cut, want := range map[string]struct {
		exit finding.Exit
		hint string
	}{
		"create table t":            {finding.Unreachable, "no part of this file's 3 is known to be done"},
		"create index concurrently": {finding.Partial, "part 1 of 3 of this file is done and recorded; whether part 2 ran"},
		"insert into t":             {finding.Partial, "parts 1 to 2 of 3 of this file are done and recorded; whether part 3 ran"},
	} {
		url := pgtest.Start(t, 17).Database(t)
		r := runner(t, url, &events{})
		r.Target = losingAt{r.Target, cut}
		local := parse(t, file{name: "001_units", text: "create table t (id int);\ncreate index concurrently i on t (id);\ninsert into t values (1);"})
		_, err := pushWith(t.Context(), r, local)
		f := wantExit(t, err, finding.ConnectionLost, want.exit)
		if !strings.Contains(f.Hint, want.hint) || !strings.Contains(f.Message, "3 times") {
			t.Errorf("%s: %s, hint %s", cut, f.Message, f.Hint)
		}
		r.Close()
		if _, err := push(t, url, &events{}, local); err != nil {
			t.Errorf("%s: the next run: %v", cut, err)
		}
		wantStrings(t, fmt.Sprint("rows after ", cut), query(t, url, "select id::text from t"), "1")
	}
}

// losingAt loses the connection whenever a statement is to be sent.
type losingAt struct {
	target.Target
	text string
}

type losingAtSession struct {
	target.Session
	losingAt
}

func (l losingAt) Open(ctx context.Context, o target.Options) (target.Session, error) {
	s, err := l.Target.Open(ctx, o)
	return losingAtSession{s, l}, err
}

func (s losingAtSession) Exec(ctx context.Context, segments []target.Segment, done func(target.Result)) error {
	for _, segment := range segments {
		for _, step := range segment {
			if strings.HasPrefix(step.SQL, s.text) {
				_ = s.Session.Close()
				return &target.LostError{Err: errors.New("cut by the test")}
			}
		}
	}
	return s.Session.Exec(ctx, segments, done)
}
