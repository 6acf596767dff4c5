package apply_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

func TestApply(t *testing.T) {
	for _, major := range []int{15, 16, 17, 18} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			t.Parallel()
			url := pgtest.Start(t, major).Database(t)
			local := parse(t, table(1), file{name: "002_empty", text: "-- nothing yet\n"}, table(3))
			told := &events{}
			result, err := push(t, url, told, local)
			if err != nil {
				t.Fatal(err)
			}
			wantStrings(t, "applied", versions(result.Applied), "001", "002", "003")
			wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003")
			wantStrings(t, "statements", query(t, url, "select name || ' ' || statements::text from supabase_migrations.schema_migrations order by version"),
				`t1 {"create table t1 (id int)","insert into t1 values (1)"}`, `empty {}`, `t3 {"create table t3 (id int)","insert into t3 values (3)"}`)
			wantStrings(t, "our own record", query(t, url, "select version || ' ' || who || ' ' || (xid is not null) from supabase_migrations.cairn_applied order by version"),
				"001 tester@here true", "002 tester@here true", "003 tester@here true")
			var tags []string
			for _, e := range of[event.StatementDone](told) {
				tags = append(tags, e.Version+" "+e.Tag)
			}
			wantStrings(t, "statement events", tags, "001 CREATE TABLE", "001 INSERT 0 1", "003 CREATE TABLE", "003 INSERT 0 1")
			again, err := push(t, url, told, append(local, parse(t, table(4))...))
			if err != nil {
				t.Fatal(err)
			}
			wantStrings(t, "applied by the second run", versions(again.Applied), "004")
		})
	}
}

// A migration that fails leaves nothing, those before it stay, and a fixed file goes on from there (F1).
func TestFailure(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	bad := file{name: "002_bad", text: "create table a (id int);\n-- é, 漢字\nselect 'ü', nothing from a;\ncreate table b (id int);\n"}
	result, err := push(t, url, &events{}, parse(t, table(1), bad, table(3)))
	f := wantExit(t, err, "PG42703", finding.Failed)
	if got := f.At.String(); got != "supabase/migrations/002_bad.sql:3:13" {
		t.Errorf("the error is at %s", got)
	}
	wantStrings(t, "applied", versions(result.Applied), "001")
	wantStrings(t, "left", result.Left, "002", "003")
	wantStrings(t, "tables", query(t, url, tablesSQL), "t1")
	bad.text = strings.Replace(bad.text, "nothing", "id", 1)
	if _, err := push(t, url, &events{}, parse(t, table(1), bad, table(3))); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003")
}

// What one file leaves behind in the session is gone before the next, and before its own record (F8).
func TestIsolation(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	local := parse(
		t,
		file{name: "001_role", text: "create role isolation_test; grant create on schema public to isolation_test; set role isolation_test; set search_path = 'nowhere'; set lock_timeout = '7ms'; select set_config('search_path', '', false)"},
		file{name: "002_after", text: "create table after_it (who text default current_user); insert into after_it values (default); insert into after_it select setting from pg_settings where name = 'lock_timeout'"},
	)
	if _, err := push(t, url, &events{}, local); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "what the second file saw", query(t, url, "select who from after_it"), "postgres", "2000")
	query(t, url, "drop owned by isolation_test")
	query(t, url, "drop role isolation_test")
}

// No file can end its own transaction, however it tries (F9).
func TestSeal(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	for i, text := range []string{
		"create table x (id int); do $$ begin commit; end $$; select 1/0",
		"create procedure p() language plpgsql as $$ begin commit; end $$; create table x (id int); call p()",
	} {
		_, err := push(t, url, &events{}, parse(t, file{name: fmt.Sprintf("%03d_x", i), text: text}))
		f := finding.As(err)
		if f == nil || f.Exit != finding.Failed {
			t.Errorf("%s: want exit 4, got %v", text, err)
		}
		wantStrings(t, "tables", query(t, url, tablesSQL))
		wantStrings(t, "history", query(t, url, historySQL))
	}
}

// sabotage lets a test change the segments on their way to the server.
type sabotage struct {
	target.Target
	change func([]target.Segment) []target.Segment
	lies   bool
}

type sabotaged struct {
	target.Session
	sabotage
}

func (s sabotage) Open(ctx context.Context, o target.Options) (target.Session, error) {
	session, err := s.Target.Open(ctx, o)
	return sabotaged{session, s}, err
}

