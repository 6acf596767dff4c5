package fidelity

import (
	"context"
	"regexp"
	"slices"

	"github.com/cairndb/cairn/internal/target"
)

// What a dump says of itself by what it holds.
var (
	rolesIn      = regexp.MustCompile(`(?mi)^CREATE ROLE "?(?:anon|authenticated|authenticator)"?\b`)
	databaseIn   = regexp.MustCompile(`(?m)^CREATE DATABASE `)
	ownersIn     = regexp.MustCompile(`\bOWNER TO |(?m:^SET SESSION AUTHORIZATION )`)
	grantsIn     = regexp.MustCompile(`(?m)^(?:GRANT|REVOKE) `)
	commentedOut = map[string]*regexp.Regexp{
		"default privileges": regexp.MustCompile(`(?m)^-- *ALTER DEFAULT PRIVILEGES `),
		"event trigger":      regexp.MustCompile(`(?m)^-- *CREATE EVENT TRIGGER `),
		"publication":        regexp.MustCompile(`(?m)^-- *CREATE PUBLICATION `),
		"extension":          regexp.MustCompile(`(?m)^-- *CREATE EXTENSION `),
	}
)

// Read reads what was restored. Blind says then what is not to be compared.
func (d *Dump) Read(ctx context.Context, s target.Session) (*Reading, error) {
	r, err := Read(ctx, s)
	if err != nil {
		return nil, err
	}
	r.Facts = append(r.Facts, d.lost...)
	r.sort()
	return r, nil
}

// Blind adds to the reading of the dump what a dump cannot hold, and what this one was made without: of what it has
// nothing at all, although our own platform has.
func (d *Dump) Blind(r, ours *Reading) {
	hide := func(g Gap) { r.Gaps = append(r.Gaps, g) }
	if text := d.File.Text; !rolesIn.MatchString(text) {
		for _, kind := range []string{"role", "membership", "role setting"} {
			hide(Gap{Kind: kind, Why: "pg_dump does not write it; `pg_dumpall --roles-only` does"})
		}
	}
	if !databaseIn.MatchString(d.File.Text) {
		for _, kind := range []string{"database", "database setting"} {
			hide(Gap{Kind: kind, Why: "pg_dump writes it with --create only"})
		}
	}
	if !ownersIn.MatchString(d.File.Text) {
		hide(Gap{Property: "owner", Why: "the dump was made without owners"})
		// A schema of the user's then looks as if it were the superuser's.
		r.Facts = slices.DeleteFunc(r.Facts, func(f Fact) bool { return f.Schema != "" && !ours.Has("schema", f.Schema, f.Schema) })
	}
	if !grantsIn.MatchString(d.File.Text) {
		hide(Gap{Property: "grant", Why: "the dump was made without privileges"})
	}
	hide(Gap{Kind: "extension", Property: "version", Why: "pg_dump does not write it"})
	for _, f := range r.Facts {
		if f.Kind == "extension" && f.Properties["schema"] == "vault" {
			hide(Gap{Schema: "vault", Why: "it is what the extension " + f.Name + " makes, which a dump does not hold"})
		}
	}
	for _, kind := range []string{"extension", "event trigger", "publication", "default privileges"} {
		switch {
		case commentedOut[kind].MatchString(d.File.Text):
			hide(Gap{Kind: kind, Why: "the dump has some of it as comments only"})
		case !slices.ContainsFunc(r.Facts, func(f Fact) bool {
			users := f.Own && !ours.Has(f.Kind, f.Schema, f.Name)
			return f.Kind == kind && f.Name != "plpgsql" && !users
		}):
			hide(Gap{Kind: kind, Why: "the dump holds none"})
		}
	}
	for _, f := range ours.Facts {
		if f.Kind == "schema" && !r.Has("schema", f.Schema, f.Schema) {
			hide(Gap{Schema: f.Schema, Why: "the dump holds nothing of it"})
		}
	}
}
