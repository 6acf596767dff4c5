package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/fidelity"
	"github.com/cairndb/cairn/internal/render"
)

// TestShowPlatformDiff holds how differences are laid out.
func TestShowPlatformDiff(t *testing.T) {
	var out strings.Builder
	showPlatformDiff(&render.Screen{Out: &out}, &app.PlatformDiff{
		Version: "2026-07", Exposure: "classic", Major: 17, Target: "database h:5432/postgres", New: 1, Gone: 2, Changed: 2, Bodies: 1, Same: 1, Failed: 2,
		Differences: []fidelity.Difference{
			{Status: fidelity.Changed, Kind: "role", Name: "anon", Properties: []fidelity.Property{{Name: "login", Here: "no", There: "yes"}, {Name: "grant to x", Here: "SELECT"}}},
			{Status: fidelity.New, Schema: "auth", Kind: "column", Name: "users.x", Properties: []fidelity.Property{{Name: "type", There: "text"}}},
			{Status: fidelity.Gone, Schema: "auth", Kind: "column", Name: "users.y", Properties: []fidelity.Property{{Name: "default", Here: "a\n  b"}}},
			{Status: fidelity.Changed, Schema: "auth", Kind: "function", Name: "uid()", Properties: []fidelity.Property{{Name: "body", Here: "a", There: "b"}}},
			{Status: fidelity.Gone, Schema: "auth", Kind: "table", Name: "flow", Parts: 3},
		},
		Purposed: []fidelity.Difference{{Status: fidelity.Gone, Schema: "storage", Kind: "table", Name: "prefixes", Why: "an older name"}},
		Own:      []string{"role worker"},
		Unseen:   []fidelity.Gap{{Kind: "policy", Why: "hidden"}, {Kind: "extension", Property: "version", Why: "not written"}},
	})
	want := `Our platform of 2026-07 against database h:5432/postgres: Postgres 17, default privileges classic.

the whole database, role (1)
  ~ anon
      login: no here, yes there
      grant to x: SELECT here, none there

auth, column (2)
  + users.x
      type: text
  - users.y  here only
      default: a b

auth, table (1)
  - flow  here only, with 3 objects in it

Functions with another body, and nothing else:
  auth.uid()

Ours by decision:
  - table storage.prefixes: an older name

The project's own, no difference:
  role worker

Not seen, not compared:
  policies: hidden
  the version of extensions: not written

2 statements of the dump did not run.

5 differences: 1 new there, 2 here only, 2 changed (1 in a function's body only); 1 object the same.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