// Exec sends what sabotage makes of the segments; of steps that it adds the runner hears nothing.
func (s sabotaged) Exec(ctx context.Context, segments []target.Segment, done func(target.Result)) error {
	var lengths []int
	for _, segment := range segments {
		lengths = append(lengths, len(segment))
	}
	return s.Session.Exec(ctx, s.change(segments), func(r target.Result) {
		if done != nil && r.Step < lengths[r.Segment] {
			done(r)
		}
	})
}

// Status keeps up the lie that a transaction is open where sabotage has committed it.
func (s sabotaged) Status() byte {
	if s.lies {
		return 'T'
	}
	return s.Session.Status()
}

// The seal is Postgres' own enforcement: where a COMMIT reaches the server in spite of the splitter, nothing stays.
func TestSealOnTheServer(t *testing.T) {
	for _, major := range []int{15, 17} {
		for _, in := range []string{"commit", "commit and chain", "prepare transaction 'x'", "rollback", "rollback and chain"} {
			t.Run(fmt.Sprint(major, " ", in), func(t *testing.T) {
				url := pgtest.Start(t, major).Database(t)
				r := runner(t, url, &events{})
				r.Target = sabotage{Target: r.Target, change: func(segments []target.Segment) []target.Segment {
					for i, segment := range segments {
						for j, step := range segment {
							if step.SQL == "select 'here'" {
								segments[i][j].SQL = in
							}
						}
					}
					return segments
				}}
				_, err := pushWith(t.Context(), r, parse(t, file{name: "001_x", text: "create table x (id int); select 'here'; create table y (id int)"}))
				f := finding.As(err)
				if f == nil || f.Exit != finding.Failed {
					t.Fatalf("want exit 4, got %v", err)
				}
				if major == 17 && in != "prepare transaction 'x'" && f.Code != finding.SealBroken {
					t.Errorf("want %s, got %s: %s", finding.SealBroken, f.Code, f.Message)
				}
				if r.Session() != nil {
					r.Close()
				}
				wantStrings(t, "history", query(t, url, historySQL))
				if in == "commit" || in == "commit and chain" {
					wantStrings(t, "tables", query(t, url, tablesSQL))
				}
			})
		}
	}
}

// Two to twelve runners on a fresh database: each migration is applied once, nobody fails (F6, rows 46 and 48).
func TestConcurrentRunners(t *testing.T) {
	for _, n := range []int{2, 5, 12} {
		url := pgtest.Start(t, 17).Database(t)
		var local []file
		for i := range 6 {
			local = append(local, table(i))
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		applied := map[string]int{}
		for range n {
			wg.Go(func() {
				result, err := push(t, url, &events{}, parse(t, local...))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("a runner of %d failed: %v", n, err)
					return
				}
				for _, d := range result.Applied {
					applied[d.Version]++
				}
				if len(result.Applied)+len(result.ByOther) > 6 {
					t.Errorf("a runner says %v and %v", result.Applied, result.ByOther)
				}
			})
		}
		wg.Wait()
		for _, f := range local {
			if v, _, _ := strings.Cut(f.name, "_"); applied[v] != 1 {
				t.Errorf("with %d runners version %s was applied %d times", n, v, applied[v])
			}
		}
	}
}

// Runners of different branches: the one that comes later is told, and nothing of it runs (row 49).
func TestOtherBranch(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, table(1), table(3))); err != nil {
		t.Fatal(err)
	}
	_, err := push(t, url, &events{}, parse(t, table(1), table(2), table(3)))
	wantExit(t, err, finding.OutOfOrder, finding.Refused)
	_, err = push(t, url, &events{}, parse(t, table(1), table(2)))
	wantExit(t, err, finding.MissingLocal, finding.Refused)
	wantStrings(t, "history", query(t, url, historySQL), "001", "003")
	r := runner(t, url, &events{})
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Plan(t.Context(), parse(t, table(1), table(2), table(3), table(4)), true)
	if err != nil {
		t.Fatal(err)
	}
	result, err := r.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied with --include-all", versions(result.Applied), "002", "004")
}

