package kinds_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// BenchmarkRead reads the catalog of 500 tables.
func BenchmarkRead(b *testing.B) {
	url := pgtest.Start(b, 17).Database(b)
	conn, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(b.Context(), kindtest.Many(500)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c := kindtest.Read(b, url)
		b.ReportMetric(float64(len(c.Objects)), "objects")
	}
}
