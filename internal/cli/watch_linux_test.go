package cli

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// booth is a project with a local database that runs.
type booth struct {
	t    *testing.T
	root string
	env  []string
}

func newBooth(t *testing.T) *booth {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b := &booth{t: t, root: t.TempDir()}
	for _, name := range []string{"CAIRN_CACHE", "CAIRN_POSTGRES", "GOCOVERDIR"} {
		if value := os.Getenv(name); value != "" {
			b.env = append(b.env, name+"="+value)
		}
	}
	if dir, err := os.UserCacheDir(); err == nil {
		b.env = append(b.env, "XDG_CACHE_HOME="+dir)
	}
	b.env = append(b.env, "CAIRN_STATE="+t.TempDir(), "CAIRN_AGENT=")
	b.write("../config.toml", "[db]\nport = "+port+"\n[cairn]\nplatform = \"none\"\n")
	t.Cleanup(func() { clearAway(&testscript.Env{WorkDir: b.root, Vars: b.env}) })
	b.cairn(0, "db", "start")
	return b
}

func (b *booth) path(name string) string {
	return filepath.Join(b.root, "supabase", "migrations", name)
}

// write writes a file of the migrations folder.
func (b *booth) write(name, text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path("x")), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// command returns cairn in the project.
func (b *booth) command(args ...string) *exec.Cmd {
	return command(b.t, b.env, append([]string{"cairn", "--agent=no", "--workdir", b.root}, args...)...)
}

// cairn runs it, and returns what it wrote.
func (b *booth) cairn(exit int, args ...string) string {
	b.t.Helper()
	out, err := b.command(args...).CombinedOutput()
	if code := exitCode(b.t, err); code != exit {
		b.t.Fatalf("%v: exit code %d, want %d:\n%s", args, code, exit, out)
	}
	return string(out)
}

// begun is a command on its way.
type begun struct {
	*output
	t    *testing.T
	cmd  *exec.Cmd
	seen int
}

func (b *booth) begin(args ...string) *begun {
	b.t.Helper()
	w := &begun{output: &output{}, t: b.t, cmd: b.command(args...)}
	w.cmd.Stdout, w.cmd.Stderr = w, w
	if err := w.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	return w
}

// sees waits until text was written, behind what was waited for before, and returns what stands between.
func (w *begun) sees(text string) string {
	w.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		rest := w.String()[w.seen:]
		if i := strings.Index(rest, text); i >= 0 {
			w.seen += i + len(text)
			return rest[:i]
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("never saw %q, only\n%s", text, w.String())
		}
	}
}

func (w *begun) ends(sig syscall.Signal, exit int) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(sig); err != nil {
		w.t.Fatal(err)
	}
	if code := exitCode(w.t, w.cmd.Wait()); code != exit {
		w.t.Errorf("exit code %d, want %d:\n%s", code, exit, w.String())
	}
}

// TestWatch: a day at the local database.
func TestWatch(t *testing.T) {
	t.Parallel()
	b := newBooth(t)
	w := b.begin("watch")
	w.sees("Target: local database (127.0.0.1:")
	w.sees("migrations watching: 0 migrations; Ctrl-C ends it")
	to := " applied to local database (127.0.0.1:"

	b.write("20260101000001_a.sql", "create table a (id int);\n")
	if between := w.sees("20260101000001_a.sql proven in "); strings.Contains(between, "error") {
		t.Error(between)
	}
	w.sees(to)

	// In two writes, with time to think between them.
	b.write("20260101000002_b.sql", "create table b (id int,\n")
	w.sees(`20260101000002_b.sql unfinished: line 1: there is no ";" behind the last statement`)
	b.write("20260101000002_b.sql", "create table b (id int,\n  note text default 'it''s\n")
	w.sees("20260101000002_b.sql unfinished: line 2: this string is never closed")
	b.write("20260101000002_b.sql", "create table b (id int,\n  note text default 'it''s'); -- done\n")
	w.sees("20260101000002_b.sql proven in ")
	w.sees(to)

	// What does not run holds up what stands behind it, and nothing else; mended, all of it runs.
	b.write("20260101000004_d.sql", "alter table nowhere add x int;\n")
	w.sees("20260101000004_d.sql does not run\nerror PG42P01 supabase/migrations/20260101000004_d.sql:1:13")
	b.write("20260101000005_e.sql", "create table e (id int);\n")
	w.sees("20260101000005_e.sql not applied: 20260101000004_d.sql comes before it")
	b.write("20260101000003_c.sql", "create table c (id int);\n")
	w.sees("20260101000003_c.sql proven in ")
	b.write(".d.tmp", "create table d (id int);\n")
	if err := os.Rename(b.path(".d.tmp"), b.path("20260101000004_d.sql")); err != nil {
		t.Fatal(err)
	}
	w.sees("20260101000004_d.sql proven in ")
	w.sees("20260101000005_e.sql" + to)

	// Garbage is no migration, and is told as what it is.
	b.write("20260101000006_f.sql", "select '\xc3\x28';")
	w.sees("20260101000006_f.sql unfinished: line 1: the file is not UTF-8")
	b.write("orders.sql", "create table orders (id int);")
	w.sees("warning CA001: Skipping migration orders.sql")
	if err := os.Remove(b.path("20260101000006_f.sql")); err != nil {
		t.Fatal(err)
	}
	w.sees("20260101000006_f.sql gone")

	// Edited after it ran: told once, with the way out; the reset in another window is noticed.
	b.write("20260101000005_e.sql", "create table e (id bigint);\n")
	w.sees("20260101000005_e.sql edited after it was applied\nerror CA603")
	w.sees("hint: `cairn db reset` makes the local database anew from the files")
	b.write("20260101000007_g.sql", "create table g (id int);\n")
	w.sees("20260101000007_g.sql not applied: migration 20260101000005_e was edited after it ran on this target")
	b.cairn(0, "db", "reset", "--yes")

	// A burst is proven at once. The folder is replaced on the way.
	if err := os.Rename(filepath.Dir(b.path("x")), filepath.Dir(b.path("x"))+".old"); err != nil {
		t.Fatal(err)
	}
	w.sees("and 5 more gone")
	w.sees("hint: put the files back")
	if err := os.Rename(filepath.Dir(b.path("x"))+".old", filepath.Dir(b.path("x"))); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		b.write(fmt.Sprintf("202602010000%02d_t.sql", i), fmt.Sprintf("create table t%02d (id int);\n", i))
	}
	w.sees("20260201000000_t.sql proven in ")
	between := w.sees("20260201000049_t.sql" + to)
	if strings.Contains(between, "proven") || strings.Contains(between, "error") {
		t.Errorf("a burst is not one: %s", between)
	}
	w.ends(syscall.SIGINT, 0)
	w.sees("Watched for ")
	if got := b.cairn(0, "status", "--check"); !strings.Contains(got, "is up to date: 56 migrations applied") {
		t.Error(got)
	}
	b.cairn(0, "db", "stop")
}

