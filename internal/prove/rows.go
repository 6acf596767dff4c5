package prove

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed relations.sql
var relationsSQL string

// table is one as it is on a clone at one moment.
type table struct {
	schema, name string
	file         uint32
	filled       bool // it may hold rows
	columns      []column
	rows         int
	madeUp       bool
	values       map[int]int // by the column's number: how many are not null
}

type column struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
}

// Loss is what was there before a plan and is not after it.
type Loss struct {
	Relation string `json:"relation"`         // as it was called before
	Column   string `json:"column,omitempty"` // "" where rows are lost, else values
	Had      int    `json:"had"`
	Has      int    `json:"has"`
	MadeUp   bool   `json:"made_up,omitempty"` // they were nobody's

	table *table
}

// tables reads the tables, without counting what they hold.
func tables(ctx context.Context, s target.Session) (map[uint32]*table, error) {
	all := map[uint32]*table{}
	var failed error
	err := target.One(ctx, s, target.Step{SQL: relationsSQL, Row: func(v [][]byte) {
		t := &table{
			schema: string(v[1]), name: string(v[2]), file: number(v[3]), filled: string(v[4]) == "t", values: map[int]int{},
		}
		if v[5] != nil {
			failed = cmp.Or(failed, json.Unmarshal(v[5], &t.columns))
		}
		all[number(v[0])] = t
	}})
	return all, cmp.Or(err, failed)
}

// count counts what those tables hold that want says.
func count(ctx context.Context, s target.Session, all map[uint32]*table, want func(oid uint32) bool) error {
	var segment target.Segment
	for _, oid := range slices.Sorted(maps.Keys(all)) {
		t := all[oid]
		if !t.filled || !want(oid) {
			continue
		}
		segment = append(segment, target.Step{SQL: t.countSQL(), Row: func(v [][]byte) {
			t.rows, _ = strconv.Atoi(string(v[0]))
			for i, c := range t.columns {
				t.values[c.Number], _ = strconv.Atoi(string(v[i+1]))
			}
		}})
	}
	if len(segment) == 0 {
		return nil
	}
	return s.Exec(ctx, []target.Segment{segment}, nil)
}

// sow makes up rows where there are none, but for some tables, and counts what is there then.
func (r *run) sow(ctx context.Context, c *catalog.Catalog, plan *planner.Plan, s seeding) error {
	own, err := tables(ctx, r.watch)
	if err != nil {
		return err
	}
	r.before = own
	if !s.none {
		if err := seed(ctx, r.watch, c, inQuestion(c, plan), s.except); err != nil {
			return err
		}
		if r.before, err = tables(ctx, r.watch); err != nil {
			return err
		}
	}
	if err := count(ctx, r.watch, r.before, func(uint32) bool { return true }); err != nil {
		return err
	}
	r.seeded.Of = len(r.before)
	for oid, t := range r.before {
		if t.rows == 0 {
			continue
		}
		r.seeded.Tables++
		if t.madeUp = !own[oid].filled; t.madeUp {
			r.seeded.MadeUp++
		}
	}
	return nil
}

func (t *table) countSQL() string {
	list := []string{"count(*)"}
	for _, c := range t.columns {
		list = append(list, sqltext.Format("count(%I)", c.Name))
	}
	return fmt.Sprintf("SELECT %s FROM ONLY %s", strings.Join(list, ", "), t)
}

// lost says what of the rows and values that were there is not there any more. A table is the same by whatever name.
func (r *run) lost(ctx context.Context) ([]Loss, error) {
	after, err := tables(ctx, r.watch)
	if err != nil {
		return nil, err
	}
	held := func(oid uint32) bool { return r.before[oid] != nil && r.before[oid].rows > 0 }
	if err := count(ctx, r.watch, after, held); err != nil {
		return nil, err
	}
	var all []Loss
	for _, oid := range slices.Sorted(maps.Keys(r.before)) {
		was, is := r.before[oid], after[oid]
		lose := func(column string, had, has int) {
			all = append(all, Loss{Relation: was.String(), Column: column, Had: had, Has: has, MadeUp: was.madeUp, table: was})
		}
		switch {
		case was.rows == 0:
			continue
		case is == nil:
			lose("", was.rows, 0)
			continue
		case is.rows < was.rows:
			lose("", was.rows, is.rows)
			continue
		}
		for _, c := range was.columns {
			if had, has := was.values[c.Number], is.values[c.Number]; has < had {
				lose(c.Name, had, has)
			}
		}
	}
	return all, nil
}

// id is the object that a table is in a catalog; zero where it is none.
func (t *table) id(c *catalog.Catalog) catalog.ID {
	path := catalog.Path(t.schema, t.name)
	for name, k := range c.Kinds() {
		if k.Space == nil || k.Satellite {
			continue
		}
		if o := c.Objects[catalog.ID{Kind: name, Path: path}]; o != nil && slices.Contains(k.Space(o), "relation "+path) {
			return o.ID
		}
	}
	return catalog.ID{}
}
