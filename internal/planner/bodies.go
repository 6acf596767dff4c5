package planner

import (
	"slices"
	"strings"
	"unicode"

	"github.com/cairndb/cairn/internal/catalog"
)

// unchecked and checked are around the statements of a unit in which functions are made before what their bodies name. SET
// LOCAL would do nothing where somebody pipes a script into psql, statement by statement.
const (
	unchecked = "SET check_function_bodies = off"
	checked   = "RESET check_function_bodies"
)

// blind marks the steps whose body names something that a later step makes or changes. pg_depend knows nothing of bodies:
// only names are compared, so that some step may be marked without need.
func (p *Plan) blind(to *catalog.Catalog) {
	last := map[string]int{} // by word, the last step that makes or changes something with it in its name
	for i, s := range p.Steps {
		for _, id := range append([]catalog.ID{s.Object}, s.Made...) {
			o := to.Objects[id]
			if o == nil || to.Kind(o.Kind).Satellite {
				continue
			}
			names := o.Names[min(1, len(o.Names)-1):] // without the schema
			for _, name := range names {
				name, _, _ = strings.Cut(name, "(")
				for _, word := range tokens(name) {
					last[word] = i
				}
			}
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		for _, word := range tokens(s.Body) {
			if last[word] > i {
				s.Blind = true
				break
			}
		}
	}
}

// Mentioned are the objects of the state to by whose names bodies of the plan's statements may call them: pg_depend knows
// nothing of those.
func (p *Plan) Mentioned(to *catalog.Catalog) []catalog.ID {
	words := map[string]bool{}
	for _, s := range p.Steps {
		for _, word := range tokens(s.Body) {
			words[word] = true
		}
	}
	if len(words) == 0 {
		return nil
	}
	var all []catalog.ID
	for id, o := range to.Objects {
		if to.Kind(o.Kind).Space == nil || len(o.Names) < 2 {
			continue
		}
		name, _, _ := strings.Cut(o.Name(), "(")
		if !slices.ContainsFunc(tokens(name), func(word string) bool { return !words[word] }) {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, catalog.ID.Compare)
	return all
}

// tokens are the words of a text, in lower case, and its operators.
func tokens(text string) []string {
	var all []string
	was, start := 0, 0
	text = strings.ToLower(text)
	for i, r := range text + " " {
		is := class(r)
		if is != was {
			if was != 0 {
				all = append(all, text[start:i])
			}
			was, start = is, i
		}
	}
	return all
}

// class tells what names are made of (1), what operators are made of (2), and all else (0).
func class(r rune) int {
	switch {
	case r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r):
		return 1
	case strings.ContainsRune("+-*/<>=~!@#%^&|`?", r):
		return 2
	}
	return 0
}

// sighted returns steps with what has to stand around them where one of them is blind.
func sighted(steps []Step) []Step {
	if !slices.ContainsFunc(steps, func(s Step) bool { return s.Blind }) {
		return steps
	}
	set := func(sql string) Step { return Step{Statement: catalog.Statement{SQL: sql}, Verb: "set"} }
	return slices.Concat([]Step{set(unchecked)}, steps, []Step{set(checked)})
}
