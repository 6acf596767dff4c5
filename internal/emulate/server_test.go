package emulate_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// majors are the ones that everything is tried on.
var majors = []int{15, 17}

// each runs the test on a server of each major that has the platform and the shims.
func each(t *testing.T, test func(t *testing.T, s *pgtest.Server)) {
	for _, major := range majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) { test(t, hosted(t, major)) })
	}
}

func hosted(t testing.TB, major int) *pgtest.Server {
	t.Helper()
	b := platform.Baseline{Major: major}
	return pgtest.StartWith(t, pgtest.Options{
		Major: major, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL, Extend: emulate.Install,
	})
}

// database returns a session in a new database, as the role postgres, which is no superuser.
func database(t *testing.T, s *pgtest.Server) *pgx.Conn {
	t.Helper()
	return connect(t, s.URL(s.DatabaseName(t), "postgres"))
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if err := conn.PgConn().Exec(t.Context(), sql).Close(); err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
}

// text returns the first value of a query as Postgres prints it.
func text(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	result := conn.PgConn().ExecParams(t.Context(), sql, nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatalf("%s\n%v", sql, result.Err)
	}
	if len(result.Rows) == 0 {
		return "no row"
	}
	if result.Rows[0][0] == nil {
		return "NULL"
	}
	return string(result.Rows[0][0])
}
