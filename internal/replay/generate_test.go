package replay_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// stmt is a statement of a generated history, with what it makes, needs and takes away: "table t", "column t.c",
// "type e", "label e.v", "function f", "view v", "policy t.p". The lines are those of what it makes, from its own first.
type stmt struct {
	text  string
	makes []string
	lines []int
	uses  []string
	kills []string
}

// doc is a file of a generated history.
type doc struct {
	name  string
	stmts []*stmt
}

// text joins a file's statements and says at which line each begins.
func (d doc) text() (string, []int) {
	var b strings.Builder
	var lines []int
	for _, s := range d.stmts {
		b.WriteString("-- " + fmt.Sprint(len(s.makes)) + "\n\n")
		lines = append(lines, strings.Count(b.String(), "\n")+1)
		b.WriteString(s.text + ";\n")
	}
	return b.String(), lines
}

// shape is what a generated history has made so far.
type shape struct {
	rng     *rand.Rand
	n       int
	tables  []*tab
	enums   []*enum
	touched bool // the trigger function is there
	views   []string
	calls   []string
}

type tab struct {
	name       string
	columns    []string // beside id, all of type text
	policies   []string
	enumColumn *enum
}

type enum struct {
	name   string
	labels []string
	fresh  []string // that the file which is being made adds: it may not use them
}

// generate makes a history that replays.
func generate(rng *rand.Rand) []doc {
	s := &shape{rng: rng}
	var docs []doc
	for i := range 15 + rng.IntN(26) {
		d := doc{name: fmt.Sprintf("step_%d", i)}
		for range 1 + rng.IntN(4) {
			d.stmts = append(d.stmts, s.next()...)
		}
		for _, e := range s.enums {
			e.labels, e.fresh = append(e.labels, e.fresh...), nil
		}
		docs = append(docs, d)
	}
	return docs
}

func (s *shape) name(prefix string) string {
	s.n++
	return fmt.Sprintf("%s_%d", prefix, s.n)
}

func pick[T any](rng *rand.Rand, all []T) T { return all[rng.IntN(len(all))] }

// next makes the next statement, or a few that belong together.
func (s *shape) next() []*stmt {
	if len(s.tables) == 0 {
		return []*stmt{s.table()}
	}
	t := pick(s.rng, s.tables)
	column := func() string { return pick(s.rng, t.columns) }
	use := func(c string) []string { return []string{"table " + t.name, "column " + t.name + "." + c} }
	on := pick(s.rng, []string{"", "public.", `"public".`}) + t.name
	switch s.rng.IntN(18) {
	case 0, 1, 2:
		return []*stmt{s.table()}
	case 3:
		e := &enum{name: s.name("kind"), labels: []string{"first", "second"}}
		s.enums = append(s.enums, e)
		st := &stmt{
			text:  fmt.Sprintf("create type %s as enum (\n  'first',\n  'second'\n)", e.name),
			makes: []string{"type " + e.name, "label " + e.name + ".first", "label " + e.name + ".second"}, lines: []int{0, 1, 2},
		}
		if s.rng.IntN(3) == 0 {
			st.text = "do $$\nbegin\n  " + st.text + ";\nexception\n  when duplicate_object then null;\nend $$"
			st.lines = []int{2, 3, 4}
		}
		return []*stmt{st}
	case 4, 5:
		c := s.name("extra")
		guard := pick(s.rng, []string{"", "", "if not exists "})
		t.columns = append(t.columns, c)
		return []*stmt{{
			text:  fmt.Sprintf("alter table %s\n  add column %s%s text", on, guard, c),
			makes: []string{"column " + t.name + "." + c}, lines: []int{1}, uses: []string{"table " + t.name},
		}}
	case 6:
		v, c := s.name("seen"), column()
		s.views = append(s.views, v)
		return []*stmt{{
			text: fmt.Sprintf("create view %s as\n  select x.id, x.%s from %s x", v, c, on), makes: []string{"view " + v}, lines: []int{0}, uses: append(use(c), "column "+t.name+".id"),
		}}
	case 7:
		f, c := s.name("count"), column()
		s.calls = append(s.calls, f)
		return []*stmt{{
			text:  fmt.Sprintf("create or replace function %s(wanted text) returns bigint\nlanguage sql stable as $$\n  select count(*) from %s where %s = wanted\n$$", f, t.name, c),
			makes: []string{"function " + f}, lines: []int{0}, uses: use(c),
		}}
	case 8:
		p, c := s.name("may"), column()
		t.policies = append(t.policies, p)
		st := &stmt{
			text:  fmt.Sprintf("create policy %s on %s\n  for select using (%s is not null)", p, on, c),
			makes: []string{"policy " + t.name + "." + p}, lines: []int{0}, uses: use(c),
		}
		if len(s.calls) > 0 && s.rng.IntN(2) == 0 {
			f := pick(s.rng, s.calls)
			st.text = fmt.Sprintf("create policy %s on %s\n  for select using (%s(%s) > 0)", p, t.name, f, c)
			st.uses = append(st.uses, "function "+f)
		}
		return []*stmt{st}
	case 9:
		if len(t.policies) == 0 {
			return nil
		}
		p := pick(s.rng, t.policies)
		return []*stmt{{
			text: fmt.Sprintf("alter policy %s on %s using (true)", p, t.name), uses: []string{"table " + t.name, "policy " + t.name + "." + p},
		}}
	case 10:
		var all []*stmt
		if !s.touched {
			s.touched = true
			all = append(all, &stmt{
				text:  "create function touched() returns trigger language plpgsql as $$\nbegin\n  return new;\nend $$",
				makes: []string{"function touched"}, lines: []int{0},
			})
		}
		return append(all, &stmt{
			text: fmt.Sprintf("create trigger %s before update on %s\n  for each row execute function touched()", s.name("touch"), t.name),
			uses: []string{"table " + t.name, "function touched"},
		})
	case 11, 12:
		c := column()
		return []*stmt{{text: fmt.Sprintf("create index %s on %s (%s)", s.name("by"), on, c), uses: use(c)}}
	case 13:
		e := t.enumColumn
		if e == nil {
			return nil
		}
		l := pick(s.rng, e.labels)
		return []*stmt{{
			text: fmt.Sprintf("insert into %s (id, state)\nvalues (gen_random_uuid(), '%s')", on, l),
			uses: []string{"table " + t.name, "column " + t.name + ".id", "column " + t.name + ".state", "label " + e.name + "." + l},
		}}
	case 14:
		if len(s.enums) == 0 {
			return nil
		}
		e, l := pick(s.rng, s.enums), s.name("value")
		e.fresh = append(e.fresh, l)
		return []*stmt{{
			text:  fmt.Sprintf("alter type %s add value if not exists '%s'", e.name, l),
			makes: []string{"label " + e.name + "." + l}, lines: []int{0}, uses: []string{"type " + e.name},
		}}
	case 15:
		i := s.rng.IntN(len(t.columns))
		old, now := t.columns[i], s.name("called")
		t.columns[i] = now
		return []*stmt{{
			text:  fmt.Sprintf("alter table %s rename column %s to %s", on, old, now),
			makes: []string{"column " + t.name + "." + now}, lines: []int{0}, uses: use(old), kills: []string{"column " + t.name + "." + old},
		}}
	default:
		if len(s.views) == 0 {
			return nil
		}
		v := pick(s.rng, s.views)
		w := s.name("seen")
		s.views = append(s.views, w)
		return []*stmt{{text: fmt.Sprintf("create view %s as select id from %s", w, v), makes: []string{"view " + w}, lines: []int{0}, uses: []string{"view " + v}}}
	}
}

