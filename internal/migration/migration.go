// Package migration reads migration files: their names, their statements, and the units that must run together.
// It knows text only; what a statement does to a database, Postgres says.
package migration

import (
	"github.com/cairndb/cairn/internal/source"
)

// Migration is one file: a step from one state of a database to the next.
type Migration struct {
	Version  string       // the digits before the first "_", as text: leading zeros count
	Name     string       // what stands between the first "_" and ".sql"; may be empty
	Path     string       // absolute path of the file
	File     *source.File // its text, byte order mark stripped; File.Name is relative to the project
	Checksum string       // SHA-256 of the file's bytes, in lower-case hex
	Header   Header
	Units    []Unit     // what runs together, in order; empty for a file without statements
	Recorded []string   // what the history stores of it, as the Supabase CLI would; nil where it cannot be split
	Down     *Migration // the companion that reverts it, or nil; its own Down is nil
}

// Header is what the comment lines on top of a file say of it.
type Header struct {
	Description string `json:"description,omitempty"`
	Author      string `json:"author,omitempty"`
	Date        string `json:"date,omitempty"`
}

// Statement is the text of one SQL statement: without the ";" that ends it, with the comments before it.
type Statement struct {
	source.Span
	Copy *source.Span // for COPY … FROM stdin: the lines of data behind it, without the closing `\.`; nil otherwise
}

// Unit is a run of statements that go together: one transaction, or one statement that Postgres runs only alone.
type Unit struct {
	Alone      bool   // one statement outside any transaction: CREATE INDEX CONCURRENTLY, VACUUM, …
	Mode       string // what the file's BEGIN or SET TRANSACTION asked for: "ISOLATION LEVEL SERIALIZABLE"; usually ""
	Statements []Statement
}

// Statements returns the statements of all units in file order.
func (m *Migration) Statements() []Statement {
	var all []Statement
	for _, u := range m.Units {
		all = append(all, u.Statements...)
	}
	return all
}

// Transactional reports whether the whole file is one transaction (or has no statements at all).
func (m *Migration) Transactional() bool {
	return len(m.Units) == 0 || len(m.Units) == 1 && !m.Units[0].Alone
}

// ID returns "version_name", the file's name without ".sql".
func (m *Migration) ID() string { return m.Version + "_" + m.Name }