// An applied file that was edited stops a push; a cosmetic edit is told (F3, rows 71 and 72).
func TestEdited(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	first := table(1)
	if _, err := push(t, url, &events{}, parse(t, first)); err != nil {
		t.Fatal(err)
	}
	cosmetic := first
	cosmetic.text = "-- the first table\r\nCREATE TABLE t1\r\n  (id int);\r\ninsert into t1 values (1);\r\n"
	r := runner(t, url, &events{})
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Plan(t.Context(), parse(t, cosmetic), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Findings) != 1 || plan.Findings[0].Code != finding.CosmeticEdit || plan.Findings[0].Severity != finding.Warning {
		t.Errorf("findings of a cosmetic edit: %v", plan.Findings)
	}
	edited := first
	edited.text = strings.Replace(first.text, "int", "bigint", 1)
	_, err = push(t, url, &events{}, parse(t, edited, table(2)))
	f := wantExit(t, err, finding.EditedApplied, finding.Refused)
	if !strings.Contains(f.Detail, "-create table t1 (id int);") || !strings.Contains(f.Detail, "+create table t1 (id bigint);") {
		t.Errorf("the diff is %s", f.Detail)
	}
	wantStrings(t, "history", query(t, url, historySQL), "001")
}

// A history that the Supabase CLI wrote is continued, and judged by its statements.
func TestForeignHistory(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	query(t, url, "create schema supabase_migrations")
	query(t, url, "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text, created_by text, idempotency_key text unique, rollback text[])")
	query(t, url, "create table t1 (id int)")
	query(t, url, "insert into t1 values (1)")
	query(t, url, "insert into supabase_migrations.schema_migrations (version, name, statements) values ('001', 't1', array['create table t1 (id int)', 'insert into t1 values (1)'])")
	result, err := push(t, url, &events{}, parse(t, table(1), table(2)))
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied", versions(result.Applied), "002")
	edited := table(1)
	edited.text += "select 1;"
	_, err = push(t, url, &events{}, parse(t, edited, table(2)))
	wantExit(t, err, finding.EditedApplied, finding.Refused)
}

// A version that another tool forgot and ran again is judged by what that tool recorded, not by our old row.
func TestHistoryRewrittenByOthers(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, table(1))); err != nil {
		t.Fatal(err)
	}
	query(t, url, "update supabase_migrations.schema_migrations set statements = array['select 42']")
	_, err := push(t, url, &events{}, parse(t, table(1)))
	wantExit(t, err, finding.EditedApplied, finding.Refused)
	query(t, url, "delete from supabase_migrations.schema_migrations")
	query(t, url, "drop table t1")
	if _, err := push(t, url, &events{}, parse(t, table(1))); err != nil {
		t.Fatalf("a forgotten version did not run again: %v", err)
	}
}

func TestNewerFormat(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, table(1))); err != nil {
		t.Fatal(err)
	}
	query(t, url, "comment on table supabase_migrations.cairn_applied is 'cairn format 99'")
	_, err := push(t, url, &events{}, parse(t, table(1), table(2)))
	wantExit(t, err, finding.NewerFormat, finding.Refused)
	wantStrings(t, "history", query(t, url, historySQL), "001")
}

func TestHistoryOfAnotherShape(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	query(t, url, "create schema supabase_migrations")
	query(t, url, "create table supabase_migrations.schema_migrations (id int, dirty boolean)")
	_, err := push(t, url, &events{}, parse(t, table(1)))
	wantExit(t, err, finding.HistoryShape, finding.Refused)
}

