package faulttest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/pgtest"
)

func TestActions(t *testing.T) {
	server := pgtest.Start(t, 17)
	base := server.TCP(server.DatabaseName(t), "postgres", pgtest.Password)
	short := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		t.Cleanup(cancel)
		return ctx
	}
	isQuery := func(m faulttest.Message) bool { return m.Name == "Query" }

	t.Run("swallow", func(t *testing.T) {
		p := faulttest.Start(t, base, faulttest.Options{})
		conn := open(t, p.URL())
		p.When(isQuery, faulttest.Swallow)
		if _, err := conn.Exec(short(), "select 1").ReadAll(); !pgconn.Timeout(err) {
			t.Errorf("a swallowed query: %v", err)
		}
	})
	t.Run("hold", func(t *testing.T) {
		for name, do := range map[string]faulttest.Action{"before": faulttest.HoldBefore, "after": faulttest.HoldAfter} {
			p := faulttest.Start(t, base, faulttest.Options{})
			conn := open(t, p.URL())
			p.Reset()
			p.When(isQuery, do)
			if _, err := conn.Exec(short(), "create table held_"+name+" ()").ReadAll(); !pgconn.Timeout(err) {
				t.Errorf("%s: a black hole answers: %v", name, err)
			}
			if p.Count() != 1 {
				t.Errorf("%s: %d messages passed", name, p.Count())
			}
			p.Close()
		}
		observer := open(t, base)
		idle(t, observer)
		if got := run(t, observer, "select to_regclass('held_before') is null and to_regclass('held_after') is not null"); got != "t" {
			t.Error("the wrong one reached the server")
		}
	})
	t.Run("delay and call", func(t *testing.T) {
		p := faulttest.Start(t, base, faulttest.Options{})
		conn := open(t, p.URL())
		called := false
		p.When(isQuery, faulttest.Call(func() { called = true }))
		p.When(func(m faulttest.Message) bool { return m.Name == "DataRow" }, faulttest.Delay(10*time.Millisecond))
		if got := run(t, conn, "select 'x'"); got != "x" || !called || !p.Done() {
			t.Errorf("got %q, called %t, done %t", got, called, p.Done())
		}
	})
	t.Run("client cut, server held", func(t *testing.T) {
		p := faulttest.Start(t, base, faulttest.Options{})
		conn := open(t, p.URL())
		release := make(chan bool)
		p.When(isQuery, func(m *faulttest.Moment) {
			m.Forward()
			p.Refuse() // the driver would cancel the query over a new connection
			m.CutClient(faulttest.RST)
			select {
			case <-release:
			case <-time.After(20 * time.Second):
			}
			m.CutServer(faulttest.FIN)
		})
		observer := open(t, base)
		_, err := conn.Exec(t.Context(), "begin; create table held (); select pg_advisory_xact_lock(1)").ReadAll()
		if err == nil {
			t.Error("the client noticed nothing")
		}
		for run(t, observer, "select count(*) from pg_locks where locktype = 'advisory'") != "1" {
			time.Sleep(time.Millisecond)
		}
		close(release)
		idle(t, observer)
		if got := run(t, observer, "select to_regclass('held') is null"); got != "t" {
			t.Error("what was never committed is there")
		}
	})
	t.Run("garbage at start-up", func(t *testing.T) {
		p := faulttest.Start(t, base, faulttest.Options{})
		p.When(func(m faulttest.Message) bool { return m.Name == "Startup" }, func(m *faulttest.Moment) {
			m.Reply([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			m.Cut(faulttest.FIN)
		})
		if _, err := pgconn.Connect(t.Context(), p.URL()); err == nil || !p.Done() {
			t.Errorf("connected to garbage: %v", err)
		}
	})
	t.Run("encryption denied", func(t *testing.T) {
		p := faulttest.Start(t, base, faulttest.Options{})
		_, err := pgconn.Connect(t.Context(), strings.Replace(p.URL(), "sslmode=disable", "sslmode=require", 1))
		if err == nil || !strings.Contains(err.Error(), "refused TLS") || p.Trace()[0].Name != "SSLRequest" {
			t.Errorf("%v, trace %v", err, p.Trace())
		}
	})
	t.Run("refuse and accept", func(t *testing.T) {
		p := faulttest.Start(t, base, faulttest.Options{})
		conn := open(t, p.URL())
		p.Refuse()
		if _, err := pgconn.Connect(t.Context(), p.URL()); err == nil {
			t.Error("a client came in")
		}
		if got := run(t, conn, "select 'still here'"); got != "still here" {
			t.Errorf("got %q", got)
		}
		if err := p.Accept(); err != nil {
			t.Fatal(err)
		}
		open(t, p.URL())
		p.CutAll(faulttest.RST)
		if _, err := conn.Exec(t.Context(), "select 1").ReadAll(); err == nil {
			t.Error("a session outlived CutAll")
		}
	})
	t.Run("cancel", func(t *testing.T) {
		p := faulttest.Start(t, base, faulttest.Options{})
		conn := open(t, p.URL())
		p.When(isQuery, func(m *faulttest.Moment) {
			m.Forward()
			go func() { _ = conn.CancelRequest(context.Background()) }()
		})
		p.Reset()
		_, err := conn.Exec(t.Context(), "select 1").ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(20 * time.Millisecond)
			_ = conn.CancelRequest(context.Background())
		}()
		_, err = conn.Exec(t.Context(), "select pg_sleep(60)").ReadAll()
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "57014" || p.Cancels() != 1 {
			t.Errorf("%v after %d cancels", err, p.Cancels())
		}
		for _, m := range p.Trace() {
			if m.Name == "Cancel" || m.Session != 1 {
				t.Errorf("a cancel is among the messages: %s", m)
			}
		}
	})
	t.Run("server gone", func(t *testing.T) {
		p := faulttest.Start(t, base, faulttest.Options{})
		conn, observer := open(t, p.URL()), open(t, base)
		run(t, observer, fmt.Sprintf("select pg_terminate_backend(%s)", run(t, conn, "select pg_backend_pid()")))
		idle(t, observer)
		_, err := conn.Exec(t.Context(), "select 1").ReadAll()
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "57P01" {
			t.Errorf("the server's last words did not arrive: %v", err)
		}
	})
}

