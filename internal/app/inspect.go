package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed inspect_list.sql
var inspectListSQL string

//go:embed inspect_find.sql
var inspectFindSQL string

//go:embed inspect_relation.sql
var inspectRelationSQL string

// InspectRequest asks what is in a database.
type InspectRequest struct {
	Where
	Name    string   // a table or view, with or without its schema; "" lists what is there
	Schemas []string // --schema: list these only; nil is all but the internal ones
}

// InspectResult says what is there: a list, or all about one table or view.
type InspectResult struct {
	Target     string               `json:"target"`
	Schemas    []InspectedSchema    `json:"schemas,omitempty" jsonschema:"where no name was given"`
	Extensions []InspectedExtension `json:"extensions,omitempty"`
	Relation   *Relation            `json:"relation,omitempty" jsonschema:"where a name was given"`
}

// InspectedSchema is a schema with what is in it.
type InspectedSchema struct {
	Name    string            `json:"name"`
	Objects []InspectedObject `json:"objects"`
}

// InspectedObject is one object of a schema.
type InspectedObject struct {
	Kind     string `json:"kind" jsonschema:"table, view, function, enum, …"`
	Name     string `json:"name" jsonschema:"of a function with its arguments"`
	Rows     *int64 `json:"rows,omitempty" jsonschema:"an estimate; absent where the table was never analyzed"`
	Bytes    *int64 `json:"bytes,omitempty" jsonschema:"on disk, with indexes"`
	RLS      string `json:"rls,omitempty" jsonschema:"row level security of a table: on, off or forced"`
	Policies *int   `json:"policies,omitempty"`
}

// InspectedExtension is an extension that is there.
type InspectedExtension struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Schema  string `json:"schema"`
}

// Relation is all about a table or a view.
type Relation struct {
	Schema       string               `json:"schema"`
	Name         string               `json:"name"`
	Kind         string               `json:"kind" jsonschema:"table, partitioned table, foreign table, view or materialized view"`
	Owner        string               `json:"owner"`
	Comment      string               `json:"comment,omitempty"`
	Definition   string               `json:"definition,omitempty" jsonschema:"the query of a view"`
	PartitionKey string               `json:"partition_key,omitempty"`
	PartitionOf  string               `json:"partition_of,omitempty" jsonschema:"the table and the bounds"`
	Partitions   []string             `json:"partitions,omitempty"`
	Inherits     []string             `json:"inherits,omitempty"`
	RLS          string               `json:"row_level_security,omitempty" jsonschema:"of a table: on, off or forced"`
	Rows         *int64               `json:"rows,omitempty" jsonschema:"an estimate; absent where the table was never analyzed"`
	TableBytes   *int64               `json:"table_bytes,omitempty"`
	IndexBytes   *int64               `json:"index_bytes,omitempty"`
	Columns      []RelationColumn     `json:"columns"`
	Constraints  []RelationConstraint `json:"constraints"`
	ReferencedBy []RelationReference  `json:"referenced_by"`
	Indexes      []RelationIndex      `json:"indexes"`
	Policies     []RelationPolicy     `json:"policies"`
	Triggers     []RelationTrigger    `json:"triggers"`
	Grants       []RelationGrant      `json:"grants"`
}

// RelationColumn is a column.
type RelationColumn struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Nullable  bool   `json:"nullable"`
	Default   string `json:"default,omitempty"`
	Generated string `json:"generated,omitempty"`
	Identity  string `json:"identity,omitempty" jsonschema:"always or by default"`
	Collation string `json:"collation,omitempty"`
	Comment   string `json:"comment,omitempty"`
}

// RelationConstraint is a constraint.
type RelationConstraint struct {
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	Definition string `json:"definition"`
	Valid      bool   `json:"valid"`
}

// RelationReference is a foreign key of another table.
type RelationReference struct {
	Table      string `json:"table"`
	Name       string `json:"name"`
	Definition string `json:"definition"`
}

// RelationIndex is an index.
type RelationIndex struct {
	Name       string `json:"name"`
	Definition string `json:"definition"`
	Unique     bool   `json:"unique"`
	Primary    bool   `json:"primary"`
	Valid      bool   `json:"valid" jsonschema:"false where a failed build left it"`
	Bytes      int64  `json:"bytes"`
	Scans      int64  `json:"scans" jsonschema:"since statistics were last reset"`
}

