// Package history reads and writes what ran on a target: the table that every Supabase tool shares,
// supabase_migrations.schema_migrations(version, statements, name), and our own tables beside it, which hold what that
// one cannot: checksum, run, xid, who, route, duration, and the steps of files that are more than one transaction.
package history

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed probe.sql
var probeSQL string

//go:embed read.sql
var readSQL string

//go:embed read_foreign.sql
var readForeignSQL string

//go:embed read_bare.sql
var readBareSQL string

//go:embed steps.sql
var stepsSQL string

//go:embed statements.sql
var statementsSQL string

// format is the number of the layout of our own tables. A higher one on a target was written by a newer cairn.
const format = 1

// History is what a target says has run on it.
type History struct {
	Exists  bool   // the shared table is there
	Own     bool   // our tables are there and may be written
	Columns string // the shared table's columns, comma-separated, in order; "" where it is missing
	Foreign string // other tools' history tables that were found, comma-separated
	Rows    []Row  // by version, as bytes
	Stamp   Stamp  // of Rows
	Steps   []Step // of files that are more than one transaction, by version, direction, step

	readable bool // our tables are there and may be read
}

// Stamp tells one set of recorded versions from another, whatever the order they came in.
type Stamp struct {
	Versions int
	Hash     int64 // the versions' hashtextextended, combined by exclusive or
}

// Moved is the stamp after versions were added, or taken out where n is negative; hash is theirs.
func (s Stamp) Moved(n int, hash int64) Stamp {
	return Stamp{Versions: s.Versions + n, Hash: s.Hash ^ hash}
}

// Guard is what must still hold of the history when a version is recorded. Without any, nothing may be recorded that
// comes after the version.
type Guard struct{ versions, hash, newest []byte }

// Behind guards that newest is still the last version, which costs the same however long the history is.
func Behind(newest string) Guard { return Guard{newest: []byte(newest)} }

// Whole guards that the history is the one with this stamp.
func (s Stamp) Whole() Guard {
	return Guard{versions: []byte(strconv.Itoa(s.Versions)), hash: []byte(strconv.FormatInt(s.Hash, 10))}
}

// Count guards the number of versions alone.
func (s Stamp) Count() Guard { return Guard{versions: []byte(strconv.Itoa(s.Versions))} }

// Row is one recorded version.
type Row struct {
	Version    string
	Name       string
	Applied    *Applied // what cairn recorded; nil where another tool wrote the row
	Intact     bool     // the statements recorded are the ones that cairn ran; their text is read by Fetch
	Statements []string // what is recorded as run; nil where not read, or where nothing is recorded
}

// Applied is what our own table knows of a version.
type Applied struct {
	Checksum string        `json:"checksum"` // SHA-256 of the file
	Run      string        `json:"run"`
	Who      string        `json:"who"`
	Route    string        `json:"route"`
	XID      string        `json:"xid"`
	Started  string        `json:"started"` // RFC 3339, UTC, the server's clock
	Elapsed  time.Duration `json:"elapsed_ns,omitempty"`
}

// Step is a unit of a migration of several units, as far as it came.
type Step struct {
	Version   string
	Index     int    // from 0
	Direction string // "up" or "down"
	State     string // "intent": announced, its effect not yet seen; "done"
	MD5       string // of the unit's text
	Run       string
	Before    string // JSON: what was there before an announced statement; "" for transactions
}

// Version returns the row of version v, or nil.
func (h *History) Version(v string) *Row {
	i, ok := slices.BinarySearchFunc(h.Rows, v, func(r Row, v string) int { return strings.Compare(r.Version, v) })
	if !ok {
		return nil
	}
	return &h.Rows[i]
}

// StepsOf returns the steps recorded for a version in a direction, by index.
func (h *History) StepsOf(version, direction string) []Step {
	var steps []Step
	for _, s := range h.Steps {
		if s.Version == version && s.Direction == direction {
			steps = append(steps, s)
		}
	}
	return steps
}

// Read reads the history in two round trips. A target without the table has an empty history. A table that cannot be
// used, or that a newer cairn wrote, is a finding with exit Refused; nothing is altered.
func Read(ctx context.Context, s target.Session) (*History, error) {
	r := &reading{}
	if err := target.One(ctx, s, r.probe()); err != nil {
		return nil, err
	}
	if err := r.usable(); err != nil || !r.history.Exists {
		return &r.history, err
	}
	if err := s.Exec(ctx, []target.Segment{r.rows(r.history.Complete(), r.history.readable)}, nil); err != nil {
		return nil, err
	}
	return &r.history, r.broken
}

// Reread returns the steps that read the history behind others in one transaction, which have made the shared table
// complete and, with own, our tables too. Once they ran, now returns what they read, or the error that Read would.
func (h *History) Reread(own bool) (steps []target.Step, now func() (*History, error)) {
	r := &reading{}
	return append(target.Segment{r.probe()}, r.rows(true, own || h.readable)...), func() (*History, error) {
		return &r.history, errors.Join(r.usable(), r.broken)
	}
}

