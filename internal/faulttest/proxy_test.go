package faulttest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/pgtest"
)

// victim makes this test binary a client that runs one transaction and says so; the proxy kills it on the way.
const victim = "FAULTTEST_VICTIM"

func TestMain(m *testing.M) {
	if url := os.Getenv(victim); url != "" {
		conn, err := pgconn.Connect(context.Background(), url)
		if err == nil {
			err = migrate(context.Background(), conn)
		}
		fmt.Println("victim ended:", err)
		os.Exit(0)
	}
	os.Exit(pgtest.Main(m))
}

// migrate is a run in small: a pipeline in a transaction with a Flush behind each statement, then COMMIT on its own.
func migrate(ctx context.Context, conn *pgconn.PgConn) error {
	pipeline := conn.StartPipeline(ctx)
	statements := []string{"begin", "create table m (a int)", "do $$ begin raise notice 'half way'; end $$", "insert into m values (1), (2)", "select * from m"}
	for _, sql := range statements {
		pipeline.SendQueryParams(sql, nil, nil, nil, nil)
		pipeline.SendFlushRequest()
	}
	if err := pipeline.Sync(); err != nil {
		return errors.Join(err, pipeline.Close())
	}
	if err := pipeline.Close(); err != nil {
		return err
	}
	_, err := conn.ExecParams(ctx, "commit", nil, nil, nil, nil).Close()
	return err
}

// open connects to the URL; the connection ends with the test.
func open(t *testing.T, url string) *pgconn.PgConn {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	})
	return conn
}

// run executes SQL and returns the first value of its last result.
func run(t *testing.T, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	results, err := conn.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if last := results[len(results)-1]; len(last.Rows) > 0 {
		return string(last.Rows[0][0])
	}
	return ""
}

// names lists a trace without what differs from run to run: sizes and texts.
func names(trace []faulttest.Message) string {
	var b strings.Builder
	for _, m := range trace {
		fmt.Fprintf(&b, "%d %s %d %s %.20s\n", m.Session, m.Side, m.SideN, m.Name, m.Text)
	}
	return b.String()
}

