package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func inspectCommand(c *console) *cobra.Command {
	var q app.InspectRequest
	cmd := &cobra.Command{
		Use:   "inspect [TABLE]",
		Short: "Show what is in a database, or all about one table or view",
		Long: `List the tables, views, functions, types and sequences of a database, schema by schema. With the name of a table or
view, show its columns, constraints, indexes, policies, triggers and grants, whether row level security is on, and its
size. Row counts are estimates that Postgres keeps.`,
		Example: `  cairn db inspect
  cairn db inspect events
  cairn db inspect auth.users --db-url "$DATABASE_URL"
  cairn db inspect events --json`,
		Args: takes("[TABLE]"),
	}
	cmd.Flags().StringSliceVarP(&q.Schemas, "schema", "s", nil, "list these `SCHEMAS` only, internal ones too, parted by commas")
	t := targetsOf(cmd, "db inspect")
	cmd.PreRunE = func(cmd *cobra.Command, args []string) (err error) {
		if len(args) > 0 {
			if len(q.Schemas) > 0 {
				return usage(cmd, "--schema is for the list; a table is named with its schema: %s.%s", q.Schemas[0], args[0])
			}
			q.Name = args[0]
		}
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Inspect, showInspected)
}

func showInspected(s *render.Screen, r *app.InspectResult) {
	if r.Relation != nil {
		showRelation(s, r.Relation)
		return
	}
	for i, schema := range r.Schemas {
		if i > 0 {
			s.Printf("\n")
		}
		s.Styled(render.Bold, "%s\n", schema.Name)
		if len(schema.Objects) == 0 {
			s.Printf("nothing\n")
			continue
		}
		t := render.Table{Head: []string{"Kind", "Name", "Rows", "Size", "RLS", "Policies"}}
		for _, o := range schema.Objects {
			policies := ""
			if o.Policies != nil {
				policies = strconv.Itoa(*o.Policies)
			}
			t.Rows = append(t.Rows, []string{o.Kind, o.Name, estimate(o.Rows, o.Kind == "table"), size(o.Bytes), o.RLS, policies})
		}
		s.Table(trimmed(t))
	}
	if len(r.Extensions) > 0 {
		t := render.Table{Head: []string{"Extension", "Version", "Schema"}}
		for _, e := range r.Extensions {
			t.Rows = append(t.Rows, []string{e.Name, e.Version, e.Schema})
		}
		s.Printf("\n")
		s.Table(t)
	}
}

// estimate is a row count as Postgres keeps it, "?" where it keeps none of something that has rows.
func estimate(n *int64, counts bool) string {
	switch {
	case n != nil:
		return "~" + strconv.FormatInt(*n, 10)
	case counts:
		return "?"
	}
	return ""
}

// size is a number of bytes as a person reads it.
func size(n *int64) string {
	if n == nil {
		return ""
	}
	v, unit := float64(*n), "B"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if v < 1024 {
			break
		}
		v, unit = v/1024, next
	}
	if unit == "B" || v >= 10 {
		return fmt.Sprintf("%.0f %s", v, unit)
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}