// A role that may not make tables in supabase_migrations still migrates, with the shared table alone.
func TestWithoutOwnTables(t *testing.T) {
	server := pgtest.Start(t, 17)
	url := server.Database(t)
	role := "poor_" + query(t, url, "select current_database()")[0]
	for _, sql := range []string{
		"create schema supabase_migrations",
		"create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)",
		"create role " + role + " login",
		"grant usage on schema supabase_migrations to " + role,
		"grant all on supabase_migrations.schema_migrations to " + role,
		"grant create, usage on schema public to " + role,
	} {
		query(t, url, sql)
	}
	told := &events{}
	r := runner(t, url, told)
	r.Target = roleTarget{r.Target, role}
	result, err := pushWith(t.Context(), r, parse(t, table(1), table(2)))
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied", versions(result.Applied), "001", "002")
	wantStrings(t, "owners", query(t, url, "select (relowner::regrole::text = '"+role+"')::text from pg_class where relname in ('t1', 't2')"), "true", "true")
	notes := 0
	for _, f := range of[event.Found](told) {
		if f.Finding.Code == finding.HistoryShape {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes about the missing tables", notes)
	}
	r.Close()
	query(t, url, "drop owned by "+role)
	query(t, url, "drop role "+role)
}

// roleTarget becomes a role for the whole session.
type roleTarget struct {
	target.Target
	role string
}

func (r roleTarget) Open(ctx context.Context, o target.Options) (target.Session, error) {
	s, err := r.Target.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return roleSession{s, r.role}, target.One(ctx, s, target.Step{SQL: "set session authorization " + r.role})
}

type roleSession struct {
	target.Session
	role string
}

func (r roleSession) Facts() target.Facts {
	f := r.Session.Facts()
	f.User = r.role
	return f
}

// Exec puts the authorization back where the protocol's own resets would end it, as for a role that logged in itself.
func (r roleSession) Exec(ctx context.Context, segments []target.Segment, done func(target.Result)) error {
	for _, segment := range segments {
		for j, s := range segment {
			switch s.SQL {
			case "discard all":
				segment[j].SQL = "select 1"
			case "reset session authorization":
				segment[j].SQL = "select 1"
			}
		}
	}
	return r.Session.Exec(ctx, segments, done)
}

// The lock is polled, its holder named; after the wait nothing has happened.
func TestLockHeld(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	holder, err := (&direct.Target{URL: secret.New(url)}).Open(t.Context(), target.Options{Application: "cairn/other@there"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Close() }()
	if err := target.One(t.Context(), holder, target.Step{SQL: "select pg_advisory_lock(1667328370, 1)"}); err != nil {
		t.Fatal(err)
	}
	told := &events{}
	r := runner(t, url, told)
	r.Options.LockWait = 300 * time.Millisecond
	_, err = pushWith(t.Context(), r, parse(t, table(1)))
	f := wantExit(t, err, finding.LockHeld, finding.Locked)
	if want := fmt.Sprintf("pid %d (cairn/other@there, idle", holder.Facts().PID); !strings.Contains(f.Detail, want) {
		t.Errorf("the holder is said to be %q, want %q", f.Detail, want)
	}
	holders, err := apply.Holders(t.Context(), holder)
	if err != nil || len(holders) != 1 || holders[0].Application != "cairn/other@there" {
		t.Errorf("holders: %+v, %v", holders, err)
	}
	// Freed while a second runner waits, it goes on by itself.
	r2 := runner(t, url, told)
	time.AfterFunc(200*time.Millisecond, func() { _ = holder.Close() })
	if _, err := pushWith(t.Context(), r2, parse(t, table(1))); err != nil {
		t.Fatal(err)
	}
}

// A statement waits for a table no longer than the lock timeout; the whole transaction is tried again, the blocker is
// named, and after the last try nothing has happened (F7, rows 50 to 52).
func TestTableLocked(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	query(t, url, "create table busy (id int)")
	open := func() target.Session {
		reader, err := (&direct.Target{URL: secret.New(url)}).Open(t.Context(), target.Options{Application: "the app"})
		if err != nil {
			t.Fatal(err)
		}
		if err := target.One(t.Context(), reader, target.Step{SQL: "begin"}); err != nil {
			t.Fatal(err)
		}
		if err := target.One(t.Context(), reader, target.Step{SQL: "select * from busy"}); err != nil {
			t.Fatal(err)
		}
		return reader
	}
	local := parse(t, file{name: "001_alter", text: "create table once (id int); alter table busy add column n int"})
	reader := open()
	r := runner(t, url, &events{})
	r.Options.LockTimeout, r.Options.LockWait = 600*time.Millisecond, 1500*time.Millisecond
	_, err := pushWith(t.Context(), r, local)
	f := wantExit(t, err, finding.LockTimeout, finding.Locked)
	if !strings.Contains(f.Detail, "the app") {
		t.Errorf("the blocker is said to be %q", f.Detail)
	}
	wantStrings(t, "tables", query(t, url, tablesSQL), "busy")
	_ = reader.Close()

	reader = open()
	time.AfterFunc(900*time.Millisecond, func() { _ = reader.Close() })
	told := &events{}
	r = runner(t, url, told)
	r.Options.LockTimeout, r.Options.LockWait = 300*time.Millisecond, 20*time.Second
	if _, err := pushWith(t.Context(), r, local); err != nil {
		t.Fatal(err)
	}
	if len(of[event.Waiting](told)) == 0 {
		t.Error("nobody was told of the wait")
	}
	wantStrings(t, "tables", query(t, url, tablesSQL), "busy", "once")
}

// --chain does the same with one round trip a file.
func TestChain(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	r := runner(t, url, &events{})
	r.Options.Chain = true
	bad := file{name: "004_bad", text: "create table x (id int); select 1/0"}
	result, err := pushWith(t.Context(), r, parse(t, table(1), table(2), table(3), bad, table(5)))
	wantExit(t, err, "PG22012", finding.Failed)
	wantStrings(t, "applied", versions(result.Applied), "001", "002", "003")
	wantStrings(t, "left", result.Left, "004", "005")
	wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003")
	// A commit that fails takes the file that was chained to it with it.
	deferred := file{name: "004_deferred", text: "create table d (id int primary key, other int references d deferrable initially deferred); insert into d values (1, 2)"}
	r = runner(t, url, &events{})
	r.Options.Chain = true
	result, err = pushWith(t.Context(), r, parse(t, table(1), table(2), table(3), deferred, table(5)))
	wantExit(t, err, "PG23503", finding.Failed)
	wantStrings(t, "left after a failed commit", result.Left, "004", "005")
	wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003")
}

func TestAtomic(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	atomic := func(files ...file) (*apply.Result, error) {
		r := runner(t, url, &events{})
		if _, err := r.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		plan, err := r.Plan(t.Context(), parse(t, files...), false)
		if err != nil {
			t.Fatal(err)
		}
		return r.Atomic(t.Context(), plan)
	}
	result, err := atomic(table(1), table(2), file{name: "003_bad", text: "select 1/0"})
	wantExit(t, err, "PG22012", finding.Failed)
	wantStrings(t, "left", result.Left, "001", "002", "003")
	wantStrings(t, "tables", query(t, url, tablesSQL))
	_, err = atomic(table(1), file{name: "002_alone", text: "create index concurrently i on t1 (id)"})
	f := wantExit(t, err, finding.NotInTransaction, finding.Refused)
	if !strings.Contains(f.Message, "002_alone") {
		t.Errorf("the refusal does not name the file: %s", f.Message)
	}
	role := file{name: "002_role", text: "set search_path = ''; set lock_timeout = '1ms'; create table public.t2 (id int)"}
	result, err = atomic(table(1), role, table(3))
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied", versions(result.Applied), "001", "002", "003")
	wantStrings(t, "transactions", query(t, url, "select count(distinct xid)::text from supabase_migrations.cairn_applied"), "1")
}

func TestRevert(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	local := parse(
		t, table(1),
		file{name: "002_b", text: "create table b (id int)", down: "drop table b"},
		file{name: "003_c", text: "create table c (id int); create index concurrently c_id on c (id)", down: "drop index concurrently c_id; drop table c"},
	)
	if _, err := push(t, url, &events{}, local); err != nil {
		t.Fatal(err)
	}
	revert := func(n int) (*apply.Result, error) {
		r := runner(t, url, &events{})
		h, err := r.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		last, err := apply.LastApplied(local, h, n)
		if err != nil {
			return nil, err
		}
		return r.Revert(t.Context(), last)
	}
	_, err := revert(3)
	wantExit(t, err, finding.NoDownFile, finding.Refused)
	for range 2 { // down, up and down again
		result, err := revert(2)
		if err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "reverted", versions(result.Applied), "003", "002")
		wantStrings(t, "tables", query(t, url, tablesSQL), "t1")
		wantStrings(t, "history", query(t, url, historySQL), "001")
		if _, err := push(t, url, &events{}, local); err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "tables", query(t, url, tablesSQL), "b", "c", "c_id", "t1")
	}
	wantStrings(t, "reverts on record", query(t, url, "select version from supabase_migrations.cairn_reverted order by started"), "003", "002", "003", "002")
}