func TestTraceIsTheSameInEveryRun(t *testing.T) {
	server := pgtest.Start(t, 17)
	var first string
	for range 15 {
		p := faulttest.Start(t, server.TCP(server.DatabaseName(t), "postgres", pgtest.Password), faulttest.Options{})
		conn := open(t, p.URL())
		if err := migrate(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.CopyFrom(t.Context(), strings.NewReader("3\n4\n"), "copy m from stdin"); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.CopyFrom(t.Context(), strings.NewReader(strings.Repeat("x\n", 100_000)), "copy m from stdin"); err == nil {
			t.Fatal("COPY took what is no number")
		}
		pipeline := conn.StartPipeline(t.Context()) // the second statement fails: the rest is skipped up to Sync
		for _, sql := range []string{"select 1", "select 1/0", "select 2", "select 3"} {
			pipeline.SendQueryParams(sql, nil, nil, nil, nil)
			pipeline.SendFlushRequest()
		}
		pipeline.SendPipelineSync()
		pipeline.SendQueryParams("select 4", nil, nil, nil, nil)
		if err := pipeline.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := pipeline.Close(); err == nil {
			t.Fatal("1/0 is a number")
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Wait()
		trace := p.Trace()
		if len(trace) != p.Count() || trace[len(trace)-1].Name != "Terminate" {
			t.Fatalf("%d messages, the last is %s", p.Count(), trace[len(trace)-1])
		}
		for i, m := range trace {
			if m.N != i+1 || m.Size == 0 {
				t.Fatalf("message %d is %s", i+1, m)
			}
		}
		if first == "" {
			first = names(trace)
			for _, want := range []string{"frontend 1 Startup", "Parse create table m (a in", "Notice 00000 half way", "Error 22012 division by ", "Error 22P02 invalid inp", "CopyInResponse", "CommandComplete COMMIT"} {
				if !strings.Contains(first, want) {
					t.Errorf("the trace does not hold %q:\n%s", want, first)
				}
			}
		}
		if got := names(trace); got != first {
			t.Fatalf("another order:\n%s\nthan before:\n%s", got, first)
		}
	}
}

// TestSweep cuts at every message of a run, in every way, and asks the server what came of it: the table is there if
// and only if COMMIT had reached the server.
func TestSweep(t *testing.T) {
	server := pgtest.Start(t, 17)
	base := server.TCP(server.DatabaseName(t), "postgres", pgtest.Password)
	observer := open(t, base)
	scenario := func(prepare func(*faulttest.Proxy)) (*faulttest.Proxy, error) {
		t.Helper()
		run(t, observer, "drop table if exists m")
		p := faulttest.Start(t, base, faulttest.Options{})
		prepare(p)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		conn, err := pgconn.Connect(ctx, p.URL())
		if err == nil {
			if err = migrate(ctx, conn); err == nil {
				err = conn.Close(ctx)
			}
		}
		return p, err
	}
	clean, err := scenario(func(*faulttest.Proxy) {})
	if err != nil {
		t.Fatal(err)
	}
	clean.Wait()
	commit := 0
	for _, m := range clean.Trace() {
		if m.Text == "commit" {
			commit = m.N + 3 // Parse, Bind, Describe, Execute: it happens there and does not wait for Sync
		}
	}
	if m := clean.Trace()[commit-1]; m.Name != "Execute" {
		t.Fatalf("COMMIT is said by %s", m)
	}
	for _, fault := range []struct {
		name  string
		do    faulttest.Action
		after bool
	}{
		{"FIN before", faulttest.CutBefore(faulttest.FIN), false},
		{"RST before", faulttest.CutBefore(faulttest.RST), false},
		{"FIN after", faulttest.CutAfter(faulttest.FIN), true},
		{"RST after", faulttest.CutAfter(faulttest.RST), true},
	} {
		for k := 1; k <= clean.Count(); k++ {
			p, err := scenario(func(p *faulttest.Proxy) { p.At(k, fault.do) })
			p.Wait()
			if !p.Done() {
				t.Fatalf("%s %d: the fault never struck", fault.name, k)
			}
			if last := k == clean.Count() || fault.after && k == clean.Count()-1; err == nil && !last {
				t.Errorf("%s %d: the client noticed nothing", fault.name, k)
			}
			if got, want := names(p.Trace()), names(clean.Trace()[:k]); got != want {
				t.Errorf("%s %d: the trace is\n%s, want\n%s", fault.name, k, got, want)
			}
			idle(t, observer)
			reached := k > commit || k == commit && fault.after
			if got := run(t, observer, "select to_regclass('m') is not null") == "t"; got != reached {
				t.Errorf("%s %s: committed is %t", fault.name, clean.Trace()[k-1], got)
			}
		}
	}
}

// idle waits until nobody but the observer is in the database.
func idle(t *testing.T, observer *pgconn.PgConn) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if run(t, observer, "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()") == "0" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a session is left")
		}
	}
}

// TestKill ends a real client process at a message: before COMMIT reaches the server and after.
func TestKill(t *testing.T) {
	server := pgtest.Start(t, 17)
	base := server.TCP(server.DatabaseName(t), "postgres", pgtest.Password)
	observer := open(t, base)
	for _, c := range []struct {
		name string
		do   func(func()) faulttest.Action
		want string
	}{
		{"before", faulttest.KillBefore, "f"},
		{"after", faulttest.KillAfter, "t"},
	} {
		run(t, observer, "drop table if exists m")
		p := faulttest.Start(t, base, faulttest.Options{})
		client := exec.Command(os.Args[0])
		client.Env = append(os.Environ(), victim+"="+p.URL())
		var said strings.Builder
		client.Stdout = &said
		committing, started := false, make(chan bool)
		p.When(func(m faulttest.Message) bool {
			committing = committing || m.Text == "commit"
			return committing && m.Name == "Execute"
		}, c.do(func() {
			<-started
			_ = client.Process.Kill()
		}))
		if err := client.Start(); err != nil {
			t.Fatal(err)
		}
		close(started)
		if err := client.Wait(); err == nil || said.Len() > 0 {
			t.Errorf("%s: the client lived on: %v, %q", c.name, err, said.String())
		}
		idle(t, observer)
		if got := run(t, observer, "select to_regclass('m') is not null"); got != c.want || !p.Done() {
			t.Errorf("%s: committed is %s, struck %t", c.name, got, p.Done())
		}
	}
}

