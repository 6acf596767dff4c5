package dump

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed tables.sql
var tablesSQL string

// begin opens the one snapshot that all rows are read in. A role from which policies hide rows gets an error, not a part
// of them.
const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path = '';
SET LOCAL row_security = off;
SET LOCAL datestyle = 'ISO, MDY';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = 'hex';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL lock_timeout = '10s'`

// dataSettings are what rows are loaded with. Triggers have done their work where the rows come from; who may not switch
// them off has them fire.
const dataSettings = `SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET xmloption = content;
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';
SELECT pg_catalog.set_config('search_path', '', false);
DO $$
BEGIN
    PERFORM pg_catalog.set_config('session_replication_role', 'replica', false);
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'triggers and foreign keys are active while these rows are loaded: this role may not switch them off';
END
$$;
`

// Data is a dump of rows. Conn must be set, and in no transaction.
type Data struct {
	Conn    *pgconn.PgConn
	Scope   Scope
	Exclude []string // patterns of tables whose rows are left out: "public.logs", "audit.*", "logs"
	Copy    bool     // COPY, which loads faster; INSERT otherwise, which any client runs
	Done    func(t *Table)
}

// Table is a table whose rows are dumped.
type Table struct {
	Schema  string   `json:"schema"`
	Name    string   `json:"name"`
	Columns []column `json:"columns"`
	Refers  []int    `json:"refers"` // to which others a foreign key of it leads, by their numbers
	Bytes   int64    `json:"bytes"`  // that it takes on disk
	Rows    int64    `json:"-"`      // written
	Number  int      `json:"number"` // its oid
}

type column struct {
	Name   string `json:"name"`
	Always bool   `json:"always"` // an identity that takes no values but with OVERRIDING SYSTEM VALUE
}

// inventory is what tables.sql gives.
type inventory struct {
	Tables    []*Table    `json:"tables"`
	Sequences []qualified `json:"sequences"`
	Views     []qualified `json:"views"` // materialized, and filled
}

type qualified struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Of     int    `json:"of"` // of a sequence: the number of the table whose column it belongs to
}

// Tables returns what would be dumped, in the order of the dump, without reading a row.
func (d *Data) Tables(ctx context.Context) ([]*Table, error) {
	if err := d.run(ctx, begin); err != nil {
		return nil, err
	}
	defer d.end(ctx)
	all, err := d.inventory(ctx)
	if err != nil {
		return nil, err
	}
	return all.Tables, nil
}

// Write writes the rows of all tables in one snapshot, each table behind those that its foreign keys refer to, then where
// the sequences stand. Memory does not grow with the tables. The error is the writer's, or the server's.
func (d *Data) Write(ctx context.Context, out io.Writer) (tables []*Table, err error) {
	if err := d.run(ctx, begin); err != nil {
		return nil, err
	}
	defer d.end(ctx)
	all, err := d.inventory(ctx)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(out, 256<<10)
	fmt.Fprintf(w, "-- Rows dumped by cairn.\n\n%s", dataSettings)
	if err := d.lock(ctx, all.Tables); err != nil {
		return nil, err
	}
	for _, t := range all.Tables {
		if err := d.rows(ctx, w, t); err != nil {
			return nil, err
		}
		if d.Done != nil {
			d.Done(t)
		}
	}
	// After the rows: a number that was taken meanwhile is behind where the sequence then stands.
	if err := d.sequences(ctx, w, all.Sequences); err != nil {
		return nil, err
	}
	for _, v := range all.Views {
		fmt.Fprintf(w, "\nREFRESH MATERIALIZED VIEW %s;\n", sqltext.Ident(v.Schema, v.Name))
	}
	_, _ = w.WriteString("\nRESET ALL;\n")
	return all.Tables, w.Flush()
}

func (d *Data) run(ctx context.Context, sql string) error {
	_, err := d.Conn.Exec(ctx, sql).ReadAll()
	return err
}

// lock keeps the tables from being altered, emptied or dropped until their turn comes.
func (d *Data) lock(ctx context.Context, tables []*Table) error {
	for some := range slices.Chunk(tables, batch) {
		names := make([]string, len(some))
		for i, t := range some {
			names[i] = "ONLY " + sqltext.Ident(t.Schema, t.Name)
		}
		if err := d.run(ctx, "LOCK TABLE "+strings.Join(names, ", ")+" IN ACCESS SHARE MODE"); err != nil {
			return err
		}
	}
	return nil
}

func (d *Data) end(ctx context.Context) {
	if !d.Conn.IsClosed() {
		_ = d.run(context.WithoutCancel(ctx), "ROLLBACK")
	}
}

func (d *Data) inventory(ctx context.Context) (*inventory, error) {
	r := d.Conn.ExecParams(ctx, tablesSQL, nil, nil, nil, nil).Read()
	if r.Err != nil {
		return nil, r.Err
	}
	all := &inventory{}
	if err := json.Unmarshal(r.Rows[0][0], all); err != nil {
		return nil, fmt.Errorf("read the list of tables: %w", err)
	}
	excluded := map[int]bool{}
	all.Tables = slices.DeleteFunc(all.Tables, func(t *Table) bool {
		excluded[t.Number] = d.excluded(t)
		return excluded[t.Number] || !d.Scope.hasRows(t.Schema)
	})
	out := func(q qualified) bool { return excluded[q.Of] || !d.Scope.hasRows(q.Schema) }
	all.Sequences, all.Views = slices.DeleteFunc(all.Sequences, out), slices.DeleteFunc(all.Views, out)
	all.Tables = behindWhatTheyReferTo(all.Tables)
	return all, nil
}

func (d *Data) excluded(t *Table) bool {
	if d.Scope.Platform && slices.Contains(elsewhere, t.Schema+"."+t.Name) {
		return true
	}
	return slices.ContainsFunc(d.Exclude, func(pattern string) bool {
		name := t.Name
		if strings.Contains(pattern, ".") {
			name = t.Schema + "." + t.Name
		}
		is, err := path.Match(pattern, name)
		return is && err == nil || pattern == name
	})
}

// behindWhatTheyReferTo orders tables by their foreign keys, and by name where those leave it open or lead in a circle.
func behindWhatTheyReferTo(tables []*Table) []*Table {
	byNumber := map[int]*Table{}
	for _, t := range tables {
		byNumber[t.Number] = t
	}
	ordered := make([]*Table, 0, len(tables))
	seen := map[*Table]bool{}
	var visit func(t *Table)
	visit = func(t *Table) {
		seen[t] = true
		for _, n := range t.Refers {
			if to := byNumber[n]; to != nil && !seen[to] {
				visit(to)
			}
		}
		ordered = append(ordered, t)
	}
	for _, t := range tables {
		if !seen[t] {
			visit(t)
		}
	}
	return ordered
}

func (d *Data) rows(ctx context.Context, w *bufio.Writer, t *Table) error {
	name := sqltext.Ident(t.Schema, t.Name)
	columns, always := make([]string, len(t.Columns)), false
	for i, c := range t.Columns {
		columns[i], always = sqltext.Ident(c.Name), always || c.Always
	}
	list := strings.Join(columns, ", ")
	if d.Copy {
		return d.copy(ctx, w, t, name, list)
	}
	head := "INSERT INTO " + name + " (" + list + ")"
	if len(columns) == 0 {
		head = "INSERT INTO " + name
	}
	if always {
		head += " OVERRIDING SYSTEM VALUE"
	}
	return d.insert(ctx, w, t, head, "SELECT "+list+" FROM ONLY "+name)
}

// copy streams a table as COPY does it. What has no columns to name has its rows counted by empty lines.
func (d *Data) copy(ctx context.Context, w *bufio.Writer, t *Table, name, list string) error {
	if list != "" {
		list = " (" + list + ")"
	}
	fmt.Fprintf(w, "\nCOPY %s%s FROM stdin;\n", name, list)
	tag, err := d.Conn.CopyTo(ctx, w, "COPY "+name+list+" TO STDOUT")
	if err != nil {
		return err
	}
	t.Rows = tag.RowsAffected()
	_, err = w.WriteString("\\.\n")
	return err
}

// The bounds of one INSERT: what a client holds at once.
const (
	insertRows  = 1000
	insertBytes = 1 << 20
)

func (d *Data) insert(ctx context.Context, w *bufio.Writer, t *Table, head, query string) error {
	r := d.Conn.ExecParams(ctx, query, nil, nil, nil, nil)
	rows, bytes := 0, 0
	for r.NextRow() {
		values := r.Values()
		switch {
		case len(values) == 0:
			_, _ = w.WriteString("\n" + head + " DEFAULT VALUES;")
			t.Rows++
			continue
		case rows == 0:
			_, _ = w.WriteString("\n" + head + " VALUES\n    (")
		default:
			_, _ = w.WriteString(",\n    (")
		}
		for i, v := range values {
			if i > 0 {
				_, _ = w.WriteString(", ")
			}
			text := value(v, r.FieldDescriptions()[i].DataTypeOID)
			bytes += len(text)
			_, _ = w.WriteString(text)
		}
		if _, err := w.WriteString(")"); err != nil { // the buffer keeps its first error
			_, _ = r.Close()
			return err
		}
		t.Rows++
		if rows++; rows == insertRows || bytes > insertBytes {
			_, _ = w.WriteString(";\n")
			rows, bytes = 0, 0
		}
	}
	if rows > 0 {
		_, _ = w.WriteString(";\n")
	}
	_, err := r.Close()
	return err
}

// value writes what Postgres printed as INSERT takes it: numbers and truth values plain, the rest as a literal.
func value(v []byte, oid uint32) string {
	if v == nil {
		return "NULL"
	}
	text := string(v)
	switch oid {
	case 16: // boolean
		if text == "t" {
			return "true"
		}
		return "false"
	case 20, 21, 23, 26, 700, 701, 1700: // bigint, smallint, integer, oid, real, double precision, numeric
		if strings.Trim(text, "0123456789+-.e") == "" { // no NaN, no Infinity
			return text
		}
	}
	return sqltext.Literal(text)
}

// batch is how many tables or sequences one statement is about.
const batch = 200

func (d *Data) sequences(ctx context.Context, w io.Writer, all []qualified) error {
	for some := range slices.Chunk(all, batch) {
		parts := make([]string, len(some))
		for i, s := range some {
			parts[i] = fmt.Sprintf("(SELECT %d, last_value, is_called FROM %s)", i, sqltext.Ident(s.Schema, s.Name))
		}
		r := d.Conn.ExecParams(ctx, strings.Join(parts, " UNION ALL ")+" ORDER BY 1", nil, nil, nil, nil).Read()
		if r.Err != nil {
			return r.Err
		}
		for i, row := range r.Rows {
			called := "false"
			if string(row[2]) == "t" {
				called = "true"
			} else if !d.Scope.HasSchema(some[i].Schema) {
				continue // the platform's own, and as it was made
			}
			fmt.Fprintf(w, "\nSELECT pg_catalog.setval(%s, %s, %s);\n", sqltext.Literal(sqltext.Ident(some[i].Schema, some[i].Name)), row[1], called)
		}
	}
	return nil
}
