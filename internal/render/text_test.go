package render

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// moment is an event, or nil for a tick, that happens so long after the one before.
type moment struct {
	after time.Duration
	e     event.Event
}

// pause and resume stand in a run for an asker that takes the terminal and gives it back.
type (
	pause  struct{ event.Event }
	resume struct{ event.Event }
)

// play lets a run happen on a screen and returns what was written.
func play(tty bool, run []moment) string {
	var b strings.Builder
	now := time.Date(2026, 1, 15, 10, 30, 0, 0, time.UTC)
	t := &Text{Screen: &Screen{Out: &b, TTY: tty, Width: func() int { return 70 }}, Now: func() time.Time { return now }}
	for _, m := range run {
		now = now.Add(m.after)
		switch m.e.(type) {
		case nil:
			t.Tick()
		case pause:
			t.Pause()
		case resume:
			t.Resume()
		default:
			t.Sink(m.e)
		}
	}
	t.Close()
	return b.String()
}

var aRun = []moment{
	{0, event.RunStarted{Run: "1", Verb: "db push", Target: "project shop\x1b[2J"}},
	{0, event.PhaseStarted{Name: "fetch Postgres 17.10", Detail: "28 MB"}},
	{100 * time.Millisecond, nil},
	{11 * time.Second, nil},
	{0, event.PhaseDone{Name: "fetch Postgres 17.10", Elapsed: 11100 * time.Millisecond}},
	{0, event.Asked{Question: "Apply 2 migrations on project shop"}},
	{0, event.PhaseStarted{Name: "look at the history"}},
	{time.Second, nil},
	{0, pause{}},
	{20 * time.Second, nil},
	{0, resume{}},
	{0, event.PhaseDone{Name: "look at the history", Elapsed: time.Second}},
	{0, event.Answered{Yes: true, By: "--yes"}},
	{0, event.Waiting{For: "the migration lock", Holder: "pid 4711", Attempt: 1}},
	{time.Second, event.Waiting{For: "the migration lock", Holder: "pid 4711", Attempt: 2}},
	{0, event.MigrationStarted{Version: "1", File: "supabase/migrations/1_a.sql", Index: 1, Total: 2, Statements: 2}},
	{0, event.StatementStarted{Version: "1", Index: 1, Total: 2, At: "supabase/migrations/1_a.sql:1:1"}},
	{0, event.Notice{Severity: "NOTICE", Code: "42P07", Message: "relation \"a\" already exists,\nskipping\x07", Hint: "none"}},
	{60 * time.Millisecond, event.StatementDone{Version: "1", Index: 1, Total: 2, Tag: "CREATE TABLE"}},
	{0, event.StatementStarted{Version: "1", Index: 2, Total: 2}},
	{2 * time.Second, nil},
	{0, event.MigrationDone{Version: "1", File: "supabase/migrations/1_a.sql", Outcome: event.Applied, Elapsed: 2060 * time.Millisecond}},
	{0, event.MigrationStarted{Version: "2", File: "supabase/migrations/2_b.sql", Index: 2, Total: 2, Statements: 1}},
	{12 * time.Second, nil},
	{0, event.MigrationDone{Version: "2", File: "supabase/migrations/2_b.sql", Outcome: event.ByOther, Detail: "run 7"}},
	{0, event.Found{Finding: &finding.Finding{Code: finding.ClockAhead, Severity: finding.Warning, Message: "dated tomorrow"}}},
	{0, event.FileWritten{Path: "supabase/migrations/3_c.sql"}},
	{0, event.RunDone{Run: "1"}},
}

