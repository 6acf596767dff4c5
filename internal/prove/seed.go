package prove

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed seed.sql
var seedSQL string

// Seeded says how many tables held rows while the plan ran.
type Seeded struct {
	Tables int `json:"tables"` // that held some, made up or not
	Of     int `json:"of"`
	MadeUp int `json:"made_up"` // of Tables, those for which they were made up
}

// plot is a table that may be given rows.
type plot struct {
	oid          uint32
	schema, name string
	empty        bool
	columns      []bed
	keys         []reference
	checks       []string

	grown   bool
	visited bool
}

// bed is a column of a plot.
type bed struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Base     string   `json:"base"`
	Category string   `json:"category"`
	Required bool     `json:"required"`
	Default  bool     `json:"default"`
	Labels   []string `json:"labels"`
	Check    string   `json:"check"`
}

// reference is a foreign key.
type reference struct {
	On      uint32   `json:"on"`
	Columns []string `json:"columns"`
	Keys    []string `json:"keys"`
}

// attempts is how many different rows are tried for a table, until its constraints and triggers take one.
const attempts = 8

// seed makes up to two rows in each table that is empty, as far as the schema's own rules allow, which nobody but
// Postgres knows: what it refuses is tried otherwise, and then left.
//
// Only the tables in question get rows: what a plan does not touch it cannot lose. Those whose rows are objects by
// themselves, such as jobs, get none.
func seed(ctx context.Context, s target.Session, c *catalog.Catalog, in, except map[catalog.ID]bool) error {
	all, err := plots(ctx, s)
	if err != nil {
		return err
	}
	var open []*plot
	for _, p := range ordered(all) {
		id := (&table{schema: p.schema, name: p.name}).id(c)
		if p.empty && in[id] && !except[id] && !c.HoldsObjects(p.schema+"."+p.name) {
			open = append(open, p)
		}
	}
	by := map[uint32]*plot{}
	for _, p := range all {
		by[p.oid] = p
	}
	for attempt := range attempts {
		var tried []*plot
		var segments []target.Segment
		for _, p := range open {
			if p.grown {
				continue
			}
			if row := p.row(by, attempt, 0); row != "" {
				tried = append(tried, p)
				segments = append(segments, sown(row))
			}
		}
		if err := sow(ctx, s, segments, func(i int) { tried[i].grown = true }); err != nil {
			return err
		}
		var second []target.Segment
		for _, p := range tried {
			if p.grown {
				second = append(second, sown(p.row(by, attempt, 1)))
			}
		}
		if err := sow(ctx, s, second, func(int) {}); err != nil {
			return err
		}
	}
	return nil
}

// sown is a row on its way: nothing is left to be checked at the commit, so that it is known what was taken.
func sown(insert string) target.Segment {
	return target.Segment{{SQL: insert}, {SQL: "SET CONSTRAINTS ALL IMMEDIATE"}}
}

// sow sends segments that may fail, each by itself.
func sow(ctx context.Context, s target.Session, segments []target.Segment, done func(segment int)) error {
	if len(segments) == 0 {
		return nil
	}
	err := s.Exec(ctx, segments, func(r target.Result) {
		if r.Step == 1 {
			done(r.Segment)
		}
	})
	if _, refused := errors.AsType[*target.StatementError](err); refused {
		return nil
	}
	return err
}

func plots(ctx context.Context, s target.Session) ([]*plot, error) {
	var all []*plot
	var failed error
	err := target.One(ctx, s, target.Step{SQL: seedSQL, Row: func(v [][]byte) {
		p := &plot{oid: number(v[0]), schema: string(v[1]), name: string(v[2]), empty: string(v[3]) == "t"}
		for i, into := range []any{&p.columns, &p.keys, &p.checks} {
			if v[4+i] != nil {
				failed = cmp.Or(failed, json.Unmarshal(v[4+i], into))
			}
		}
		all = append(all, p)
	}})
	return all, cmp.Or(err, failed)
}

// ordered are the plots, each behind those that it refers to, as far as that goes.
func ordered(all []*plot) []*plot {
	by := map[uint32]*plot{}
	for _, p := range all {
		by[p.oid] = p
	}
	var order []*plot
	var visit func(p *plot)
	visit = func(p *plot) {
		if p == nil || p.visited {
			return
		}
		p.visited = true
		for _, k := range p.keys {
			visit(by[k.On])
		}
		order = append(order, p)
	}
	for _, p := range all {
		visit(p)
	}
	return order
}

// row is the INSERT of the n-th row as it is tried in an attempt; "" where this attempt cannot have one.
func (p *plot) row(by map[uint32]*plot, attempt, n int) string {
	values := map[string]string{}
	for _, k := range p.keys {
		on := by[k.On]
		if on == nil {
			continue
		}
		for i, c := range k.Columns {
			if values[c] == "" {
				values[c] = sqltext.Format("(SELECT %I FROM %I ORDER BY ", k.Keys[i], []string{on.schema, on.name}) +
					quoted(k.Keys) + sqltext.Format(" OFFSET %s LIMIT 1)", n)
			}
		}
	}
	var names, list []string
	for _, c := range p.columns {
		value, refers := values[c.Name]
		switch {
		case refers:
		case c.Default || !c.Required && attempt >= attempts/2:
			continue
		default:
			if value = c.value(p.checks, attempt, n); value == "" {
				if c.Required {
					return ""
				}
				continue
			}
		}
		names, list = append(names, c.Name), append(list, value)
	}
	into := sqltext.Format("INSERT INTO %I ", []string{p.schema, p.name})
	if len(names) == 0 {
		return into + "DEFAULT VALUES"
	}
	return into + "(" + quoted(names) + ") VALUES (" + strings.Join(list, ", ") + ")"
}

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = sqltext.Ident(n)
	}
	return strings.Join(list, ", ")
}