func TestSeeds(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, file{name: "001_t", text: "create table t (id int, s text)"})); err != nil {
		t.Fatal(err)
	}
	seed := func(text string) ([]string, apply.SeedState, error) {
		m := parseOne(t, "seed.sql", text)
		r := runner(t, url, &events{})
		if _, err := r.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		scripts := []apply.Script{{Path: "supabase/seed.sql", File: m}}
		states, err := r.SeedStates(t.Context(), scripts)
		if err != nil {
			t.Fatal(err)
		}
		ran, err := r.Seed(t.Context(), scripts, states)
		return ran, states[0], err
	}
	text := "insert into t values (1, 'é');\ncopy t (id, s) from stdin;\n2\tx;y\n3\t\\N\n\\.\ninsert into t values (4, 'last');\n"
	if _, _, err := seed("insert into t values (0, 'x'); select 1/0"); finding.As(err) == nil {
		t.Fatalf("want a finding, got %v", err)
	}
	wantStrings(t, "rows after a failed seed", query(t, url, "select id::text from t"))
	for i, want := range []apply.SeedState{apply.SeedNew, apply.SeedSame} {
		ran, state, err := seed(text)
		if err != nil {
			t.Fatal(err)
		}
		if state != want || len(ran) != 1-i {
			t.Errorf("round %d: state %s, ran %v", i, state, ran)
		}
	}
	if _, state, err := seed(text + "-- changed\n"); err != nil || state != apply.SeedChanged {
		t.Errorf("a changed seed is %s, %v", state, err)
	}
	wantStrings(t, "rows", query(t, url, "select id || ':' || coalesce(s, 'null') from t order by id"), "1:é", "2:x;y", "3:null", "4:last")
}