func TestTextInALog(t *testing.T) {
	want := `Target: project shop\x1b[2J
  still running: fetch Postgres 17.10 (28 MB), 11 s
Fetch Postgres 17.10 (11 s)
Look at the history (1.0 s)
Confirmed by --yes: Apply 2 migrations on project shop
Waiting for the migration lock, held by pid 4711, try 1
NOTICE (42P07): relation "a" already exists,
  skipping\x07
  HINT: none
Applied 1_a.sql (2.1 s)
  still running: applying 2_b.sql (2/2), 12 s
2_b.sql was applied by another run: run 7
warning CA613: dated tomorrow
Wrote supabase/migrations/3_c.sql
`
	if diff := cmp.Diff(want, play(false, aRun)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextOnATerminal(t *testing.T) {
	want := strings.Join([]string{
		"Target: project shop\\x1b[2J\n",
		"\rFetch Postgres 17.10 (28 MB)\x1b[K",
		"\rFetch Postgres 17.10 (28 MB), 11 s\x1b[K",
		"\r\x1b[KFetch Postgres 17.10 (11 s)\n",
		"\rLook at the history, 1 s\x1b[K",
		"\r\x1b[K", // the terminal is the asker's
		"Look at the history (1.0 s)\n",
		"Confirmed by --yes: Apply 2 migrations on project shop\n",
		"\rWaiting for the migration lock, held by pid 4711, try 2\x1b[K",
		"\r\x1b[KNOTICE (42P07): relation \"a\" already exists,\n  skipping\\x07\n",
		"  HINT: none\n",
		"\rApplying 1_a.sql (1/2), statement 1/2\x1b[K",
		"\rApplying 1_a.sql (1/2), statement 2/2, 2 s\x1b[K",
		"\r\x1b[KApplied 1_a.sql (2.1 s)\n",
		"\rApplying 2_b.sql (2/2), 12 s\x1b[K",
		"\r\x1b[K2_b.sql was applied by another run: run 7\n",
		"warning CA613: dated tomorrow\n",
		"Wrote supabase/migrations/3_c.sql\n",
	}, "")
	if diff := cmp.Diff(want, play(true, aRun)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTextOfScripts holds how files without a version are told of, that a target is named once, and that what DROP …
// IF EXISTS did not find is no news.
func TestTextOfScripts(t *testing.T) {
	run := []moment{
		{0, event.RunStarted{Verb: "db reset", Target: "shop"}},
		{0, event.RunDone{}},
		{0, event.RunStarted{Verb: "db reset", Target: "shop"}},
		{0, event.MigrationStarted{File: "supabase/seed.sql", Index: 1, Total: 2, Statements: 1}},
		{0, event.Notice{Severity: "NOTICE", Code: "00000", Message: `policy "p" for relation "t" does not exist, skipping`}},
		{11 * time.Second, nil},
		{0, event.MigrationDone{File: "supabase/seed.sql", Outcome: event.Applied, Elapsed: 11 * time.Second}},
		{0, event.MigrationStarted{File: "supabase/other.sql", Index: 2, Total: 2}},
		{0, event.MigrationDone{File: "supabase/other.sql", Outcome: event.Applied, Elapsed: time.Millisecond}},
	}
	want := `Target: shop
  still running: running seed.sql (1/2), 11 s
Ran seed.sql (11 s)
Recorded other.sql (1.0 ms)
`
	if diff := cmp.Diff(want, play(false, run)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTextBackwards(t *testing.T) {
	got := play(false, []moment{
		{0, event.RunStarted{Verb: "migration down"}},
		{0, event.MigrationStarted{File: "rollbacks/1_a_down.sql", Index: 1, Total: 1}},
		{0, event.MigrationDone{Version: "1", File: "rollbacks/1_a_down.sql", Outcome: event.Reverted, Elapsed: time.Second}},
		{0, event.MigrationDone{File: "1_a.sql", Outcome: event.Failed, Elapsed: time.Millisecond}},
		{0, event.MigrationDone{File: "1_a.sql", Outcome: event.Confirmed, Elapsed: time.Millisecond}},
	})
	want := `Reverted 1_a_down.sql (1.0 s)
Failed 1_a.sql (1.0 ms)
Reverted 1_a.sql (1.0 ms): the connection was lost, the commit is confirmed
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestProgressLineFits holds that a progress line never wraps: a wrapped one could not be taken away again.
func TestProgressLineFits(t *testing.T) {
	got := play(true, []moment{
		{0, event.PhaseStarted{Name: "seed " + strings.Repeat("漢", 200)}},
		{time.Second, nil},
	})
	for _, line := range strings.Split(got, "\r") {
		if line = strings.TrimSuffix(line, "\x1b[K"); Width(line) > 69 {
			t.Errorf("%d columns: %q", Width(line), line)
		}
	}
}

func TestNoticesAreBounded(t *testing.T) {
	got := play(false, []moment{{0, event.Notice{Severity: "NOTICE", Code: "00000", Message: strings.Repeat("é", 1<<20)}}})
	if len(got) > 2100 {
		t.Errorf("a notice of 2 MB became %d bytes", len(got))
	}
}

// TestTextOfAWatch: a line for each file, and none for what ran on the way.
func TestTextOfAWatch(t *testing.T) {
	got := play(false, []moment{
		{0, event.RunStarted{Verb: "watch", Target: "local database"}},
		{0, event.Watched{File: "supabase/migrations", Outcome: event.Watching, Detail: "2 migrations"}},
		{time.Second, event.PhaseStarted{Name: "prove 1 file"}},
		{0, event.PhaseDone{Name: "prove 1 file", Elapsed: time.Second}},
		{0, event.MigrationStarted{Version: "3", File: "supabase/migrations/3_a.sql", Index: 1, Total: 1, Statements: 1}},
		{0, event.MigrationDone{Version: "3", File: "supabase/migrations/3_a.sql", Outcome: event.Applied, Elapsed: time.Millisecond}},
		{0, event.Watched{File: "supabase/migrations/3_a.sql", Outcome: event.Applied, Target: "local database", Proof: 200 * time.Millisecond, Elapsed: time.Millisecond}},
		{0, event.Watched{File: "supabase/migrations/4_b.sql", Outcome: event.ByOther, Target: "local database"}},
		{0, event.Watched{File: "supabase/migrations/5_\x1b[2J.sql", More: 2, Outcome: event.Kept, Detail: "4_b.sql comes before it"}},
		{0, event.Watched{File: "supabase/migrations/6_d.sql", Outcome: event.Failed}},
		{0, event.RunDone{}},
	})
	want := `Target: local database
10:30:00 migrations watching: 2 migrations
10:30:01 3_a.sql proven in 200 ms, applied to local database in 1.0 ms
10:30:01 4_b.sql applied by another run to local database
10:30:01 5_\x1b[2J.sql and 2 more not applied: 4_b.sql comes before it
10:30:01 6_d.sql does not run
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