// TestWatchKilled: a watch that is killed in the middle of a file leaves nothing of it, and the next one goes on.
func TestWatchKilled(t *testing.T) {
	t.Parallel()
	b := newBooth(t)
	b.write("20260101000001_a.sql", "create table a (id int);\n")
	b.cairn(0, "migration", "up")
	b.cairn(0, "db", "query", "create table gate ()")
	w := b.begin("watch", "--events", "--no-proof")
	w.sees(`"outcome":"watching"`)
	b.write("20260101000002_b.sql", `create table b (id int);
do $$ begin
	for i in 1..30000 loop
		exit when not exists (select from pg_class where relname = 'gate');
		perform pg_sleep(0.01);
	end loop;
end $$;
`)
	w.sees(`"event":"statement_started","at":`)
	w.sees(`_b.sql:2:1"`)
	w.ends(syscall.SIGKILL, -1)
	if got := b.cairn(0, "status"); !strings.Contains(got, "20260101000002_b.sql") {
		t.Error(got)
	}
	b.cairn(0, "db", "query", "drop table gate")
	again := b.begin("watch", "--json")
	again.sees("20260101000002_b.sql proven in ")
	again.sees("watching")
	again.ends(syscall.SIGTERM, 0)
	_, text, _ := strings.Cut(again.String(), "\n{")
	if err := validate("watch", []byte("{"+text)); err != nil {
		t.Errorf("%v:\n%s", err, again.String())
	}
	b.cairn(0, "db", "stop")
}

// TestRunMigrationInterrupted: the copy is given up, and the database has seen nothing.
func TestRunMigrationInterrupted(t *testing.T) {
	t.Parallel()
	b := newBooth(t)
	b.write("20260101000001_a.sql", "create table a (id int);\nselect pg_sleep(600);\n")
	w := b.begin("run-migration", "a", "--local", "--events")
	w.sees(`"event":"phase_started"`)
	w.ends(syscall.SIGINT, 130)
	if !strings.Contains(w.String(), "CA815") {
		t.Error(w.String())
	}
	if got := b.cairn(0, "status"); !strings.Contains(got, "1 migration to apply") {
		t.Error(got)
	}
	b.cairn(0, "db", "stop")
}

// TestWatchOnATerminal asks a person for what is not local, and forgets what was typed before the question.
func TestWatchOnATerminal(t *testing.T) {
	t.Parallel()
	b := newBooth(t)
	b.write("20260101000001_a.sql", "create table a (id int);\n")
	b.cairn(0, "db", "query", "create database other")
	out := b.cairn(0, "db", "status", "--json")
	_, port, _ := strings.Cut(out, `"port": `)
	port, _, _ = strings.Cut(port, ",")
	x := onTerminal(t, 200, b.env, "cairn", "--agent=no", "--workdir", b.root, "watch", "--db-url", "postgresql://postgres:postgres@127.0.0.1:"+port+"/other")
	x.typeIn("y\n")
	x.see("Apply 1 migration on database 127.0.0.1:" + port + "/other?\x1b[0m [y/N] ")
	x.typeIn("y\n")
	x.see("20260101000001_a.sql proven in")
	x.see("applied to database 127.0.0.1:" + port + "/other")
	x.typeIn("\x03")
	if code := x.end(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, uncolored(x.screen()))
	}
	if !strings.Contains(uncolored(x.screen()), "2 files applied.") {
		t.Errorf("no summary:\n%s", uncolored(x.screen()))
	}
	b.cairn(0, "db", "stop")
}
