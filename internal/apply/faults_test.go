package apply_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target/direct"
)

// behind is a fresh database whose history exists, and a proxy before it.
func behind(t *testing.T, o faulttest.Options) (url string, proxy *faulttest.Proxy) {
	t.Helper()
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	url = server.URL(name, "postgres")
	if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
		t.Fatal(err)
	}
	return url, faulttest.Start(t, server.TCP(name, "postgres", pgtest.Password), o)
}

// isCommit matches a COMMIT on its way to the server, isCommitted the server's answer to it.
func isCommit(m faulttest.Message) bool {
	return m.Side == faulttest.Frontend && m.Name == "Parse" && m.Text == "commit"
}

func isCommitted(m faulttest.Message) bool {
	return m.Side == faulttest.Backend && m.Name == "CommandComplete" && m.Text == "COMMIT"
}

// A commit whose connection breaks is looked up: it is confirmed where it happened, and the file runs again where it
// did not (rows 14, 15 and 21).
func TestCommitInDoubt(t *testing.T) {
	for name, c := range map[string]struct {
		do   faulttest.Action
		want event.Outcome
	}{ // "answered" is done where the server has committed and says so
		"lost on the way, RST":        {faulttest.CutBefore(faulttest.RST), event.Applied},
		"lost on the way, FIN":        {faulttest.CutBefore(faulttest.FIN), event.Applied},
		"answered and lost, RST":      {faulttest.CutBefore(faulttest.RST), event.Confirmed},
		"answered and lost, FIN":      {faulttest.CutBefore(faulttest.FIN), event.Confirmed},
		"answered and swallowed":      {faulttest.HoldBefore, event.Confirmed},
		"the server hears of it late": {lateOnServer(700 * time.Millisecond), event.Applied},
		"the answer never comes":      {faulttest.HoldAfter, event.Applied},
		"nothing comes through again": {faulttest.HoldBefore, event.Applied},
	} {
		for _, chain := range []bool{false, true} {
			if chain && (strings.Contains(name, "comes") || strings.Contains(name, "swallowed")) {
				continue // the next file's statements may take any time, so only TCP itself finds out
			}
			t.Run(fmt.Sprint(name, " chain=", chain), func(t *testing.T) {
				t.Parallel()
				url, proxy := behind(t, faulttest.Options{})
				at := isCommit
				if strings.HasPrefix(name, "answered") {
					at = isCommitted
				}
				proxy.When(at, c.do)
				told := &events{}
				r := runner(t, proxy.URL(), told)
				r.Options.Chain, r.Options.DoubtWait = chain, 3*time.Second
				result, err := pushWith(t.Context(), r, parse(t, table(0), table(1), table(2)))
				if err != nil {
					t.Fatal(err)
				}
				if !proxy.Done() {
					t.Fatal("the fault never struck")
				}
				wantStrings(t, "applied", versions(result.Applied), "001", "002")
				wantStrings(t, "history", query(t, url, historySQL), "000", "001", "002")
				wantStrings(t, "rows", query(t, url, "select count(*)::text from t1"), "1")
				if got := result.Applied[0].Outcome; !chain && got != c.want {
					t.Errorf("the outcome is %q, want %q", got, c.want)
				}
			})
		}
	}
}

// lateOnServer cuts the client at once and the server's side some time later: the dead transaction holds the lock.
func lateOnServer(d time.Duration) faulttest.Action {
	return func(m *faulttest.Moment) {
		m.CutClient(faulttest.RST)
		time.Sleep(d)
		m.CutServer(faulttest.RST)
	}
}