// RelationPolicy is a policy.
type RelationPolicy struct {
	Name       string   `json:"name"`
	Permissive bool     `json:"permissive"`
	Command    string   `json:"command"`
	Roles      []string `json:"roles"`
	Using      string   `json:"using,omitempty"`
	Check      string   `json:"check,omitempty"`
}

// RelationTrigger is a trigger.
type RelationTrigger struct {
	Name       string `json:"name"`
	Definition string `json:"definition"`
	Function   string `json:"function"`
	Enabled    bool   `json:"enabled"`
}

// RelationGrant is what a role may do.
type RelationGrant struct {
	Role       string   `json:"role"`
	Column     string   `json:"column,omitempty" jsonschema:"absent where it is about the whole table"`
	Privileges []string `json:"privileges"`
}

// Inspect lists what a database consists of, or says all about one table or view.
func (a *App) Inspect(ctx context.Context, req InspectRequest, s event.Sink) (_ *InspectResult, err error) {
	v, err := a.visit(ctx, "db inspect", req.Where, s)
	if err != nil {
		return nil, err
	}
	defer func() { v.done(err) }()
	at := v.at
	session, err := at.Open(ctx, target.Options{Application: "cairn inspect"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	r := &InspectResult{Target: at.Name()}
	if req.Name != "" {
		r.Relation, err = a.relation(ctx, session, at, req.Name, v.sink)
		return r, err
	}
	base, err := foundationOf(ctx, v.project, session, at.Name())
	if err != nil {
		return nil, err
	}
	if err := looked(ctx, session, at, inspectListSQL, r); err != nil {
		return nil, err
	}
	for _, name := range req.Schemas {
		if !slices.ContainsFunc(r.Schemas, func(s InspectedSchema) bool { return s.Name == name }) {
			return nil, noSuch("schema", name, at.Name())
		}
	}
	scope := dump.Scope{Schemas: req.Schemas, Platform: base.platform}
	r.Schemas = slices.DeleteFunc(r.Schemas, func(s InspectedSchema) bool { return !scope.HasSchema(s.Name) })
	return r, nil
}

// looked puts the JSON that a query gives into v. Names that it holds are qualified.
func looked(ctx context.Context, session target.Session, at *place, sql string, v any, args ...[]byte) error {
	var text []byte
	err := session.Exec(ctx, []target.Segment{{
		{SQL: "begin read only"},
		{SQL: "set local search_path = ''"},
		{SQL: sql, Args: args, Row: func(row [][]byte) { text = slices.Clone(row[0]) }},
		{SQL: "commit"},
	}}, nil)
	if err != nil {
		return unread(err, at.Name())
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("read what the catalog says: %w", err)
	}
	return nil
}

// relation finds the table or view of that name. One in public is meant before others.
func (a *App) relation(ctx context.Context, session target.Session, at *place, name string, s event.Sink) (*Relation, error) {
	c := sqltext.NewCursor(name)
	parts := c.Name()
	if len(parts) == 0 || len(parts) > 2 || !c.Done() { // a name as it is, though SQL would want it in quotes
		parts = []string{name}
		if schema, rest, ok := strings.Cut(name, "."); ok {
			parts = []string{schema, rest}
		}
	}
	found, err := find(ctx, session, at, parts)
	if err == nil && len(found) == 0 { // a name in capitals, as it is
		found, err = find(ctx, session, at, strings.SplitN(name, ".", 2))
	}
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, noSuch("table or view", name, at.Name())
	}
	if others := found[1:]; len(others) > 0 {
		var schemas []string
		for _, row := range others {
			schemas = append(schemas, string(row[1]))
		}
		s(event.Found{Finding: &finding.Finding{
			Code: finding.NotThere, Severity: finding.Note,
			Message: fmt.Sprintf("this is the one in %s; there is another in %s", found[0][1], strings.Join(schemas, ", ")),
			Hint:    "name the schema too to see that one",
		}})
	}
	r := &Relation{}
	return r, looked(ctx, session, at, inspectRelationSQL, r, found[0][0])
}

func find(ctx context.Context, session target.Session, at *place, parts []string) ([][][]byte, error) {
	var schema []byte
	if len(parts) == 2 {
		schema = target.Text(parts[0])
	}
	rows, err := target.Rows(ctx, session, inspectFindSQL, schema, target.Text(parts[len(parts)-1]))
	if err != nil {
		return nil, unread(err, at.Name())
	}
	return rows, nil
}
