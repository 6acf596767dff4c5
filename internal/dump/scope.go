package dump

import (
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/platform"
)

// Scope says which objects are dumped.
type Scope struct {
	Schemas  []string // these only; nil is all but the internal ones
	Roles    bool     // the cluster's roles, and nothing else
	Platform bool     // of a Supabase project: without what is the platform's
}

// elsewhere are the tables of a Supabase project whose rows are not dumped: every project has them by itself, or, as
// buckets, they are part of the schema.
var elsewhere = []string{"auth.schema_migrations", "storage.migrations", "storage.buckets"}

// HasSchema reports whether a schema is a user's, so that all that is in it is dumped.
func (s Scope) HasSchema(name string) bool {
	if s.Schemas != nil {
		return slices.Contains(s.Schemas, name)
	}
	return !strings.HasPrefix(name, "pg_") && name != "information_schema" && name != platform.History &&
		!(s.Platform && platform.IsManagedSchema(name))
}

// hasRows reports whether the rows of a schema are dumped. The users and files of a Supabase project are: rows of its own
// tables refer to them.
func (s Scope) hasRows(name string) bool {
	return s.HasSchema(name) || s.Schemas == nil && s.Platform && (name == "auth" || name == "storage")
}

// ofCluster are the kinds of what is not one database's.
var ofCluster = []string{"role", "membership", "setting", "parameter_grant", "tablespace"}

// requests are the roles that requests to a Supabase project run as. None is a member of another one by birth.
var requests = []string{"anon", "authenticated", "service_role"}

// within is a scope with what it is applied to.
type within struct {
	Scope
	from, to *catalog.Catalog
}

func (w *within) holds(step planner.Step) bool {
	for _, id := range []catalog.ID{step.Object, step.Group} { // what an object has from birth is in neither catalog
		for _, c := range []*catalog.Catalog{w.to, w.from} {
			if o := c.Objects[id]; o != nil {
				return w.holdsObject(o)
			}
		}
	}
	return false
}

func (w *within) holdsObject(o *catalog.Object) bool {
	root := o
	for up := root.Up(); up != nil; up = root.Up() {
		root = up
	}
	if cluster := slices.Contains(ofCluster, root.Kind); cluster || w.Roles {
		return cluster && w.Roles && w.ofRole(root)
	}
	schema := o.Info.Text("schema") // of a default privilege
	switch root.Kind {
	case "schema":
		schema = root.Name()
	case "default_privilege":
	default:
		return w.Schemas == nil && !(w.Platform && w.ofPlatform(root))
	}
	switch {
	case w.HasSchema(schema):
		return schema != "" || w.Schemas == nil
	case w.Schemas != nil || !w.Platform || !platform.IsManagedSchema(schema) || schema == platform.History:
		return false
	}
	return root.Kind == "schema" && !platform.IsManaged(o, w.from)
}

// ofRole reports whether something of the cluster is said of a role that a user made: what is set for a database goes
// with its name, which may be another where the roles are loaded, and a tablespace with a folder. What is set for those
// roles of the platform that users are to tune is theirs too, and what requests may do beyond what they are born with.
func (w *within) ofRole(o *catalog.Object) bool {
	switch o.Kind {
	case "role":
		return w.isUser(o.Name()) || slices.Contains(requests, o.Name())
	case "membership":
		return w.isUser(o.Info.Text("role")) || w.isUser(o.Info.Text("member")) || slices.Contains(requests, o.Info.Text("member"))
	case "setting":
		role := o.Info.Text("role")
		return !o.Info.Bool("here") && (!w.Platform || role != "" && !platform.IsRole(role))
	case "parameter_grant":
		return w.isUser(o.Info.Text("grantee"))
	}
	return false
}

// isUser reports whether a role is none that every project has.
func (w *within) isUser(role string) bool {
	return !w.Platform || w.from.Get("role", role) == nil && !platform.IsRole(role)
}

// platformRoles is how the names of the platform's own roles begin.
const platformRoles = "supabase_"

// ofPlatform reports whether something in no schema is the platform's: an extension that every project has, in whichever
// version, or what one of its roles owns.
func (w *within) ofPlatform(o *catalog.Object) bool {
	if o.Kind == "extension" && w.from.Objects[o.ID] != nil {
		return true
	}
	return slices.ContainsFunc(o.Children("owner"), func(owner *catalog.Object) bool {
		return strings.HasPrefix(owner.Attrs.Text("role"), platformRoles)
	})
}