// Where the database cannot be asked any more the run ends in doubt, names itself, and can be resolved later (row 16).
func TestInDoubtAndResolved(t *testing.T) {
	for _, committed := range []bool{true, false} {
		t.Run(fmt.Sprint("committed=", committed), func(t *testing.T) {
			t.Parallel()
			url, proxy := behind(t, faulttest.Options{})
			at := isCommit
			if committed {
				at = isCommitted
			}
			proxy.When(at, func(m *faulttest.Moment) {
				proxy.Refuse()
				m.Cut(faulttest.RST)
			})
			dir := t.TempDir()
			r := runner(t, proxy.URL(), &events{})
			r.Options.DoubtWait = 600 * time.Millisecond
			var err error
			if r.Journal, err = apply.OpenJournal(dir, apply.Line{What: "run", Run: r.Run}); err != nil {
				t.Fatal(err)
			}
			_, err = pushWith(t.Context(), r, parse(t, table(0), table(1)))
			f := wantExit(t, err, finding.CommitInDoubt, finding.InDoubt)
			if !strings.Contains(f.Hint, "cairn run resolve "+r.Run) {
				t.Errorf("hint: %s", f.Hint)
			}
			lines, err := apply.ReadJournal(dir, r.Run)
			if err != nil {
				t.Fatal(err)
			}
			open := apply.InDoubt(lines)
			if open == nil || open.Version != "001" || open.XID == "" {
				t.Fatalf("the journal says %+v", lines)
			}
			again := runner(t, url, &events{})
			again.Run = r.Run
			if _, err := again.Open(t.Context()); err != nil {
				t.Fatal(err)
			}
			resolution, err := again.Resolve(t.Context(), open)
			if err != nil || resolution.Committed != committed {
				t.Fatalf("resolved as %+v, %v", resolution, err)
			}
			if committed { // the server's word alone, without the record, is not enough
				query(t, url, "delete from supabase_migrations.schema_migrations where version = '001'")
				_, err := again.Resolve(t.Context(), open)
				wantExit(t, err, finding.CommitInDoubt, finding.InDoubt)
			}
		})
	}
}

// Another server answers where the first one was: what it does not know proves nothing (row 24).
func TestAnotherServerAnswers(t *testing.T) {
	url, proxy := behind(t, faulttest.Options{})
	query(t, url, "select 1")
	other := pgtest.Start(t, 15).Database(t)
	if _, err := push(t, other, &events{}, parse(t, table(0))); err != nil {
		t.Fatal(err)
	}
	told := &events{}
	r := runner(t, proxy.URL(), told)
	r.Options.DoubtWait = 500 * time.Millisecond
	first := r.Target
	proxy.When(isCommit, func(m *faulttest.Moment) {
		r.Target = &direct.Target{URL: secret.New(other), Label: "test database"}
		m.Cut(faulttest.RST)
	})
	_, err := pushWith(t.Context(), r, parse(t, table(0), table(1)))
	wantExit(t, err, finding.CommitInDoubt, finding.InDoubt)
	_ = first
}

