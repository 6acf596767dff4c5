package diagnose

import (
	"fmt"
	"strings"
)

// missingAdvice is about names that the server does not know.
var missingAdvice = map[string]func(scene) string{
	"42P01": relationMissing,
	"42703": columnMissing,
	"42704": objectMissing,
	"42883": functionMissing,
	"3F000": schemaMissing,
	"42P02": always("$1 stands for a parameter only inside a function or a prepared statement: write the value."),
	"42830": always("A foreign key points at columns that are a primary key or UNIQUE in the other table: add that constraint first, or point at its key."),
	"42P10": always("ON CONFLICT needs a unique index or constraint on exactly these columns: create it first."),
	"3D000": always("The database named here is not on this server. A migration runs inside the database it is pushed to; leave the database's name out."),
	"58P01": always("The server lacks a file that this needs: the extension or library is not installed there."),
}

// extensionTypes and extensionFunctions name the extension that brings a well-known name. On Supabase extensions
// live in the schema "extensions".
var extensionTypes = map[string]string{
	"vector": "vector", "halfvec": "vector", "sparsevec": "vector", "citext": "citext", "hstore": "hstore",
	"ltree": "ltree", "cube": "cube", "geometry": "postgis", "geography": "postgis", "isbn": "isn",
}

var extensionFunctions = map[string]string{
	"uuid_generate_v4": "uuid-ossp", "uuid_generate_v1": "uuid-ossp", "uuid_generate_v1mc": "uuid-ossp",
	"uuid_generate_v5": "uuid-ossp", "uuid_nil": "uuid-ossp", "crypt": "pgcrypto", "gen_salt": "pgcrypto",
	"digest": "pgcrypto", "hmac": "pgcrypto", "gen_random_bytes": "pgcrypto", "pgp_sym_encrypt": "pgcrypto",
	"pgp_sym_decrypt": "pgcrypto", "similarity": "pg_trgm", "word_similarity": "pg_trgm", "show_trgm": "pg_trgm",
	"unaccent": "unaccent", "levenshtein": "fuzzystrmatch", "soundex": "fuzzystrmatch", "metaphone": "fuzzystrmatch",
	"st_makepoint": "postgis", "st_distance": "postgis", "st_dwithin": "postgis", "st_geomfromtext": "postgis",
	"st_setsrid": "postgis", "st_point": "postgis",
}

// otherTypes are types of other databases and what Postgres calls them.
var otherTypes = map[string]string{
	"tinyint": "smallint", "mediumint": "integer", "datetime": "timestamptz", "datetime2": "timestamptz",
	"nvarchar": "text", "nchar": "char", "varchar2": "text", "nvarchar2": "text", "string": "text",
	"tinytext": "text", "mediumtext": "text", "longtext": "text", "clob": "text", "double": "double precision",
	"blob": "bytea", "longblob": "bytea", "binary": "bytea", "varbinary": "bytea", "number": "numeric",
	"uniqueidentifier": "uuid", "year": "smallint", "int64": "bigint", "objectid": "uuid", "autoincrement": "GENERATED ALWAYS AS IDENTITY",
}

// extensionSchemas are schemas that come with an extension.
var extensionSchemas = map[string]string{"cron": "pg_cron", "net": "pg_net", "pgmq": "pgmq", "graphql": "pg_graphql", "http": "http"}

// platformSchemas belong to the Supabase platform.
var platformSchemas = map[string]bool{
	"auth": true, "storage": true, "realtime": true, "vault": true, "extensions": true, "supabase_functions": true,
	"supabase_migrations": true, "graphql": true, "graphql_public": true, "pgbouncer": true, "_realtime": true,
}

const (
	orderHint = "If another migration makes it, that one must have the lower version"
	pathHint  = "if it lives in another schema, write schema.name (on Supabase extensions live in the schema extensions): " +
		"the search_path may not hold that schema, or an earlier statement emptied it"
)

