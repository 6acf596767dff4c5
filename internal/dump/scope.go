package dump

import (
	"path"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/planner"
)

// Scope says which objects are dumped.
type Scope struct {
	Schemas  []string // these only; nil is all but the internal ones
	Internal []string // patterns of schemas of which only what a user made is dumped
	Roles    bool     // the cluster's roles, and nothing else
	User     string   // whose objects in internal schemas are a user's; "" is nobody's
}

// Always are the schemas that no dump holds: Postgres' own, and where a history of migrations is kept.
var always = []string{"pg_*", "information_schema", "supabase_migrations"}

// Plain is the scope of a database that is nobody's platform.
func Plain() Scope { return Scope{Internal: always} }

// Platform is the scope of a Supabase project: without what the platform or an extension keeps in schemas of its own.
// What a user hangs on that stays, such as a policy on storage.objects or a trigger on auth.users.
func Platform(user string) Scope {
	return Scope{User: user, Internal: slices.Concat(always, []string{
		"_*", "auth", "cron", "dbdev", "etl", "extensions", "graphql", "graphql_public", "net", "pgbouncer", "pgmq", "pgroonga", "pgsodium*",
		"pgtle", "realtime", "repack", "storage", "supabase_functions", "tiger", "tiger_data", "timescaledb_*", "topology", "vault",
	})}
}

// PlatformRows is the scope of a Supabase project's rows: the users and files of auth and storage are among them, since
// rows of the project's own tables refer to them. Leave out with it Ledgers.
func PlatformRows() Scope {
	s := Platform("")
	s.Internal = slices.DeleteFunc(s.Internal, func(schema string) bool { return schema == "auth" || schema == "storage" })
	return s
}

// Ledgers are the platform's tables about its own migrations, which every project has by itself.
var Ledgers = []string{"auth.schema_migrations", "storage.migrations"}

// InSchema reports whether a schema is dumped as a whole.
func (s Scope) InSchema(name string) bool {
	if s.Schemas != nil {
		return slices.Contains(s.Schemas, name)
	}
	return !slices.ContainsFunc(s.Internal, func(pattern string) bool {
		is, err := path.Match(pattern, name)
		return err == nil && is
	})
}

// ofCluster are the kinds of what all databases of a server share.
var ofCluster = []string{"role", "membership", "role_membership", "role_setting", "role_member"}

// within is a scope with the catalogs that it is applied to.
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
	root := rootOf(o)
	if slices.Contains(ofCluster, root.Kind) || w.Roles {
		return slices.Contains(ofCluster, root.Kind) && w.Roles
	}
	schema, in := SchemaOf(o)
	if !in {
		return w.Schemas == nil
	}
	return w.InSchema(schema) || w.Schemas == nil && w.ofUser(o)
}

func rootOf(o *catalog.Object) *catalog.Object {
	for up := o.Up(); up != nil; up = o.Up() {
		o = up
	}
	return o
}

// SchemaOf returns the schema that an object is in, is, or is about; false where there is none.
func SchemaOf(o *catalog.Object) (string, bool) {
	if root := rootOf(o); root.Kind == "schema" {
		return root.Name(), true
	}
	schema := o.Info.Text("schema") // of a default privilege
	return schema, schema != "" && o.Kind == "default_privilege"
}

// ofUser reports whether a user made something in a schema that is the platform's: what belongs to them, policies, and
// triggers that call a function of another schema. What the platform has by itself, and what differs of it, is none.
func (w *within) ofUser(o *catalog.Object) bool {
	for w.kind(o).Satellite {
		if o = o.Up(); o == nil {
			return false
		}
	}
	if w.User == "" || w.from.Objects[o.ID] != nil {
		return false
	}
	switch o.Kind {
	case "policy":
		return true
	case "trigger":
		if slices.ContainsFunc(o.In().Needs(o.ID), func(n catalog.Need) bool {
			called := o.In().Objects[n.On]
			if called == nil || strings.HasPrefix(called.Kind, "table") {
				return false
			}
			schema, in := SchemaOf(called)
			return in && schema != o.Names[0] && !w.inInternal(schema)
		}) {
			return true
		}
	}
	whole := o
	for !w.kind(whole).Free && whole.Up() != nil {
		whole = whole.Up()
	}
	if w.from.Objects[whole.ID] != nil {
		return false
	}
	return slices.ContainsFunc(whole.Children("owner"), func(owner *catalog.Object) bool { return owner.Attrs.Text("role") == w.User })
}

func (w *within) inInternal(schema string) bool {
	all := w.Scope
	all.Schemas = nil
	return !all.InSchema(schema)
}

func (w *within) kind(o *catalog.Object) *catalog.Kind { return o.In().Kind(o.Kind) }