// Links that are slow, thin, or cut what they carry into single bytes only take longer (row 20).
func TestSlowLinks(t *testing.T) {
	for name, o := range map[string]faulttest.Options{
		"single bytes": {Slice: 1}, "latency": {Latency: 50 * time.Millisecond}, "thin": {Rate: 40_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, proxy := behind(t, o)
			if _, err := push(t, proxy.URL(), &events{}, parse(t, table(0), table(1))); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A session that an administrator ends, and a server that restarts, cost a second try and nothing else (rows 30, 31).
func TestServerEvents(t *testing.T) {
	local := parse(t, file{name: "001_slow", text: "create table t (id int); insert into t values (1); select pg_sleep(0.6)"})
	t.Run("terminated", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Start(t, 17).Database(t)
		time.AfterFunc(500*time.Millisecond, func() {
			query(t, url, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()")
		})
		if _, err := push(t, url, &events{}, local); err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "rows", query(t, url, "select id::text from t"), "1")
	})
	t.Run("immediate shutdown", func(t *testing.T) {
		t.Parallel()
		server := pgtest.New(t, pgtest.Options{Major: 17})
		url := server.TCP("postgres", "postgres", pgtest.Password)
		time.AfterFunc(400*time.Millisecond, func() {
			server.Stop(t, cluster.Immediate)
			server.Start(t)
		})
		if _, err := push(t, url, &events{}, local); err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "rows", query(t, url, "select id::text from t"), "1")
	})
}

// What a role or database sets for its sessions does not reach into a migration (rows 40, 41, 45, 60).
func TestRoleSettings(t *testing.T) {
	server := pgtest.New(t, pgtest.Options{Major: 17})
	url := server.TCP("postgres", "postgres", pgtest.Password)
	for _, set := range []string{
		"statement_timeout = '50ms'", "idle_in_transaction_session_timeout = '50ms'", "transaction_timeout = '80ms'",
		"default_transaction_isolation = 'serializable'", "default_transaction_deferrable = on", "lock_timeout = '1ms'",
	} {
		query(t, url, "alter role postgres set "+set)
	}
	result, err := push(t, url, &events{}, parse(t, file{name: "001_slow", text: "create table t (i text); select pg_sleep(0.3); insert into t select current_setting('transaction_isolation')"}))
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied", versions(result.Applied), "001")
	wantStrings(t, "isolation", query(t, url, "select i from t"), "read committed")
}

// An event trigger that refuses is named, and nothing stays (row 44).
func TestEventTrigger(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
		t.Fatal(err)
	}
	query(t, url, "create function public.no_tables() returns event_trigger language plpgsql as $$ begin raise 'no tables on Fridays'; end $$")
	query(t, url, "create event trigger guard on ddl_command_end when tag in ('CREATE TABLE') execute function public.no_tables()")
	_, err := push(t, url, &events{}, parse(t, table(0), table(1)))
	f := wantExit(t, err, "PGP0001", finding.Failed)
	if !strings.Contains(f.Message+f.Detail, "no_tables") {
		t.Errorf("the trigger is not named: %s %s", f.Message, f.Detail)
	}
	wantStrings(t, "history", query(t, url, historySQL), "000")
}

// Through PgBouncer in transaction mode plain files run with the same guarantees; what needs a session is refused
// before anything runs, and in statement mode everything is (rows 61 to 66).
func TestPooler(t *testing.T) {
	server := pgtest.Start(t, 17)
	bouncer := faulttest.StartPgBouncer(t, server.URL("postgres", "postgres"), faulttest.BouncerOptions{})
	name := server.DatabaseName(t)
	url, pooled := server.URL(name, "postgres"), bouncer.URL(name, "postgres")
	if _, err := push(t, pooled, &events{}, parse(t, table(1), table(2))); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "route", query(t, url, "select distinct route from supabase_migrations.cairn_applied"), "pooler")
	for _, text := range []string{
		"create index concurrently i on t1 (id)", "vacuum t1",
		"set search_path = ''; create table public.x (id int)", "select set_config('search_path', '', false)",
		"prepare p as select 1", "listen here", "load 'auto_explain'", "create temp table x (id int)", "select 1 as one into temp x",
		"create temporary view x as select 1", "create local temp table x on commit delete rows as select 1",
		"select pg_advisory_lock(1)", "do $$ begin if pg_catalog.pg_try_advisory_lock_shared(1, 2) then null; end if; end $$",
		"declare c cursor with hold for select 1", "do $x$ begin perform set_config('search_path', '', false); end $x$",
		"do $$ declare n int; begin for n in 1..2 loop set search_path = ''; end loop; end $$",
		"do 'begin create temp table x (id int); end'",
		"vacuum", "create table x (id int); vacuum x",
	} {
		_, err := push(t, pooled, &events{}, parse(t, table(1), table(2), file{name: "003_x", text: text}))
		f := wantExit(t, err, finding.NeedsSession, finding.Refused)
		if strings.HasPrefix(text, "do") && f.At.Start < 5 {
			t.Errorf("%s: the place is %s", text, f.At.Text())
		}
		if f.At.IsZero() || !strings.Contains(f.Hint, "5432") {
			t.Errorf("%s: %v", text, f)
		}
	}
	// Nothing of a push runs where one of its files needs a session.
	_, err := push(t, pooled, &events{}, parse(t, table(1), table(2), table(3), file{name: "004_x", text: "listen here"}))
	wantExit(t, err, finding.NeedsSession, finding.Refused)
	wantStrings(t, "history", query(t, url, historySQL), "001", "002")
	harmless := "create temp table x (id int) on commit drop; select pg_advisory_xact_lock(1); select set_config('my.a', '1', true);\n" +
		"do $$ begin set local search_path = ''; update public.t1 set id = 1; end $$; set local lock_timeout = 0; declare c cursor for select 1;\n" +
		"create function public.f() returns void language plpgsql as $$ begin perform pg_advisory_lock(1); set search_path = ''; end $$"
	if _, err := push(t, pooled, &events{}, parse(t, table(1), table(2), file{name: "003_x", text: harmless})); err != nil {
		t.Errorf("what needs no session is refused: %v", err)
	}
	query(t, url, "delete from supabase_migrations.schema_migrations where version = '003'")
	done := make(chan error, 8)
	for i := range 8 {
		at := url
		if i%2 == 0 {
			at = pooled
		}
		go func() {
			_, err := push(t, at, &events{}, parse(t, table(1), table(2), table(3), table(4)))
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Errorf("one of eight mixed runners: %v", err)
		}
	}
	wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003", "004")

	statement := faulttest.StartPgBouncer(t, server.URL("postgres", "postgres"), faulttest.BouncerOptions{Pooling: faulttest.Statement})
	_, err = push(t, statement.URL(name, "postgres"), &events{}, parse(t, table(1), table(2), table(3), table(4), table(5)))
	wantExit(t, err, finding.NeedsSession, finding.Refused)
}