func relationMissing(s scene) string {
	if len(s.words) > 0 && s.words[0].key == "drop" {
		return dropIfExists(s)
	}
	if s.pg.Routine == "errorMissingRTE" {
		return "Every table whose columns are used must stand in FROM or JOIN, under the alias that it has there."
	}
	name, _ := s.near.name()
	if folded(name) {
		return fmt.Sprintf("Unquoted names are folded to lower case: a table made as \"%[1]s\" must be written \"%[1]s\", with the quotes. %[2]s.", name, orderHint)
	}
	if schema, _, found := strings.Cut(name, "."); found && platformSchemas[schema] {
		return fmt.Sprintf("The schema %s belongs to the Supabase platform; this database does not hold that table. Push to a Supabase project, or let cairn lay the platform in the local database.", schema)
	}
	return orderHint + "; " + pathHint + "."
}

func columnMissing(s scene) string {
	if len(s.near) > 0 && strings.HasPrefix(s.near[0].text, `"`) && !strings.Contains(s.near[0].text, `""`) && s.words.hasAny("values", "set", "where", "default", "in", "select") {
		return fmt.Sprintf("Double quotes are for names, single quotes for text: if a text is meant, write '%s'.", strings.Trim(s.near[0].text, `"`))
	}
	if s.words.starts("alter table") && s.words.has("drop column") && !s.words.has("drop column if exists") {
		return "Write DROP COLUMN IF EXISTS if the column may be gone already. " + orderHint + "."
	}
	if name, _ := s.near.name(); folded(name) {
		return fmt.Sprintf("Unquoted names are folded to lower case: a column made as \"%[1]s\" must be written \"%[1]s\", with the quotes.", name)
	}
	return "The table as it is now has no such column: check the spelling and the table's alias. " + orderHint + "."
}

func objectMissing(s scene) string {
	switch routine := s.pg.Routine; {
	case s.words.starts("alter user mapping") || s.words.starts("drop user mapping") || routine == "GetUserMapping":
		return "A foreign server is asked in the name of a role: write CREATE USER MAPPING FOR that role (or PUBLIC) SERVER … OPTIONS (user '…', password '…') in a migration before this one. A dump holds none, for the password in it."
	case s.words.has("current_setting") && !s.words.has("set_config"):
		return "Nobody has set this: current_setting('name', true) gives NULL then, and no error. A hosted project's postgres cannot keep app.settings.* with the database: secrets belong into the vault (vault.create_secret, vault.decrypted_secrets)."
	}
	if len(s.words) > 0 && s.words[0].key == "drop" || s.words.starts("alter table") && s.words.has("drop constraint") {
		return dropIfExists(s)
	}
	if s.words.starts("show") || s.words.starts("set") || s.words.starts("alter system") || s.words.has("set_config") {
		return "The server has no setting of this name: check the spelling and the server's version. Settings of your own need a prefix, as in app.name. (SHOW TABLES and its like are MySQL's.)"
	}
	if name, ok := s.typeName(); ok {
		schema, base := "", strings.ToLower(name)
		if i := strings.LastIndexByte(base, '.'); i >= 0 {
			schema, base = base[:i], base[i+1:]
		}
		if extension, ok := extensionTypes[base]; ok {
			return extensionHint("type", base, extension)
		}
		if theirs, ok := otherTypes[base]; ok && schema == "" {
			return fmt.Sprintf("Postgres has no type %s: write %s.", name, theirs)
		}
		return orderHint + "; " + pathHint + "."
	}
	switch {
	case s.words.has("using") && s.words.has("index"):
		return "The access method or operator class is not there, or the column's type has none: gin needs jsonb, an array or an operator class such as gin_trgm_ops (extension pg_trgm); plain columns want btree."
	case s.words.starts("create publication") || s.words.starts("alter publication"):
		return "On a Supabase project the publication supabase_realtime is there; on plain Postgres create it first."
	case s.words.hasAny("to", "owner", "role", "from", "user", "for"):
		return "If it is a role: roles belong to the server, not to the database. anon, authenticated and service_role exist on Supabase only (cairn lays them in its local database); make others in a migration with a lower version."
	}
	return orderHint + "; " + pathHint + "."
}

