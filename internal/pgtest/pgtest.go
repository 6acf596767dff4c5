// Package pgtest gives tests a real Postgres: one server for a test binary and major, copied from the cache in a
// fraction of a second, and a database of its own for every test. It fails where it cannot, and never skips. A server
// dies with the test binary, however that ends.
package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/jackc/pgx/v5"
)

// Password is the password of the superuser "postgres" over TCP. Over the unix socket there is none.
const Password = cluster.Password

// Options say what a server is like beyond its major.
type Options struct {
	Major       int
	Superuser   string                                      // bootstrap superuser; "postgres" where empty
	Settings    map[string]string                           // of postgresql.conf
	Fingerprint string                                      // names what Lay makes
	Lay         func(ctx context.Context, url string) error // fills the database that tests' databases are copies of

	// Extend is what pgbin.Finder has: emulate.Install for a server with the shims.
	Extend func(context.Context, *pgbin.Finder, *pgbin.Installation) (*pgbin.Installation, *finding.Finding)
}

// Server is a Postgres for tests, at Socket (a folder) and on 127.0.0.1, both with Port.
type Server struct {
	Major  int
	Socket string
	Port   int

	options Options
	host    cluster.Host
	scratch *cluster.Scratch
	server  *cluster.Server
	last    atomic.Int64 // number of the last database
	one     sync.Mutex   // held while conn is used
	conn    *pgx.Conn    // see admin
}

// shared holds the servers that the tests of this binary share, each with how many use it now.
var shared = struct {
	sync.Mutex
	servers map[string]*lease
	keep    bool // until Main ends them
}{servers: map[string]*lease{}}

type lease struct {
	server *Server
	users  int
}

// Main runs the tests and keeps shared servers running between them; without it a server ends with the last test that
// uses it. Use it as func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }.
func Main(m *testing.M) int {
	shared.Lock()
	shared.keep = true
	shared.Unlock()
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		for _, l := range shared.servers {
			l.server.Close()
		}
	}()
	return m.Run()
}

// Start returns the plain server of that major that the tests of this binary share.
func Start(t testing.TB, major int) *Server {
	t.Helper()
	return StartWith(t, Options{Major: major})
}

// StartWith returns the server with these options that the tests of this binary share.
func StartWith(t testing.TB, o Options) *Server {
	t.Helper()
	key := fmt.Sprint(o.Major, o.Superuser, o.Settings, o.Fingerprint, o.Extend != nil)
	shared.Lock()
	defer shared.Unlock()
	l := shared.servers[key]
	if l == nil {
		s, err := Open(o)
		if err != nil {
			t.Fatalf("start Postgres %d for the tests: %v", o.Major, err)
		}
		l = &lease{server: s}
		shared.servers[key] = l
	}
	l.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if l.users--; l.users == 0 && !shared.keep {
			delete(shared.servers, key)
			l.server.Close()
		}
	})
	return l.server
}

// New returns a server that nobody else uses, for tests that stop it or change its settings; it ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatalf("start Postgres %d for the test: %v", o.Major, err)
	}
	t.Cleanup(s.Close)
	return s
}

// Host returns the Postgres of that major, as the product finds it.
func Host(ctx context.Context, major int) (cluster.Host, error) {
	return host(ctx, Options{Major: major})
}

func host(ctx context.Context, o Options) (cluster.Host, error) {
	account, err := pgbin.Unprivileged(os.Getenv)
	if err != nil {
		return cluster.Host{}, err
	}
	cache, err := pgbin.Cache(os.Getenv, account)
	if err != nil {
		return cluster.Host{}, err
	}
	finder := pgbin.Finder{
		Cache: cache, Account: account, Getenv: os.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH, Extend: o.Extend,
	}
	installation, err := finder.Find(ctx, o.Major)
	if err != nil {
		return cluster.Host{}, err
	}
	return cluster.Host{Postgres: installation, Account: account, Cache: cache}, nil
}