// A pooler that keeps the session is as good as the server itself: what needs a session runs, and nothing of it is seen
// by the next file.
func TestSessionPooler(t *testing.T) {
	server := pgtest.Start(t, 17)
	bouncer := faulttest.StartPgBouncer(t, server.URL("postgres", "postgres"), faulttest.BouncerOptions{Pooling: faulttest.Session})
	name := server.DatabaseName(t)
	url := server.URL(name, "postgres")
	messy := "create table public.rows (id int); create sequence public.s; select nextval('public.s'); set my.setting = 'x';\n" +
		"create temp table leftover (id int); listen here; select pg_advisory_lock(77); set role pg_monitor;"
	result, err := push(t, bouncer.URL(name, "postgres"), &events{}, parse(t,
		table(1), file{name: "002_messy", text: messy}, file{name: "003_strict", text: strict},
		file{name: "004_units", text: "set search_path = public; create index concurrently i on t1 (id); insert into t1 values (2); vacuum t1;"},
		file{name: "005_strict", text: strict}))
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied", versions(result.Applied), "001", "002", "003", "004", "005")
	wantStrings(t, "indexes", query(t, url, validSQL), "i true")
	wantStrings(t, "route", query(t, url, "select distinct route from supabase_migrations.cairn_applied"), "pooler")
}

// An interruption cancels the statement on the server; nothing of the file stays, and the session is free at once.
func TestInterrupted(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(500*time.Millisecond, cancel)
	r := runner(t, url, &events{})
	result, err := pushWith(ctx, r, parse(t, table(1), file{name: "002_slow", text: "create table t (id int); select pg_sleep(60)"}))
	if err == nil || ctx.Err() == nil || result == nil {
		t.Fatalf("want the interruption, got %v, %v", result, err)
	}
	wantStrings(t, "applied", versions(result.Applied), "001")
	wantStrings(t, "tables", query(t, url, tablesSQL), "t1")
	wantStrings(t, "sessions that still run", query(t, url, "select pid::text from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid() and datname = current_database()"))
}

// A flood of notices and a huge error do not fill the memory of the run: they are passed on one by one (row 29).
func TestNoticeFlood(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	told := &events{}
	text := "do $$ begin for i in 1..20000 loop raise notice '%', repeat('x', 1000); end loop; end $$"
	if _, err := push(t, url, told, parse(t, file{name: "001_flood", text: text})); err != nil {
		t.Fatal(err)
	}
	if got := len(of[event.Notice](told)); got != 20000 {
		t.Errorf("%d notices", got)
	}
}