// value is one of the values that are tried for a column, "" where none is known. An explicit cast cuts a text to the
// column's length.
func (c *bed) value(checks []string, attempt, n int) string {
	choose := func(list ...string) string { return list[(attempt+n)%len(list)] }
	digit := string(rune('1' + (attempt+n)%9))
	text := ""
	switch c.Category {
	case "B":
		text = choose("true", "false")
	case "N":
		text = choose("1", "2", "0", "10", "100", "-1", "1000", "18")
	case "D":
		text = "2024-01-0" + digit
		if c.Base == "time" || c.Base == "timetz" {
			text = "10:00:0" + digit
		}
	case "T":
		text = digit + " days"
	case "E":
		if len(c.Labels) == 0 {
			return ""
		}
		text = choose(c.Labels...)
	case "A":
		text = choose("{}", `{"1"}`)
	case "R":
		text = choose("empty", "[1,2)", "[2024-01-01,2024-01-02)")
	case "I":
		text = "10.0.0." + digit
	case "V":
		text = choose("1", "0")
	case "S":
		words := slices.Clone(literals(c, checks))
		words = append(words, "a"+digit, digit+"@example.com", "https://example.com/"+digit, "USD", "abcdefghijklmnopqrstuvwxyz"+digit, "en-US", "#00000"+digit, "")
		text = choose(words...)
	default:
		known, ok := others[c.Base]
		if !ok {
			return ""
		}
		text = strings.ReplaceAll(known, "#", digit)
	}
	return sqltext.Format("%L::%s", text, c.Type)
}

// others are values of types whose category says little; # is a digit.
var others = map[string]string{
	"uuid": "00000000-0000-4000-8000-00000000000#", "json": "{}", "jsonb": "{}", "bytea": `\x0#`, "xml": "<a/>",
	"macaddr": "08:00:2b:01:02:0#", "macaddr8": "08:00:2b:01:02:03:04:0#", "tsvector": "a", "tsquery": "a", "pg_lsn": "0/#",
	"point": "(#,1)", "box": "(#,1),(0,0)", "circle": "<(#,1),1>", "lseg": "[(#,1),(0,0)]", "path": "[(#,1),(0,0)]",
	"polygon": "((#,1),(0,0),(1,0))", "line": "{1,#,0}", "ltree": "a#", "hstore": "", "jsonpath": "$.a#", "txid_snapshot": "1:1:",
	"pg_snapshot": "1:1:", "xid": "#", "xid8": "#", "cid": "#", "tid": "(0,#)",
}

// literals are the texts that checks which speak of the column compare with: one of them may be what is wanted.
func literals(c *bed, checks []string) []string {
	seen := map[string]bool{}
	for _, check := range append([]string{c.Check}, checks...) {
		speaks := check == c.Check
		var found []string
		for t := range sqltext.Tokens(check) {
			token := check[t.Start:t.End]
			switch t.Kind {
			case sqltext.Word, sqltext.Identifier:
				speaks = speaks || token == sqltext.Ident(c.Name)
			case sqltext.String:
				if strings.HasPrefix(token, "'") {
					found = append(found, strings.ReplaceAll(token[1:len(token)-1], "''", "'"))
				}
			}
		}
		for _, text := range found {
			seen[text] = seen[text] || speaks
		}
	}
	maps.DeleteFunc(seen, func(_ string, speaks bool) bool { return !speaks })
	return slices.Sorted(maps.Keys(seen))
}

// inQuestion are the tables that a plan touches, those that these refer to, and their parts.
func inQuestion(c *catalog.Catalog, plan *planner.Plan) map[catalog.ID]bool {
	in := map[catalog.ID]bool{}
	var add func(id catalog.ID)
	add = func(id catalog.ID) {
		o := c.Objects[id]
		if o == nil || in[id] {
			return
		}
		in[id] = true
		for _, part := range append(o.Children(), o) {
			for _, n := range c.Needs(part.ID) {
				if on := c.Objects[n.On]; on != nil {
					add(planner.Group(on).ID)
				}
			}
		}
		for _, n := range c.Needed(id) {
			if d := c.Objects[n.On]; d != nil && c.TiedTo(d) != nil {
				add(planner.Group(d).ID)
			}
		}
	}
	for _, s := range plan.Steps {
		add(s.Group)
		add(s.Was)
		if o := c.Objects[s.Object]; o != nil {
			for _, n := range c.Needed(s.Object) { // what a type, a function or a schema is used by
				if d := c.Objects[n.On]; d != nil {
					add(planner.Group(d).ID)
				}
			}
		}
	}
	return in
}
