package local_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/local"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/jackc/pgx/v5"
)

// TestMain lets this binary be a command that works on a local database and ends, or is killed.
func TestMain(m *testing.M) {
	verb := os.Getenv("CAIRN_TEST_VERB")
	if verb == "" {
		os.Exit(pgtest.Main(m))
	}
	port, _ := strconv.Atoi(os.Getenv("CAIRN_TEST_PORT"))
	s, err := newServer(os.Getenv("CAIRN_TEST_PROJECT"), port)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("begun")
	ctx := context.Background()
	switch verb {
	case "start":
		_, err = s.Start(ctx)
	case "reset":
		_, err = s.Reset(ctx)
	case "stop":
		_, err = s.Stop(ctx)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// command starts this binary as a command, with these files open from 3 on; its output is for when it fails.
func command(t *testing.T, s *local.Server, verb string, open ...*os.File) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.ExtraFiles = open
	cmd.Env = append(os.Environ(), "CAIRN_TEST_VERB="+verb, "CAIRN_TEST_PROJECT="+s.Project, "CAIRN_TEST_PORT="+strconv.Itoa(s.Port))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	if line, err := reader.ReadString('\n'); line != "begun\n" {
		t.Fatalf("the command says %q, %v", line, err)
	}
	return cmd, reader
}

func newServer(project string, port int) (*local.Server, error) {
	account, err := pgbin.Unprivileged(os.Getenv)
	if err != nil {
		return nil, err
	}
	cache, err := pgbin.Cache(os.Getenv, account)
	if err != nil {
		return nil, err
	}
	finder := &pgbin.Finder{Cache: cache, Account: account, Getenv: os.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH}
	return &local.Server{Project: project, Port: port, Major: 17, Finder: finder}, nil
}

// project returns the local database of a new project, on a free port. It is gone when the test ends.
func project(t *testing.T) *local.Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	s, err := newServer(t.TempDir(), port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := s.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
		if status, err := s.Status(ctx); err == nil {
			_ = os.RemoveAll(filepath.Dir(status.Log))
		}
	})
	return s
}

