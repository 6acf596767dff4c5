package cluster_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func TestServerOfEveryMajor(t *testing.T) {
	for name, value := range map[string]string{"PGPORT": "1", "PGOPTIONS": "-c nonsense=1", "PGDATA": "/nowhere", "LANG": "de_DE.UTF-8", "LC_ALL": "", "TZ": "Asia/Tokyo"} {
		t.Setenv(name, value) // none of it reaches the server
	}
	for _, major := range pgbin.Majors {
		t.Run(strconv.Itoa(major), func(t *testing.T) {
			h := host(t, major)
			s := scratch(t, h)
			server, err := h.Start(t.Context(), cluster.Config{Home: s.Dir, Settings: map[string]string{"log_line_prefix": "it's '%p' "}})
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("PGOPTIONS", "") // pgx would send it
			url := server.URL("postgres", "postgres")
			if got := ask(t, url, "SHOW server_version_num"); got[:2] != strconv.Itoa(major) {
				t.Errorf("it is Postgres %s", got)
			}
			want := map[string]string{
				"fsync": "off", "wal_level": "logical", "server_encoding": "UTF8", "lc_messages": "C", "TimeZone": "UTC", "port": "5432",
				"listen_addresses": "", "log_line_prefix": "it's '%p' ", "data_directory": filepath.Join(s.Dir, "data"),
			}
			for name, value := range want {
				if got := ask(t, url, "SELECT current_setting('"+name+"')"); got != value {
					t.Errorf("%s is %q, want %q", name, got, value)
				}
			}
			if got := ask(t, url, "SELECT datcollate || ' ' || datlocprovider::text FROM pg_database WHERE datname = 'template0'"); got != "C.UTF-8 c" {
				t.Errorf("locale is %q", got)
			}
			if got := server.TCP("postgres", "postgres", "x"); got != "" {
				t.Errorf("a server that listens nowhere has the URL %s", got)
			}
		})
	}
}

func TestStop(t *testing.T) {
	h := host(t, 17)
	s := scratch(t, h)
	config := cluster.Config{Home: s.Dir, Durable: true, Settings: map[string]string{"autovacuum": "off"}}
	data := filepath.Join(s.Dir, "data")
	for i, mode := range []cluster.Mode{cluster.Fast, cluster.Immediate} {
		server, err := h.Start(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		run(t, server.URL("postgres", "postgres"), "CREATE TABLE t"+strconv.Itoa(i)+" (id int)")
		busy, err := pgx.Connect(t.Context(), server.URL("postgres", "postgres"))
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			_, err := busy.Exec(context.Background(), "SELECT pg_sleep(600)")
			done <- err
		}()
		if !cluster.Running(data) || !server.Alive() {
			t.Error("a running server does not count as one")
		}
		if _, err := h.Start(t.Context(), config); finding.As(err) == nil || finding.As(err).Code != finding.ServerFailed {
			t.Errorf("a second server on the data directory: %v", err)
		}
		if err := server.Stop(t.Context(), mode); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err == nil {
			t.Error("the session went on")
		}
		if cluster.Running(data) || server.Alive() || !dead(server.PID) {
			t.Error("it still runs")
		}
		if err := server.Stop(t.Context(), mode); err != nil {
			t.Errorf("stopped twice: %v", err)
		}
	}
	server, err := h.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, server.URL("postgres", "postgres"), "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname IN ('t0', 't1')"); got != "t0 t1" {
		t.Errorf("after both stops there are %q", got)
	}
	if attached, err := cluster.Attach(t.Context(), s.Dir, data); err != nil || attached == nil || attached.PID != server.PID || attached.URL("a", "b") != server.URL("a", "b") {
		t.Errorf("attached to %+v, %v", attached, err)
	}
}

