package blackbox

import (
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/faulttest"
)

// slow is a migration whose second statement sleeps as long as a table named gate stands.
const slow = `create table a (id int);
select case when to_regclass('gate') is null then null else pg_sleep(300) end;
create table b (id int);`

func TestF2KilledDuringFile(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]syscall.Signal{"SIGKILL": syscall.SIGKILL, "SIGABRT": syscall.SIGABRT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, map[string]string{"001_slow": slow})
			s.exec("create table gate ()")
			p := s.start(s.pushArgs()...)
			s.sleeping()
			p.signal(kill)
			p.wait()
			s.exec("drop table gate")
			// At once: what the dead run left is gone before the lock is waited for in vain.
			s.push("--lock-wait", "20s").exits(0)
			s.wantHistory("001")
			s.wantTables("a", "b")
		})
	}
}

// reader holds up a CREATE INDEX CONCURRENTLY on the table a until it is released: a transaction that has written to it.
func (s *site) reader() (release func()) {
	s.t.Helper()
	conn := s.connect()
	if _, err := conn.Exec(s.t.Context(), "begin; insert into a values (0)"); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		if _, err := conn.Exec(s.t.Context(), "commit"); err != nil {
			s.t.Fatal(err)
		}
	}
}

const building = `select exists (select from pg_stat_activity
	where query like 'create index concurrently%' and datname = current_database() and wait_event_type = 'Lock')`

func TestF16KilledInConcurrentIndex(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{
		"001_a": "create table a (id int);\ninsert into a select generate_series(1, 1000);",
	})
	s.push().exits(0)
	s.migration("002_ix", "create table before (id int);\ncreate index concurrently a_id on a (id);\ncreate table b (id int);")
	s.migration("003_end", "create table c (id int);")
	release := s.reader()
	p := s.start(s.pushArgs("--lock-timeout", "0")...)
	s.until("the index waits for the writer", building)
	p.kill()
	s.wantQuery("select count(*)::text from pg_index where not indisvalid", "1")
	again := s.start(s.pushArgs("--lock-wait", "60s")...)
	release()
	again.wait().exits(0)
	s.wantQuery("select indisvalid::text from pg_index where indexrelid = 'a_id'::regclass", "true")
	s.wantHistory("001", "002", "003")
	s.wantTables("a", "b", "before", "c")
	s.push().exits(0).says("is up to date")
}

// One SIGINT or SIGTERM cancels the statement and rolls back; the run says so and ends with 130.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM, "SIGHUP": syscall.SIGHUP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, map[string]string{"001_a": "create table z (id int);", "002_slow": slow})
			s.exec("create table gate ()")
			p := s.start(s.pushArgs("--json")...)
			s.sleeping()
			at := time.Now()
			p.signal(sig)
			o := p.wait().exits(130)
			t.Logf("ended %s after the signal", time.Since(at).Round(time.Millisecond))
			o.says("CA815", "interrupted")
			if r := o.report(); r.OK || r.Exit != 130 || r.Error == nil || r.Error.Code != "CA815" {
				t.Errorf("the result is %s", o.stdout)
			}
			s.wantHistory("001")
			s.wantTables("gate", "z")
			s.exec("drop table gate")
			s.push("--lock-wait", "0s").exits(0) // the lock is free already
			s.wantHistory("001", "002")
		})
	}
}

// A second signal ends the process at once, without waiting for a server that does not answer.
func TestInterruptedTwice(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(strconv.Itoa(int(sig)), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, map[string]string{"001_slow": slow})
			s.exec("create table gate ()")
			proxy := faulttest.Start(t, s.url, faulttest.Options{})
			p := s.start("db", "push", "--yes", "--db-url", proxy.URL())
			s.sleeping()
			s.exec("select pg_terminate_backend(pid) from pg_stat_activity where false") // the server itself answers
			p.signal(sig)
			time.Sleep(50 * time.Millisecond) // both are one signal where the first was not yet taken
			p.signal(sig)
			o := p.wait().exits(130)
			// Whoever ends in good order says so.
			t.Logf("stderr: %s", o.stderr)
			s.exec("drop table gate")
			s.push("--lock-wait", "20s").exits(0)
			s.wantTables("a", "b")
		})
	}
}
