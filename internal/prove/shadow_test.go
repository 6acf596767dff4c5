package prove_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/shadow"
)

// TestOnShadow proves on clones of a shadow's database, twice, and leaves none but the last.
func TestOnShadow(t *testing.T) {
	account, err := pgbin.Unprivileged(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := pgbin.Cache(os.Getenv, account)
	if err != nil {
		t.Fatal(err)
	}
	finder := &pgbin.Finder{Cache: cache, Account: account, Getenv: os.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH}
	s, err := shadow.Start(t.Context(), shadow.Options{Finder: finder, Major: 17})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for name, text := range map[string]string{"a": `CREATE TABLE t (id int)`, "b": `CREATE TABLE t (id bigint NOT NULL); CREATE INDEX i ON t (id)`} {
		if err := s.Clone(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		script(t, s.URL(name, "postgres"), text)
	}
	o := prove.Options{
		Place: prove.Place{Clone: prove.OnShadow(s, "a", "postgres")},
		From:  kindtest.Read(t, s.URL("a", "postgres")), To: kindtest.Read(t, s.URL("b", "postgres")),
	}
	if o.Plan, err = planner.New(o.From, o.To, planner.Options{}); err != nil {
		t.Fatal(err)
	}
	if p := proven(t, o); !p.Proven || p.Seeded.MadeUp != 1 {
		t.Errorf("%+v\n%s", p, told(p))
	}
	script(t, s.URL(shadow.Base, "postgres"), `DO $$ BEGIN IF (SELECT count(*) FROM pg_database) <> 6 THEN RAISE 'clones are left, besides the last'; END IF; END $$`)
	o.Clone = prove.OnShadow(s, "nowhere", "postgres")
	if _, err := prove.Plan(t.Context(), o); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a clone that cannot be made: %v", err)
	}
}
