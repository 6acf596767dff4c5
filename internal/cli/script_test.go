package cli

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
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
//	validevents VERB FILE      FILE is lines of JSON as docs/schema/events.json says, the last one VERB's result
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		Setup:              isolate,
		RequireUniqueNames: true,
		UpdateScripts:      *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       exits,
			"validjson":   validJSON,
			"validevents": validEvents,
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
	if dir, err := os.UserCacheDir(); err == nil {
		env.Setenv("XDG_CACHE_HOME", dir)
	}
	if dir, err := os.UserHomeDir(); err == nil {
		env.Setenv("NPM_CONFIG_USERCONFIG", filepath.Join(dir, ".npmrc"))
	}
	for _, name := range []string{"CAIRN_CACHE", "CAIRN_POSTGRES", "GOCOVERDIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		if value := os.Getenv(name); value != "" {
			env.Setenv(name, value)
		}
	}
	return nil
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
