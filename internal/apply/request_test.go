package apply_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/standin"
	"github.com/cairndb/cairn/internal/targettest"
)

// apiRunner is a runner over the Management API of a stand-in.
func apiRunner(t testing.TB, url string, told *events) (*apply.Runner, *standin.Server) {
	t.Helper()
	to, server := targettest.API(t, url)
	options := apply.Defaults()
	options.Delivery = 1500 * time.Millisecond
	return &apply.Runner{
		Target: to, Options: options, Run: apply.NewRun(time.Now()), Verb: "test", Who: "tester@here", Sink: told.sink,
	}, server
}

// A push over the API records what a push over the protocol does, with the files' own versions.
func TestOverTheAPI(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	told := &events{}
	r, _ := apiRunner(t, url, told)
	local := parse(t, table(1), file{name: "002_f", text: "create function f() returns int language sql as $$ select 1 $$;\ncomment on table t1 is 'it''s $1; é'; -- end"}, table(3))
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Plan(t.Context(), local, false)
	if err != nil {
		t.Fatal(err)
	}
	moment, err := r.Begin(t.Context(), true)
	if err != nil || moment == "" {
		t.Fatalf("%q, %v", moment, err)
	}
	done, err := r.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied", versions(done.Applied), "001", "002", "003")
	wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003")
	wantStrings(t, "statements", query(t, url, "select statements[2] from supabase_migrations.schema_migrations where version = '002'"), "comment on table t1 is 'it''s $1; é'")
	wantStrings(t, "ours", query(t, url, "select route || ' ' || run from supabase_migrations.cairn_applied order by version"), "api "+r.Run, "api "+r.Run, "api "+r.Run)
	wantStrings(t, "run", query(t, url, "select (restore_to is not null and xid_to is not null)::text from supabase_migrations.cairn_runs"), "true")
	if n := len(of[event.StatementDone](told)); n != 6 {
		t.Errorf("%d statements were told as done", n)
	}
	again, err := push(t, url, &events{}, local)
	if err != nil || len(again.Applied) != 0 {
		t.Errorf("a push over the protocol finds something to do: %+v, %v", again, err)
	}
}

func TestRefusalsOverTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		code finding.Code
		exit finding.Exit
		at   string // line:column
		hint string
	}{
		"syntax":        {"create table a ();\ncreate table b (\n  n int,,\n  m int);", "PG42601", finding.Failed, "3:9", ""},
		"missing":       {"create table a ();\nselect 1 from nowhere;", "PG42P01", finding.Failed, "2:15", ""},
		"at runtime":    {"create table a ();\nselect 1/0;", "PG22012", finding.Failed, "1:1", ""},
		"commit inside": {"create table a ();\ndo $$ begin commit; end $$;", "PG2D000", finding.Failed, "1:1", ""},
		"deferred":      {"create table a (n int unique deferrable initially deferred);\ninsert into a values (1), (1);", "PG23505", finding.Failed, "1:1", ""},
		"concurrently":  {"create table a (n int);\ncreate index concurrently i on a (n);", finding.NeedsSession, finding.Refused, "2:1", "direct connection"},
		"session":       {"set search_path to x;", finding.NeedsSession, finding.Refused, "1:1", "SET LOCAL"},
		"copy":          {"create table a (n int);\ncopy a from stdin;\n1\n\\.\n", finding.NeedsSession, finding.Refused, "2:1", "write INSERT"},
		"own limit":     {"set local statement_timeout = '10min';\nselect 1;", finding.NeedsTime, finding.Refused, "1:1", "--via direct"},
		"no limit":      {"set local statement_timeout to 0;\nselect 1;", finding.NeedsTime, finding.Refused, "1:1", "--via direct"},
		"own timeout":   {"set local statement_timeout = '50ms';\nselect pg_sleep(5);", finding.NeedsTime, finding.Failed, "", "--via direct"},
	} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.Start(t, 17).Database(t)
			r, _ := apiRunner(t, url, &events{})
			_, err := pushWith(t.Context(), r, parse(t, table(1), file{name: "002_bad", text: c.text}, table(3)))
			f := wantExit(t, err, c.code, c.exit)
			if c.at != "" && !strings.HasSuffix(f.At.String(), "002_bad.sql:"+c.at) {
				t.Errorf("at %s, want %s", f.At, c.at)
			}
			if !strings.Contains(f.Hint, c.hint) {
				t.Errorf("hint: %s", f.Hint)
			}
			if query(t, url, "select (to_regclass('supabase_migrations.schema_migrations') is not null)::text")[0] == "true" {
				wantStrings(t, "history", query(t, url, historySQL), "001")
			}
			if got := query(t, url, "select coalesce(to_regclass('public.a')::text, '')"); got[0] != "" {
				t.Errorf("%s was left behind", got[0])
			}
		})
	}
}

