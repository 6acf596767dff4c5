package cluster_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/jackc/pgx/v5"
)

// children are what this binary does where a test runs it as another process: they print what the test needs to
// know and then wait to be killed.
var children = map[string]func(context.Context, cluster.Host) error{
	"scratch":  holdScratch,
	"detached": holdDetached,
	"template": holdTemplate,
	"init":     holdInit,
}

func TestMain(m *testing.M) {
	child, ok := children[os.Getenv("CAIRN_TEST_CHILD")]
	if !ok {
		os.Exit(pgtest.Main(m))
	}
	ctx := context.Background()
	host, err := pgtest.Host(ctx, 17)
	if err == nil {
		err = child(ctx, host)
	}
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	time.Sleep(time.Hour)
}

// spawn runs a child and returns it with the line that it printed.
func spawn(t *testing.T, name string) (*exec.Cmd, []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CAIRN_TEST_CHILD="+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(cmd) })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.HasPrefix(line, "failed:") {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return cmd, strings.Fields(line)
}

// kill kills a child with signal 9.
func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// soon waits until a thing is so, for as long as a slow machine may take.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so after 30 s: %s", what)
		}
	}
}

func host(t *testing.T, major int) cluster.Host {
	t.Helper()
	h, err := pgtest.Host(t.Context(), major)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// scratch returns a throwaway folder with the plain template's copy in it.
func scratch(t *testing.T, h cluster.Host) *cluster.Scratch {
	t.Helper()
	s, err := filled(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Remove)
	return s
}

func filled(ctx context.Context, h cluster.Host) (*cluster.Scratch, error) {
	template, err := h.Template(ctx, cluster.Template{})
	if err != nil {
		return nil, err
	}
	s, err := h.Scratch(ctx)
	if err != nil {
		return nil, err
	}
	return s, h.Copy(template, filepath.Join(s.Dir, "data"))
}

func holdScratch(ctx context.Context, h cluster.Host) error {
	return holdServer(ctx, h, false)
}

// holdDetached leaves a server that survives us in a folder that does not: what is left where the kernel does not
// end children with their parent.
func holdDetached(ctx context.Context, h cluster.Host) error {
	return holdServer(ctx, h, true)
}

func holdServer(ctx context.Context, h cluster.Host, detached bool) error {
	s, err := filled(ctx, h)
	if err != nil {
		return err
	}
	server, err := h.Start(ctx, cluster.Config{Home: s.Dir, Detached: detached})
	if err != nil {
		return err
	}
	fmt.Println(s.Dir, server.PID, server.URL("postgres", "postgres"))
	return nil
}

// holdTemplate stops in the middle of making a template.
func holdTemplate(ctx context.Context, h cluster.Host) error {
	_, err := h.Template(ctx, cluster.Template{
		Fingerprint: "killed " + os.Getenv("CAIRN_TEST_FINGERPRINT"),
		Lay: func(_ context.Context, url string) error {
			fmt.Println(url)
			time.Sleep(time.Hour)
			return nil
		},
	})
	return err
}

// holdInit runs initdb again and again.
func holdInit(ctx context.Context, h cluster.Host) error {
	s, err := h.Scratch(ctx)
	if err != nil {
		return err
	}
	fmt.Println(s.Dir)
	for i := 0; ; i++ {
		if err := h.Init(ctx, filepath.Join(s.Dir, "data"), "postgres"); err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(s.Dir, "data")); err != nil {
			return err
		}
	}
}

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
		t.Fatalf("%s: %v", sql, err)
	}
	return text
}

// run runs statements.
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

func gone(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, os.ErrNotExist)
}

func dead(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }
