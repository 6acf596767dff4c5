package replay_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/replay"
)

var mutations = flag.Int("mutations", 60, "how many mutants TestMutations diagnoses")

// mutant is a history that was damaged, with the cause that must be found; nil where the damage does no harm.
type mutant struct {
	what string
	docs []doc
	want *expected
}

// mutate damages a history in one of four ways.
func mutate(rng *rand.Rand, docs []doc) mutant {
	copied := make([]doc, len(docs))
	for i, d := range docs {
		copied[i] = doc{d.name, slices.Clone(d.stmts)}
	}
	return pick(rng, []func(*rand.Rand, []doc) mutant{deleteOne, moveLater, guardedTwin, dropEarly})(rng, copied)
}

// deleteOne takes out a statement that makes something.
func deleteOne(rng *rand.Rand, docs []doc) mutant {
	m := mutant{what: "delete", docs: docs}
	i := rng.IntN(len(docs))
	if len(docs[i].stmts) == 0 {
		return m
	}
	j := rng.IntN(len(docs[i].stmts))
	st := docs[i].stmts[j]
	m.what += " " + strings.SplitN(st.text, "\n", 2)[0]
	if len(st.makes) == 0 {
		return m
	}
	docs[i].stmts = slices.Delete(docs[i].stmts, j, j+1)
	m.want = missingFrom(docs, i, j-1, st.makes, "never_created", -1, 0)
	return m
}

// missingFrom is the cause where things are not there behind a statement; nil where nothing needs them.
func missingFrom(docs []doc, file, index int, things []string, why string, blamed, line int) *expected {
	i, j, thing := firstUse(docs, file, index, things)
	if i < 0 {
		return nil
	}
	_, _, name := bare(thing)
	return &expected{why: why, name: name, file: blamed, line: line, fails: i, within: extent(docs, i, j)}
}

// extent is the lines of a statement.
func extent(docs []doc, i, j int) [2]int {
	_, lines := docs[i].text()
	return [2]int{lines[j], lines[j] + strings.Count(docs[i].stmts[j].text, "\n")}
}

// moveLater puts a file behind others.
func moveLater(rng *rand.Rand, docs []doc) mutant {
	i := rng.IntN(len(docs) - 1)
	to := i + 1 + rng.IntN(len(docs)-i-1)
	d := docs[i]
	docs = slices.Insert(slices.Delete(docs, i, i+1), to, d)
	m := mutant{what: fmt.Sprintf("move %s from %d to %d", d.name, i, to), docs: docs}
	var things []string
	for _, st := range d.stmts {
		things = append(things, st.makes...)
	}
	if m.want = missingFrom(docs[:to], i, -1, things, "created_later", to, 0); m.want != nil {
		k, l, thing := firstUse(docs[:to], i, -1, things)
		_, _, m.want.line = maker(docs, thing)
		m.want.fails, m.want.within, m.want.also = k, extent(docs, k, l), to
		return m
	}
	// Nothing missed it: then it may be the file itself that comes too late.
	for j, st := range d.stmts {
		for k, other := range docs[i:to] {
			for l, killer := range other.stmts {
				for _, thing := range killer.kills {
					if slices.Contains(st.uses, thing) && m.want == nil {
						_, _, name := bare(thing)
						m.want = &expected{why: "renamed_before", name: name, file: i + k, line: extent(docs, i+k, l)[0], fails: to, within: extent(docs, to, j)}
					}
				}
			}
		}
	}
	return m
}