// Answers that are lost, in every form, before and after the request was done: what happened is looked up, and the
// request is never sent again for that.
func TestLostAnswers(t *testing.T) {
	for name, f := range map[string]standin.Fault{
		"502 HTML":       {Status: 502, Text: "<html><head><title>502 Bad Gateway</title></head></html>"},
		"520":            {Status: 520, Text: "error code: 520"},
		"500 JSON":       {Status: 500, Text: `{"message":"Internal server error"}`},
		"504 HTML":       {Status: 504, Text: "<html>"},
		"upstream limit": {Status: 400, Text: `{"message":"Failed to run sql query: Connection terminated due to connection timeout"}`},
		"200 HTML":       {Status: 200, Text: "<html>sign in to the hotel's network</html>"},
		"cut":            {Cut: true},
		"short":          {Short: 1},
	} {
		for _, done := range []bool{true, false} {
			if f.Short > 0 && !done {
				continue
			}
			t.Run(fmt.Sprintf("%s, done %v", name, done), func(t *testing.T) {
				t.Parallel()
				url := pgtest.Start(t, 17).Database(t)
				told := &events{}
				r, server := apiRunner(t, url, told)
				r.Journal, _ = apply.OpenJournal(t.TempDir(), apply.Line{What: "run", Run: r.Run})
				local := parse(t, table(1), table(2))
				if _, err := pushWith(t.Context(), r, local[:1]); err != nil {
					t.Fatal(err)
				}
				f.Done, f.Match, f.Body = done, "POST .*/database/query$", "create table t2"
				server.Fail(f)
				result, err := pushWith(t.Context(), r, local)
				sent := 0
				for range server.Requests() {
					sent++
				}
				if done {
					if err != nil || len(result.Applied) != 1 || result.Applied[0].Outcome != event.Confirmed {
						t.Fatalf("%+v, %v", result, err)
					}
				} else {
					wantExit(t, err, finding.ConnectionLost, finding.Unreachable)
					if _, err := pushWith(t.Context(), r, local); err != nil {
						t.Fatal(err)
					}
				}
				wantStrings(t, "history", query(t, url, historySQL), "001", "002")
				wantStrings(t, "rows", query(t, url, "select count(*)::text from t2"), "1")
			})
		}
	}
}

// A request that a proxy delivers twice is done once: its second copy finds its own record (row 116).
func TestDeliveredTwice(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	r, server := apiRunner(t, url, &events{})
	local := parse(t, table(1), table(2), table(3))
	if _, err := pushWith(t.Context(), r, local[:1]); err != nil {
		t.Fatal(err)
	}
	server.Fail(standin.Fault{Match: "POST .*/database/query$", Body: "create table t2", Twice: true})
	if _, err := pushWith(t.Context(), r, local); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003")
	wantStrings(t, "rows", query(t, url, "select count(*)::text from t2"), "1")
}

// A request that nobody waits for any more, and that is still under way, is waited for under the lock.
func TestGatewayGivesUp(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	told := &events{}
	r, server := apiRunner(t, url, told)
	server.Gateway = 500 * time.Millisecond
	local := parse(t, file{name: "001_slow", text: "create table slow ();\nselect pg_sleep(2);"})
	result, err := pushWith(t.Context(), r, local)
	if err != nil || len(result.Applied) != 1 || result.Applied[0].Outcome != event.Confirmed {
		t.Fatalf("%+v, %v", result, err)
	}
	wantStrings(t, "history", query(t, url, historySQL), "001")
}

// A request that reaches the server after its sender has given it up does nothing.
func TestLateRequest(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	r, server := apiRunner(t, url, &events{})
	local := parse(t, table(1), table(2))
	if _, err := pushWith(t.Context(), r, local[:1]); err != nil {
		t.Fatal(err)
	}
	server.Fail(standin.Fault{Match: "POST .*/database/query$", Body: "create table t2", Late: 3 * time.Second})
	_, err := pushWith(t.Context(), r, local)
	f := wantExit(t, err, finding.ConnectionLost, finding.Unreachable)
	if !strings.Contains(f.Message, "did not run") {
		t.Error(f.Message)
	}
	time.Sleep(2500 * time.Millisecond)
	wantStrings(t, "history", query(t, url, historySQL), "001")
	// One that is answered may be sent again.
	server.Fail(standin.Fault{Match: "POST .*/database/query$", Body: "create table t2", Delay: 2 * time.Second})
	if _, err := pushWith(t.Context(), r, local); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "rows", query(t, url, "select id::text from t2"), "2")
}

