package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/target"
)

// strict fails where the session still has something of the file before.
const strict = `do $$
begin
	if current_setting('search_path') like '%pg_catalog%' then raise 'search_path'; end if;
	if current_setting('my.setting', true) <> '' then raise 'my.setting'; end if;
	if exists (select from pg_class where relname = 'leftover' and relpersistence = 't') then raise 'temporary table'; end if;
	if exists (select from pg_listening_channels()) then raise 'listen'; end if;
	if exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and objid = 77) then raise 'advisory lock'; end if;
	if exists (select from pg_cursors where name = 'held') then raise 'cursor'; end if;
	if current_user <> session_user then raise 'role'; end if;
	begin
		perform currval('public.s');
		raise 'currval';
	exception when object_not_in_prerequisite_state then null;
	end;
end
$$;`

// Nothing that a file leaves in its session is seen by the next, whether our statements stay prepared or not.
func TestNextFileSeesNothing(t *testing.T) {
	server := pgtest.Start(t, 17)
	messy := "create table public.rows (id int); insert into public.rows values (1); create sequence public.s; select nextval('public.s');\n" +
		"set search_path = 'pg_catalog'; set my.setting = 'x'; create temp table leftover (id int); listen here;\n" +
		"select pg_catalog.pg_advisory_lock(77); declare held cursor with hold for select 1; set role pg_monitor;"
	for name, more := range map[string]string{"kept": "", "not kept": "\nprepare p as select 1;", "dropped": "\ndeallocate all;"} {
		for _, chain := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				url := server.Database(t)
				r := runner(t, url, &events{})
				r.Options.Chain = chain
				local := parse(t, table(1), table(2), file{name: "003_messy", text: messy + more}, file{name: "004_strict", text: strict}, table(5))
				if _, err := pushWith(t.Context(), r, local); err != nil {
					t.Fatalf("chain=%t: %v", chain, err)
				}
				wantStrings(t, "history", query(t, url, historySQL), "001", "002", "003", "004", "005")
				if fresh := r.Session().Fresh(); (fresh[0].SQL == "discard all") == (more == "") {
					t.Errorf("the session is made fresh by %+v", fresh)
				}
			})
		}
	}
}

// The statements that a session keeps prepared outlive a file that fails.
func TestKeptPastFailure(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	r := runner(t, url, &events{})
	bad := file{name: "004_bad", text: "create table x (id int); select 1/0"}
	if _, err := pushWith(t.Context(), r, parse(t, table(1), table(2), table(3), bad, table(5))); err == nil {
		t.Fatal("the broken file ran")
	}
	plan, err := r.Plan(t.Context(), parse(t, table(1), table(2), table(3), table(4), table(5)), false)
	if err != nil {
		t.Fatal(err)
	}
	// The history is the one before the first run: what is applied is found out on the way.
	result, err := r.Apply(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "applied", versions(result.Applied), "004", "005")
	if fresh := r.Session().Fresh(); fresh[0].SQL == "discard all" {
		t.Error("the statements are no longer kept")
	}
	rows, err := target.Rows(t.Context(), r.Session(), "select (generic_plans + custom_plans > 3)::text from pg_prepared_statements where statement like '-- Claims a version%'")
	if err != nil || len(rows) != 1 || string(rows[0][0]) != "true" {
		t.Errorf("whether the claim was kept and used: %q, %v", rows, err)
	}
}

// A file that drops all prepared statements where no text shows it runs all the same, once.
func TestHiddenDeallocation(t *testing.T) {
	for _, chain := range []bool{false, true} {
		url := pgtest.Start(t, 17).Database(t)
		r := runner(t, url, &events{})
		r.Options.Chain = chain
		result, err := pushWith(t.Context(), r, parse(t,
			file{name: "001_f", text: "create function public.forget() returns void language plpgsql as $$ begin execute 'deal' || 'locate all'; end $$"},
			table(2), table(3), file{name: "004_call", text: "create table called (id int); insert into called values (1); select public.forget()"}, table(5)))
		if err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "applied", versions(result.Applied), "001", "002", "003", "004", "005")
		wantStrings(t, "rows", query(t, url, "select id::text from called"), "1")
		if fresh := r.Session().Fresh(); fresh[0].SQL != "discard all" {
			t.Errorf("the session is made fresh by %+v", fresh)
		}
	}
}

