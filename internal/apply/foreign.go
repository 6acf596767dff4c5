package apply

import (
	"context"
	_ "embed"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed foreign_tables.sql
var foreignTablesSQL string

//go:embed foreign_rows.sql
var foreignRowsSQL string

// TableRows is a number of rows in a table.
type TableRows struct {
	Table string `json:"table"` // schema-qualified and quoted
	Rows  int    `json:"rows"`
}

// ForeignRows counts the rows that were written by something else than a run of cairn: what a reset would lose and
// migrations and seed would not bring back. Rows that were deleted are not seen. On a database on which no run is
// noted it finds nothing.
func ForeignRows(ctx context.Context, s target.Session) ([]TableRows, error) {
	tables, err := target.Rows(ctx, s, foreignTablesSQL)
	if err != nil || len(tables) == 0 {
		return nil, err
	}
	parts := make([]string, len(tables))
	for i, t := range tables {
		name := sqltext.Ident(string(t[0]), string(t[1]))
		parts[i] = strings.NewReplacer("%1$s", name, "%2$L", sqltext.Literal(name)).Replace(foreignRowsSQL)
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
