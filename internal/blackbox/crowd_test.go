package blackbox

import (
	"strconv"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/faulttest"
)

// together runs db push n times at once, the i-th on url(i), and returns how all of them ended.
func (s *site) together(n int, url func(i int) string) []*outcome {
	s.t.Helper()
	running := make([]*process, n)
	for i := range running {
		running[i] = s.start("db", "push", "--yes", "--json", "--db-url", url(i))
	}
	ended := make([]*outcome, n)
	for i, p := range running {
		ended[i] = p.wait()
	}
	return ended
}

// wantOnce asserts that all runs ended well and that each version was applied by exactly one of them.
func (s *site) wantOnce(ended []*outcome, versions ...string) {
	s.t.Helper()
	times := map[string]int{}
	for _, o := range ended {
		o.exits(0).keepsQuiet("23505", "42P07", "error ", "ERROR")
		for _, v := range o.applied() {
			times[v]++
		}
	}
	for _, v := range versions {
		if times[v] != 1 {
			s.t.Errorf("%s was applied by %d runs", v, times[v])
		}
	}
}

// several are n migrations of which none bears to be run twice.
func several(n int) (files map[string]string, versions []string) {
	files = map[string]string{}
	for i := range n {
		v := "00" + strconv.Itoa(i+1)
		versions = append(versions, v)
		files[v+"_t"] = "create table t" + v + " (id int primary key);\ninsert into t" + v + " values (1);\nselect pg_sleep(0.01);"
	}
	return files, versions
}

func TestF6TogetherOnAFreshDatabase(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 6, 12} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			files, versions := several(4)
			s := newSite(t, files)
			s.wantOnce(s.together(n, func(int) string { return s.url }), versions...)
			s.wantHistory(versions...)
		})
	}
}

func TestF14TogetherThroughATransactionPooler(t *testing.T) {
	t.Parallel()
	files, versions := several(4)
	s := newSite(t, files)
	s.pooled = true
	pooler := faulttest.StartPgBouncer(t, s.admin, faulttest.BouncerOptions{Pooling: faulttest.Transaction, PoolSize: 2})
	s.wantOnce(s.together(4, func(int) string { return pooler.URL("", "") }), versions...)
	s.migration("009_direct", "create table direct (id int);")
	s.push("--lock-wait", "0s").exits(0)

	// Some directly, some through the pooler.
	s.migration("010_mixed", "create table mixed (id int);")
	s.wantOnce(s.together(4, func(i int) string { return []string{pooler.URL("", ""), s.url}[i%2] }), "010")
	s.wantHistory(append(versions, "009", "010")...)
}

func TestF15ConcurrentIndexWithTwoRunners(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);\ninsert into a select generate_series(1, 1000);"})
	s.push().exits(0)
	s.migration("002_ix", "create index concurrently a_id on a (id);")
	release := s.reader()
	first := s.start(s.pushArgs("--lock-timeout", "0", "--json")...)
	s.until("the index waits for the writer", building)
	second := s.start(s.pushArgs("--lock-timeout", "0", "--json")...)
	s.until("the other runner is there", `select count(*) > 1 from pg_stat_activity where application_name like 'cairn/%' and datname = current_database()`)
	s.exec("select pg_sleep(1.5)") // as long as a waiter needs to pass its check for deadlocks
	release()
	s.wantOnce([]*outcome{first.wait(), second.wait()}, "002")
	s.wantHistory("001", "002")
	s.wantQuery("select indisvalid::text from pg_index where indexrelid = 'a_id'::regclass", "true")
}

func TestF7AlterBehindAReader(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.push().exits(0)
	s.migration("002_alter", "create table b (id int);\nalter table a add column name text;")

	reader := s.connect()
	if _, err := reader.Exec(t.Context(), "set application_name = 'nightly report'; begin; select * from a"); err != nil {
		t.Fatal(err)
	}
	p := s.start(s.pushArgs("--lock-timeout", "300ms", "--lock-wait", "3s")...)
	s.until("the ALTER waits", `select exists (select from pg_stat_activity where query like 'alter table%' and datname = current_database() and wait_event_type = 'Lock')`)
	// Whoever only reads is kept waiting for no longer than one try.
	s.exec("set statement_timeout = '10s'; select * from a")
	pid := strconv.Itoa(int(reader.PgConn().PID()))
	p.wait().exits(6).says("CA705", "002_alter.sql:2:1", "nightly report", pid)
	s.wantHistory("001")
	s.wantTables("a")

	// The reader ends while the next run tries.
	p = s.start(s.pushArgs("--lock-timeout", "100ms", "--lock-wait", "60s")...)
	s.until("the ALTER waits again", `select exists (select from pg_stat_activity where query like 'alter table%' and datname = current_database() and wait_event_type = 'Lock')`)
	if _, err := reader.Exec(t.Context(), "commit"); err != nil {
		t.Fatal(err)
	}
	o := p.wait().exits(0)
	if strings.Contains(o.stderr, "error") {
		t.Errorf("it ends well and speaks of an error:\n%s", o.stderr)
	}
	s.wantHistory("001", "002")
	s.wantTables("a", "b")
}
