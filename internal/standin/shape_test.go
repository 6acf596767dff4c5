package standin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shape is what a JSON value has to look like, as far as the published document of the API says it.
type shape struct {
	kind     string // "string", "integer", "number", "boolean", "object", "array", or "any"
	null     bool   // null does as well
	optional bool   // of a field: it may be absent
	words    []string
	fields   map[string]*shape // of an object; nil is any
	items    *shape            // of an array
}

// operation is one endpoint with what is sent to it and what it answers.
type operation struct {
	name     string // "GET /v1/projects/{ref}"
	statuses []string
	needs    []string // one of these permissions, of a token that has not all
	request  *shape   // nil has no body
	answer   *shape   // of the first status; nil has none that the document knows
}

// readShapes reads the form in which testdata/shapes has them:
//
//	GET /v1/projects 200 401
//	! projects_read
//	< array
//	< [] object
//	< [].ref string
//	< [].status string A|B
//	< [].name? string|null
//
// "!" is the permission that a token needs, one of them; ">" is what is sent, "<" what is answered, "?" what may be absent.
func readShapes(text string) (map[string]*operation, error) {
	all := map[string]*operation{}
	var op *operation
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || words[0] == "#":
			continue
		case words[0] == "!":
			op.needs = words[1:]
			continue
		case words[0] != "<" && words[0] != ">":
			op = &operation{name: words[0] + " " + words[1], statuses: words[2:]}
			all[op.name] = op
			continue
		}
		root := &op.answer
		if words[0] == ">" {
			root = &op.request
		}
		path, rest := "", words[1:]
		if *root != nil {
			path, rest = words[1], words[2:]
		}
		s := &shape{}
		s.kind, _ = strings.CutSuffix(rest[0], "|null")
		s.null = s.kind != rest[0]
		if len(rest) > 1 {
			s.words = strings.Split(rest[1], "|")
		}
		if err := place(root, path, s); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return all, nil
}

// place puts a shape at its path below root.
func place(root **shape, path string, s *shape) error {
	at := root
	for path != "" {
		if *at == nil {
			return fmt.Errorf("nothing is above %s", path)
		}
		if rest, ok := strings.CutPrefix(path, "[]"); ok {
			at, path = &(*at).items, strings.TrimPrefix(rest, ".")
			continue
		}
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			end = len(path)
		}
		name, optional := strings.CutSuffix(path[:end], "?")
		path = strings.TrimPrefix(path[end:], ".")
		if path == "" {
			s.optional = optional
			if (*at).fields == nil {
				(*at).fields = map[string]*shape{}
			}
			(*at).fields[name] = s
			return nil
		}
		next := (*at).fields[name]
		at = &next
	}
	*at = s
	return nil
}

// lines writes the shape as readShapes reads it.
func (s *shape) lines(side, path string) []string {
	if s == nil {
		return nil
	}
	words := []string{side, path, s.kind}
	if path == "" {
		words = []string{side, s.kind}
	}
	if s.null {
		words[len(words)-1] += "|null"
	}
	if len(s.words) > 0 {
		words = append(words, strings.Join(s.words, "|"))
	}
	all := []string{strings.Join(words, " ")}
	path = strings.TrimSuffix(path, "?")
	if s.items != nil {
		all = append(all, s.items.lines(side, path+"[]")...)
	}
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		f := s.fields[name]
		if f.optional {
			name += "?"
		}
		if path != "" {
			name = path + "." + name
		}
		all = append(all, f.lines(side, name)...)
	}
	return all
}

func (o *operation) String() string {
	lines := []string{o.name + " " + strings.Join(o.statuses, " ")}
	if o.needs != nil {
		lines = append(lines, "! "+strings.Join(o.needs, " "))
	}
	lines = append(lines, o.request.lines(">", "")...)
	return strings.Join(append(lines, o.answer.lines("<", "")...), "\n") + "\n"
}

// check says what of a JSON value is not as the shape has it.
func (s *shape) check(at string, v any) []string {
	bad := func(what string) []string { return []string{fmt.Sprintf("%s %s: %.80v", at, what, v)} }
	if v == nil {
		if s.null {
			return nil
		}
		return bad("is null")
	}
	var wrong []string
	switch v := v.(type) {
	case string:
		if s.kind != "string" && s.kind != "any" {
			return bad("is no " + s.kind)
		}
		if len(s.words) > 0 && !slices.Contains(s.words, v) {
			return bad("is none of " + strings.Join(s.words, ", "))
		}
	case bool:
		if s.kind != "boolean" && s.kind != "any" {
			return bad("is no " + s.kind)
		}
	case json.Number:
		if s.kind != "number" && s.kind != "any" && (s.kind != "integer" || strings.ContainsAny(v.String(), ".eE")) {
			return bad("is no " + s.kind)
		}
	case []any:
		if s.kind != "array" && s.kind != "any" {
			return bad("is no " + s.kind)
		}
		for i, one := range v {
			if s.items != nil {
				wrong = append(wrong, s.items.check(fmt.Sprintf("%s[%d]", at, i), one)...)
			}
		}
	case map[string]any:
		if s.kind != "object" && s.kind != "any" {
			return bad("is no " + s.kind)
		}
		for name, f := range s.fields {
			one, there := v[name]
			switch {
			case there:
				wrong = append(wrong, f.check(at+"."+name, one)...)
			case !f.optional:
				wrong = append(wrong, at+"."+name+" is missing")
			}
		}
		for name := range v {
			if s.fields != nil && s.fields[name] == nil {
				wrong = append(wrong, at+"."+name+" is not in the document")
			}
		}
	}
	return wrong
}
