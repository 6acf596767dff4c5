package apply_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
)

// A file whose last part failed and was taken out is recorded by the next run, and what ran before it is not lost.
func TestLastPartTakenOut(t *testing.T) {
	server := pgtest.Start(t, 17)
	for _, chain := range []bool{false, true} {
		url := server.Database(t)
		two := file{name: "003_two", text: "create table a (id int);\ncreate index concurrently i on nowhere (id);"}
		if _, err := push(t, url, &events{}, parse(t, table(1), two)); err == nil {
			t.Fatal("an index on nothing was made")
		}
		two.text = "create table a (id int);"
		r := runner(t, url, &events{})
		r.Options.Chain = chain
		if _, err := pushWith(t.Context(), r, parse(t, table(1), table(2), two, table(4))); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(query(t, url, historySQL), " "); got != "001 002 003 004" {
			t.Errorf("chained %t: the history is %s", chain, got)
		}
		if got := strings.Join(query(t, url, tablesSQL), " "); !strings.Contains(got, "t2") || !strings.Contains(got, "t4") {
			t.Errorf("chained %t: the tables are %s", chain, got)
		}
	}
}

// A statement that was announced and mended since is another statement: nothing of the old one counts for it.
func TestMendedAfterItsAnnouncement(t *testing.T) {
	server := pgtest.Start(t, 17)
	one := file{name: "001_t", text: "create table t1 (id int, email text); create index t1_email on t1 (id);"}
	for _, c := range []struct{ before, after, says string }{
		{"create unique index concurrently t1_email on nowhere (email);", "create unique index concurrently t1_email on t1 (email);", "already exists"},
		{"vacuum nowhere;", "create index concurrently t1_email on t1 (email);", "already exists"},
		{"create index concurrently i on nowhere (id);", "create index i on t1 (id);", ""},
	} {
		url := server.Database(t)
		if _, err := push(t, url, &events{}, parse(t, one, file{name: "003_two", text: c.before})); err == nil {
			t.Fatalf("%s: it ran", c.before)
		}
		_, err := push(t, url, &events{}, parse(t, one, file{name: "003_two", text: c.after}))
		recorded := len(query(t, url, historySQL)) == 2
		if c.says == "" && (err != nil || !recorded) || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || recorded) {
			t.Errorf("%s after %s: %v, recorded %t", c.after, c.before, err, recorded)
		}
	}
}

// What another takes back while a run goes on ends the run: it does not go on over the gap.
func TestTakenBackMeanwhile(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	two := table(2)
	two.down = "drop table t2"
	r := runner(t, url, &events{})
	r.Sink = func(e event.Event) {
		if d, ok := e.(event.MigrationDone); !ok || d.Version != "002" || d.Outcome != event.Applied {
			return
		}
		other := &apply.Runner{Target: r.Target, Options: r.Options, Run: "other", Verb: "migration down", Who: "other", Sink: event.Discard}
		defer other.Close()
		if _, err := other.Open(context.Background()); err != nil {
			t.Error(err)
			return
		}
		if _, err := other.Revert(context.Background(), parse(t, table(1), two)[1:]); err != nil {
			t.Error(err)
		}
	}
	_, err := pushWith(t.Context(), r, parse(t, table(1), two, table(3), table(4)))
	wantExit(t, err, finding.HistoryMoved, finding.Refused)
	if got := strings.Join(query(t, url, historySQL), " "); got != "001" {
		t.Errorf("the history is %s", got)
	}
}

// An error that looks as if the server had forgotten a statement of ours is the file's own: it is told, not tried for ever.
func TestUnknownStatementAtCommit(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	told := &events{}
	_, err := push(t, url, told, parse(t, table(1), file{name: "002_bad", text: `create table q (id int);
create function f() returns trigger language plpgsql as $$ begin execute 'execute nowhere'; return null; end $$;
create constraint trigger c after insert on q deferrable initially deferred for each row execute function f();
insert into q values (1);`}))
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("the error is %v", err)
	}
	began := 0
	for _, e := range of[event.MigrationStarted](told) {
		if e.Version == "002" {
			began++
		}
	}
	if began > 2 {
		t.Errorf("the file was run %d times", began)
	}
}

// What a function prepares is gone before the next file.
func TestPreparedInsideAFunction(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	f := file{name: "001_f", text: "create function f() returns int language plpgsql as $$ begin execute 'prepare p as select 1'; return 1; end $$"}
	if _, err := push(t, url, &events{}, parse(t, f)); err != nil {
		t.Fatal(err)
	}
	for _, chain := range []bool{false, true} {
		files := parse(t, f, file{name: "002_a", text: "select f()"}, file{name: "003_b", text: "select f()"})
		if chain {
			files = append(files, parse(t, file{name: "004_c", text: "select f()"}, file{name: "005_d", text: "select f()"})...)
		}
		r := runner(t, url, &events{})
		r.Options.Chain = chain
		if _, err := pushWith(t.Context(), r, files); err != nil {
			t.Errorf("chained %t: %v", chain, err)
		}
	}
}