// Open returns a server that nobody else uses, for what is no test: Close ends it. It has a context of its own, since one
// that tests share may outlive the test that needed it first.
func Open(o Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	host, err := host(ctx, o)
	if err != nil {
		return nil, err
	}
	template, err := host.Template(ctx, cluster.Template{Superuser: o.Superuser, Fingerprint: o.Fingerprint, Lay: o.Lay})
	if err != nil {
		return nil, err
	}
	s := &Server{Major: o.Major, options: o, host: host}
	if s.scratch, err = host.Scratch(ctx); err != nil {
		return nil, err
	}
	if err := host.Copy(template, filepath.Join(s.scratch.Dir, "data")); err != nil {
		s.scratch.Remove()
		return nil, err
	}
	for try := 1; ; try++ { // between our asking for a free port and Postgres' taking it, somebody else may
		if s.Port, err = freePort(); err == nil {
			err = s.run(ctx)
		}
		if err == nil {
			return s, nil
		}
		if try == 5 {
			s.scratch.Remove()
			return nil, err
		}
	}
}

func (s *Server) run(ctx context.Context) error {
	server, err := s.host.Start(ctx, cluster.Config{Home: s.scratch.Dir, Port: s.Port, Listen: true, Settings: s.options.Settings})
	if err != nil {
		return err
	}
	s.server, s.Socket = server, server.Socket
	return nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Close ends the server and removes it.
func (s *Server) Close() { s.scratch.Remove() }

// URL returns the libpq URL of a database over the unix socket, where every role of the server may come in.
func (s *Server) URL(database, role string) string { return s.server.URL(database, role) }

// TCP returns the libpq URL of a database over 127.0.0.1, where a role needs its password.
func (s *Server) TCP(database, role, password string) string {
	return s.server.TCP(database, role, password)
}

// Version returns the server's version: "17.10".
func (s *Server) Version() string { return s.host.Postgres.Version }

// PID returns the process id of the server.
func (s *Server) PID() int { return s.server.PID }

// Log returns what the server has logged since it was started last.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(s.server.Log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Stop ends the server of a New.
func (s *Server) Stop(t testing.TB, mode cluster.Mode) {
	t.Helper()
	if err := s.server.Stop(context.WithoutCancel(t.Context()), mode); err != nil {
		t.Fatal(err)
	}
}

// Start starts the server of a New again, on the same port, after Stop or a crash.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.run(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Database makes a new database and returns its URL over the unix socket, as the superuser. It is dropped when the
// test ends, whoever is connected.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	return s.URL(s.DatabaseName(t), s.superuser())
}

// DatabaseName makes a new database, as Database does, and returns its name.
func (s *Server) DatabaseName(t testing.TB) string {
	t.Helper()
	return s.CopyOf(t, "postgres")
}

// CopyOf makes a copy of a database, to which nobody may be connected, and returns its name. It is dropped as others are.
func (s *Server) CopyOf(t testing.TB, database string) string {
	t.Helper()
	name := "t" + strconv.FormatInt(s.last.Add(1), 10)
	if err := s.admin(t.Context(), cluster.Deserted, database, "CREATE DATABASE "+name+" TEMPLATE "+database+" OWNER postgres STRATEGY file_copy"); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if !s.server.Alive() {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.admin(ctx, cluster.Desert, name, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return name
}

func (s *Server) superuser() string {
	if s.options.Superuser != "" {
		return s.options.Superuser
	}
	return "postgres"
}

// admin runs a statement that wants a database empty, once empty has seen to that, over a connection of its own to
// "postgres": the one that may be open while it is copied.
func (s *Server) admin(ctx context.Context, empty func(context.Context, *pgx.Conn, string) error, database, sql string) error {
	s.one.Lock()
	defer s.one.Unlock()
	if s.conn == nil || s.conn.IsClosed() || s.conn.Ping(ctx) != nil {
		conn, err := pgx.Connect(ctx, s.URL("postgres", s.superuser()))
		if err != nil {
			return err
		}
		s.conn = conn
	}
	if err := empty(ctx, s.conn, database); err != nil {
		return err
	}
	_, err := s.conn.Exec(ctx, sql)
	return err
}
