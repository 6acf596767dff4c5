package partition_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// TestOnline detaches a partition while the table is in use.
func TestOnline(t *testing.T) {
	server := pgtest.Start(t, 17)
	const table = "CREATE TABLE m (id int) PARTITION BY RANGE (id);"
	from, to := server.Database(t), server.Database(t)
	run := func(url, sql string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
		if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run(from, table+"CREATE TABLE p PARTITION OF m FOR VALUES FROM (0) TO (10)")
	run(to, table+"CREATE TABLE p (id int, CONSTRAINT p_id_check CHECK (id > 5))")
	a, b := kindtest.Read(t, from), kindtest.Read(t, to)
	plan, err := planner.New(a, b, planner.Options{Online: true})
	if err != nil {
		t.Fatal(err)
	}
	alone := false
	for _, u := range plan.Units(b.Needs) {
		for _, s := range u.Steps {
			alone = alone || u.Alone && strings.HasSuffix(s.SQL, "DETACH PARTITION public.p CONCURRENTLY")
			run(from, s.SQL)
		}
	}
	if !alone {
		t.Errorf("the partition is not detached by itself:\n%s", plan.SQL())
	}
	for _, d := range catalog.Diff(kindtest.Read(t, from), b) {
		t.Errorf("%s differs in %v after the plan\n%s", d.ID(), d.Attrs, plan.SQL())
	}
}
