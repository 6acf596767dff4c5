package faulttest_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/pgtest"
)

func TestPgBouncerPooling(t *testing.T) {
	server := pgtest.Start(t, 17)
	for _, unix := range []bool{false, true} {
		base := server.Database(t)

		// Transaction pooling with one server connection: two clients share it, and with it "their" session lock.
		b := faulttest.StartPgBouncer(t, base, faulttest.BouncerOptions{PoolSize: 1, Unix: unix})
		one, two := open(t, b.URL("", "")), open(t, b.URL("", ""))
		if pid := run(t, one, "select pg_backend_pid()"); pid == strconv.Itoa(int(one.PID())) || pid != run(t, two, "select pg_backend_pid()") {
			t.Errorf("server process %s, the pooler says %d", pid, one.PID())
		}
		if run(t, one, "select pg_try_advisory_lock(1)") != "t" || run(t, two, "select pg_try_advisory_lock(1)") != "t" {
			t.Error("a pooled session lock works: this is no transaction pooling")
		}

		b = faulttest.StartPgBouncer(t, base, faulttest.BouncerOptions{Pooling: faulttest.Session, Unix: unix})
		one, two = open(t, b.URL("", "")), open(t, b.URL("", ""))
		if run(t, one, "select pg_try_advisory_lock(2)") != "t" || run(t, two, "select pg_try_advisory_lock(2)") != "f" {
			t.Error("session pooling shares a session")
		}

		b = faulttest.StartPgBouncer(t, base, faulttest.BouncerOptions{Pooling: faulttest.Statement, Unix: unix})
		if _, err := open(t, b.URL("", "")).Exec(t.Context(), "begin").ReadAll(); err == nil {
			t.Error("statement pooling lets a transaction begin")
		}
	}
}

func TestPgBouncerOptions(t *testing.T) {
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	admin := open(t, server.URL(name, "postgres"))
	run(t, admin, `create role "odd ""name""" login; create role plain login`)
	defer run(t, admin, `drop role "odd ""name"""; drop role plain`)

	// It connects to the server with the password of the URL.
	b := faulttest.StartPgBouncer(t, server.TCP(name, "postgres", pgtest.Password), faulttest.BouncerOptions{Settings: map[string]string{"max_client_conn": "3"}})
	if got := run(t, open(t, b.URL("", "")), "select current_database()"); got != name {
		t.Errorf("in database %s, want %s", got, name)
	}

	b = faulttest.StartPgBouncer(t, server.URL(name, "postgres"), faulttest.BouncerOptions{})
	for _, role := range []string{"plain", `odd "name"`} {
		if got := run(t, open(t, b.URL(name, role)), "select current_user"); got != role {
			t.Errorf("came in as %q, want %q", got, role)
		}
	}
	_, err := pgconn.Connect(t.Context(), b.URL("", "")+"&lock_timeout=7")
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "08P01" {
		t.Errorf("a setting at start-up: %v", err)
	}
}

func TestPgBouncerEnds(t *testing.T) {
	server := pgtest.Start(t, 17)
	base := server.Database(t)
	observer := open(t, base)
	b := faulttest.StartPgBouncer(t, base, faulttest.BouncerOptions{})
	conn := open(t, b.URL("", ""))
	run(t, conn, "begin; create table lost ()")

	if err := b.Admin(t.Context(), "RECONNECT"); err != nil {
		t.Fatal(err)
	}
	if got := run(t, conn, "select to_regclass('lost') is not null"); got != "t" {
		t.Error("RECONNECT broke a transaction that was open")
	}
	if os.Geteuid() == 0 {
		status, err := os.ReadFile("/proc/" + strconv.Itoa(b.PID) + "/status")
		if err != nil || strings.Contains(string(status), "Uid:\t0") {
			t.Errorf("it runs as root: %v", err)
		}
	}
	b.Kill()
	if _, err := conn.Exec(t.Context(), "commit").ReadAll(); err == nil {
		t.Error("COMMIT went through a dead pooler")
	}
	if _, err := pgconn.Connect(t.Context(), b.URL("", "")); err == nil {
		t.Error("it still takes connections")
	}
	idle(t, observer)
	if got := run(t, observer, "select to_regclass('lost') is null"); got != "t" {
		t.Error("a transaction outlived the pooler")
	}
}

// TestProxyAndPgBouncer puts the proxy on either side of the pooler.
func TestProxyAndPgBouncer(t *testing.T) {
	server := pgtest.Start(t, 17)
	base := server.TCP(server.DatabaseName(t), "postgres", pgtest.Password)
	observer := open(t, base)
	committing := func(m faulttest.Message) bool { return m.Name == "CommandComplete" && m.Text == "COMMIT" }

	inFront := faulttest.Start(t, faulttest.StartPgBouncer(t, base, faulttest.BouncerOptions{}).URL("", ""), faulttest.Options{})
	behind := faulttest.Start(t, base, faulttest.Options{})
	pooled := faulttest.StartPgBouncer(t, behind.URL(), faulttest.BouncerOptions{})
	for _, c := range []struct {
		name, url string
		p         *faulttest.Proxy
	}{{"client and pooler", inFront.URL(), inFront}, {"pooler and server", pooled.URL("", ""), behind}} {
		if err := migrate(t.Context(), open(t, c.url)); err != nil {
			t.Errorf("between %s: %v", c.name, err)
		}
		run(t, observer, "drop table m")
		c.p.When(committing, faulttest.CutBefore(faulttest.RST))
		if err := migrate(context.Background(), open(t, c.url)); err == nil || !c.p.Done() {
			t.Errorf("between %s: the reply to COMMIT was cut, and the client says %v", c.name, err)
		}
		if got := run(t, observer, "select count(*) from m"); got != "2" {
			t.Errorf("between %s: %s rows are committed", c.name, got)
		}
		run(t, observer, "drop table m")
	}
}
