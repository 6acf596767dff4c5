// Package platform lays what a Supabase project's database holds before its first migration: roles, schemas, default
// privileges, the tables and functions of auth, storage, realtime, vault.
//
// Migrations run as the role postgres, which is no superuser; where the platform lets postgres do more by an extension
// of its own, grants and ownership do the same here. The SQL is in baseline/, one file for each area.
package platform

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/cairndb/cairn/internal/source"
)

// Superuser is the bootstrap superuser that a cluster needs before Lay; the platform's own objects belong to it.
const Superuser = "supabase_admin"

// Version is the year and month of the platform that a Baseline stands for.
const Version = "2026-07"

// Owner is the role that owns the database and runs migrations. Copies of the database must be made with this owner.
const Owner = "postgres"

// Exposure says what the API roles are granted on a new table, sequence or function in the schema public.
type Exposure int

// The two variants of default privileges.
const (
	Classic    Exposure = iota // everything: row level security is the one guard
	NotExposed                 // nothing that reads, writes or calls: a migration grants what it means to
)

// String returns "classic" or "not exposed".
func (e Exposure) String() string {
	if e == NotExposed {
		return "not exposed"
	}
	return "classic"
}

// Baseline is the platform for one major version of Postgres.
type Baseline struct {
	Major    int // 15 or later
	Exposure Exposure
}

// Fingerprint returns a hash, in hex, of the SQL that Lay may run, for the keys of caches. What the server's extensions
// add to that is not in it.
func (b Baseline) Fingerprint() string {
	h := sha256.New()
	fmt.Fprintf(h, "postgres %d\n", b.Major)
	for _, f := range b.files(nil) {
		fmt.Fprintf(h, "%s %d\n", f.Name, len(f.Text))
		_, _ = io.WriteString(h, f.Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

//go:embed baseline/*.sql
var baseline embed.FS

// scripts are the files of baseline/ in the order they run; later ones need what earlier ones made.
var scripts = []struct {
	name        string
	from, until int    // the majors that it is for, both included; 0 is no bound
	notExposed  bool   // for that variant only
	with        string // runs only where the server has this extension
	without     string // runs only where it has not
}{
	{name: "roles.sql"},
	{name: "roles_15.sql", until: 15},
	{name: "roles_16.sql", from: 16},
	{name: "roles_17.sql", from: 17},
	{name: "parameters.sql"},
	{name: "database.sql"},
	{name: "default_privileges.sql"},
	{name: "not_exposed.sql", notExposed: true},
	{name: "extensions.sql"},
	{name: "auth_functions.sql"},
	{name: "auth_tables.sql"},
	{name: "auth_oauth.sql"},
	{name: "auth_access.sql"},
	{name: "storage_tables.sql"},
	{name: "storage_functions.sql"},
	{name: "storage_listing.sql"},
	{name: "former.sql"},
	{name: "realtime.sql"},
	{name: "realtime_internals.sql"},
	{name: "vault.sql", without: "supabase_vault"},
	{name: "vault_extension.sql", with: "supabase_vault"},
	{name: "vault_access.sql"},
	{name: "functions.sql"},
	{name: "events.sql"},
	{name: "escalate.sql"},
}

// files returns the scripts that make up b on a server where has says which extensions there are; nil takes the scripts
// for either case.
func (b Baseline) files(has func(extension string) bool) []*source.File {
	var files []*source.File
	for _, s := range scripts {
		if b.Major < s.from || s.until != 0 && b.Major > s.until || s.notExposed && b.Exposure != NotExposed {
			continue
		}
		if has != nil && (s.with != "" && !has(s.with) || s.without != "" && has(s.without)) {
			continue
		}
		text, err := baseline.ReadFile("baseline/" + s.name)
		if err != nil {
			panic(err) // a name in the table above is wrong: the package's first test finds it
		}
		files = append(files, &source.File{Name: s.name, Text: string(text)})
	}
	return files
}
