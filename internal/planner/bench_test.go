package planner_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// BenchmarkEmpty plans 500 tables from nothing.
func BenchmarkEmpty(b *testing.B) {
	empty, full := states(b, kindtest.Many(500))
	for b.Loop() {
		if _, err := planner.New(empty, full, planner.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// states are the catalogs of an empty database and of one in which a script has run.
func states(t testing.TB, sql string) (empty, full *catalog.Catalog) {
	t.Helper()
	server := pgtest.Start(t, 17)
	none, all := server.Database(t), server.Database(t)
	conn, err := pgx.Connect(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	return kindtest.Read(t, none), kindtest.Read(t, all)
}
