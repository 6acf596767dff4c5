package kinds_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
)

// TestEmpty looks at what nobody has touched: it has nothing to be named.
func TestEmpty(t *testing.T) {
	for _, major := range []int{15, 16, 17, 18} {
		c := kindtest.Read(t, pgtest.Start(t, major).Database(t))
		for _, o := range c.Objects {
			if o.Kind == "member" || o.Kind == "grant" && o.Parent.Kind != "schema" {
				t.Errorf("%d: %s: %s", major, o.ID, o.Attrs.String())
			}
		}
	}
}

// TestRows holds what kinds say of their rows against servers that nobody has touched: there are none, so that nothing is
// missed where nothing of such a sort is a user's.
func TestRows(t *testing.T) {
	known := map[string]bool{}
	for _, major := range []int{15, 16, 17, 18} {
		conn, err := pgx.Connect(t.Context(), pgtest.Start(t, major).Database(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kinds.All() {
			if k.Rows == nil {
				continue
			}
			known[k.Name] = true
			var listed int
			if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM ("+strings.TrimRight(k.List, "; \n")+"\n) l").Scan(&listed); err != nil {
				t.Errorf("%d: %s: %v", major, k.Name, err)
			}
			if listed > 0 {
				t.Errorf("%d: %s lists %d objects that are no user's", major, k.Name, listed)
			}
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(known) < 40 {
		t.Errorf("%d kinds say what rows they list", len(known))
	}
}
