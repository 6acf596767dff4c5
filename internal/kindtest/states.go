package kindtest

import (
	"path/filepath"
	"testing"
)

// State is one of the two states of a case, for tests that take any database.
type State struct {
	Name   string // "table/attributes/b"
	SQL    []string
	Majors []int
}

// States returns both states of the cases of all kinds that can be dumped, given the folder of the kinds.
func States(t *testing.T, kinds string) []State {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(kinds, "*", "testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no case below " + kinds)
	}
	var all []State
	for _, file := range files {
		c := read(t, file)
		if c.undumped {
			continue
		}
		name := filepath.Base(filepath.Dir(filepath.Dir(file))) + "/" + c.name
		all = append(all, State{name + "/a", []string{c.both, c.a}, c.majors}, State{name + "/b", []string{c.both, c.b}, c.majors})
	}
	return all
}

// Make puts a database into the state.
func (s State) Make(t *testing.T, url string) {
	t.Helper()
	Script(t, url, s.SQL...)
}