// A history with as many versions as before and other ones is not the one that was planned for.
func TestGuardWhole(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, table(0), table(1))); err != nil {
		t.Fatal(err)
	}
	r := runner(t, url, &events{})
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	plan, err := r.Plan(t.Context(), parse(t, table(0), table(1), table(2)), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Begin(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	query(t, url, "update supabase_migrations.schema_migrations set version = '0005' where version = '001'")
	result, err := r.Apply(t.Context(), plan)
	wantExit(t, err, finding.MissingLocal, finding.Refused)
	wantStrings(t, "applied", versions(result.Applied))
	wantStrings(t, "tables", query(t, url, tablesSQL), "t0", "t1")
}

// What another tool records behind a file of ours, while the run goes on, stops it.
func TestGuardNewest(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
		t.Fatal(err)
	}
	r := runner(t, url, &events{})
	r.Sink = func(e event.Event) {
		if done, ok := e.(event.MigrationDone); ok && done.Version == "001" {
			query(t, url, "insert into supabase_migrations.schema_migrations (version) values ('009')")
		}
	}
	result, err := pushWith(t.Context(), r, parse(t, table(0), table(1), table(2), table(3)))
	wantExit(t, err, finding.MissingLocal, finding.Refused)
	wantStrings(t, "applied", versions(result.Applied), "001")
	wantStrings(t, "history", query(t, url, historySQL), "000", "001", "009")
}

// pausing stops in front of a step: what stands before it was sent and answered.
type pausing struct {
	target.Target
	at    string
	pause func(before target.Segment)
	done  *bool
}

type pausingSession struct {
	target.Session
	pausing
}

func (p pausing) Open(ctx context.Context, o target.Options) (target.Session, error) {
	s, err := p.Target.Open(ctx, o)
	return pausingSession{s, p}, err
}

func (p pausingSession) Exec(ctx context.Context, segments []target.Segment, done func(target.Result)) error {
	if done == nil {
		done = func(target.Result) {}
	}
	for i, segment := range segments {
		for j, s := range segment {
			if *p.done || !strings.Contains(s.SQL, p.at) {
				continue
			}
			*p.done = true
			if err := p.Session.Exec(ctx, append(segments[:i:i], segment[:j]), done); err != nil {
				return err
			}
			p.pause(segment[:j])
			err := p.Session.Exec(ctx, append([]target.Segment{segment[j:]}, segments[i+1:]...), func(r target.Result) {
				if r.Segment == 0 {
					r.Step += j
				}
				r.Segment += i
				done(r)
			})
			if refused, ok := errors.AsType[*target.StatementError](err); ok {
				if refused.Segment == 0 {
					refused.Step += j
				}
				refused.Segment += i
			}
			return err
		}
	}
	return p.Session.Exec(ctx, segments, done)
}

// Between the BEGIN of a file that sees one snapshot and its lock the history cannot move, however the file asks for it;
// where all statements see the newest, what moved is noticed.
func TestSnapshotBeforeTheLock(t *testing.T) {
	const body = "create table seen (level text); insert into seen values (current_setting('transaction_isolation'));"
	for text, level := range map[string]string{
		"begin isolation level serializable;\n" + body + "\ncommit;":                            "serializable",
		"begin transaction read write, isolation level repeatable read;\n" + body + "\ncommit;": "repeatable read",
		"START TRANSACTION ISOLATION LEVEL SERIALIZABLE, NOT DEFERRABLE;\n" + body + "\nend;":   "serializable",
		"set transaction isolation level repeatable read;\n" + body:                             "repeatable read",
		"set local transaction isolation level serializable;\n" + body:                          "serializable",
		body: "read committed",
	} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Start(t, 17).Database(t)
			if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
				t.Fatal(err)
			}
			r := runner(t, url, &events{})
			still := level != "read committed"
			r.Target = pausing{Target: r.Target, at: "pg_try_advisory_xact_lock", done: new(bool), pause: func(target.Segment) {
				other := runner(t, url, &events{})
				if _, err := other.Open(t.Context()); err != nil {
					t.Error(err)
					return
				}
				defer other.Close()
				err := other.Session().Exec(t.Context(), []target.Segment{
					{{SQL: "set lock_timeout = '100ms'"}},
					{{SQL: "insert into supabase_migrations.schema_migrations (version) values ('0005')"}},
				}, nil)
				refused, _ := errors.AsType[*target.StatementError](err)
				if blocked := refused != nil && refused.PG.Code == "55P03"; blocked != still {
					t.Errorf("%s: the history was moved: %v", text, err)
				}
			}}
			_, err := pushWith(t.Context(), r, parse(t, table(0), file{name: "001_seen", text: text}))
			if !still {
				wantExit(t, err, finding.MissingLocal, finding.Refused)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wantStrings(t, "isolation", query(t, url, "select level from seen"), level)
		})
	}
}
