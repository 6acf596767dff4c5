package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cairndb/cairn/internal/local"
	"github.com/cairndb/cairn/internal/pgbin"
)

var update = flag.Bool("update", false, "write what the tests see as what they want: scripts' golden files and docs/schema")

// TestMain makes this test binary also be the commands of the scripts, which run it again under their names.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"cairn": func() { os.Exit(Main(Process())) },
		"probe": probe,
	})
}

// TestScripts runs testdata/script: what a person types and sees. Beside the usual commands the scripts have
//
//	exits CODE cairn ARGS...   run it, and fail unless it ends with exactly that exit code
//	validjson VERB FILE        FILE is one JSON object as docs/schema/VERB.json says
//	freeport NAME              set the variable NAME to a port that nobody listens on
//	validevents VERB FILE      FILE is lines of JSON as docs/schema/events.json says, the last one VERB's result
//	platform [direct] [pooler]   start a stand-in for the platform; see hosted_test.go
//	platform-does WHAT ...       make something happen there
func TestScripts(t *testing.T) {
	platforms := &stages{all: map[string]*stage{}}
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		Setup:              isolate,
		RequireUniqueNames: true,
		UpdateScripts:      *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":         exits,
			"platform":      platforms.platformCommand(t),
			"platform-does": platforms.platformDoes,
			"freeport":      freePort,
			"validjson":     validJSON,
			"validevents":   validEvents,
		},
	})
}

// isolate gives a script a home and a state of its own. The cache of Postgres servers is the real one: filling it takes
// minutes, and what fills it is the product's own code.
func isolate(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	env.Setenv("HOME", home)
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	env.Setenv("XDG_STATE_HOME", filepath.Join(home, ".local", "state"))
	env.Setenv("USER", "ann")
	env.Setenv("ESC", "\x1b")
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		return err
	}
	env.Setenv("EXAMPLES", examples)
	env.Defer(func() { clearAway(env) })
	for _, pair := range machine() {
		name, value, _ := strings.Cut(pair, "=")
		env.Setenv(name, value)
	}
	return nil
}

// machine is the environment that leads to this machine's cache of Postgres servers, and to what fills it.
func machine() []string {
	var env []string
	if dir, err := os.UserCacheDir(); err == nil {
		env = append(env, "XDG_CACHE_HOME="+dir)
	}
	if dir, err := os.UserHomeDir(); err == nil {
		env = append(env, "NPM_CONFIG_USERCONFIG="+filepath.Join(dir, ".npmrc"))
	}
	for _, name := range []string{"CAIRN_CACHE", "CAIRN_POSTGRES", "GOCOVERDIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// clearAway stops the local databases of a script's projects, should it have ended too early to do so, and removes them.
func clearAway(env *testscript.Env) {
	account, err := pgbin.Unprivileged(env.Getenv)
	if err != nil {
		return // then none was started
	}
	cache, err := pgbin.Cache(env.Getenv, account)
	if err != nil {
		return
	}
	work, err := filepath.EvalSymlinks(env.WorkDir)
	if err != nil {
		panic(err)
	}
	states, err := filepath.Glob(filepath.Join(cache, "projects", "*", "state.json"))
	if err != nil {
		panic(err)
	}
	for _, path := range states {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // of another test, gone meanwhile
		}
		var state struct{ Project string }
		if json.Unmarshal(text, &state) != nil || !strings.HasPrefix(state.Project, work+string(filepath.Separator)) {
			continue
		}
		s := &local.Server{Project: state.Project, Finder: &pgbin.Finder{Cache: cache, Account: account, Getenv: env.Getenv}}
		if _, err := s.Stop(context.Background()); err != nil {
			panic(err)
		}
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			panic(err)
		}
	}
}

func freePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: freeport NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Check(l.Close())
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

func validJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: validjson VERB FILE")
	}
	ts.Check(validate(args[0], []byte(ts.ReadFile(args[1]))))
}

func validEvents(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: validevents VERB FILE")
	}
	var last map[string]any
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if last["event"] == "result" {
			ts.Fatalf("a line after the result: %s", line)
		}
		if err := validate("events", []byte(line)); err != nil {
			ts.Fatalf("%v: %s", err, line)
		}
		last = nil
		ts.Check(json.Unmarshal([]byte(line), &last))
	}
	if last["event"] != "result" {
		ts.Fatalf("the last line is no result: %v", last)
	}
	delete(last, "event")
	delete(last, "at")
	text, err := json.Marshal(last)
	ts.Check(err)
	ts.Check(validate(args[0], text))
}
