package app

import (
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
)

func parsed(t *testing.T, name, text string) *migration.Migration {
	t.Helper()
	m, findings := migration.Parse(name, []byte(text))
	for _, f := range findings {
		if f.Severity == finding.Error {
			t.Fatal(f)
		}
	}
	m.Version, m.Name, _ = strings.Cut(strings.TrimSuffix(name, ".sql"), "_")
	return m
}

func TestOneTransaction(t *testing.T) {
	plain := parsed(t, "001_a.sql", "create table a ();")
	for _, c := range []struct{ text, detail string }{
		{"create index concurrently i on a (id);", "Postgres runs this statement only outside a transaction"},
		{"begin; select 1; commit; begin; select 2; commit;", "it is several transactions"},
		{"begin isolation level serializable; select 1; commit;", "its BEGIN asks for a transaction of its own: ISOLATION LEVEL SERIALIZABLE"},
		{"begin; select 1; commit;", ""},
	} {
		err := oneTransaction([]*migration.Migration{plain, parsed(t, "002_b.sql", c.text)})
		f := finding.As(err)
		if c.detail == "" {
			if err != nil {
				t.Errorf("%s: %v", c.text, err)
			}
			continue
		}
		if f == nil || f.Code != finding.NotInTransaction || f.Exit != finding.Refused || f.Detail != c.detail || !strings.HasPrefix(f.Message, "002_b ") {
			t.Errorf("%s: %+v", c.text, f)
		}
	}
}

func TestAhead(t *testing.T) {
	now := time.Date(2026, 1, 15, 10, 30, 0, 0, time.UTC)
	m := parsed(t, "20260117000000_a.sql", "select 1;")
	if w := aheadOf([]*migration.Migration{m, parsed(t, "20260116000000_b.sql", "select 1;")}, now, now); len(w) != 1 ||
		w[0].Detail != "the server's clock says 2026-01-15 10:30:00" {
		t.Errorf("%+v", w)
	}
	// The clock here runs ahead, and so did the one that dated the file: only the server's tells.
	if w := aheadOf([]*migration.Migration{m}, now, now.Add(72*time.Hour)); len(w) != 1 ||
		w[0].Detail != "the server's clock says 2026-01-15 10:30:00, this machine's 2026-01-18 10:30:00" {
		t.Errorf("%+v", w)
	}
	if w := aheadOf([]*migration.Migration{m}, now.Add(72*time.Hour), now); w != nil {
		t.Errorf("%+v", w)
	}
}

// TestTargetFirst: what was found before the target is known is told behind it, and at the end where there is none.
func TestTargetFirst(t *testing.T) {
	var got []string
	collect := func(e event.Event) {
		switch e := e.(type) {
		case event.Found:
			got = append(got, e.Finding.Message)
		case event.RunStarted:
			got = append(got, "target")
		case event.PhaseDone:
			got = append(got, "phase")
		}
	}
	found := func(m string) event.Event { return event.Found{Finding: &finding.Finding{Message: m}} }
	s, rest := targetFirst(collect)
	s(found("one"))
	s(event.PhaseDone{})
	s(event.RunStarted{})
	s(found("two"))
	rest()
	if want := "phase target one two"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
	got = nil
	s, rest = targetFirst(collect)
	s(found("one"))
	s(found("two"))
	rest()
	if want := "one two"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}
