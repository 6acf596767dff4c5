package kinds_test

import (
	"testing"

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