// reading is a history on its way from the server.
type reading struct {
	history History
	comment string // on our tables
	wrong   string // columns of a type that we cannot use
	broken  error
}

// probe asks what of the bookkeeping exists.
func (r *reading) probe() target.Step {
	return target.Step{SQL: probeSQL, Row: func(v [][]byte) {
		h := &r.history
		h.Exists, h.Columns = string(v[0]) == "t", string(v[1])
		h.readable, r.comment, h.Own = string(v[2]) == "t", string(v[3]), string(v[4]) == "t"
		h.Foreign, r.wrong = string(v[5]), string(v[6])
	}}
}

// usable says why what the probe found cannot be used.
func (r *reading) usable() error {
	if !r.history.Exists {
		return nil
	}
	if err := checkFormat(r.history.readable, r.comment); err != nil {
		return err
	}
	switch {
	case !r.history.has("version"):
		return notOurs(`has no column "version"`, "its columns are: "+r.history.Columns)
	case r.wrong != "":
		return notOurs("has columns of other types than text, text[] and text", r.wrong)
	}
	return nil
}

// rows reads what is recorded: in a complete table or in one of versions alone, with what our tables know or without.
func (r *reading) rows(complete, own bool) target.Segment {
	query := readSQL
	switch {
	case !complete:
		query = readBareSQL
	case !own:
		query = readForeignSQL
	}
	h := &r.history
	steps := target.Segment{{SQL: query, Row: func(v [][]byte) {
		row, err := scanRow(v)
		r.broken = errors.Join(r.broken, err)
		hash, _ := strconv.ParseInt(string(v[11]), 10, 64)
		h.Stamp = h.Stamp.Moved(1, hash)
		h.Rows = append(h.Rows, row)
	}}}
	if own {
		steps = append(steps, target.Step{SQL: stepsSQL, Row: func(v [][]byte) {
			index, _ := strconv.Atoi(string(v[1]))
			h.Steps = append(h.Steps, Step{
				Version: string(v[0]), Index: index, Direction: string(v[2]), State: string(v[3]),
				MD5: string(v[4]), Run: string(v[5]), Before: string(v[6]),
			})
		}})
	}
	return steps
}

// has reports whether the shared table has a column.
func (h *History) has(column string) bool {
	return slices.Contains(strings.Split(h.Columns, ","), column)
}

// Fetch reads the recorded statements of versions into their rows; a table that keeps none has none. What the server
// says against it is a finding.
func (h *History) Fetch(ctx context.Context, s target.Session, versions []string) error {
	if len(versions) == 0 || !h.has("statements") {
		return nil
	}
	rows, err := target.Rows(ctx, s, statementsSQL, target.Text(Array(versions)))
	if refused, ok := errors.AsType[*target.StatementError](err); ok {
		f := diagnose.Statement(refused.PG, source.Span{})
		f.Cause = err
		return f
	}
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := h.Version(string(r[0])).scanStatements(r[1]); err != nil {
			return err
		}
	}
	return nil
}

// notOurs says that the shared table cannot be used.
func notOurs(why, detail string) error {
	return &finding.Finding{
		Code: finding.HistoryShape, Severity: finding.Error, Exit: finding.Refused,
		Message: "supabase_migrations.schema_migrations " + why, Detail: detail,
		Hint: "another program made this table; rename it, then run cairn again: nothing was altered",
	}
}

func checkFormat(own bool, comment string) error {
	if !own {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(comment, "cairn format "))
	if err == nil && n <= format {
		return nil
	}
	return &finding.Finding{
		Code: finding.NewerFormat, Severity: finding.Error, Exit: finding.Refused,
		Message: "the history on this target was written by a newer cairn",
		Detail:  fmt.Sprintf("its tables say %q, this cairn knows format %d", comment, format),
		Hint:    "install the newest cairn; nothing was altered",
	}
}

func scanRow(v [][]byte) (Row, error) {
	row := Row{Version: string(v[0]), Name: string(v[1]), Intact: string(v[9]) == "t"}
	if v[2] != nil {
		row.Applied = &Applied{
			Checksum: string(v[2]), Run: string(v[3]), Who: string(v[4]), Route: string(v[5]),
			XID: string(v[6]), Started: string(v[7]),
		}
		if seconds, err := strconv.ParseFloat(string(v[8]), 64); err == nil {
			row.Applied.Elapsed = time.Duration(seconds * float64(time.Second))
		}
	}
	return row, row.scanStatements(v[10])
}

// scanStatements reads a JSON array of statements, or nothing from NULL. A history that changed between two reads may
// have lost the row.
func (r *Row) scanStatements(text []byte) error {
	if text == nil || r == nil {
		return nil
	}
	if err := json.Unmarshal(text, &r.Statements); err != nil {
		return fmt.Errorf("read the recorded statements of version %s: %w", r.Version, err)
	}
	return nil
}