// TestNothingStays closes proxies in the midst of everything and looks for goroutines and sessions.
func TestNothingStays(t *testing.T) {
	server := pgtest.Start(t, 17)
	base := server.TCP(server.DatabaseName(t), "postgres", pgtest.Password)
	for name, do := range map[string]faulttest.Action{
		"held": faulttest.HoldAfter, "half": func(m *faulttest.Moment) { m.CutServer(faulttest.FIN) }, "late": faulttest.Delay(time.Hour), "plain": faulttest.Call(func() {}),
	} {
		p := faulttest.Start(t, base, faulttest.Options{Latency: time.Millisecond})
		conn := open(t, p.URL())
		p.When(func(m faulttest.Message) bool { return m.Name == "Query" }, do)
		answered := make(chan error, 1)
		go func() {
			_, err := conn.Exec(context.Background(), "select pg_sleep(0.02)").ReadAll()
			answered <- err
		}()
		for !p.Done() {
			time.Sleep(time.Millisecond)
		}
		silent, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.Port())) // says nothing at all
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
		if err := <-answered; err == nil && name != "plain" {
			t.Errorf("%s: the client noticed nothing", name)
		}
		if _, err := io.ReadAll(silent); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: a silent client's connection: %v", name, err)
		}
	}
	idle(t, open(t, base))
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, leak := range []string{"faulttest.(*session)", "faulttest.(*outlet)", "faulttest.newOutlet", "faulttest.(*Proxy)"} {
		if strings.Contains(string(stacks), leak) {
			t.Errorf("a goroutine stays in %s:\n%s", leak, stacks)
		}
	}
}