func TestStartAfterKilledServer(t *testing.T) {
	h := host(t, 17)
	s := scratch(t, h)
	config := cluster.Config{Home: s.Dir, Durable: true}
	server, err := h.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	run(t, server.URL("postgres", "postgres"), "CREATE TABLE kept (id int)")
	if err := syscall.Kill(server.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	soon(t, "the server is dead", func() bool { return !server.Alive() })
	// Its id has been given to somebody else: to us.
	pidFile := filepath.Join(server.Data, "postmaster.pid")
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), strconv.Itoa(server.PID), strconv.Itoa(os.Getpid()), 1))
	if err := os.WriteFile(pidFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if cluster.Running(server.Data) {
		t.Error("a process of that id that is no server counts as one")
	}
	again, err := h.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, again.URL("postgres", "postgres"), "SELECT count(*)::text FROM kept"); got != "0" {
		t.Errorf("recovered to %q", got)
	}
}

func TestStartFails(t *testing.T) {
	h := host(t, 17)
	tests := map[string]struct {
		damage func(data string) error
		config cluster.Config
		says   string
	}{
		"no control file": {damage: func(data string) error { return os.Remove(filepath.Join(data, "global", "pg_control")) }, says: "pg_control"},
		"other major":     {damage: func(data string) error { return os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("15\n"), 0o600) }, says: "initialized by PostgreSQL version 15"},
		"bad setting":     {config: cluster.Config{Settings: map[string]string{"shared_buffers": "lots"}}, says: "shared_buffers"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := scratch(t, h)
			if test.damage != nil {
				if err := test.damage(filepath.Join(s.Dir, "data")); err != nil {
					t.Fatal(err)
				}
			}
			test.config.Home = s.Dir
			_, err := h.Start(t.Context(), test.config)
			f := finding.As(err)
			if f == nil || f.Code != finding.ServerFailed || f.Exit != finding.Failed || !strings.Contains(f.Detail, test.says) {
				t.Errorf("error is %v with detail %q", err, f.Detail)
			}
		})
	}
}

func TestStartInterrupted(t *testing.T) {
	h := host(t, 17)
	s := scratch(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Start(ctx, cluster.Config{Home: s.Dir})
	if f := finding.As(err); f == nil || f.Exit != finding.Interrupted {
		t.Errorf("error is %v", err)
	}
	if cluster.Running(filepath.Join(s.Dir, "data")) {
		t.Error("the server was left running")
	}
}

func TestLongPaths(t *testing.T) {
	h := host(t, 17)
	s := scratch(t, h)
	home := filepath.Join(s.Dir, strings.Repeat("long", 30), filepath.Base(s.Dir))
	if err := pgbin.Folder(home); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(s.Dir, "data"), filepath.Join(home, "data")); err != nil {
		t.Fatal(err)
	}
	server, err := h.Start(t.Context(), cluster.Config{Home: home})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Remove(server.Socket) }()
	if got := ask(t, server.URL("postgres", "postgres"), "SELECT 'hello'"); got != "hello" {
		t.Errorf("it says %q", got)
	}
	if info, err := os.Stat(server.Socket); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's folder: %v, %v", info, err)
	}
	if err := server.Stop(t.Context(), cluster.Fast); err != nil {
		t.Fatal(err)
	}
}

func TestURLs(t *testing.T) {
	s := &cluster.Server{Port: 5433, Socket: "/tmp/a b&c", Listens: true}
	for url, want := range map[string][]string{
		s.URL(`da"ta?`, "me@home"):      {"/tmp/a b&c", "5433", `da"ta?`, "me@home", ""},
		s.TCP("d/b", "us:er", "p@ss/w"): {"127.0.0.1", "5433", "d/b", "us:er", "p@ss/w"},
	} {
		c, err := pgx.ParseConfig(url)
		if err != nil {
			t.Fatal(url, err)
		}
		if diff := cmp.Diff(want, []string{c.Host, strconv.Itoa(int(c.Port)), c.Database, c.User, c.Password}); diff != "" {
			t.Errorf("%s: %s", url, diff)
		}
	}
}