func TestNetworkShapes(t *testing.T) {
	server := pgtest.Start(t, 17)
	base := server.TCP(server.DatabaseName(t), "postgres", pgtest.Password)
	observer := open(t, base)
	for name, o := range map[string]faulttest.Options{
		"one byte at a time": {Slice: 1},
		"slow":               {Rate: 200 << 10},
		"far away":           {Latency: 5 * time.Millisecond},
		"all of it":          {Slice: 3, Rate: 1 << 20, Latency: time.Millisecond},
		"unix socket":        {Unix: true},
	} {
		run(t, observer, "drop table if exists m")
		p := faulttest.Start(t, base, o)
		conn := open(t, p.URL())
		if err := migrate(t.Context(), conn); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := run(t, observer, "select count(*) from m"); got != "2" {
			t.Errorf("%s: %s rows", name, got)
		}
	}
}

// TestRoundTrips counts what a benchmark asserts: a pipeline is one round trip however many statements it has.
func TestRoundTrips(t *testing.T) {
	server := pgtest.Start(t, 17)
	p := faulttest.Start(t, server.TCP(server.DatabaseName(t), "postgres", pgtest.Password), faulttest.Options{Latency: 20 * time.Millisecond})
	conn := open(t, p.URL())
	for range 3 {
		p.Reset()
		if err := migrate(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		if p.RoundTrips() != 2 {
			t.Errorf("a pipeline and a COMMIT took %d round trips", p.RoundTrips())
		}
		p.Reset()
		run(t, conn, "drop table m")
		for range 4 {
			if _, err := conn.ExecParams(t.Context(), "select 1", nil, nil, nil, nil).Close(); err != nil {
				t.Fatal(err)
			}
		}
		if p.RoundTrips() != 5 {
			t.Errorf("five statements one by one took %d round trips", p.RoundTrips())
		}
	}
	p.Reset()
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if p.RoundTrips() != 0 {
		t.Errorf("a farewell took %d round trips", p.RoundTrips())
	}
}

// TestVolume sends much in each direction at once: nobody may wait for the other for ever.
func TestVolume(t *testing.T) {
	server := pgtest.Start(t, 17)
	p := faulttest.Start(t, server.TCP(server.DatabaseName(t), "postgres", pgtest.Password), faulttest.Options{})
	conn := open(t, p.URL())
	pipeline := conn.StartPipeline(t.Context())
	const statements = 5000
	for i := range statements {
		pipeline.SendQueryParams(fmt.Sprintf("select repeat('x', 1000), %d /* %s */", i, strings.Repeat("y", 500)), nil, nil, nil, nil)
	}
	if err := pipeline.Sync(); err != nil {
		t.Fatal(err)
	}
	got := 0
	for {
		results, err := pipeline.GetResults()
		if err != nil {
			t.Fatal(err)
		}
		reader, ok := results.(*pgconn.ResultReader)
		if !ok {
			break
		}
		for reader.NextRow() {
			got++
		}
		if _, err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := pipeline.Close(); err != nil || got != statements {
		t.Errorf("%d rows, %v", got, err)
	}
	run(t, conn, "do $$ begin for i in 1..20000 loop raise notice '%', repeat('z', 500); end loop; end $$")
}

// TestConcurrentSessions shares one proxy between clients, some of which are cut.
func TestConcurrentSessions(t *testing.T) {
	server := pgtest.Start(t, 17)
	p := faulttest.Start(t, server.TCP(server.DatabaseName(t), "postgres", pgtest.Password), faulttest.Options{})
	for i := range 4 {
		p.When(func(m faulttest.Message) bool { return m.Text == fmt.Sprintf("select 'cut', %d", i) }, faulttest.CutBefore(faulttest.RST))
	}
	var clients sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		clients.Go(func() {
			conn, err := pgconn.Connect(t.Context(), p.URL())
			if err != nil {
				errs[i] = err
				return
			}
			for range 50 {
				if _, errs[i] = conn.Exec(t.Context(), "select 1; select 2").ReadAll(); errs[i] != nil {
					return
				}
			}
			_, errs[i] = conn.Exec(t.Context(), fmt.Sprintf("select 'cut', %d", i)).ReadAll()
			_ = conn.Close(context.Background())
		})
	}
	clients.Wait()
	for i, err := range errs {
		if (err != nil) != (i < 4) {
			t.Errorf("client %d: %v", i, err)
		}
	}
	if !p.Done() {
		t.Error("not every fault struck")
	}
}
