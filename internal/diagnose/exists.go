package diagnose

import "strings"

// existsAdvice is about objects that are there already.
var existsAdvice = map[string]func(scene) string{
	"42P07": exists,
	"42710": exists,
	"42701": columnExists,
	"42P06": exists,
	"42723": exists,
	"42P04": always("A database of this name is there. Migrations run inside one database; databases are made by hand, or once by the platform."),
	"42712": always("Give each table of the query an alias of its own."),
	"42P05": always("A prepared statement of this name is left over on the connection: behind a transaction pooler PREPARE leaks to other clients. Use the session port (5432) or no PREPARE."),
}

// idempotent says, per kind of object, how to write its creation so that it may run twice. {name} is the object's
// name, {table} the table or type that it belongs to.
var idempotent = map[string]string{
	"table":                "write CREATE TABLE IF NOT EXISTS {name} (it does not compare the columns)",
	"foreign table":        "write CREATE FOREIGN TABLE IF NOT EXISTS {name}",
	"index":                "write CREATE INDEX IF NOT EXISTS {name} (if an earlier CONCURRENTLY build failed, drop the INVALID index first)",
	"sequence":             "write CREATE SEQUENCE IF NOT EXISTS {name}",
	"view":                 "write CREATE OR REPLACE VIEW {name}, or DROP VIEW IF EXISTS {name}; before it",
	"materialized view":    "write CREATE MATERIALIZED VIEW IF NOT EXISTS {name}",
	"schema":               "write CREATE SCHEMA IF NOT EXISTS {name}",
	"extension":            "write CREATE EXTENSION IF NOT EXISTS {name}",
	"function":             "write CREATE OR REPLACE FUNCTION {name}",
	"procedure":            "write CREATE OR REPLACE PROCEDURE {name}",
	"aggregate":            "write CREATE OR REPLACE AGGREGATE {name}",
	"trigger":              "write DROP TRIGGER IF EXISTS {name} ON {table}; before it, or CREATE OR REPLACE TRIGGER {name}",
	"event trigger":        "write DROP EVENT TRIGGER IF EXISTS {name}; before it",
	"policy":               "there is no CREATE POLICY IF NOT EXISTS: write DROP POLICY IF EXISTS {name} ON {table}; before it",
	"rule":                 "write CREATE OR REPLACE RULE {name}",
	"type":                 "there is no CREATE TYPE IF NOT EXISTS: wrap it as DO $$ BEGIN CREATE TYPE {name} …; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
	"domain":               "there is no CREATE DOMAIN IF NOT EXISTS: wrap it as DO $$ BEGIN CREATE DOMAIN {name} …; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
	"role":                 "roles belong to the whole server: wrap it as DO $$ BEGIN CREATE ROLE {name} …; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
	"publication":          "there is no CREATE PUBLICATION IF NOT EXISTS: look into pg_publication in a DO block first",
	"member":               "the table is in the publication already: look into pg_publication_tables in a DO block first, or leave the statement out",
	"subscription":         "there is no CREATE SUBSCRIPTION IF NOT EXISTS: look into pg_subscription in a DO block first",
	"server":               "write CREATE SERVER IF NOT EXISTS {name}",
	"user mapping":         "write CREATE USER MAPPING IF NOT EXISTS",
	"foreign data wrapper": "there is no IF NOT EXISTS for it: look into pg_foreign_data_wrapper in a DO block first",
	"collation":            "write CREATE COLLATION IF NOT EXISTS {name}",
	"statistics":           "write CREATE STATISTICS IF NOT EXISTS {name}",
	"cast":                 "write DROP CAST IF EXISTS before it",
	"operator":             "write DROP OPERATOR IF EXISTS before it",
	"language":             "write CREATE OR REPLACE LANGUAGE {name}",
	"label":                "write ALTER TYPE {table} ADD VALUE IF NOT EXISTS",
	"constraint":           "there is no ADD CONSTRAINT IF NOT EXISTS: write ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}; before it",
	"column":               "write ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {name}",
	"new name":             "the new name is taken: rename only where it is still free, in a DO block, or drop what holds the name first",
}

