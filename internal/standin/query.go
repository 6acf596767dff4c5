package standin

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed history.sql
var historySQL string

//go:embed one.sql
var oneSQL string

// loginTTL is how long a login role is good for.
const loginTTL = 5 * time.Minute

// row is a row of a result: an object whose names stand in the order of the columns.
type row []field

type field struct {
	name  string
	value json.RawMessage
}

// MarshalJSON writes the object. Of two columns of one name the last counts, as in the platform's answers.
func (r row) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, f := range r {
		last := true
		for _, later := range r[i+1:] {
			last = last && later.name != f.name
		}
		if !last {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), f.value...)
	}
	return append(b, '}'), nil
}

// query runs SQL as the platform does: as one message of the simple protocol, and gives the last statement's rows.
func (s *Server) query(w http.ResponseWriter, r *http.Request, p Project) { s.run(w, r, p, false) }

func (s *Server) queryReadOnly(w http.ResponseWriter, r *http.Request, p Project) {
	s.run(w, r, p, true)
}

func (s *Server) run(w http.ResponseWriter, r *http.Request, p Project, readOnly bool) {
	var req struct {
		Query      string `json:"query"`
		Parameters []any  `json:"parameters"`
		ReadOnly   bool   `json:"read_only"`
	}
	if !read(w, r, &req) {
		return
	}
	if req.Query == "" {
		fail(w, http.StatusBadRequest, "query should not be empty")
		return
	}
	s.within(w, func(ctx context.Context, w http.ResponseWriter) {
		url := p.URL
		if (readOnly || req.ReadOnly) && !p.Admin.IsZero() {
			url = p.Admin // postgres may not become the platform's reader, who logs in itself there
		}
		conn, err := pgconn.Connect(ctx, url.Reveal())
		if err != nil {
			fail(w, http.StatusBadRequest, sqlFailed+"connection failed")
			return
		}
		defer func() { _ = conn.Close(ctx) }()
		if readOnly || req.ReadOnly {
			if err := conn.Exec(ctx, "set default_transaction_read_only = on; set role supabase_read_only_user").Close(); err != nil {
				fail(w, http.StatusBadRequest, refusal(err, ""))
				return
			}
		}
		rows, err := lastRows(ctx, conn, req.Query, req.Parameters)
		if err != nil {
			fail(w, http.StatusBadRequest, refusal(err, req.Query))
			return
		}
		give(w, http.StatusCreated, rows)
	})
}

// within gives the gateway's answer where do takes too long; do goes on then, as on the platform.
func (s *Server) within(real http.ResponseWriter, do func(context.Context, http.ResponseWriter)) {
	limit := s.Gateway
	if limit == 0 {
		limit = time.Minute
	}
	held := &answer{header: http.Header{}, status: http.StatusOK}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(context.Background(), held)
	}()
	select {
	case <-done:
		for name, values := range held.header {
			real.Header()[name] = values
		}
		real.WriteHeader(held.status)
		_, _ = real.Write(held.body.Bytes())
	case <-time.After(limit):
		real.Header().Set("Content-Type", "text/html")
		real.WriteHeader(http.StatusGatewayTimeout)
		_, _ = real.Write([]byte("<html><head><title>504 Gateway Time-out</title></head><body>upstream request timeout</body></html>"))
	}
}

// lastRows runs SQL and returns the rows of its last statement.
func lastRows(ctx context.Context, conn *pgconn.PgConn, sql string, parameters []any) ([]row, error) {
	rows := []row{}
	if len(parameters) > 0 {
		args := make([][]byte, len(parameters))
		for i, p := range parameters {
			if p != nil {
				args[i] = fmt.Append(nil, p)
			}
		}
		result := conn.ExecParams(ctx, sql, args, nil, nil, nil).Read()
		for _, values := range result.Rows {
			rows = append(rows, rowOf(result.FieldDescriptions, values))
		}
		return rows, result.Err
	}
	all := conn.Exec(ctx, sql)
	for all.NextResult() {
		rows = rows[:0]
		result := all.ResultReader()
		fields := result.FieldDescriptions()
		for result.NextRow() {
			rows = append(rows, rowOf(fields, result.Values()))
		}
	}
	return rows, all.Close()
}

func rowOf(fields []pgconn.FieldDescription, values [][]byte) row {
	r := make(row, len(fields))
	for i, f := range fields {
		r[i] = field{f.Name, valueOf(f.DataTypeOID, values[i])}
	}
	return r
}

// valueOf writes a value as the platform does: numbers that JSON holds as numbers, booleans, JSON as it is, the rest as text.
func valueOf(oid uint32, value []byte) json.RawMessage {
	text := string(value)
	switch {
	case value == nil:
		return raw("null")
	case oid == pgtype.BoolOID:
		return raw(strconv.FormatBool(text == "t"))
	case oid == pgtype.Int2OID || oid == pgtype.Int4OID || oid == pgtype.OIDOID:
		return raw(text)
	case oid == pgtype.Int8OID:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n < 1<<53 && n > -1<<53 {
			return raw(text)
		}
	case oid == pgtype.Float4OID || oid == pgtype.Float8OID:
		if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
			return raw(text)
		}
		return raw("null")
	case oid == pgtype.JSONOID || oid == pgtype.JSONBOID:
		if json.Valid(value) {
			return append(json.RawMessage{}, value...)
		}
	}
	quoted, _ := json.Marshal(text)
	return quoted
}

