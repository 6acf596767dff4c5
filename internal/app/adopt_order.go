package app

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
)

// notThere and thereAlready find the name in what the shadow's server, which speaks English, says of one that is
// missing or taken.
var (
	notThere     = regexp.MustCompile(`(?:"([^"]+)"|(?:function|procedure|aggregate) ([^ (]+)\(.*\)|column ([^ "]+))(?: (?:of|for) (?:relation|table) "[^"]+")? does not exist`)
	thereAlready = regexp.MustCompile(`(?:"([^"]+)"|function ([^ (]+)(?:\(.*\))?)(?: (?:of|for) (?:relation|table) "[^"]+")? already exists`)
)

// named returns the name that the pattern finds, without its schema or table; "" where it finds none.
func named(pattern *regexp.Regexp, message string) string {
	m := pattern.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	name := strings.Join(m[1:], "")
	return strings.Trim(name[strings.LastIndexByte(name, '.')+1:], `"`)
}

// noOrder explains, for each file that runs in no order, what keeps it from running and which file makes that.
func noOrder(failures []*failure, order []*migration.Migration) []*finding.Finding {
	makers := map[string][]*migration.Migration{} // by what they make, as far as their text tells
	for _, f := range failures {
		for _, name := range made(f.file.File.Text) {
			makers[name] = append(makers[name], f.file)
		}
	}
	waits := map[*migration.Migration][]*migration.Migration{}
	for _, f := range failures {
		waits[f.file] = makers[named(notThere, f.pg.Message)]
	}
	var all []*finding.Finding
	for _, f := range failures {
		told := f.finding()
		told.Code, told.Exit = finding.NoOrder, finding.Usage
		missing, taken := named(notThere, told.Message), named(thereAlready, told.Message)
		told.Message = f.file.File.Name + " runs in no order: " + told.Message
		switch {
		case missing != "":
			detail, hint := f.waiting(missing, waits)
			told.Detail = paragraphs(told.Detail, detail)
			if hint == "" {
				hint = paragraphs("put the file that makes it into the folder, or correct the name", told.Hint)
			}
			told.Hint = hint
		case taken != "":
			for _, m := range order {
				if slices.Contains(made(m.File.Text), taken) {
					told.Detail = paragraphs(told.Detail, fmt.Sprintf("%s makes it, and runs before", m.File.Name))
				}
			}
		}
		all = append(all, told)
	}
	return all
}

// passedOver warns of a file that runs in the order, but not to the end that it may have been written for.
func passedOver(m *migration.Migration, e *early) *finding.Finding {
	return &finding.Finding{
		Code: finding.NoOrder, Severity: finding.Warning, At: m.File.Span(0, 0),
		Message: fmt.Sprintf("%s runs before %s, and so passes over %s with IF EXISTS", m.File.Name, e.maker.File.Name, e.name),
		Hint:    "if it is meant to find " + e.name + ", part the file in two",
	}
}

// waiting says which file makes what f lacks, and what to do; hint is "" where nobody makes it.
func (f *failure) waiting(missing string, waits map[*migration.Migration][]*migration.Migration) (detail, hint string) {
	makers := waits[f.file]
	switch circle := circle(f.file, waits); {
	case len(makers) == 0:
		return "no file of the folder makes " + missing, ""
	case makers[0] == f.file:
		return missing + " is made in the file itself, further down", "move what makes it up"
	case circle != nil:
		names := make([]string, len(circle))
		for i, m := range circle {
			names[i] = m.File.Name
		}
		return fmt.Sprintf("%s is made by %s, and they wait for each other: %s", missing, makers[0].File.Name, strings.Join(names, " → ")),
			"part one of them: what points back, a foreign key or a policy, goes into a file of its own"
	default:
		return fmt.Sprintf("%s is made by %s, which does not run either", missing, makers[0].File.Name),
			"look at " + makers[0].File.Name + " first"
	}
}

// circle returns the way on which a file waits for itself, or nil.
func circle(from *migration.Migration, waits map[*migration.Migration][]*migration.Migration) []*migration.Migration {
	seen := map[*migration.Migration]bool{}
	var walk func(m *migration.Migration) []*migration.Migration
	walk = func(m *migration.Migration) []*migration.Migration {
		for _, next := range waits[m] {
			if next == from {
				return []*migration.Migration{m, from}
			}
			if !seen[next] {
				seen[next] = true
				if way := walk(next); way != nil {
					return append([]*migration.Migration{m}, way...)
				}
			}
		}
		return nil
	}
	return walk(from)
}

// createWords are the words behind CREATE that a name follows; modifiers may stand before them.
var (
	createWords = []string{
		"TABLE", "VIEW", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "AGGREGATE", "SEQUENCE", "SCHEMA", "EXTENSION", "ROLE", "USER",
		"INDEX", "TRIGGER", "POLICY", "PUBLICATION", "COLLATION",
	}
	modifiers = []string{
		"OR", "REPLACE", "GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "UNIQUE", "MATERIALIZED", "RECURSIVE", "FOREIGN", "CONSTRAINT",
		"EVENT",
	}
)

// made returns the names of what a text makes, those in DO blocks and function bodies too, without their schemas.
func made(text string) []string {
	var names []string
	for c := sqltext.NewCursor(text); !c.Done(); c.Next() {
		at := c
		name := []string(nil)
		switch t, _ := c.Token(); {
		case at.Take("CREATE"):
			for at.TakeAny(modifiers...) {
			}
			if at.TakeAny(createWords...) {
				at.Take("CONCURRENTLY")
				at.Take("IF", "NOT", "EXISTS")
				name = at.Name()
			}
		case at.Take("ADD", "COLUMN"):
			at.Take("IF", "NOT", "EXISTS")
			name = at.Name()
		case at.Take("RENAME"):
			if !at.At("TO") {
				at.TakeAny("COLUMN", "CONSTRAINT")
				at.Name()
			}
			if at.Take("TO") {
				name = at.Name()
			}
		case t.Kind == sqltext.String && strings.HasPrefix(c.Text(), "$"):
			names = append(names, made(strings.Trim(body(c.Text()), " "))...)
		}
		if len(name) > 0 {
			names = append(names, name[len(name)-1])
		}
	}
	return names
}

// body returns what stands between the dollar quotes.
func body(quoted string) string {
	tag := quoted[:strings.IndexByte(quoted[1:], '$')+2]
	return strings.TrimSuffix(strings.TrimPrefix(quoted, tag), tag)
}