func showRelation(s *render.Screen, r *app.Relation) {
	s.Styled(render.Bold, "%s.%s", r.Schema, r.Name)
	facts := []string{r.Kind, "owner " + r.Owner}
	if r.RLS != "" {
		facts = append(facts, "row level security "+r.RLS)
	}
	if r.Rows != nil {
		facts = append(facts, "about "+number(int(*r.Rows), "row"))
	}
	if r.TableBytes != nil {
		facts = append(facts, size(r.TableBytes)+" and "+size(r.IndexBytes)+" of indexes")
	}
	s.Printf(": %s\n", strings.Join(facts, ", "))
	if r.Comment != "" {
		s.Printf("%s\n", r.Comment)
	}
	for _, f := range []struct{ what, text string }{
		{"Partitioned by", r.PartitionKey}, {"Partition of", r.PartitionOf}, {"Inherits", strings.Join(r.Inherits, ", ")},
	} {
		if f.text != "" {
			s.Printf("%s %s\n", f.what, f.text)
		}
	}
	section := func(heading string, t render.Table) {
		if len(t.Rows) > 0 {
			s.Styled(render.Bold, "\n%s\n", heading)
			s.Table(trimmed(t))
		}
	}
	section("Columns", columnsOf(r))
	constraints := render.Table{Head: []string{"Name", "Definition"}}
	for _, k := range r.Constraints {
		constraints.Rows = append(constraints.Rows, []string{k.Name, k.Definition})
	}
	section("Constraints", constraints)
	indexes := render.Table{Head: []string{"Name", "Definition", "Size", "Scans", ""}}
	for _, x := range r.Indexes {
		remark := ""
		if !x.Valid {
			remark = "INVALID"
		}
		indexes.Rows = append(indexes.Rows, []string{x.Name, oneLine(x.Definition), size(&x.Bytes), strconv.FormatInt(x.Scans, 10), remark})
	}
	section("Indexes", indexes)
	policies := render.Table{Head: []string{"Policy", "Command", "Roles", "Using", "With check"}}
	for _, p := range r.Policies {
		command := p.Command
		if !p.Permissive {
			command += " (restrictive)"
		}
		policies.Rows = append(policies.Rows, []string{p.Name, command, strings.Join(p.Roles, ", "), oneLine(p.Using), oneLine(p.Check)})
	}
	section("Policies", policies)
	triggers := render.Table{Head: []string{"Trigger", "Definition", ""}}
	for _, g := range r.Triggers {
		remark := ""
		if !g.Enabled {
			remark = "disabled"
		}
		triggers.Rows = append(triggers.Rows, []string{g.Name, oneLine(g.Definition), remark})
	}
	section("Triggers", triggers)
	references := render.Table{Head: []string{"Table", "Constraint", "Definition"}}
	for _, k := range r.ReferencedBy {
		references.Rows = append(references.Rows, []string{k.Table, k.Name, k.Definition})
	}
	section("Referenced by", references)
	partitions := render.Table{Head: []string{"Partition"}}
	for _, p := range r.Partitions {
		partitions.Rows = append(partitions.Rows, []string{p})
	}
	section("Partitions", partitions)
	grants := render.Table{Head: []string{"Role", "May", "Column"}}
	for _, g := range r.Grants {
		grants.Rows = append(grants.Rows, []string{g.Role, strings.Join(g.Privileges, ", "), g.Column})
	}
	section("Grants", grants)
	if r.Definition != "" {
		s.Styled(render.Bold, "\nQuery\n")
		s.Printf("%s\n", r.Definition)
	}
}

// trimmed is a table without the columns that say nothing.
func trimmed(t render.Table) render.Table {
	var some render.Table
	some.Rows = make([][]string, len(t.Rows))
	for i, head := range t.Head {
		if !slices.ContainsFunc(t.Rows, func(row []string) bool { return row[i] != "" }) {
			continue
		}
		some.Head = append(some.Head, head)
		for n, row := range t.Rows {
			some.Rows[n] = append(some.Rows[n], row[i])
		}
	}
	return some
}

func columnsOf(r *app.Relation) render.Table {
	t := render.Table{Head: []string{"Column", "Type", "Null", "Default", "Comment"}}
	for _, c := range r.Columns {
		null, value := "no", c.Default
		if c.Nullable {
			null = "yes"
		}
		switch {
		case c.Generated != "":
			value = "generated: " + c.Generated
		case c.Identity != "":
			value = "identity, " + c.Identity
		}
		kind := c.Type
		if c.Collation != "" {
			kind += " collate " + c.Collation
		}
		t.Rows = append(t.Rows, []string{c.Name, kind, null, oneLine(value), oneLine(c.Comment)})
	}
	return t
}
