package apply

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed foreign_noted.sql
var foreignNotedSQL string

//go:embed foreign_tables.sql
var foreignTablesSQL string

//go:embed foreign_rows.sql
var foreignRowsSQL string

//go:embed foreign_all.sql
var foreignAllSQL string

//go:embed foreign_databases.sql
var foreignDatabasesSQL string

//go:embed foreign_kept.sql
var foreignKeptSQL string

// TableRows is a number of rows in a table that no run of cairn wrote.
type TableRows struct {
	Table string `json:"table,omitempty"` // schema-qualified and quoted; "" where the tables could not be read
	Rows  int    `json:"rows,omitempty"`
	Seen  string `json:"seen,omitempty"` // the run before which they were seen; "" for rows that are seen now
	Why   string `json:"why,omitempty"`  // why the tables could not be read
}

// String says it in a line: `"public"."people": 3 rows that neither migrations nor seed made`.
func (t TableRows) String() string {
	if t.Table == "" {
		return "there may be rows that could not be counted before run " + t.Seen + ": " + t.Why
	}
	noun := "rows"
	if t.Rows == 1 {
		noun = "row"
	}
	text := fmt.Sprintf("%s: %d %s that neither migrations nor seed made", t.Table, t.Rows, noun)
	if t.Seen != "" {
		text += ", as seen before run " + t.Seen
	}
	return text
}

// rememberedAs begins the comment on cairn_runs that holds, as JSON, the foreign rows that a run found before it
// changed anything. A migration that rewrites them makes them look like its own.
const rememberedAs = "cairn foreign rows: "

// ForeignRows counts the rows that were written by something else than a run of cairn: what a reset would lose and
// migrations and seed would not bring back. To what it sees now it adds what earlier runs saw. Rows that were deleted
// are not seen. On a database on which no run is noted it counts all but the platform's own.
func ForeignRows(ctx context.Context, s target.Session) ([]TableRows, error) {
	runs, remembered, err := noted(ctx, s)
	if err != nil {
		return nil, explainedOn(s, err)
	}
	rows, err := countForeign(ctx, s, runs)
	if err != nil {
		return nil, explainedOn(s, err)
	}
	for _, old := range remembered {
		i := slices.IndexFunc(rows, func(t TableRows) bool { return t.Table == old.Table })
		switch {
		case i < 0:
			rows = append(rows, old)
		case rows[i].Rows < old.Rows:
			rows[i] = old
		}
	}
	return rows, nil
}

// noted reports whether any run is noted, and what was remembered.
func noted(ctx context.Context, s target.Session) (runs bool, remembered []TableRows, err error) {
	found, err := target.Rows(ctx, s, foreignNotedSQL)
	if err != nil || string(found[0][0]) != "t" && string(found[0][0]) != "true" {
		return false, nil, err
	}
	if text, ok := strings.CutPrefix(string(found[0][1]), rememberedAs); ok {
		if err := json.Unmarshal([]byte(text), &remembered); err != nil {
			remembered = []TableRows{{Seen: "(unknown)", Why: "the comment on supabase_migrations.cairn_runs was changed"}}
		}
	}
	some, err := target.Rows(ctx, s, "select from supabase_migrations.cairn_runs limit 1")
	return len(some) > 0, remembered, err
}

// countForeign counts what can be seen now.
func countForeign(ctx context.Context, s target.Session, runs bool) ([]TableRows, error) {
	tables, err := target.Rows(ctx, s, foreignTablesSQL)
	if err != nil {
		return nil, err
	}
	sql := foreignAllSQL
	if runs {
		sql = foreignRowsSQL
	}
	var parts []string
	for _, t := range tables {
		if platforms := strings.HasPrefix(string(t[2]), "t"); platforms && !runs {
			continue
		}
		name := sqltext.Ident(string(t[0]), string(t[1]))
		parts = append(parts, strings.NewReplacer("%1$s", name, "%2$L", sqltext.Literal(name)).Replace(sql))
	}
	if len(parts) == 0 {
		return nil, nil
	}
	found, err := target.Rows(ctx, s, strings.Join(parts, "union all\n"))
	if err != nil {
		return nil, err
	}
	rows := make([]TableRows, len(found))
	for i, f := range found {
		rows[i].Table = string(f[0])
		if rows[i].Rows, err = strconv.Atoi(string(f[1])); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// rememberForeign returns the step that keeps in the database which rows were there before this run that no run wrote;
// none where there are no such rows, or where some are remembered already, which is enough for a reset to ask.
func (r *Runner) rememberForeign(ctx context.Context) ([]target.Step, error) {
	// Nobody's lock on a table may hold up the run here.
	head := target.Segment{{SQL: "begin"}, r.settings(true)}
	if err := r.session.Exec(ctx, []target.Segment{head}, nil); err != nil {
		return nil, err
	}
	defer r.rollback()
	runs, remembered, err := noted(ctx, r.session)
	if err != nil || len(remembered) > 0 {
		return nil, err
	}
	rows, err := countForeign(ctx, r.session, runs)
	if refusal := refused(err); refusal != nil {
		rows = []TableRows{{Why: refusal.PG.Message}}
	} else if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, nil
	}
	for i := range rows {
		rows[i].Seen = r.Run
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	return []target.Step{{
		SQL: "comment on table supabase_migrations.cairn_runs is " + sqltext.Literal(rememberedAs+string(text)),
	}}, nil
}

// Databases lists the databases of a server by name, without "postgres" and the templates.
func Databases(ctx context.Context, s target.Session) ([]string, error) {
	rows, err := target.Rows(ctx, s, foreignDatabasesSQL)
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = string(r[0])
	}
	return names, explainedOn(s, err)
}

// HasTables reports whether anybody keeps tables in the session's database.
func HasTables(ctx context.Context, s target.Session) (bool, error) {
	rows, err := target.Rows(ctx, s, foreignKeptSQL)
	return err == nil && strings.HasPrefix(string(rows[0][0]), "t"), explainedOn(s, err)
}