// What the API says before it does anything: it is waited for, or told, and nothing has changed.
func TestAPISaysNo(t *testing.T) {
	for name, c := range map[string]struct {
		fault standin.Fault
		code  finding.Code // "" where it goes on after a pause
	}{
		"429 with seconds": {standin.Fault{Times: 2, Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "1"}, Text: `{"message":"ThrottlerException: Too Many Requests"}`}, ""},
		"429 with date":    {standin.Fault{Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": time.Now().Add(time.Second).UTC().Format(http.TimeFormat)}, Text: "{}"}, ""},
		"429 bare":         {standin.Fault{Status: http.StatusTooManyRequests, Text: "<html>"}, ""},
		"401":              {standin.Fault{Status: 401, Text: `{"message":"Unauthorized"}`}, finding.AuthFailed},
		"403":              {standin.Fault{Status: 403, Text: `{"message":"Forbidden resource"}`}, finding.AuthFailed},
		"404":              {standin.Fault{Status: 404, Text: `{"message":"Project not found"}`}, finding.APIFailed},
		"410":              {standin.Fault{Status: 410, Text: `{"message":"Gone"}`}, finding.ProjectAsleep},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Start(t, 17).Database(t)
			r, server := apiRunner(t, url, &events{})
			local := parse(t, table(1), table(2))
			c.fault.Match, c.fault.Body = "POST .*/database/query$", "create table t2"
			server.Fail(c.fault)
			result, err := pushWith(t.Context(), r, local)
			if c.code == "" {
				if err != nil || len(result.Applied) != 2 {
					t.Fatalf("%+v, %v", result, err)
				}
				return
			}
			wantExit(t, err, c.code, finding.Unreachable)
			wantStrings(t, "left", result.Left, "002")
			wantStrings(t, "history", query(t, url, historySQL), "001")
		})
	}
}

// Runners over the API and over the protocol are one.
func TestConcurrentRoutes(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	var local []*migration.Migration
	for n := range 4 {
		local = append(local, parse(t, table(n+1))...)
	}
	var all sync.WaitGroup
	results, errs := make([]*apply.Result, 6), make([]error, 6)
	for i := range results {
		all.Go(func() {
			r := runner(t, url, &events{})
			if i%2 == 0 {
				r, _ = apiRunner(t, url, &events{})
			}
			results[i], errs[i] = pushWith(t.Context(), r, local)
		})
	}
	all.Wait()
	var applied []string
	for i, r := range results {
		if errs[i] != nil {
			t.Fatal(i, errs[i])
		}
		applied = append(applied, versions(r.Applied)...)
	}
	slices.Sort(applied)
	wantStrings(t, "applied", applied, "001", "002", "003", "004")
	wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003", "004")
	wantStrings(t, "locks", query(t, url, "select count(*)::text from pg_locks where locktype = 'advisory'"), "0")
}

// Seeds, atomic pushes, repairs and down files go over the API as well.
func TestTheRestOverTheAPI(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	r, _ := apiRunner(t, url, &events{})
	local := parse(t, table(1), file{name: "002_b", text: "set local search_path to public; create table b ();", down: "drop table b;"})
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Plan(t.Context(), local, false)
	if err != nil {
		t.Fatal(err)
	}
	if done, err := r.Atomic(t.Context(), plan); err != nil || len(done.Applied) != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	seed := apply.Script{Path: "supabase/seed.sql", File: parseOne(t, "seed.sql", "insert into t1 values (7);")}
	states, err := r.SeedStates(t.Context(), []apply.Script{seed})
	if err != nil {
		t.Fatal(err)
	}
	if ran, err := r.Seed(t.Context(), []apply.Script{seed}, states); err != nil || len(ran) != 1 {
		t.Fatal(ran, err)
	}
	wantStrings(t, "rows", query(t, url, "select id::text from t1 order by 1"), "1", "7")
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Revert(t.Context(), local[1:]); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "history", query(t, url, historySQL), "001")
}

// A commit whose outcome nobody could find out is in doubt, kept in the journal, and resolved later.
func TestAPIInDoubt(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	told := &events{}
	r, server := apiRunner(t, url, told)
	r.Options.DoubtWait = 100 * time.Millisecond
	dir := t.TempDir()
	local := parse(t, table(1), table(2))
	if _, err := pushWith(t.Context(), r, local[:1]); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.Journal, err = apply.OpenJournal(dir, apply.Line{What: "run", Run: r.Run}); err != nil {
		t.Fatal(err)
	}
	server.Fail(standin.Fault{Match: "POST .*/database/query$", Body: "create table t2", Done: true, Cut: true})
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Plan(t.Context(), local, false)
	if err != nil {
		t.Fatal(err)
	}
	server.Fail(standin.Fault{Match: "GET .*", Times: 1, Status: 401, Text: "{}"})
	_, err = r.Apply(t.Context(), plan)
	wantExit(t, err, finding.CommitInDoubt, finding.InDoubt)
	lines, err := apply.ReadJournal(dir, r.Run)
	if err != nil {
		t.Fatal(err)
	}
	open := apply.InDoubt(lines)
	if open == nil || open.Version != "002" {
		t.Fatalf("%+v in %s", open, filepath.Join(dir, r.Run))
	}
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	resolution, err := r.Resolve(t.Context(), open)
	if err != nil || !resolution.Committed {
		t.Errorf("%+v, %v", resolution, err)
	}
}
