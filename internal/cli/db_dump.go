package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/render"
)

func dumpCommand(c *console) *cobra.Command {
	var q app.DumpRequest
	cmd := &cobra.Command{
		Use:   "dump",
		Short: "Write a database's schema, rows or roles as SQL",
		Long: `Write what a database consists of as SQL, in pg_dump's order, to standard output or a file. By itself that is the
schema: what an empty database, or a new Supabase project, takes to become the same. Schemas that Supabase manages are
left out, save what was made in them: policies on storage.objects, triggers on auth.users.

Rows are read in one snapshot, and each table stands behind those that its foreign keys refer to. Of a Supabase project,
the rows of auth and storage are among them.

With --role-only, roles have no passwords, and '***' stands for settings that are named as secrets. What people wrote
into SQL themselves (bodies of functions, arguments of triggers, commands of cron) is written as it stands there.

A dump is written whole or not at all, and nothing in the database is changed.`,
		Example: `  cairn db dump --db-url "$DATABASE_URL" -f schema.sql
  cairn db dump --local --data-only -f supabase/seed.sql
  cairn db dump --local --data-only --use-copy -x 'audit.*' | psql "$OTHER_DATABASE_URL"
  cairn db dump --local --schema public --idempotent`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.BoolVar(&q.DataOnly, "data-only", false, "dump the rows in place of the schema")
	f.BoolVar(&q.Copy, "use-copy", false, "with --data-only: COPY, which loads faster, in place of INSERT, which every client runs")
	f.StringSliceVarP(&q.Exclude, "exclude", "x", nil, "with --data-only: leave out the rows of this `TABLE`: public.logs, 'audit.*'")
	f.BoolVar(&q.RoleOnly, "role-only", false, "dump the roles of the cluster, without passwords, in place of the schema")
	f.StringSliceVarP(&q.Schemas, "schema", "s", nil, "dump these `SCHEMAS` only, parted by commas")
	f.StringVarP(&q.File, "file", "f", "", "write to this `FILE`; - is standard output")
	f.BoolVar(&q.Headings, "keep-comments", false, "say in a comment before each object what it is")
	f.BoolVar(&q.Idempotent, "idempotent", false, "write statements that pass where their objects are there already")
	f.BoolVar(&q.DryRun, "dry-run", false, "say what would be dumped, and write nothing")
	t := targetsOf(cmd, "db dump")
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		if q.File == "-" {
			q.File = ""
		}
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, showsFiles(c, func(a *app.App, ctx context.Context, q app.DumpRequest, s event.Sink) (*app.DumpResult, error) {
		if !c.json && !c.events {
			q.Out = verbatim{&c.stdout}
		}
		return a.Dump(ctx, q, s)
	}), showDump)
}

// verbatim writes to a screen what a program will read.
type verbatim struct{ *render.Screen }

// Write writes p byte for byte, except on a terminal.
func (v verbatim) Write(p []byte) (int, error) {
	v.Verbatim(string(p))
	return len(p), v.Err()
}

func showDump(s *render.Screen, r *app.DumpResult) {
	var rows int64
	for _, t := range r.Tables {
		rows += t.Rows
	}
	var kinds []string
	for _, k := range r.Objects {
		kinds = append(kinds, several(k.Count, k.Kind))
	}
	switch {
	case r.DryRun && r.Holds == "data":
		t := render.Table{Head: []string{"Table", "Bytes"}}
		for _, table := range r.Tables {
			t.Rows = append(t.Rows, []string{table.Schema + "." + table.Name, number(int(table.Bytes), "byte")})
		}
		s.Table(t)
		s.Printf("These rows of %s would be dumped.\n", r.Target)
	case r.DryRun:
		s.Printf("The %s of %s would be dumped: %s.\n", r.Holds, r.Target, orNothing(kinds))
	case r.SQL != "":
		s.Verbatim(r.SQL)
	case r.File != "" && r.Holds == "data":
		s.Printf("Wrote %s to %s.\n", number(int(rows), "row"), r.File)
	case r.File != "":
		s.Printf("Wrote the %s of %s to %s: %s.\n", r.Holds, r.Target, r.File, orNothing(kinds))
	}
}

// several is "3 policies": a count of objects of a kind.
func several(n int, kind string) string {
	noun := strings.ReplaceAll(kind, "_", " ")
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ie"
	case strings.HasSuffix(noun, "x"):
		noun += "e"
	}
	return number(n, noun)
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
