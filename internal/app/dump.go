package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/target"
)

// DumpRequest asks for a database as SQL: its schema, its rows or its roles.
type DumpRequest struct {
	Where
	DataOnly   bool     // --data-only: the rows
	RoleOnly   bool     // --role-only: the roles of the cluster
	Copy       bool     // --use-copy: with DataOnly, COPY in place of INSERT
	Exclude    []string // --exclude: with DataOnly, tables without their rows
	Schemas    []string // --schema: these only; nil is all but the internal ones
	File       string   // --file: where it is written; "" is Out
	Headings   bool     // --keep-comments: say before each object what it is
	Idempotent bool     // --idempotent: a schema that can be loaded again
	DryRun     bool     // say what would be dumped

	// Out takes rows where no file was named, once all were read; nil keeps them in the result.
	Out io.Writer
}

// What a dump holds.
const (
	dumpedSchema = "schema"
	dumpedData   = "data"
	dumpedRoles  = "roles"
)

// DumpResult says what was dumped.
type DumpResult struct {
	Target  string        `json:"target"`
	Holds   string        `json:"holds" jsonschema:"schema, data or roles"`
	DryRun  bool          `json:"dry_run,omitempty" jsonschema:"nothing was written"`
	File    string        `json:"file,omitempty" jsonschema:"where it was written; absent where it went to standard output"`
	SQL     string        `json:"sql,omitempty" jsonschema:"the dump itself, where it was not written elsewhere"`
	Objects []DumpedKind  `json:"objects,omitempty" jsonschema:"of a schema or of roles: how many of each kind"`
	Tables  []DumpedTable `json:"tables,omitempty" jsonschema:"of data: in the order of the dump"`
}

// DumpedKind counts the objects of one kind, parts of others not among them.
type DumpedKind struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
}

// DumpedTable is a table whose rows were dumped.
type DumpedTable struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Rows   int64  `json:"rows" jsonschema:"0 in a dry run"`
	Bytes  int64  `json:"bytes" jsonschema:"that the table takes on disk, without its indexes"`
}

// Dump writes a database as SQL, whole or not at all. It only reads.
func (a *App) Dump(ctx context.Context, req DumpRequest, s event.Sink) (_ *DumpResult, err error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	v, err := a.visit(ctx, "db dump", req.Where, s)
	if err != nil {
		return nil, err
	}
	defer func() { v.done(err) }()
	d := &dumping{App: a, DumpRequest: req, visit: v, result: &DumpResult{Target: v.at.Name(), Holds: dumpedSchema, DryRun: req.DryRun}}
	switch {
	case req.DataOnly:
		err = d.data(ctx)
	default:
		err = d.schema(ctx)
	}
	if err != nil {
		return nil, err
	}
	return d.result, nil
}

// check refuses a request that asks for what does not go together.
func (req DumpRequest) check() error {
	bad := func(message string) error {
		return &finding.Finding{Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Message: message}
	}
	switch {
	case req.DataOnly && req.RoleOnly:
		return bad("--data-only and --role-only exclude each other")
	case req.Copy && !req.DataOnly:
		return bad("--use-copy goes with --data-only")
	case len(req.Exclude) > 0 && !req.DataOnly:
		return bad("--exclude goes with --data-only")
	case req.RoleOnly && len(req.Schemas) > 0:
		return bad("--schema says nothing about roles, which are in no schema")
	case req.DataOnly && req.Idempotent:
		return bad("--idempotent is for a schema: rows are not looked for before they are inserted")
	}
	return nil
}

// dumping is a dump under way.
type dumping struct {
	*App
	DumpRequest
	*visit
	result *DumpResult
}

// schema dumps the objects of the database, or the roles of its cluster.
func (d *dumping) schema(ctx context.Context) error {
	var of []*catalog.Kind
	if d.RoleOnly {
		of, d.result.Holds = kinds.Cluster(), dumpedRoles
	}
	w, base, err := d.grown(ctx, d.project, d.at, of, d.sink)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.to.holds(d.Schemas); err != nil {
		return err
	}
	s := dump.Schema{From: w.from.catalog, To: w.to.catalog, Role: w.to.catalog.Role, Headings: d.Headings, Idempotent: d.Idempotent}
	if base.platform {
		s.Role = platform.Owner
	}
	s.Scope = dump.Scope{Schemas: d.Schemas, Roles: d.RoleOnly, Platform: base.platform}
	plan, err := s.Plan()
	if err != nil {
		return unplanned(err)
	}
	d.result.Objects = counted(plan)
	tellSecrets(plan, d.sink)
	if d.DryRun {
		return nil
	}
	var text strings.Builder
	if err := s.Write(&text, plan); err != nil {
		return err
	}
	if d.File == "" {
		d.result.SQL = text.String()
		return nil
	}
	return d.write(func(w io.Writer) error {
		_, err := io.WriteString(w, text.String())
		return err
	})
}

// look finds what the database stands on, and refuses a schema that is not there.
func (d *dumping) look(ctx context.Context) (*foundation, error) {
	session, err := d.at.Open(ctx, target.Options{Application: "cairn dump"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	for _, name := range d.Schemas {
		rows, err := target.Rows(ctx, session, "select from pg_namespace where nspname = $1", target.Text(name))
		switch {
		case err != nil:
			return nil, unread(err, d.at.Name())
		case len(rows) == 0:
			return nil, noSuch("schema", name, d.at.Name())
		}
	}
	return foundationOf(ctx, d.project, session, d.at.Name())
}

func noSuch(kind, name, label string) error {
	return &finding.Finding{
		Code: finding.NotThere, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("there is no %s %q in %s", kind, name, label), Hint: "`cairn db inspect` lists what is there",
	}
}

// counted counts the objects that a plan makes, by kind in the order of the plan.
func counted(plan *planner.Plan) []DumpedKind {
	var all []DumpedKind
	seen := map[string]bool{}
	for _, step := range plan.Steps {
		if step.Verb != "create" || step.Object != step.Group || seen[step.Object.String()] {
			continue
		}
		seen[step.Object.String()] = true
		i := slices.IndexFunc(all, func(k DumpedKind) bool { return k.Kind == step.Object.Kind })
		if i < 0 {
			i = len(all)
			all = append(all, DumpedKind{Kind: step.Object.Kind})
		}
		all[i].Count++
	}
	return all
}

// data dumps rows.
func (d *dumping) data(ctx context.Context) error {
	base, err := d.look(ctx)
	if err != nil {
		return err
	}
	conn, err := d.at.bare(ctx, target.Options{Application: "cairn dump"})
	if errors.Is(err, errNoWire) {
		return &finding.Finding{
			Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Refused,
			Message: "rows are read in one snapshot, over a connection of its own: the Management API gives none",
			Hint:    "--via direct or --via pooler, with the database's password",
		}
	}
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows := &dump.Data{Conn: conn, Scope: dump.Scope{Schemas: d.Schemas, Platform: base.platform}, Copy: d.Copy, Exclude: d.Exclude}
	d.result.Holds, d.result.Tables = dumpedData, []DumpedTable{}
	var tables []*dump.Table
	if d.DryRun {
		tables, err = rows.Tables(ctx)
	} else {
		err = d.write(func(w io.Writer) (err error) {
			tables, err = rows.Write(ctx, w)
			return err
		})
	}
	if err != nil {
		return unreadRows(ctx, err, d.at.Name())
	}
	for _, t := range tables {
		d.result.Tables = append(d.result.Tables, DumpedTable{Schema: t.Schema, Name: t.Name, Rows: t.Rows, Bytes: t.Bytes})
	}
	return nil
}
