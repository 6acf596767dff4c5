package blackbox

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	_ "github.com/cairndb/cairn/internal/cli" // so that a cached result of these tests goes when the product changes
	"github.com/cairndb/cairn/internal/pgtest"
)

// large makes the tests about sizes and crowds take the sizes that a soak is for.
var large = flag.Bool("large", false, "run the tests about sizes and crowds with what a soak is for")

// canary is the password of every test's role. No output of any process may show it in any form (invariant I7).
const canary = "kanari/7f3a @9b:x%y"

// role is who the tests connect as over TCP: a superuser with the canary for a password.
const role = "runner"

// cairn is the binary under test.
var cairn string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "cairn-blackbox-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // other users run it too
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cairn = filepath.Join(dir, "cairn")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", cairn, "github.com/cairndb/cairn/cmd/cairn").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build cairn: %v\n%s", err, out)
		return 1
	}
	return pgtest.Main(m)
}

var runner sync.Map // *pgtest.Server → *sync.Once, of making the role

// postgres is the server that most tests share, with the tests' role in it.
func postgres(t *testing.T) *pgtest.Server {
	t.Helper()
	s := pgtest.Start(t, 17)
	once, _ := runner.LoadOrStore(s, new(sync.Once))
	once.(*sync.Once).Do(func() { makeRole(t, s.URL("postgres", "postgres")) })
	return s
}

func makeRole(t *testing.T, url string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), "create role "+role+" superuser login password '"+canary+"'"); err != nil {
		t.Fatal(err)
	}
}
