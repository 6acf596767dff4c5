package fidelity

import "path"

// purpose is a difference that our platform has by decision: where the real one has a library or an extension of its
// own, ours does the same by other means, or goes without.
type purpose struct {
	status Status // "" is any
	kind   string
	schema string // pattern of path.Match
	name   string // pattern of path.Match
	why    string
}

// purposes are decisions that the platform's SQL states. A difference that one of them explains asks for nothing.
var purposes = []purpose{
	{Gone, "membership", "", "postgres in supabase_functions_admin", locally},
	{Gone, "membership", "", "postgres in supabase_realtime_admin", locally},
	{Gone, "schema", "supabase_functions", "*", locally},
	{Gone, "database setting", "", "app.settings.*", locally},
	{Gone, "membership", "", "postgres in supabase_*_admin", "stands in for supautils, which lets postgres make policies and triggers on the services' tables"},
	{Changed, "membership", "", "postgres in authenticator", "stands in for supautils, which lets postgres change the settings of the API roles"},
	{Gone, "membership", "", "postgres in authenticator", "stands in for supautils, which lets postgres change the settings of the API roles"},
	{New, "role setting", "", "* session_preload_libraries", "the library exists on the platform only"},
	{New, "role setting", "", "* safeupdate.enabled", "the library exists on the platform only"},
	{"", "role", "", "pgsodium_key*", sodium},
	{"", "membership", "", "* in pgsodium_key*", sodium},
	{New, "extension", "", "supabase_vault", "the schema vault holds plain tables and functions of the same names here"},
	{Gone, "table", "storage", "prefixes", former},
	{Gone, "function", "storage", "*prefix*(*", former},
	{Gone, "function", "storage", "get_level(*", former},
	{Gone, "function", "storage", "objects_*_cleanup()", former},
	{Gone, "function", "storage", "objects_update_level_trigger()", former},
	{Gone, "function", "storage", "search_legacy_v1(*", former},
	{Gone, "function", "storage", "search_v1_optimised(*", former},
	{Gone, "function", "extensions", "pgaudit_*", "the functions of an extension that pulled migrations name"},
	{"", "*", "vault", "_crypto_aead_det_*", "secrets are plain text here"},
}

// locally is why ours has what a hosted project has not, or not from the start.
const locally = "as on a local Supabase, where everything is switched on"

// sodium is why some projects have roles that others have not.
const sodium = "only projects that were begun on older images of Postgres 15 have it, whatever major they run now"

// former is why names stay that the platform gave up.
const former = "storage had it from mid-2025 to early 2026, and migrations that were pulled then name it"

func (p purpose) explains(d Difference) bool {
	return (p.status == "" || p.status == d.Status) && match(p.kind, d.Kind) && match(p.schema, d.Schema) && match(p.name, d.Name)
}

func match(pattern, text string) bool {
	ok, err := path.Match(pattern, text)
	return err == nil && ok
}

// optional are the extensions that a user may enable: one that is only there is the project's own. Any other is one that
// every project has.
var optional = []string{
	"address_standardizer", "address_standardizer_data_us", "autoinc", "bloom", "btree_gin", "btree_gist", "citext",
	"cube", "dblink", "dict_int", "dict_xsyn", "earthdistance", "file_fdw", "fuzzystrmatch", "hstore", "http",
	"hypopg", "index_advisor", "insert_username", "intarray", "isn", "lo", "ltree", "moddatetime", "old_snapshot",
	"orioledb", "pageinspect", "pg_buffercache", "pg_cron", "pg_freespacemap", "pg_graphql", "pg_hashids",
	"pg_jsonschema", "pg_net", "pg_partman", "pg_prewarm", "pg_repack", "pg_stat_monitor", "pg_tle", "pg_trgm",
	"pg_visibility", "pg_walinspect", "pgaudit", "pgjwt", "pgmq", "pgroonga", "pgroonga_database", "pgrouting",
	"pgrowlocks", "pgsodium", "pgstattuple", "pgtap", "plcoffee", "pljava", "plls", "plpgsql_check", "plv8",
	"postgis", "postgis_raster", "postgis_sfcgal", "postgis_tiger_geocoder", "postgis_topology", "postgres_fdw",
	"refint", "rum", "seg", "sslinfo", "supautils", "tablefunc", "tcn", "timescaledb", "tsm_system_rows",
	"tsm_system_time", "unaccent", "vector", "wrappers", "xml2",
}
