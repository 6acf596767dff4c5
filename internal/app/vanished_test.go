package app

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
)

// A primary dies with a commit that its standby never received, and the standby takes its place (fault 33).
func TestPromoted(t *testing.T) {
	t.Parallel()
	primary := pgtest.New(t, pgtest.Options{Major: 17})
	standby := primary.Standby(t)
	w := newWorkshop(t, map[string]string{"supabase/migrations/20260101000000_one.sql": "create table one (id int);"})
	w.StateDir, w.Yes = t.TempDir(), true
	execute(t, primary.URL("postgres", "postgres"), "alter role postgres password 'secret'")
	where := Where{URL: secret.New(primary.TCP("postgres", "postgres", "secret"))}
	var vanished []*finding.Finding
	sink := func(e event.Event) {
		if f, ok := e.(event.Found); ok && f.Finding.Code == finding.CommitVanished {
			vanished = append(vanished, f.Finding)
		}
	}
	push := func() *PushResult {
		t.Helper()
		r, err := w.Push(t.Context(), PushRequest{Where: where}, sink)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	push()
	wait(t, standby.URL("postgres", "postgres"), "select to_regclass('one') is not null")
	sender := wait(t, primary.URL("postgres", "postgres"), "select coalesce(max(pid), 0) from pg_stat_replication where state = 'streaming'")
	if err := syscall.Kill(sender, syscall.SIGSTOP); err != nil { // nothing more reaches the standby
		t.Fatal(err)
	}
	w.put(t, map[string]string{"supabase/migrations/20260102000000_two.sql": "create table two (id int);"})
	push()
	if err := syscall.Kill(sender, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	primary.Stop(t, cluster.Immediate)
	standby.Promote(t, primary)
	if len(vanished) > 0 {
		t.Fatalf("told too early: %v", vanished[0])
	}

	run := w.unanswered(t, "20260102000000")
	for range 30 { // the ids that were lost are given out again
		execute(t, standby.URL("postgres", "postgres"), "select pg_current_xact_id()")
	}
	renamed := Where{URL: secret.New(standby.URL("postgres", "postgres"))}
	resolved, err := w.ResolveRun(t.Context(), RunRequest{Run: run, Where: renamed}, event.Discard)
	if err != nil || resolved.Resolution.Committed {
		t.Errorf("resolved as %+v, %v", resolved, err)
	}
	st, err := w.Status(t.Context(), StatusRequest{Where: where}, sink)
	if err != nil || len(vanished) != 1 || len(st.Pending) != 1 {
		t.Fatalf("%v: %+v, told %v", err, st, vanished)
	}
	for _, part := range []string{"20260102000000: applied by run ", "on timeline 1"} {
		if f := vanished[0]; !strings.Contains(f.Detail, part) || strings.Contains(f.Detail, "20260101") || !strings.Contains(f.Message, "is on timeline 2") {
			t.Errorf("%q is not in\n%s\n%s", part, f.Message, f.Detail)
		}
	}
	if r := push(); len(r.Applied) != 1 || len(vanished) != 2 {
		t.Errorf("%+v, told %v", r, vanished)
	}
	if push(); len(vanished) != 2 {
		t.Errorf("told of what is there again: %v", vanished[2])
	}
}

// unanswered makes a journal of a run that has lost the answer to the commit of version, and returns that run.
func (w *workshop) unanswered(t *testing.T, version string) string {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(w.journals(), "*.jsonl"))
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var lines []byte
		for line := range bytes.Lines(text) {
			if lines = append(lines, line...); bytes.Contains(line, []byte(`"committing"`)) && bytes.Contains(line, []byte(version)) {
				if err := os.WriteFile(filepath.Join(w.journals(), "unanswered.jsonl"), lines, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return "unanswered"
}

// wait asks until the answer is neither false nor 0, and returns it.
func wait(t *testing.T, url, sql string) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	for range 1000 {
		var n int
		if err := conn.QueryRow(t.Context(), "select ("+sql+")::int").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			return n
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("never: %s", sql)
	return 0
}
