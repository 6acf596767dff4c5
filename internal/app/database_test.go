package app

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/source"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// hosted returns a server with the platform.
func hosted(t *testing.T) *pgtest.Server {
	t.Helper()
	b := platform.Baseline{Major: 17}
	return pgtest.StartWith(t, pgtest.Options{Major: 17, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL})
}

// booth returns the URL, for the role postgres, of a new database that holds the photobooth example with its seed.
func booth(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../../examples/photobooth")
	if err != nil {
		t.Fatal(err)
	}
	listing, err := migration.Dir{Root: root, Path: filepath.Join(root, "supabase", "migrations")}.Load(t.Context())
	if err != nil || listing.Err() != nil {
		t.Fatal(err, listing.Err())
	}
	seed, err := os.ReadFile(filepath.Join(root, "supabase", "seed.sql"))
	if err != nil {
		t.Fatal(err)
	}
	seeds, _ := migration.Parse("seed.sql", seed)
	server := hosted(t)
	url := server.URL(server.DatabaseName(t), "postgres")
	for _, m := range append(listing.Migrations, seeds) {
		for _, st := range m.Statements() {
			run(t, url, st)
		}
	}
	return url
}

func run(t *testing.T, url string, statements ...migration.Statement) {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	for _, st := range statements {
		if st.Copy != nil {
			_, err = conn.CopyFrom(t.Context(), strings.NewReader(st.Copy.Text()), st.Text())
		} else {
			err = conn.Exec(t.Context(), st.Text()).Close()
		}
		if err != nil {
			t.Fatalf("%s: %v", st, err)
		}
	}
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	f := &source.File{Name: "test", Text: sql}
	run(t, url, migration.Statement{Span: f.Whole()})
}

// later executes a statement at the test's end.
func later(t *testing.T, url, sql string) {
	t.Cleanup(func() {
		conn, err := pgconn.Connect(context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.Background()) }()
		if err := conn.Exec(context.Background(), sql).Close(); err != nil {
			t.Error(err)
		}
	})
}

// one returns the first value of a query.
func one(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	result := conn.ExecParams(t.Context(), sql, nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	return string(result.Rows[0][0])
}
