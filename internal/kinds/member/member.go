// Package member is the kind of what belongs to an extension or to Postgres itself and carries something of the user's:
// a grant, a policy. It is there to be named by that; it comes and goes with its extension.
package member

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
)

//go:embed list.sql
var list string

// Kind returns the kind "member".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "member", List: list, Free: true, OfMembers: true, Stub: true,
		Address: func(o *catalog.Object) string { return o.Info.Text("address") },
		Drop:    func(*catalog.Context, *catalog.Object) []catalog.Statement { return nil },
	}
}