// typeName returns the type's name where the error points at one: behind a position in something that is not an index.
func (s scene) typeName() (string, bool) {
	if len(s.near) == 0 || s.words.starts("create index") || s.words.starts("create unique index") {
		return "", false
	}
	name, _ := s.near.name()
	return name, name != ""
}

func functionMissing(s scene) string {
	if len(s.words) > 0 && s.words[0].key == "drop" {
		return dropIfExists(s)
	}
	if s.pg.Routine == "op_error" || len(s.near) > 0 && strings.ContainsAny(s.near[0].key[:min(1, len(s.near[0].key))], "+-*/<>=~!@#%^&|`?") {
		return "Both sides of an operator must have types that go together: cast one of them (x::uuid, y::text). auth.uid() is a uuid."
	}
	name, _ := s.near.name()
	if name == "" && s.words.has("execute") {
		name, _ = skip(skip(s.words.after("execute"), "function"), "procedure").name()
	}
	base := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	for _, w := range s.words {
		if base == "" && extensionFunctions[w.key] != "" { // inside a policy the server gives no position
			base = w.key
		}
	}
	if extension, ok := extensionFunctions[base]; ok {
		hint := extensionHint("function", base, extension)
		if base == "uuid_generate_v4" {
			hint += " gen_random_uuid() does the same and is built in."
		}
		return hint
	}
	return "The name or the types of the arguments do not fit: cast them where they differ. " + orderHint + "; " + pathHint + "."
}

func schemaMissing(s scene) string {
	name, _ := s.near.name()
	schema, _, _ := strings.Cut(name, ".")
	if schema == "" {
		for i := len(s.words) - 2; i >= 0; i-- {
			if s.words[i+1].key == "." && platformSchemas[s.words[i].key] {
				schema = s.words[i].key
			}
		}
	}
	if extension, ok := extensionSchemas[schema]; ok {
		return fmt.Sprintf("The schema %s comes with an extension: write CREATE EXTENSION IF NOT EXISTS %s; in a migration before this one.", schema, extension)
	}
	if platformSchemas[schema] {
		return fmt.Sprintf("The schema %s belongs to the Supabase platform, and this database is plain Postgres: push to a Supabase project, or let cairn lay the platform in the local database.", schema)
	}
	return "Write CREATE SCHEMA IF NOT EXISTS before it. If no schema is named here, the search_path is empty: an earlier statement such as set_config('search_path', '', false) did that; write schema.name."
}

func dropIfExists(s scene) string {
	kind, _ := s.words[1:].kind()
	if s.words[0].key == "alter" {
		return "Write DROP CONSTRAINT IF EXISTS if it may be gone already; the name must be the constraint's own, as \\d shows it."
	}
	return fmt.Sprintf("Write DROP %s IF EXISTS if it may be gone already; if it must be there, check its schema and its name.", strings.ToUpper(kind))
}

func extensionHint(what, name, extension string) string {
	quoted := extension
	if strings.Contains(extension, "-") {
		quoted = `"` + extension + `"`
	}
	return fmt.Sprintf("The %[1]s %[2]s comes with the extension %[3]s: write CREATE EXTENSION IF NOT EXISTS %[4]s WITH SCHEMA extensions; in a migration before this one. "+
		"If it is installed, its schema is not in the search_path: write extensions.%[2]s.", what, name, extension, quoted)
}

// folded reports whether a bare name has capitals, which Postgres folds away.
func folded(name string) bool {
	return name != "" && !strings.Contains(name, `"`) && name != strings.ToLower(name) && name != strings.ToUpper(name)
}
