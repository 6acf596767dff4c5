package emulate

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// The access method of a shim is one of Postgres' own under another name, which checks the options of an index: they are
// taken out before the statement is sent.

//go:embed untuned.sql
var untunedSQL string

// createIndex reads CREATE INDEX … USING an access method of a shim.
func (e *Emulator) createIndex(text string) *change {
	c := sqltext.NewCursor(text)
	if !c.Take("CREATE") {
		return nil
	}
	c.Take("UNIQUE")
	if !c.Take("INDEX") {
		return nil
	}
	return e.optionless(text)
}

// alterIndex reads ALTER INDEX … SET and RESET of options that only an index of an emulated access method can have.
func (e *Emulator) alterIndex(text string) *change {
	c := sqltext.NewCursor(text)
	if !c.Take("ALTER", "INDEX") {
		return nil
	}
	c.Take("IF", "EXISTS")
	c.Name()
	from, _ := c.Token()
	if !c.TakeAny("SET", "RESET") || !c.Take("(") {
		return nil
	}
	method := ""
	for !c.Done() && !c.At(")") {
		if method = options[single(c.Name())]; !e.shimmed(method) {
			return nil
		}
		for !c.Done() && !c.At(")") && !c.Take(",") {
			c.Next()
		}
	}
	if method == "" {
		return nil
	}
	// That the index is there, and is the role's own, is still looked at.
	return withoutOptions(method, text[:from.Start]+"RESET (fillfactor)", []string{strings.TrimSpace(text[from.Start:])})
}

// tuned reads statements that call a function whose body gives options to an index of a shim: the function is without them
// for as long as the statement runs. It remembers such functions when they are made.
func (e *Emulator) tuned(text string) *change {
	c := sqltext.NewCursor(text)
	switch {
	case c.Take("CREATE"):
		c.Take("OR", "REPLACE")
		if !c.TakeAny("FUNCTION", "PROCEDURE") {
			return nil
		}
		if name := c.Name(); len(name) > 0 {
			e.remember(name[len(name)-1], text)
		}
		return nil
	case c.At("SELECT"), c.At("CALL"), c.At("DO"), c.At("WITH"), c.At("INSERT"), c.At("UPDATE"), c.At("DELETE"):
	default:
		return nil
	}
	if len(e.functions) == 0 {
		return nil
	}
	var called, left []string
	method := ""
	for _, name := range calls(text) {
		if t, ok := e.functions[name]; ok && !slices.Contains(called, name) {
			called, left, method = append(called, name), append(left, t.options...), t.method
		}
	}
	if len(called) == 0 {
		return nil
	}
	names := "{"
	for _, name := range called {
		names += strconv.Quote(name) + ","
	}
	names = strings.TrimSuffix(names, ",") + "}"
	made := withoutOptions(method, "DO "+sqltext.Literal(sqltext.Format(untunedSQL, names, text)), left)
	made.details = append(made.details, "in "+strings.Join(called, ", ")+", which has them again now")
	return made
}

// remember takes note of a function by its text.
func (e *Emulator) remember(name, text string) {
	if _, method, left := e.bare(text); len(left) > 0 {
		e.functions[name] = tuning{method, left}
	}
}

// tuning is what a function does to indexes of a shim.
type tuning struct {
	method  string
	options []string
}

// optionless returns what becomes of a text whose indexes of shims have options, nil where none has.
func (e *Emulator) optionless(text string) *change {
	sql, method, left := e.bare(text)
	if len(left) == 0 {
		return nil
	}
	return withoutOptions(method, sql, left)
}

// withoutOptions is what becomes of a statement whose options were left out.
func withoutOptions(method, sql string, left []string) *change {
	return &change{
		sql: sql, code: finding.Emulated, message: fmt.Sprintf("the %s index of %s takes no options here", method, methods[method]),
		details: []string{strings.Join(left, ", ") + " was left out"},
	}
}

// bare is a text without the options of indexes of shims, also those that stand in its strings; and what was left out.
func (e *Emulator) bare(text string) (sql, method string, left []string) {
	lower := strings.ToLower(text)
	if !slices.ContainsFunc(slices.Collect(maps.Keys(methods)), func(m string) bool { return strings.Contains(lower, m) }) {
		return text, "", nil
	}
	var b strings.Builder
	written, using := 0, ""
	replace := func(from, to int, with string) {
		b.WriteString(text[written:from] + with)
		written = to
	}
	for c := sqltext.NewCursor(text); !c.Done(); {
		token, _ := c.Token()
		switch {
		case token.Kind == sqltext.String:
			body, at := inside(c.Text())
			if sql, by, out := e.bare(body); len(out) > 0 {
				replace(token.Start+at, token.Start+at+len(body), sql)
				method, left = by, append(left, out...)
			}
			c.Next()
		case c.Take(";"):
			using = ""
		case c.Take("USING"):
			if name := single(c.Name()); e.shimmed(name) {
				using = name
			}
		case using != "" && c.Take("WITH") && c.At("("):
			c.Skip()
			to := len(text)
			if next, more := c.Token(); more {
				to = next.Start
			}
			out := strings.TrimRight(text[token.Start:to], " \t\r\n")
			if strings.Contains(out, "%") && strings.Contains(text[to:], "%") {
				continue // format() would give its arguments to other places
			}
			replace(token.Start, token.Start+len(out), "")
			method, left = using, append(left, out)
		default:
			c.Next()
		}
	}
	return b.String() + text[written:], method, left
}

// shimmed reports whether an access method is one of a shim.
func (e *Emulator) shimmed(method string) bool { return e.extensions[methods[method]].limits != "" }

// inside is what stands in a string of any kind as it is written there, and where it begins.
func inside(literal string) (body string, at int) {
	if body, tag := dollar(literal); tag != "" {
		return body, len(tag)
	}
	at = strings.IndexByte(literal, '\'') + 1
	return literal[at:max(at, len(literal)-1)], at
}

// calls are the last parts of the names in a text that a parenthesis stands behind, in its strings as well.
func calls(text string) []string {
	var all []string
	for c := sqltext.NewCursor(text); !c.Done(); {
		if name := c.Name(); len(name) > 0 {
			if c.At("(") {
				all = append(all, name[len(name)-1])
			}
			continue
		}
		if token, _ := c.Token(); token.Kind == sqltext.String {
			body, _ := inside(c.Text())
			all = append(all, calls(body)...)
		}
		c.Next()
	}
	return all
}

// methods are the access methods of extensions.
var methods = map[string]string{"hnsw": "vector", "ivfflat": "vector", "pgroonga": "pgroonga"}

// options are those of indexes that no access method of Postgres' own has, each with one that has it.
var options = map[string]string{
	"m": "hnsw", "ef_construction": "hnsw", "lists": "ivfflat",
	"tokenizer": "pgroonga", "normalizer": "pgroonga", "normalizers": "pgroonga", "normalizers_mapping": "pgroonga",
	"token_filters": "pgroonga", "plugins": "pgroonga", "full_text_search_normalizer": "pgroonga",
	"regexp_search_normalizer": "pgroonga", "prefix_search_normalizer": "pgroonga", "query_allow_column": "pgroonga",
	"lexicon_type": "pgroonga", "index_flags_mapping": "pgroonga", "model": "pgroonga",
}