func TestRepair(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	local := parse(t, table(1), table(2), table(3))
	if _, err := push(t, url, &events{}, local[:1]); err != nil {
		t.Fatal(err)
	}
	r := runner(t, url, &events{})
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	var gone []string
	forget := func(v string) { gone = append(gone, v) }
	if err := r.Repair(t.Context(), local[1:2], []string{"001", "009"}, nil, forget); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "forgotten", gone, "001")
	wantStrings(t, "history", query(t, url, historySQL), "002")
	wantStrings(t, "tables", query(t, url, tablesSQL), "t1")
	h, err := history.Read(t.Context(), r.Session())
	if err != nil || !h.Rows[0].Intact || h.Rows[0].Applied.Checksum != local[1].Checksum {
		t.Errorf("the marked row is %+v, %v", h.Rows, err)
	}
	// What takes the place of the whole history does so only while that is the one that was read, be it empty.
	read := r.History().Stamp
	query(t, url, "insert into supabase_migrations.schema_migrations values ('004')")
	wantExit(t, r.Repair(t.Context(), local, []string{"002", "004"}, &read, forget), finding.HistoryMoved, finding.Refused)
	wantStrings(t, "history", query(t, url, historySQL), "002", "004")
	query(t, url, "delete from supabase_migrations.schema_migrations")
	if err := r.Repair(t.Context(), local, nil, &history.Stamp{}, forget); err != nil {
		t.Error(err)
	}
}

// A chained commit that is refused for somebody else's sake is tried again; its file is not passed over.
func TestChainedCommitIsRetried(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	query(t, url, "create table parent (id int primary key)")
	query(t, url, "insert into parent values (1)")
	other, err := (&direct.Target{URL: secret.New(url)}).Open(t.Context(), target.Options{Application: "the app"})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"begin", "select from parent for update"} {
		if err := target.One(t.Context(), other, target.Step{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	time.AfterFunc(900*time.Millisecond, func() { _ = other.Close() })
	r := runner(t, url, &events{})
	r.Options.Chain, r.Options.LockTimeout = true, 200*time.Millisecond
	deferred := file{name: "001_child", text: "create table c (id int, p int references parent deferrable initially deferred); insert into c values (1, 1)"}
	result, err := pushWith(t.Context(), r, parse(t, deferred, table(2), table(3)))
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied", versions(result.Applied), "001", "002", "003")
	wantStrings(t, "rows", query(t, url, "select count(*)::text from c"), "1")
}

// Two runs that seed at once run the seed once.
func TestSeedsAtOnce(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, file{name: "001_t", text: "create table t (id int)"})); err != nil {
		t.Fatal(err)
	}
	scripts := []apply.Script{{Path: "supabase/seed.sql", File: parseOne(t, "seed.sql", "insert into t values (1); select pg_sleep(0.2)")}}
	var runners []*apply.Runner
	for range 2 {
		r := runner(t, url, &events{})
		if _, err := r.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		runners = append(runners, r)
	}
	var wg sync.WaitGroup
	for _, r := range runners {
		states := []apply.SeedState{apply.SeedNew}
		wg.Go(func() {
			if _, err := r.Seed(t.Context(), scripts, states); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantStrings(t, "rows", query(t, url, "select count(*)::text from t"), "1")
}
