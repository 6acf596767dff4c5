package apply_test

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
)

// A role that may not write the history, or not even read it, is refused: nothing of its push has run.
func TestRoleWithoutTheHistory(t *testing.T) {
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	url, role := server.URL(name, "postgres"), "weak_"+name
	execute(t, url, "create role "+role+" login")
	defer func() {
		execute(t, url, "drop owned by "+role)
		execute(t, url, "drop role "+role)
	}()
	weak := server.URL(name, role)
	refused := func(has string) {
		t.Helper()
		_, err := push(t, weak, &events{}, parse(t, table(1), table(2)))
		r := runner(t, weak, &events{})
		_, repaired := r.Open(t.Context())
		if repaired == nil {
			repaired = r.Repair(t.Context(), parse(t, table(2)), nil, nil, nil)
		}
		for verb, err := range map[string]error{"push": err, "repair": repaired} {
			f := wantExit(t, err, "PG42501", finding.Refused)
			if !strings.Contains(f.Message, role) || !strings.Contains(f.Message, "test database") || !strings.Contains(f.Hint, "role that applies") {
				t.Errorf("%s by one who %s: %s, hint %s", verb, has, f.Message, f.Hint)
			}
		}
	}
	refused("may not make the history")
	if _, err := push(t, url, &events{}, parse(t, table(1))); err != nil {
		t.Fatal(err)
	}
	refused("sees nothing of it")
	for _, right := range []string{"usage on schema supabase_migrations", "select on all tables in schema supabase_migrations"} {
		execute(t, url, "grant "+right+" to "+role)
		refused("has " + right)
	}
	// What a file may not do is the file's failure.
	execute(t, url, "grant insert on supabase_migrations.schema_migrations to "+role)
	_, err := push(t, weak, &events{}, parse(t, table(1), table(2)))
	wantExit(t, err, "PG42501", finding.Failed)
	wantStrings(t, "history", query(t, url, historySQL), "001")
}