// guardedTwin makes a table before it is made, with other columns, behind IF NOT EXISTS.
func guardedTwin(rng *rand.Rand, docs []doc) mutant {
	var tables []string
	for _, d := range docs {
		for _, st := range d.stmts {
			if strings.HasPrefix(st.text, "create table") {
				tables = append(tables, strings.TrimPrefix(st.makes[0], "table "))
			}
		}
	}
	name := pick(rng, tables)
	columns := pick(rng, []string{"  id uuid primary key,\n  former text", "  former text", "  id bigint primary key,\n  title text", "  id uuid,\n  title text"})
	i, _, _ := maker(docs, "table "+name)
	at := rng.IntN(i + 1)
	twin := &stmt{text: fmt.Sprintf("create table if not exists %s (\n%s\n)", name, columns)}
	docs = slices.Insert(docs, at, doc{"twin", []*stmt{{text: "select 1"}, twin}})
	m := mutant{what: "twin of " + name + ":" + strings.Join(strings.Fields(columns), " "), docs: docs}
	i, j, line := maker(docs, "table "+name)
	original := docs[i].stmts[j]
	if !strings.HasPrefix(original.text, "create table if not") {
		_, lines := docs[at].text()
		m.want = &expected{why: "created_before", name: name, file: at, line: lines[1], fails: i, within: extent(docs, i, j)}
		return m
	}
	var gone []string
	for _, c := range original.makes[1:] {
		if _, _, column := bare(c); !strings.Contains(columns, " "+column+" ") {
			gone = append(gone, c)
		}
	}
	if !strings.Contains(columns, "id uuid primary key") {
		gone = append(gone, "key "+name)
	}
	m.want = missingFrom(docs, i, j, gone, "guard_skipped", i, line)
	if m.want != nil {
		m.want.name = "" // the column, or the table where its key or type is wrong
	}
	return m
}

// dropEarly drops something that is used further on.
func dropEarly(rng *rand.Rand, docs []doc) mutant {
	i := rng.IntN(len(docs))
	var made []string
	for _, d := range docs[:i+1] {
		for _, st := range d.stmts {
			for _, thing := range st.makes {
				if kind, _, _ := bare(thing); kind != "label" {
					made = append(made, thing)
				}
			}
		}
	}
	for _, d := range docs[:i+1] {
		for _, st := range d.stmts {
			made = slices.DeleteFunc(made, func(thing string) bool { return slices.Contains(st.kills, thing) })
		}
	}
	thing := pick(rng, made)
	kind, of, name := bare(thing)
	guard := pick(rng, []string{"", "if exists "})
	drop := fmt.Sprintf("drop %s %s%s cascade", kind, guard, name)
	switch kind {
	case "column":
		drop = fmt.Sprintf("alter table %s\n  drop column %s%s cascade", of, guard, name)
	case "policy":
		drop = fmt.Sprintf("drop policy %s%s on %s", guard, name, of)
	}
	docs[i].stmts = append(docs[i].stmts, &stmt{text: drop})
	m := mutant{what: strings.Join(strings.Fields(drop), " "), docs: docs}
	last := len(docs[i].stmts) - 1
	line := extent(docs, i, last)[0]
	if kind == "column" {
		line++
	}
	m.want = missingFrom(docs, i, last, gone(docs[:i+1], thing), "dropped_before", i, line)
	return m
}

// gone is what goes with a thing that is dropped with CASCADE.
func gone(docs []doc, thing string) []string {
	all := []string{thing}
	for _, d := range slices.Backward(docs) { // what depends on a column knew it by the names that it had before
		for _, st := range slices.Backward(d.stmts) {
			if len(st.kills) > 0 && slices.Contains(all, st.makes[0]) {
				all = append(all, st.kills...)
			}
		}
	}
	kind, _, name := bare(thing)
	if kind == "table" {
		for _, d := range docs {
			for _, st := range d.stmts {
				for _, other := range st.makes {
					if _, of, _ := bare(other); of == name {
						all = append(all, other)
					}
				}
			}
		}
		all = append(all, "key "+name)
	}
	if kind == "column" && strings.HasSuffix(thing, ".id") {
		all = append(all, "key "+strings.TrimPrefix(strings.TrimSuffix(thing, ".id"), "column "))
	}
	for _, d := range docs {
		for _, st := range d.stmts {
			for _, other := range st.makes {
				kind, of, name := bare(other)
				depends := kind == "view" || kind == "policy" // a function's body is text, and depends on nothing
				if kind == "column" && slices.ContainsFunc(st.uses, func(u string) bool { return strings.HasPrefix(u, "type ") }) {
					depends = name == "state"
				}
				if depends && !slices.Contains(all, other) && slices.ContainsFunc(st.uses, func(u string) bool {
					return slices.Contains(all, u) && (kind != "column" || strings.HasPrefix(u, "type ")) && u != "table "+of
				}) {
					all = append(all, other)
				}
			}
		}
	}
	return all
}

