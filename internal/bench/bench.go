package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/pgbin"
)

// major is the Postgres that everything is measured on.
const major = 17

// bench is what the measurements share: a server, a folder, and who takes part.
type bench struct {
	options
	report report

	psql  string // "" where there is none
	peers []peer

	dir      string // of ours, on the disk that the cache is on; removed at the end
	host     cluster.Host
	scratch  *cluster.Scratch
	server   *cluster.Server
	admin    *pgx.Conn
	database int // number of the last database
	projects map[int]string
	undo     []func() // of the group that is being measured
}

// open starts the server and looks for contenders.
func open(ctx context.Context, o options) (_ *bench, err error) {
	b := &bench{options: o, projects: map[int]string{}}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	account, err := pgbin.Unprivileged(os.Getenv)
	if err != nil {
		return nil, err
	}
	cache, err := pgbin.Cache(os.Getenv, account)
	if err != nil {
		return nil, err
	}
	finder := pgbin.Finder{Cache: cache, Account: account, Getenv: os.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH}
	installation, err := finder.Find(ctx, major)
	if err != nil {
		return nil, err
	}
	b.host = cluster.Host{Postgres: installation, Account: account, Cache: cache}
	if b.dir, err = os.MkdirTemp(cache, "bench-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(b.dir, 0o755); err != nil { // servers that run as somebody else pass through
		return nil, err
	}
	if err := b.startServer(ctx); err != nil {
		return nil, err
	}
	b.psql = findPsql()
	b.peers = findPeers()
	b.introduce(ctx)
	return b, nil
}

// startServer starts the server that everything runs on: without fsync, on a unix socket and on 127.0.0.1.
func (b *bench) startServer(ctx context.Context) error {
	template, err := b.host.Template(ctx, cluster.Template{})
	if err != nil {
		return err
	}
	if b.scratch, err = b.host.Scratch(ctx); err != nil {
		return err
	}
	if err := b.host.Copy(template, filepath.Join(b.scratch.Dir, "data")); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	if b.server, err = b.host.Start(ctx, cluster.Config{Home: b.scratch.Dir, Port: port, Listen: true}); err != nil {
		return err
	}
	b.admin, err = pgx.Connect(ctx, b.server.URL("postgres", "postgres"))
	return err
}

// introduce writes down what is measured, and where.
func (b *bench) introduce(ctx context.Context) {
	b.report.Machine = fmt.Sprintf("%s/%s, %d processors, load %s, Postgres %s without fsync",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load(), b.host.Postgres.Version)
	b.report.Tools = append(b.report.Tools, b.cairn+": "+version(ctx, b.cairn))
	if b.psql == "" {
		b.report.Missing = append(b.report.Missing, "psql")
	} else {
		b.report.Tools = append(b.report.Tools, b.psql+": "+version(ctx, b.psql))
	}
	for _, p := range allPeers {
		i := slices.IndexFunc(b.peers, func(q peer) bool { return q.name == p.name })
		if i < 0 {
			b.report.Missing = append(b.report.Missing, p.name)
			continue
		}
		b.report.Tools = append(b.report.Tools, b.peers[i].path+": "+version(ctx, b.peers[i].path))
	}
}

func version(ctx context.Context, path string) string {
	out, _ := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	first, _, _ := strings.Cut(string(out), "\n")
	return first
}

// load is how busy the machine is before we begin, "unknown" where it does not say.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// close ends the server and removes everything that was made.
func (b *bench) close() {
	b.cleanup()
	if b.admin != nil {
		_ = b.admin.Close(context.Background())
	}
	if b.scratch != nil {
		b.scratch.Remove()
	}
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}

// later has f run when the present group has ended.
func (b *bench) later(f func()) { b.undo = append(b.undo, f) }

func (b *bench) cleanup() {
	for _, f := range slices.Backward(b.undo) {
		f()
	}
	b.undo = nil
}

// newDatabase makes an empty database and returns its name.
func (b *bench) newDatabase(ctx context.Context) (string, error) {
	b.database++
	name := "b" + strconv.Itoa(b.database)
	_, err := b.admin.Exec(ctx, "create database "+name+" strategy file_copy")
	return name, err
}

func (b *bench) drop(name string) {
	_, _ = b.admin.Exec(context.Background(), "drop database if exists "+name+" with (force)")
}

// tcp returns the URL of a database over 127.0.0.1, which every tool understands.
func (b *bench) tcp(database string) string {
	return b.server.TCP(database, "postgres", cluster.Password) + "?sslmode=disable"
}

// socket returns the URL of a database over the unix socket.
func (b *bench) socket(database string) string { return b.server.URL(database, "postgres") }

// environment is what programs run with: nothing of the user's, so that it is the same everywhere.
func (b *bench) environment(more ...string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir, "TMPDIR=" + os.TempDir(), "LC_ALL=C.UTF-8", "TZ=UTC",
		"CAIRN_STATE=" + filepath.Join(b.dir, "state"), "CAIRN_CACHE=" + b.host.Cache,
	}, more...)
}

// command is cairn with these arguments, on behalf of a person who says yes.
func (b *bench) command(args ...string) program {
	return program{path: b.cairn, args: append(args, "--yes", "--agent", "no"), env: b.environment()}
}

// contender takes part in a race.
type contender struct {
	name string
	run  func(ctx context.Context) (usage, error)
}

// race runs the contenders in turns, every other round backwards, and returns what each took, round by round.
func (b *bench) race(ctx context.Context, rounds int, contenders ...contender) (map[string][]usage, error) {
	results := map[string][]usage{}
	for round := range rounds {
		order := slices.Clone(contenders)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, c := range order {
			u, err := c.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			results[c.name] = append(results[c.name], u)
		}
	}
	return results, nil
}

// simply is a contender that runs a program and nothing else.
func (b *bench) simply(name string, p program) contender {
	return contender{name, func(ctx context.Context) (usage, error) { return p.run(ctx, b.dir) }}
}

func walls(all []usage) sample {
	s := make(sample, len(all))
	for i, u := range all {
		s[i] = u.Wall.Seconds()
	}
	return s
}

func memories(all []usage) sample {
	s := make(sample, len(all))
	for i, u := range all {
		s[i] = float64(u.Memory)
	}
	return s
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// scope stands in for a test where a harness wants one: what it sets up ends with the present group.
type scope struct {
	testing.TB
	b *bench
}

func (s scope) Helper()          {}
func (s scope) Cleanup(f func()) { s.b.later(f) }
func (s scope) Fatal(v ...any)   { panic(fatal(fmt.Sprint(v...))) }

// fatal is what a harness gave up with.
type fatal string

func (f fatal) Error() string { return string(f) }
