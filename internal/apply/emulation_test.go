package apply_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/sqltext"
)

// magic stands in for an extension that no server has, and makes a wand where one is missing.
type magic struct{ missing int }

func (*magic) Statement(s migration.Statement) (string, *finding.Finding) {
	note := &finding.Finding{Code: "TEST1", Message: "magic is not real"}
	switch text := s.Text(); {
	case strings.Contains(text, "extension magic"):
		return "create schema if not exists magic", note
	case strings.Contains(text, "extension broken"):
		return "create table t (a int, b nosuchtype)", note
	case strings.HasPrefix(text, "vacuum magic"):
		return "vacuum", note
	case strings.Contains(text, "cast"):
		return "do $$ begin raise info using errcode = 'TEST3', message = 'spells', detail = " + sqltext.Literal(text[len(text)-1:]) + "; end $$", note
	}
	return "", nil
}

func (*magic) Notice(n *pgconn.Notice) *finding.Finding {
	if n.Code != "TEST3" {
		return nil
	}
	return &finding.Finding{Code: "TEST3", Message: n.Message + " do not work", Detail: n.Detail}
}

func (m *magic) Missing(refusal *pgconn.PgError) (string, *finding.Finding) {
	if !strings.Contains(refusal.Message, "wand") {
		return "", nil
	}
	m.missing++
	return "create schema wand; create table wand.t (who text default current_user);", &finding.Finding{Code: "TEST2", Message: "a wand was made"}
}

func TestEmulation(t *testing.T) {
	for _, chain := range []bool{false, true} {
		url := pgtest.Start(t, 17).Database(t)
		told := &events{}
		r := runner(t, url, told)
		m := &magic{}
		r.Emulate, r.Options.Chain = m, chain
		result, err := pushWith(t.Context(), r, parse(t,
			table(1),
			file{name: "002_magic", text: "create extension magic;\ncreate table magic.t (id int);\ncreate extension magic;"},
			file{name: "003_wand", text: "create table a (id int);\ninsert into wand.t values (default);"},
			file{name: "004_units", text: "create extension magic; vacuum magic.t; insert into wand.t values ('units');"},
		))
		if err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "applied", versions(result.Applied), "001", "002", "003", "004")
		wantStrings(t, "rows", query(t, url, "select who from wand.t"), "postgres", "units")
		wantStrings(t, "recorded", query(t, url, "select unnest(statements) from supabase_migrations.schema_migrations where version = '002'"),
			"create extension magic", "create table magic.t (id int)", "create extension magic")
		var notes []string
		for _, f := range of[event.Found](told) {
			notes = append(notes, string(f.Finding.Code))
		}
		wantStrings(t, "notes", notes, "TEST1", "TEST2")
		if m.missing != 1 {
			t.Errorf("asked %d times for what is missing", m.missing)
		}
	}
}

// What was passed over is told once a file, with its lines, and not as what ran; a failed try counts for nothing.
func TestPassedOver(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	told := &events{}
	r := runner(t, url, told)
	r.Emulate = &magic{}
	_, err := pushWith(t.Context(), r, parse(t,
		file{name: "001_cast", text: "cast b;\n-- why\ncast a;\ninsert into wand.t values ('x');\ncast b;"},
		file{name: "002_cast", text: "select 1;\n\ncast c;"},
	))
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, f := range of[event.Found](told) {
		notes = append(notes, f.Finding.Error()+"|"+f.Finding.Detail)
	}
	wantStrings(t, "notes", notes,
		"supabase/migrations/001_cast.sql:4:13: a wand was made|",
		"supabase/migrations/001_cast.sql:1:1: spells do not work|passed over: 3, in line 1, 3, 5\nabout: a, b",
		"supabase/migrations/002_cast.sql:3:1: spells do not work|passed over: 1, in line 3\nabout: c")
	for _, n := range of[event.Notice](told) {
		t.Errorf("told as a notice: %+v", n)
	}
}

// What is missing for a statement outside of transactions is made too, and for a transaction between two of them.
func TestEmulationInUnits(t *testing.T) {
	for _, text := range []string{
		"create table a (id int); vacuum wand.t; vacuum magic.t;",
		"create table a (id int); vacuum a; insert into wand.t values ('held'); vacuum a;",
	} {
		url := pgtest.Start(t, 17).Database(t)
		r := runner(t, url, &events{})
		r.Emulate = &magic{}
		if _, err := pushWith(t.Context(), r, parse(t, file{name: "001_units", text: text})); err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "history", query(t, url, historySQL), "001")
		wantStrings(t, "schemas", query(t, url, "select nspname from pg_namespace where nspname = 'wand'"), "wand")
	}
}

// What does not help is tried once, and the refusal is told with its own place in the file.
func TestEmulationInVain(t *testing.T) {
	for text, want := range map[string]struct {
		code finding.Code
		at   string
	}{
		"create table a (id int);\nselect * from wand.nothing;":                  {"PG42P01", "2:15"},
		"create table a (id int);\n-- why\n  create extension broken;":           {"PG42704", "3:3"},
		"create table a (id int);\nvacuum a;\nselect * from wand.nothing;":       {"PG42P01", "3:15"},
		"create table a (id int);\nvacuum wand.nothing;":                         {"PG42P01", "2:1"},
		"create table wand (id int);\nalter table wand add column id int;\n--\n": {"PG42701", "2:1"},
	} {
		url := pgtest.Start(t, 17).Database(t)
		r := runner(t, url, &events{})
		r.Emulate = &magic{}
		_, err := pushWith(t.Context(), r, parse(t, file{name: "001_vain", text: text}))
		f := finding.As(err)
		if f == nil || f.Code != want.code || !strings.HasSuffix(f.At.String(), ".sql:"+want.at) {
			t.Errorf("%s: %v, want %s at %s", text, err, want.code, want.at)
		}
		wantStrings(t, "history", query(t, url, historySQL))
	}
}
