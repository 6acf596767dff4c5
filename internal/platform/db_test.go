package platform_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// db is a connection in a transaction that the end of the test rolls back.
type db struct {
	*testing.T
	conn *pgx.Conn
}

// migrating opens a transaction as a migration has it: as postgres, which is no superuser.
func (s *server) migrating(t *testing.T) db {
	t.Helper()
	return db{T: t, conn: s.connect(t, "postgres", "postgres")}.begun()
}

// admin opens a transaction as the superuser.
func (s *server) admin(t *testing.T) db {
	t.Helper()
	return db{T: t, conn: s.connect(t, "supabase_admin", "postgres")}.begun()
}

func (d db) begun() db {
	d.Helper()
	d.run("BEGIN")
	return d
}

// run runs sql, which may be several statements, and ends the test where the server refuses it.
func (d db) run(sql string) {
	d.Helper()
	if err := d.try(sql); err != nil {
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
			d.Fatalf("%v\n%s\nin: %s", err, pg.Where, sql)
		}
		d.Fatalf("%v\nin: %s", err, sql)
	}
}

// try is run that returns the error. The transaction then has failed.
func (d db) try(sql string) error {
	return d.conn.PgConn().Exec(d.Context(), sql).Close()
}

// refused runs sql under a savepoint and wants the server to refuse it with that SQLSTATE.
func (d db) refused(sqlstate, sql string) {
	d.Helper()
	d.run("SAVEPOINT refused")
	err := d.try(sql)
	d.run("ROLLBACK TO refused")
	pg, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case err == nil:
		d.Errorf("want %s, got no error: %s", sqlstate, sql)
	case !ok:
		d.Fatal(err)
	case pg.Code != sqlstate:
		d.Errorf("want %s, got %s %s: %s", sqlstate, pg.Code, pg.Message, sql)
	}
}

// accepted runs sql under a savepoint that is rolled back, and wants the server to take it.
func (d db) accepted(sql string) {
	d.Helper()
	d.run("SAVEPOINT accepted")
	if err := d.try(sql); err != nil {
		d.Errorf("%v\nin: %s", err, sql)
	}
	d.run("ROLLBACK TO accepted")
}

// rows returns a query's rows as text, the values of a row parted by "|"; null is "∅".
func (d db) rows(sql string) []string {
	d.Helper()
	var rows []string
	results, err := d.conn.PgConn().Exec(d.Context(), sql).ReadAll()
	if err != nil {
		d.Fatalf("%v\nin: %s", err, sql)
	}
	for _, result := range results {
		for _, values := range result.Rows {
			row := ""
			for i, v := range values {
				if i > 0 {
					row += "|"
				}
				if v == nil {
					row += "∅"
				}
				row += string(v)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// is wants a query to give exactly those rows.
func (d db) is(sql string, want ...string) {
	d.Helper()
	got := d.rows(sql)
	if len(got) != len(want) {
		d.Errorf("got %q, want %q: %s", got, want, sql)
		return
	}
	for i := range want {
		if got[i] != want[i] {
			d.Errorf("row %d: got %q, want %q: %s", i+1, got[i], want[i], sql)
		}
	}
}

// as makes the following statements run as PostgREST runs a request: in the role, with the claims.
func (d db) as(role, claims string) {
	d.Helper()
	d.run("RESET ROLE")
	if _, err := d.conn.Exec(d.Context(), "SELECT set_config('request.jwt.claims', $1, true)", claims); err != nil {
		d.Fatal(err)
	}
	d.run("SET LOCAL ROLE " + pgx.Identifier{role}.Sanitize())
}

// user is as for a signed-in user.
func (d db) user(id string) {
	d.Helper()
	d.as("authenticated", `{"sub":"`+id+`","role":"authenticated","email":"`+id[:1]+`@example.org"}`)
}

// owner goes back to the role that migrates.
func (d db) owner() {
	d.Helper()
	d.run("RESET ROLE; SELECT set_config('request.jwt.claims', '', true)")
}

// Two users that the tests sign up.
const (
	ann = "aaaaaaaa-0000-4000-8000-000000000001"
	bob = "bbbbbbbb-0000-4000-8000-000000000002"
)

// signUp does what the auth service does when somebody signs up.
func (d db) signUp(ids ...string) {
	d.Helper()
	d.run("SET LOCAL ROLE supabase_auth_admin")
	for _, id := range ids {
		d.run(`INSERT INTO auth.users (id, aud, role, email, raw_user_meta_data)
			VALUES ('` + id + `', 'authenticated', 'authenticated', '` + id[:1] + `@example.org', '{"name": "` + id[:1] + `"}')`)
	}
	d.run("RESET ROLE")
}

// waitFor returns the payload of the next notification.
func waitFor(t *testing.T, conn *pgx.Conn) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n, err := conn.WaitForNotification(ctx)
	if err != nil {
		return "", err
	}
	return n.Payload, nil
}
