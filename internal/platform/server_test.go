package platform_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// majors are the versions of Postgres that the platform is made for.
var majors = pgbin.Majors

// server is a throwaway Postgres whose bootstrap superuser is the platform's.
type server struct {
	*pgtest.Server
	major int
}

// empty returns a server of the test's own, with nothing in it.
func empty(t testing.TB, major int) *server {
	t.Helper()
	return &server{pgtest.New(t, pgtest.Options{Major: major, Superuser: platform.Superuser}), major}
}

// laid returns a server with the platform in its database postgres, made as the product makes its shadows.
func laid(t testing.TB, major int, e platform.Exposure) *server {
	t.Helper()
	b := platform.Baseline{Major: major, Exposure: e}
	return &server{pgtest.StartWith(t, pgtest.Options{
		Major: major, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL,
	}), major}
}

// connect opens a connection that lives as long as the test.
func (s *server) connect(t testing.TB, role, database string) *pgx.Conn {
	t.Helper()
	return open(t, s.URL(database, role))
}

func open(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}