// judge says what is wrong with a diagnosis, "" if nothing.
func judge(r *replay.Result, names []string, want expected) string {
	if len(r.Causes) == 0 {
		return "no cause"
	}
	c := r.Causes[0]
	at := c.Finding.At.Pos().Line
	switch {
	case string(c.Why) != want.why:
		return "another cause"
	case want.name != "" && c.Object.Name != want.name:
		return "another object"
	case c.Finding.At.File.Name != names[want.fails] || at < want.within[0] || at > want.within[1]:
		return "another place"
	case want.file < 0 && !c.At.IsZero():
		return "a place too many"
	case want.file >= 0 && (c.At.IsZero() || c.At.File.Name != names[want.file] || c.At.Pos().Line != want.line):
		return "another place to blame"
	case len(r.Causes) > 2 || len(r.Causes) == 2 && (want.also == 0 || r.Causes[1].Finding.At.File.Name != names[want.also]):
		return "more than one cause"
	}
	return ""
}

// TestMutations damages histories that replay, and wants the damage named: what it is, where it shows, and which file
// and line is to blame, in at least 95 of 100 cases. A history that replays in spite of the damage does not count.
func TestMutations(t *testing.T) {
	right, total, counts := 0, 0, map[string][2]int{}
	for seed := uint64(1); total < *mutations; seed++ {
		rng := rand.New(rand.NewPCG(seed, 3))
		docs := generate(rng)
		if r, text := replayed(t, docs); len(r.Causes) > 0 {
			t.Fatalf("seed %d does not replay: %v\n%s", seed, shown(r), text)
		}
		for k := range 6 {
			m := mutate(rng, docs)
			r, text := replayed(t, m.docs)
			if len(r.Failures) == 0 {
				if m.want != nil {
					t.Errorf("seed %d.%d (%s) replays, wanted %+v\n%s", seed, k, m.what, *m.want, text)
				}
				continue
			}
			if m.want == nil {
				t.Errorf("seed %d.%d (%s) was to replay: %v\n%s", seed, k, m.what, shown(r), text)
				continue
			}
			if total++; total > *mutations {
				total--
				break
			}
			names := make([]string, len(m.docs))
			for i := range m.docs {
				names[i] = fileName(i, m.docs[i])
			}
			count := counts[m.want.why]
			count[1]++
			if wrong := judge(r, names, *m.want); wrong != "" {
				t.Logf("seed %d.%d (%s): %s: want %+v, got\n  %s", seed, k, m.what, wrong, *m.want, strings.Join(shown(r), "\n  "))
			} else {
				right++
				count[0]++
			}
			counts[m.want.why] = count
		}
	}
	t.Logf("%d of %d diagnoses are right (%.1f %%); right and all by cause: %v", right, total, 100*float64(right)/float64(total), counts)
	if right*100 < total*95 {
		t.Errorf("%d of %d diagnoses are right, less than 95 %%", right, total)
	}
	if len(counts) < 5 {
		t.Errorf("only these causes came up: %v", counts)
	}
}

func fileName(i int, d doc) string { return fmt.Sprintf("%04d_%s.sql", i, d.name) }

func replayed(t *testing.T, docs []doc) (*replay.Result, string) {
	t.Helper()
	var files []file
	var all strings.Builder
	for i, d := range docs {
		text, _ := d.text()
		files = append(files, file{fileName(i, d), text})
		fmt.Fprintf(&all, "%s:\n%s\n", fileName(i, d), text)
	}
	parsed, broken := history(t, files...)
	return run(t, server, replay.Replay{Files: parsed, Broken: broken}), all.String()
}