// table makes a CREATE TABLE, often with a foreign key and a column of an enum.
func (s *shape) table() *stmt {
	t := &tab{name: s.name("thing"), columns: []string{"title"}}
	guard := pick(s.rng, []string{"", "if not exists "})
	st := &stmt{makes: []string{"table " + t.name, "column " + t.name + ".id", "column " + t.name + ".title"}, lines: []int{0, 1, 2}}
	lines := []string{fmt.Sprintf("create table %s%s (", guard, t.name), "  id uuid primary key default gen_random_uuid(),", "  title text,"}
	column := func(name, rest string) {
		st.makes, st.lines = append(st.makes, "column "+t.name+"."+name), append(st.lines, len(lines))
		lines = append(lines, "  "+name+" "+rest+",")
	}
	for range s.rng.IntN(3) {
		c := s.name("note")
		t.columns = append(t.columns, c)
		column(c, "text")
	}
	if len(s.tables) > 0 && s.rng.IntN(3) > 0 {
		other := pick(s.rng, s.tables).name
		column(s.name("of"), "uuid references "+other+" (id)")
		st.uses = append(st.uses, "table "+other, "column "+other+".id", "key "+other)
	}
	if len(s.enums) > 0 && s.rng.IntN(2) == 0 {
		t.enumColumn = pick(s.rng, s.enums)
		column("state", t.enumColumn.name)
		st.uses = append(st.uses, "type "+t.enumColumn.name)
	}
	last := len(lines) - 1
	lines[last] = strings.TrimSuffix(lines[last], ",")
	st.text = strings.Join(append(lines, ")"), "\n")
	s.tables = append(s.tables, t)
	return st
}

// expected is the cause that a mutant must be given.
type expected struct {
	why    string
	name   string // of the object, without table; "" is any
	file   int    // where At is; -1 for none
	line   int
	fails  int // the file that shows it
	within [2]int
	also   int // a file that may fail for a reason of its own; 0 is none
}

// kind and bare name of "column t.c".
func bare(thing string) (kind, of, name string) {
	kind, name, _ = strings.Cut(thing, " ")
	if of, rest, ok := strings.Cut(name, "."); ok {
		return kind, of, rest
	}
	return kind, "", name
}

// maker finds the statement that makes a thing and the line, in its file, of it.
func maker(docs []doc, thing string) (file, index, line int) {
	for i, d := range docs {
		_, lines := d.text()
		for j, st := range d.stmts {
			if k := slices.Index(st.makes, thing); k >= 0 {
				return i, j, lines[j] + st.lines[k]
			}
		}
	}
	return -1, -1, -1
}

// firstUse finds the first statement behind (file, index) that needs one of the things, and which.
func firstUse(docs []doc, file, index int, things []string) (int, int, string) {
	for i := file; i < len(docs); i++ {
		for j, st := range docs[i].stmts {
			if i == file && j <= index {
				continue
			}
			for _, thing := range st.uses {
				if slices.Contains(things, thing) {
					return i, j, thing
				}
			}
		}
	}
	return -1, -1, ""
}
