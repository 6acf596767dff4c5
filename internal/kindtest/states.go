package kindtest

import (
	"path/filepath"
	"slices"
	"testing"
)

// State is one of the two states of a case, for tests that take any database.
type State struct {
	Name   string // "table/attributes/b"
	SQL    []string
	Majors []int
}

// apart are the kinds whose cases are about a whole server, or need one that is set up for them.
var apart = []string{
	"role", "membership", "setting", "parametergrant", "tablespace", "securitylabel", "subscription", "cronjob", "pgmqqueue", "storagebucket",
}

// States returns states of the cases of all kinds, but for those that need a server of their own, given the folder of the
// kinds: both of each case with -whole or -everywhere, else one, which is another one for turn 0 than for turn 1.
func States(t *testing.T, kinds string, turn int) []State {
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
		if slices.Contains(apart, filepath.Base(filepath.Dir(filepath.Dir(file)))) {
			continue
		}
		c := read(t, file)
		name := filepath.Base(filepath.Dir(filepath.Dir(file))) + "/" + c.name
		states := []State{{name + "/a", []string{c.both, c.a}, c.majors}, {name + "/b", []string{c.both, c.b}, c.majors}}
		if !*whole && !*everywhere {
			i := (chance(name) + turn) % len(states)
			states = states[i : i+1]
		}
		all = append(all, states...)
	}
	return all
}

// Make puts a database into the state.
func (s State) Make(t *testing.T, url string) {
	t.Helper()
	Script(t, url, s.SQL...)
}
