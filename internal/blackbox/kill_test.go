package blackbox

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// slow is a migration whose second statement takes as long as a table named gate stands.
const slow = `create table a (id int);
do $$ begin
	for i in 1..30000 loop
		exit when not exists (select from pg_class where relname = 'gate');
		perform pg_sleep(0.01);
	end loop;
end $$;
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

// A file that runs in parts is partly done where one is, and the run ends with 5 then; before that nothing is, as with any
// file.
func TestInterruptedInParts(t *testing.T) {
	t.Parallel()
	const index = "create table z (id int);\ncreate index concurrently z_id on z (id);\n"
	for name, c := range map[string]struct {
		text string
		exit int
		says []string
	}{
		"after none": {slow + "\n" + index, 130, []string{"CA815", "interrupted"}},
		"after two":  {index + slow, 5, []string{"CA815", "interrupted in the middle of", "parts 1 to 2 of 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, map[string]string{"001_parts": c.text})
			s.exec("create table gate ()")
			p := s.start(s.pushArgs()...)
			s.sleeping()
			p.signal(syscall.SIGINT)
			p.wait().exits(c.exit).says(c.says...)
			s.wantHistory()
			s.exec("drop table gate")
			s.push("--lock-wait", "20s").exits(0)
			s.wantHistory("001")
			s.wantTables("a", "b", "z")
		})
	}
}

// A server that does not answer holds up nobody: one signal is waited for as long as a cancelled statement may take, a
// second one ends the process at once.
func TestInterruptedWhileTheServerHangs(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{"SIGINT": syscall.SIGINT, "SIGTERM": syscall.SIGTERM} {
		for _, twice := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s twice %t", name, twice), func(t *testing.T) {
				t.Parallel()
				s := newSite(t, map[string]string{"001_slow": slow})
				s.exec("create table gate ()")
				p := s.start(s.pushArgs()...)
				s.sleeping()
				resume := s.freeze()
				p.signal(sig)
				if twice {
					time.Sleep(50 * time.Millisecond) // two that arrive together are one
					p.signal(sig)
				}
				o := p.wait().exits(130)
				if inOrder := strings.Contains(o.stderr, "CA815"); inOrder == twice {
					t.Errorf("it ended in good order: %t\n%s", inOrder, o.stderr)
				}
				s.exec("drop table gate")
				resume()
				s.push("--lock-wait", "20s").exits(0)
				s.wantHistory("001")
				s.wantTables("a", "b")
			})
		}
	}
}

// freeze stops the server process behind the run of the site, until resume.
func (s *site) freeze() (resume func()) {
	s.t.Helper()
	pids := s.query("select pid::text from pg_stat_activity where application_name like 'cairn/%' and datname = current_database() and wait_event = 'PgSleep'")
	if len(pids) != 1 {
		s.t.Fatalf("%d server processes sleep", len(pids))
	}
	pid, err := strconv.Atoi(pids[0])
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGSTOP)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	once := sync.OnceFunc(func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	s.t.Cleanup(once)
	return once
}