// sqlFailed is how the platform begins what the database said.
const sqlFailed = "Failed to run sql query: "

// refusal writes what the database said as the platform does: the line of the text that was sent, with a caret, and the
// server's DETAIL, HINT and CONTEXT below.
func refusal(err error, sql string) string {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return sqlFailed + err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s:  %s: %s\n", sqlFailed, pg.Severity, pg.Code, pg.Message)
	if pg.Position > 0 {
		offset := int(pg.Position) - 1
		for i, line := range strings.Split(sql, "\n") {
			n := len([]rune(line))
			if offset <= n {
				head := "LINE " + strconv.Itoa(i+1) + ": "
				fmt.Fprintf(&b, "%s%s\n%s^\n", head, line, strings.Repeat(" ", len(head)+columns(line, offset)))
				break
			}
			offset -= n + 1
		}
	}
	for _, part := range []struct{ name, text string }{{"DETAIL", pg.Detail}, {"HINT", pg.Hint}, {"QUERY", pg.InternalQuery}, {"CONTEXT", pg.Where}} {
		if part.text != "" {
			fmt.Fprintf(&b, "%s:  %s\n", part.name, part.text)
		}
	}
	return b.String()
}

// columns is the number of characters before a place, as JavaScript counts them.
func columns(line string, runes int) int {
	return len(utf16.Encode([]rune(line)[:runes]))
}

func (s *Server) connect(w http.ResponseWriter, r *http.Request, p Project) *pgconn.PgConn {
	conn, err := pgconn.Connect(r.Context(), p.URL.Reveal())
	if err != nil {
		fail(w, http.StatusInternalServerError, "Failed to connect to the database")
		return nil
	}
	return conn
}

func (s *Server) listMigrations(w http.ResponseWriter, r *http.Request, p Project) {
	conn := s.connect(w, r, p)
	if conn == nil {
		return
	}
	defer func() { _ = conn.Close(r.Context()) }()
	rows, err := lastRows(r.Context(), conn, "select version, name from supabase_migrations.schema_migrations order by version", nil)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42P01" {
		rows, err = []row{}, nil
	}
	if err != nil {
		fail(w, http.StatusInternalServerError, "Failed to list database migrations")
		return
	}
	for i := range rows {
		rows[i] = rows[i].without()
	}
	give(w, http.StatusOK, rows)
}

// without leaves out what is null: the document has those fields as absent, never as null.
func (r row) without() row {
	return slices.DeleteFunc(r, func(f field) bool { return string(f.value) == "null" })
}

func (s *Server) oneMigration(w http.ResponseWriter, r *http.Request, p Project) {
	conn := s.connect(w, r, p)
	if conn == nil {
		return
	}
	defer func() { _ = conn.Close(r.Context()) }()
	rows, err := lastRows(r.Context(), conn, sqltext.Format(oneSQL, r.PathValue("version")), nil)
	switch {
	case err != nil:
		fail(w, http.StatusInternalServerError, "Failed to get database migration")
	case len(rows) == 0:
		fail(w, http.StatusNotFound, "Migration not found")
	default:
		give(w, http.StatusOK, rows[0].without())
	}
}

func (s *Server) applyMigration(w http.ResponseWriter, r *http.Request, p Project) {
	s.migrate(w, r, p, true)
}

func (s *Server) recordMigration(w http.ResponseWriter, r *http.Request, p Project) {
	s.migrate(w, r, p, false)
}

// migrate runs and records a migration, or records it only. The version is the clock's.
func (s *Server) migrate(w http.ResponseWriter, r *http.Request, p Project, run bool) {
	var req struct{ Query, Name, Rollback string }
	if !read(w, r, &req) {
		return
	}
	if req.Query == "" {
		fail(w, http.StatusBadRequest, "query should not be empty")
		return
	}
	key := r.Header.Get("Idempotency-Key")
	s.within(w, func(ctx context.Context, w http.ResponseWriter) {
		conn, err := pgconn.Connect(ctx, p.URL.Reveal())
		if err != nil {
			fail(w, http.StatusInternalServerError, "Failed to connect to the database")
			return
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := lastRows(ctx, conn, historySQL, nil); err != nil {
			fail(w, http.StatusInternalServerError, "Failed to create the migration history")
			return
		}
		var known any
		if key != "" {
			known = key
			rows, err := lastRows(ctx, conn, sqltext.Format("select 1 from supabase_migrations.schema_migrations where idempotency_key = %L", key), nil)
			if err == nil && len(rows) > 0 {
				w.WriteHeader(http.StatusOK)
				return
			}
		}
		sql := ""
		if run {
			sql = req.Query + "\n;\n"
		}
		var rollback any
		if req.Rollback != "" {
			rollback = "{" + strconv.Quote(req.Rollback) + "}"
		}
		sql += sqltext.Format(
			"insert into supabase_migrations.schema_migrations (version, name, statements, rollback, created_by, idempotency_key) values (%L, %L, array[%L], %L, %L, %L)",
			s.now().UTC().Format("20060102150405"), req.Name, req.Query, rollback, "stand@in.test", known)
		if _, err := lastRows(ctx, conn, sql, nil); err != nil {
			fail(w, http.StatusBadRequest, refusal(err, sql))
			return
		}
		w.WriteHeader(http.StatusOK)
	})
}
