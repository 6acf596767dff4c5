package cairn_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// floors says on which floor each package lives (DESIGN §2): a package imports only from floors below its own.
var floors = map[string]int{
	"source": 0, "finding": 0, "pause": 0,
	"sqltext": 1, "event": 1, "secret": 1, "folder": 1, "target": 1,
	"migration": 2, "project": 2, "pgbin": 2, "catalog": 2, "pgdump": 2, "account": 2,
	"watch":    2,
	"diagnose": 3, "routine": 3, "management": 3,
	"target/direct": 4, "target/api": 4, "target/route": 4, "history": 4, "platform": 4, "cluster": 4, "emulate": 4,
	"kinds":  5,
	"shadow": 5, "local": 5, "standin": 5,
	"planner": 6, "rename": 7,
	"apply": 8, "prove": 8, "scaffold": 8, "replay": 8, "fidelity": 8, "dump": 8, "declarative": 8,
	"app": 9,
	"cli": 10, "render": 10,
	"cmd/cairn": 11,
}

// kind is the floor of all packages below kinds/: none imports another.
const kind = 4

// testOnly are packages that only _test.go files and each other may import.
var testOnly = map[string]bool{"pgtest": true, "faulttest": true, "blackbox": true, "bench": true, "corpus": true, "kindtest": true, "targettest": true}

// within lists the imports that go sideways on purpose; finding points at source.
var within = map[[2]string]bool{
	{"finding", "source"}:    true,
	{"cli", "render"}:        true,
	{"replay", "apply"}:      true,
	{"declarative", "dump"}:  true,
	{"declarative", "apply"}: true,
}

const module = "github.com/cairndb/cairn/"

// TestFloors reads the imports of every file, so the test cache sees each change.
func TestFloors(t *testing.T) {
	seen := 0
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (name == ".git" || name == "examples" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || !strings.Contains(name, "/") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		home := strings.TrimPrefix(path.Dir(filepath.ToSlash(name)), "internal/")
		isTest := strings.HasSuffix(name, "_test.go") || testOnly[home]
		floor, known := floors[home]
		if strings.HasPrefix(home, "kinds/") {
			floor, known = kind, true
		}
		if !known && !isTest {
			t.Errorf("%s: package %s has no floor; give it one in floors_test.go", name, home)
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !strings.HasPrefix(imported, module) {
				continue
			}
			seen++
			to := strings.TrimPrefix(strings.TrimPrefix(imported, module), "internal/")
			below, ok := floors[to]
			if strings.HasPrefix(to, "kinds/") {
				below, ok = kind, true
			}
			switch {
			case testOnly[to]:
				if !isTest {
					t.Errorf("%s imports %s, which is for tests only", name, to)
				}
			case !ok:
				t.Errorf("%s imports %s, which has no floor", name, to)
			case !isTest && below >= floor && !within[[2]string{home, to}]:
				t.Errorf("%s (floor %d) imports %s (floor %d): imports go down", name, floor, to, below)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Fatal("no import of this module was seen: the test looks in the wrong place")
	}
}
