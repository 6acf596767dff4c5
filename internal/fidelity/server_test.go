package fidelity_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/fidelity"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func options(b platform.Baseline) pgtest.Options {
	return pgtest.Options{Major: b.Major, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL}
}

// session opens a session as the product does; it lives as long as the test.
func session(t *testing.T, url string) target.Session {
	t.Helper()
	s, err := (&direct.Target{URL: secret.New(url), Label: "the test's"}).Open(t.Context(), target.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func read(t *testing.T, url string) *fidelity.Reading {
	t.Helper()
	r, err := fidelity.Read(t.Context(), session(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run runs SQL on a connection of its own.
func run(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

// told is a comparison as lines: "~ column auth.users.email; type: text -> integer".
func told(c *fidelity.Comparison) []string {
	lines := []string{}
	for _, d := range c.Differences {
		line := map[fidelity.Status]string{fidelity.New: "+ ", fidelity.Gone: "- ", fidelity.Changed: "~ "}[d.Status] + d.Title()
		for _, p := range d.Properties {
			switch {
			case p.Name == "body" && p.Here != "" && p.There != "":
				line += "; body: written otherwise"
			case d.Status == fidelity.New:
				line += "; " + p.Name + ": " + p.There
			case d.Status == fidelity.Changed:
				line += "; " + p.Name + ": " + p.Here + " -> " + p.There
			}
		}
		lines = append(lines, line)
	}
	return lines
}
