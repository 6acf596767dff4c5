package fidelity_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/fidelity"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/target"
)

// TestReader holds that a role which may do nothing reads all that Postgres lets everybody read, and that what it may
// not read is a gap and no difference.
func TestReader(t *testing.T) {
	b := platform.Baseline{Major: 17}
	here := read(t, pgtest.StartWith(t, options(b)).URL("postgres", platform.Superuser))
	s := pgtest.New(t, options(b))
	run(t, s.URL("postgres", platform.Superuser), `CREATE ROLE reader LOGIN; ALTER ROLE reader SET default_transaction_read_only = on`)
	there := read(t, s.URL("postgres", "reader"))
	if len(there.Gaps) > 0 {
		t.Errorf("gaps: %v", unseen(there))
	}
	c := fidelity.Compare(here, there)
	if diff := cmp.Diff([]string{}, told(c)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"role reader", "role setting reader default_transaction_read_only"}, c.Own); diff != "" {
		t.Error(diff)
	}

	run(t, s.URL("postgres", platform.Superuser), `
		REVOKE SELECT ON pg_event_trigger, pg_db_role_setting FROM PUBLIC; DROP EVENT TRIGGER pgrst_ddl_watch;
		ALTER ROLE anon SET statement_timeout = '9s'; ALTER TABLE auth.users DISABLE ROW LEVEL SECURITY`)
	there = read(t, s.URL("postgres", "reader"))
	if diff := cmp.Diff([]string{
		"database settings: the role reader may not read it: permission denied for table pg_db_role_setting",
		"role settings: the role reader may not read it: permission denied for table pg_db_role_setting",
		"event triggers: the role reader may not read it: permission denied for table pg_event_trigger",
	}, unseen(there)); diff != "" {
		t.Error(diff)
	}
	c = fidelity.Compare(here, there)
	if diff := cmp.Diff([]string{"~ table auth.users; row level security: yes -> no"}, told(c)); diff != "" {
		t.Error(diff)
	}
}

// TestReadLeavesNothing holds that reading changes nothing and leaves the session as it was.
func TestReadLeavesNothing(t *testing.T) {
	s := session(t, pgtest.StartWith(t, options(platform.Baseline{Major: 17})).URL("postgres", platform.Owner))
	ask := func(sql string) string {
		t.Helper()
		rows, err := target.Rows(t.Context(), s, sql)
		if err != nil {
			t.Fatal(err)
		}
		return string(rows[0][0])
	}
	const settings = "select concat_ws(' ', current_setting('search_path'), current_setting('statement_timeout'), current_setting('transaction_read_only'))"
	before := ask(settings)
	if _, err := fidelity.Read(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if s.Status() != 'I' {
		t.Errorf("the transaction's status is %c", s.Status())
	}
	if after := ask(settings); after != before {
		t.Errorf("before: %s, after: %s", before, after)
	}
	if id := ask("select coalesce(pg_current_xact_id_if_assigned()::text, 'none')"); id != "none" {
		t.Errorf("a transaction has written: %s", id)
	}
}

// TestPlain holds that a database without a platform is known as such.
func TestPlain(t *testing.T) {
	for _, major := range []int{15, 18} {
		if r := read(t, pgtest.Start(t, major).Database(t)); r.IsPlatform() {
			t.Errorf("Postgres %d: a plain database is taken for a platform", major)
		}
		if r := read(t, pgtest.StartWith(t, options(platform.Baseline{Major: major})).URL("postgres", platform.Superuser)); !r.IsPlatform() {
			t.Errorf("Postgres %d: the platform is not known as one", major)
		}
	}
}

// TestLost holds that a connection that ends while it is read is a finding.
func TestLost(t *testing.T) {
	srv := pgtest.StartWith(t, options(platform.Baseline{Major: 17}))
	s := session(t, srv.URL("postgres", platform.Superuser))
	run(t, srv.URL("postgres", platform.Superuser), "SELECT pg_terminate_backend("+backend(t, s)+", 5000)")
	_, err := fidelity.Read(t.Context(), s)
	if f := finding.As(err); f == nil || f.Code != finding.ConnectionLost || f.Exit != finding.Unreachable {
		t.Errorf("%v", err)
	}
}

func backend(t *testing.T, s target.Session) string {
	t.Helper()
	rows, err := target.Rows(t.Context(), s, "select pg_backend_pid()")
	if err != nil {
		t.Fatal(err)
	}
	return string(rows[0][0])
}
