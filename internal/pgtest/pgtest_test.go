package pgtest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// ask runs a query that gives one text.
func ask(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var text string
	if err := conn.QueryRow(t.Context(), sql).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryMajor(t *testing.T) {
	for _, major := range pgbin.Majors {
		s := pgtest.Start(t, major)
		if again := pgtest.Start(t, major); again != s {
			t.Errorf("Postgres %d: two servers in one test binary", major)
		}
		if got := ask(t, s.Database(t), "SELECT current_user || ' ' || current_setting('server_version_num')::int / 10000"); got != "postgres "+string(s.Version()[:2]) {
			t.Errorf("Postgres %d: %s, the server says %s", major, got, s.Version())
		}
		if got := ask(t, s.TCP("postgres", "postgres", pgtest.Password), "SELECT inet_server_addr()::text"); got != "127.0.0.1/32" {
			t.Errorf("Postgres %d over TCP: %s", major, got)
		}
		if _, err := pgx.Connect(t.Context(), s.TCP("postgres", "postgres", "wrong")); err == nil || !strings.Contains(err.Error(), "28P01") {
			t.Errorf("Postgres %d, wrong password: %v", major, err)
		}
	}
}

func TestDatabasesGoWithTheirTest(t *testing.T) {
	s := pgtest.Start(t, 17)
	var name string
	t.Run("one", func(t *testing.T) {
		name = s.DatabaseName(t)
		conn, err := pgx.Connect(t.Context(), s.URL(name, "postgres"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "CREATE TABLE a (id int)"); err != nil {
			t.Fatal(err)
		}
		// and stays connected
		if other := s.DatabaseName(t); other == name {
			t.Errorf("two databases of one name, %s", name)
		}
	})
	if got := ask(t, s.Database(t), "SELECT count(*)::text FROM pg_database WHERE datname = '"+name+"'"); got != "0" {
		t.Error("the database is still there")
	}
}

func TestOwnServer(t *testing.T) {
	s := pgtest.New(t, pgtest.Options{
		Major: 17, Settings: map[string]string{"max_prepared_transactions": "5"}, Fingerprint: "pgtest",
		Lay: func(ctx context.Context, url string) error {
			conn, err := pgx.Connect(ctx, url)
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close(ctx) }()
			_, err = conn.Exec(ctx, "CREATE TABLE laid AS SELECT 'here' AS word")
			return err
		},
	})
	url := s.Database(t)
	if got := ask(t, url, "SELECT word || current_setting('max_prepared_transactions') FROM laid"); got != "here5" {
		t.Errorf("got %q", got)
	}
	port := s.Port
	for _, mode := range []cluster.Mode{cluster.Fast, cluster.Immediate} {
		s.Stop(t, mode)
		if _, err := pgx.Connect(t.Context(), url); err == nil {
			t.Error("a stopped server took a connection")
		}
		s.Start(t)
		if got := ask(t, url, "SELECT word FROM laid"); got != "here" || s.Port != port {
			t.Errorf("after a restart: %q on port %d", got, s.Port)
		}
	}
	if s == pgtest.Start(t, 17) {
		t.Error("a server of one's own is shared")
	}
}

// TestServerDiesWithTheBinary runs this binary as a child, kills it and looks after its server.
func TestServerDiesWithTheBinary(t *testing.T) {
	if os.Getenv("CAIRN_TEST_KILLED") != "" {
		s := pgtest.Start(t, 17)
		t.Logf("PID %d", s.PID())
		_, _ = os.Stdout.WriteString("ready\n")
		time.Sleep(time.Hour)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestServerDiesWithTheBinary$", "-test.v")
	child.Env = append(os.Environ(), "CAIRN_TEST_KILLED=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for buffer := make([]byte, 512); !strings.Contains(text.String(), "ready"); {
		n, err := out.Read(buffer)
		if err != nil {
			t.Fatal(err, text.String())
		}
		text.Write(buffer[:n])
	}
	_, after, _ := strings.Cut(text.String(), "PID ")
	pid := 0
	for _, c := range after {
		if c < '0' || c > '9' {
			break
		}
		pid = 10*pid + int(c-'0')
	}
	if pid == 0 || syscall.Kill(pid, 0) != nil {
		t.Fatalf("no server with pid %d:\n%s", pid, text.String())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	for deadline := time.Now().Add(20 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server outlives its test binary")
		}
	}
	pgtest.New(t, pgtest.Options{Major: 17}) // clears the folder away
}

func TestPlainUser(t *testing.T) {
	pgtest.AsPlainUser(t, "^(TestOwnServer|TestServerDiesWithTheBinary)$", 17)
}
