package platform

import (
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
)

// History is the schema of the history of migrations, which is no part of what migrations make.
const History = "supabase_migrations"

// managed are the schemas that the platform looks after. What users make there (a trigger on auth.users, a policy on
// storage.objects) is theirs all the same.
var managed = []string{
	"_analytics", "_realtime", "_supavisor", "auth", "cron", "dbdev", "extensions", "graphql", "graphql_public", "net",
	"pgbouncer", "pgmq", "pgsodium", "pgsodium_masks", "pgtle", "realtime", "repack", "storage", "supabase_functions",
	"supabase_migrations", "tiger", "tiger_data", "topology", "vault",
}

// roles are the platform's own: what they own, the platform made.
var roles = []string{
	"supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "supabase_realtime_admin", "supabase_functions_admin",
	"supabase_replication_admin", "supabase_read_only_user", "supabase_etl_admin", "supabase_privileged_role", "pgbouncer", "pgsodium_keyholder",
	"pgsodium_keyiduser", "pgsodium_keymaker", "dashboard_user", "pgtle_admin",
}

// IsManagedSchema reports whether the platform looks after a schema.
func IsManagedSchema(name string) bool { return slices.Contains(managed, name) }

// IsManaged reports whether an object is the platform's: not what a migration makes. base is a catalog of our platform
// alone; the object's database may have begun as an older or a newer one, so that what nobody but the platform would make
// in its schemas is its own.
func IsManaged(o *catalog.Object, base *catalog.Catalog) bool {
	root := rootOf(o)
	if !IsManagedSchema(schemaOf(root)) {
		return false
	}
	known := base.Objects[o.ID]
	switch o.Kind {
	case "policy":
		return known != nil
	case "trigger":
		return known != nil || !callsUser(o)
	case "grant":
		return known != nil || IsRole(o.Name()) || slices.Contains(apiRoles, o.Name())
	case "comment":
		up := o.Up()
		return up != nil && IsManaged(up, base)
	}
	if known != nil {
		return true
	}
	owner := ownerOf(root)
	return owner == "" || IsRole(owner) || root.Kind == "schema"
}

// apiRoles are those that the platform grants things to in its own schemas.
var apiRoles = []string{"anon", "authenticated", "service_role", "postgres", "authenticator", catalog.Public}

// IsRole reports whether a role is one that the platform works with itself, and no user changes.
func IsRole(name string) bool { return slices.Contains(roles, name) }

// rootOf is the object that another one is on: the table of a column.
func rootOf(o *catalog.Object) *catalog.Object {
	for o.Up() != nil && o.Up().Kind != "schema" {
		o = o.Up()
	}
	return o
}

// schemaOf is the schema that an object stands in, or is.
func schemaOf(root *catalog.Object) string {
	switch {
	case root.Kind == "schema":
		return root.Name()
	case root.Up() != nil && root.Up().Kind == "schema":
		return root.Up().Name()
	}
	return ""
}

func ownerOf(root *catalog.Object) string {
	for _, o := range root.Children("owner") {
		return o.Attrs.Text("role")
	}
	return ""
}

// callsUser reports whether a trigger calls a function of the user's.
func callsUser(o *catalog.Object) bool {
	for _, n := range o.In().Needs(o.ID) {
		if f := o.In().Objects[n.On]; f != nil && f.Kind == "function" && !IsManagedSchema(schemaOf(f)) {
			return true
		}
	}
	return false
}

// IsOurs reports whether an object is one of cairn's own: its bookkeeping, or what stands in for the platform's server.
func IsOurs(o *catalog.Object) bool {
	return o.Kind == "function" && strings.HasPrefix(o.Path, "pg_catalog.cairn_")
}