func start(t *testing.T, s *local.Server) *local.Status {
	t.Helper()
	status, err := s.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func run(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// holds says whether the database has the table "mark": "old" or "new" in the tests of Reset.
func holds(t *testing.T, url string) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var there bool
	if err := conn.QueryRow(t.Context(), "SELECT to_regclass('mark') IS NOT NULL").Scan(&there); err != nil {
		t.Fatal(err)
	}
	return there
}

func setting(t *testing.T, url, name string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	var value string
	if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestLife(t *testing.T) {
	s := project(t)
	before, err := s.Status(t.Context())
	if err != nil || before.Running || before.Data != "" || before.Port != s.Port {
		t.Errorf("before the first start: %+v, %v", before, err)
	}
	if ran, err := s.Stop(t.Context()); ran || err != nil {
		t.Errorf("stopped what did not run: %v, %v", ran, err)
	}
	first := start(t, s)
	if !first.Running || first.Port != s.Port || first.PID == 0 || first.Version == "" || time.Since(first.Started).Abs() > time.Hour {
		t.Errorf("started: %+v", first)
	}
	run(t, first.URL(), "CREATE TABLE mark (id int)")
	if again := start(t, s); again.PID != first.PID {
		t.Errorf("a second start made another server: %d, %d", first.PID, again.PID)
	}
	for name, want := range map[string]string{"fsync": "on", "wal_level": "logical", "listen_addresses": "127.0.0.1", "shared_preload_libraries": "pg_stat_statements"} {
		if got := setting(t, first.SocketURL("postgres", "postgres"), name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
	if ran, err := s.Stop(t.Context()); !ran || err != nil {
		t.Errorf("stop: %v, %v", ran, err)
	}
	if status, err := s.Status(t.Context()); err != nil || status.Running || status.PID != 0 || status.SocketURL("a", "b") != "" || status.URL() != first.URL() {
		t.Errorf("stopped: %+v, %v", status, err)
	}
	if second := start(t, s); !holds(t, second.URL()) {
		t.Error("what the database held is gone after a stop")
	}

	// A link to the project is the same project.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.Project, link); err != nil {
		t.Fatal(err)
	}
	other := *s
	other.Project = link
	if status, err := other.Status(t.Context()); err != nil || !status.Running {
		t.Errorf("through a link: %+v, %v", status, err)
	}
}

func TestPasswordsAndPermissions(t *testing.T) {
	s := project(t)
	status := start(t, s)
	for _, url := range []string{
		fmt.Sprintf("postgresql://postgres:wrong@127.0.0.1:%d/postgres", s.Port),
		fmt.Sprintf("postgresql://postgres@127.0.0.1:%d/postgres", s.Port),
	} {
		_, err := pgx.Connect(t.Context(), url)
		if e, ok := errors.AsType[interface {
			error
			SQLState() string
		}](err); !ok || e.SQLState() != "28P01" {
			t.Errorf("%s: %v", url, err)
		}
	}
	home := filepath.Dir(status.Log)
	for name, want := range map[string]os.FileMode{"state.json": 0o600, "log": 0o600, "s": os.ModeDir | 0o700, filepath.Base(status.Data): os.ModeDir | 0o700} {
		if info, err := os.Stat(filepath.Join(home, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	var state map[string]any
	text, err := os.ReadFile(filepath.Join(home, "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	if root, _ := filepath.EvalSymlinks(s.Project); state["project"] != root || state["port"] != float64(s.Port) || state["pid"] != float64(status.PID) {
		t.Errorf("state.json: %s", text)
	}
}

// TestOutlivesItsCommand starts the server from a command that ends, and from one that is killed right after.
func TestOutlivesItsCommand(t *testing.T) {
	s := project(t)
	cmd, out := command(t, s, "start")
	said, _ := out.ReadString(0)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err, said)
	}
	status, err := s.Status(t.Context())
	if err != nil || !status.Running {
		t.Fatalf("after the command: %+v, %v", status, err)
	}
	run(t, status.URL(), "CREATE TABLE mark (id int)")

	// A server that is killed comes back with what it held.
	if err := syscall.Kill(status.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for now := status; now.Running; time.Sleep(5 * time.Millisecond) {
		if now, err = s.Status(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if again := start(t, s); again.PID == status.PID || !holds(t, again.URL()) {
		t.Errorf("after a kill: %+v", again)
	}
}

// TestHoldsNothingOpen holds that a server which outlives its command does not keep open what that was given: whoever reads
// the other end of a pipe would wait for the server's end.
func TestHoldsNothingOpen(t *testing.T) {
	s := project(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	cmd, out := command(t, s, "start", w)
	_ = w.Close()
	said, _ := out.ReadString(0)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err, said)
	}
	if status, err := s.Status(t.Context()); err != nil || !status.Running {
		t.Fatalf("after the command: %+v, %v", status, err)
	}
	if err := r.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the pipe is still open: %v", err)
	}
}

func TestReset(t *testing.T) {
	s := project(t)
	status := start(t, s)
	run(t, status.URL(), "CREATE TABLE mark (id int)")
	run(t, status.URL(), "ALTER SYSTEM SET work_mem = '9MB'")
	busy, err := pgx.Connect(t.Context(), status.URL())
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := s.Reset(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !fresh.Running || fresh.PID == status.PID || fresh.Data == status.Data || holds(t, fresh.URL()) {
		t.Errorf("reset from %+v to %+v", status, fresh)
	}
	if setting(t, fresh.URL(), "work_mem") == "9MB" {
		t.Error("a setting of the old server goes on")
	}
	if busy.Ping(t.Context()) == nil {
		t.Error("a session of the old server goes on")
	}
	if _, err := os.Stat(status.Data); !os.IsNotExist(err) {
		t.Errorf("the old files are still there: %v", err)
	}
	if ran, err := s.Stop(t.Context()); !ran || err != nil {
		t.Fatal(ran, err)
	}
	if third, err := s.Reset(t.Context()); err != nil || !third.Running || third.Data == fresh.Data {
		t.Errorf("reset of a stopped one: %+v, %v", third, err)
	}
}

// TestKilledReset kills resets at moments spread over their whole length. What is left is the old database or a new
// one, and nothing else.
func TestKilledReset(t *testing.T) {
	s := project(t)
	status := start(t, s)
	home := filepath.Dir(status.Log)
	began := time.Now()
	cmd, _ := command(t, s, "reset")
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(began)
	const rounds = 25
	kept := 0
	for i := range rounds {
		status := start(t, s)
		if !holds(t, status.URL()) {
			run(t, status.URL(), "CREATE TABLE mark (id int)")
		}
		cmd, _ := command(t, s, "reset")
		time.Sleep(whole * time.Duration(i) / rounds)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		after := start(t, s)
		if old := holds(t, after.URL()); old != (after.Data == status.Data) {
			t.Errorf("round %d: the directory is the old one: %v, what it holds is old: %v", i, after.Data == status.Data, old)
		} else if old {
			kept++
		}
		if left, _ := filepath.Glob(filepath.Join(home, "data-*")); len(left) != 1 || left[0] != after.Data {
			t.Errorf("round %d: %v", i, left)
		}
	}
	if kept == 0 {
		t.Error("no kill came before the reset happened: the test does not see what it should")
	}
	t.Logf("of %d killed resets %d left the old database", rounds, kept)
}

func TestTwoAtOnce(t *testing.T) {
	s := project(t)
	start(t, s)
	for _, verbs := range [][]string{{"start", "start", "start"}, {"reset", "reset"}, {"stop", "start", "reset"}, {"start", "stop", "stop"}} {
		var all sync.WaitGroup
		for _, verb := range verbs {
			cmd, out := command(t, s, verb)
			all.Go(func() {
				said, _ := out.ReadString(0)
				if err := cmd.Wait(); err != nil {
					t.Errorf("%v: %s: %v: %s", verbs, verb, err, said)
				}
			})
		}
		all.Wait()
		if t.Failed() {
			return
		}
	}
	status := start(t, s)
	run(t, status.URL(), "SELECT 1")
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(status.Log), "data-*")); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestPortTaken(t *testing.T) {
	s := project(t)
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(s.Port))
	if err != nil {
		t.Fatal(err)
	}
	for name, verb := range map[string]func(context.Context) (*local.Status, error){"start": s.Start, "reset": s.Reset} {
		_, err = verb(t.Context())
		if f := finding.As(err); f == nil || f.Code != finding.PortTaken || f.Exit != finding.Refused || !strings.Contains(f.Message, "another program") || !strings.Contains(f.Hint, "[db] port") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_ = l.Close()
	status := start(t, s)

	other := project(t)
	other.Port = s.Port
	root, err := filepath.EvalSymlinks(s.Project)
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Start(t.Context())
	if f := finding.As(err); f == nil || f.Code != finding.PortTaken || !strings.Contains(f.Message, root) || !strings.Contains(f.Hint, "cairn db stop --workdir "+root) {
		t.Errorf("error is %v", err)
	}
	run(t, status.URL(), "SELECT 1")
}

func TestPortChanges(t *testing.T) {
	s := project(t)
	first := start(t, s)
	run(t, first.URL(), "CREATE TABLE mark (id int)")
	s.Port = project(t).Port
	second := start(t, s)
	if second.Port != s.Port || second.PID == first.PID || !holds(t, second.URL()) {
		t.Errorf("from %+v to %+v", first, second)
	}
	if _, err := pgx.Connect(t.Context(), first.URL()); err == nil {
		t.Error("the old port still answers")
	}
}

func TestOtherMajor(t *testing.T) {
	s := project(t)
	s.Major = 15
	start(t, s)
	s.Major = 17
	_, err := s.Start(t.Context())
	f := finding.As(err)
	if f == nil || f.Code != finding.ServerVersion || f.Exit != finding.Refused || !strings.Contains(f.Message, "Postgres 15") || !strings.Contains(f.Hint, "major_version = 15") {
		t.Fatalf("error is %v", err)
	}
	status, err := s.Reset(t.Context())
	if err != nil || !strings.HasPrefix(status.Version, "17.") {
		t.Errorf("reset to %+v, %v", status, err)
	}
}

func TestDamage(t *testing.T) {
	s := project(t)
	status := start(t, s)
	if _, err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(status.Data); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start(t.Context()); finding.As(err) == nil || !strings.Contains(finding.As(err).Hint, "cairn db reset") {
		t.Errorf("without its files: %v", err)
	}
	if _, err := s.Reset(t.Context()); err != nil {
		t.Errorf("reset without files: %v", err)
	}
	if _, err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(status.Log), "state.json")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "{", "{}", `{"data": "../../elsewhere"}`} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Start(t.Context()); finding.As(err) == nil || finding.As(err).Exit != finding.Refused {
			t.Errorf("state %q: %v", bad, err)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, s)
	s.Project = filepath.Join(s.Project, "nothing")
	if _, err := s.Start(t.Context()); finding.As(err) == nil || finding.As(err).Code != finding.NoProject {
		t.Errorf("a project that is not there: %v", err)
	}
	s.Project = filepath.Dir(s.Project)
}

func TestPlainUser(t *testing.T) {
	pgtest.AsPlainUser(t, "^(TestLife|TestPasswordsAndPermissions|TestOutlivesItsCommand|TestReset|TestTwoAtOnce|TestPortTaken|TestPortChanges)$", 17)
}

// BenchmarkReset measures the reset of a running database with a warm cache.
func BenchmarkReset(b *testing.B) {
	s, err := newServer(b.TempDir(), 0)
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s.Port = l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	if _, err := s.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Reset(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	status, err := s.Status(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Stop(context.WithoutCancel(b.Context())); err != nil {
		b.Fatal(err)
	}
	_ = os.RemoveAll(filepath.Dir(status.Log))
}