// exists says how to write the statement so that it may run twice.
func exists(s scene) string {
	kind, name, table := s.words.made()
	text, ok := idempotent[kind]
	if !ok {
		return again("make the statement idempotent: IF NOT EXISTS, OR REPLACE, or DROP … IF EXISTS before it")
	}
	return again(strings.NewReplacer("{name}", or(name, "…"), "{table}", or(table, "…")).Replace(text))
}

// columnExists tells a column that is there from one that the statement names twice.
func columnExists(s scene) string {
	if kind, name, _ := s.words.made(); kind != "column" && kind != "new name" {
		return "The statement itself names this column twice for " + or(name, "the table") + ": leave one out."
	}
	return exists(s)
}

func again(text string) string {
	return "This migration is not idempotent: " + text +
		". If what is there is what the file wants, `cairn migration baseline` records the file without running it."
}

// modifiers may stand between CREATE and the kind of object.
var modifiers = map[string]bool{
	"or": true, "replace": true, "unique": true, "temp": true, "temporary": true, "unlogged": true, "global": true,
	"local": true, "recursive": true, "constraint": true, "trusted": true, "procedural": true,
}

// kinds are the kinds of objects of more than one word, and those that have two names.
var kinds = []struct{ phrase, kind string }{
	{"materialized view", "materialized view"},
	{"event trigger", "event trigger"},
	{"foreign table", "foreign table"},
	{"foreign data wrapper", "foreign data wrapper"},
	{"user mapping", "user mapping"},
	{"user", "role"},
	{"group", "role"},
}

// made reads off a CREATE or ALTER what kind of object it makes, under which name, and on which table or type.
// The kind is "" where the statement is neither.
func (w words) made() (kind, name, on string) {
	switch {
	case w.starts("create"):
		return w[1:].created()
	case w.starts("alter"):
		return w[1:].added()
	case w.starts("select") && w.has("into"):
		name, _ = w.after("into").name()
		return "table", name, ""
	}
	return "", "", ""
}

func (w words) created() (kind, name, on string) {
	for len(w) > 0 && modifiers[w[0].key] {
		w = w[1:]
	}
	kind, rest := w.kind()
	for _, phrase := range []string{"concurrently", "if not exists"} {
		if rest.starts(phrase) {
			rest = rest.after(phrase)
		}
	}
	if kind == "schema" && rest.starts("authorization") {
		rest = rest[1:]
	}
	if !rest.starts("on") { // an index without a name
		name, rest = rest.name()
	}
	if kind == "policy" || kind == "trigger" || kind == "index" {
		on, _ = skip(rest.after("on"), "only").name()
	}
	return kind, name, on
}

func (w words) added() (kind, name, on string) {
	kind, rest := w.kind()
	for _, word := range []string{"if", "exists", "only"} {
		rest = skip(rest, word)
	}
	on, rest = rest.name()
	switch {
	case rest.has("rename"):
		name, _ = rest.after("to").name()
		return "new name", name, on
	case kind == "type" && rest.starts("add value"):
		return "label", "", on
	case kind == "publication":
		return "member", "", on
	case rest.has("add") && rest.after("add").has("add"): // which of them is not known
		kind = "column"
		if rest.has("add constraint") {
			kind = "constraint"
		}
		return kind, "", on
	case (kind == "table" || kind == "foreign table") && rest.has("add constraint"):
		rest = rest.after("add constraint")
		if rest.starts("if not exists") {
			rest = rest.after("if not exists")
		}
		name, _ = rest.name()
		return "constraint", name, on
	case kind == "domain" && rest.has("add"):
		name, _ = rest.after("constraint").name()
		return "constraint", name, on
	case (kind == "table" || kind == "foreign table" || kind == "type") && rest.has("add"):
		rest = rest.after("add")
		for _, word := range []string{"column", "attribute", "if", "not", "exists"} {
			rest = skip(rest, word)
		}
		name, _ = rest.name()
		return "column", name, on
	}
	return "", "", on
}

// kind returns the kind of object that w starts with, and what follows it.
func (w words) kind() (string, words) {
	for _, k := range kinds {
		if w.starts(k.phrase) {
			return k.kind, w.after(k.phrase)
		}
	}
	if len(w) == 0 {
		return "", nil
	}
	return w[0].key, w[1:]
}

// skip returns w without its first word, where that is the given one.
func skip(w words, key string) words {
	if len(w) > 0 && w[0].key == key {
		return w[1:]
	}
	return w
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
