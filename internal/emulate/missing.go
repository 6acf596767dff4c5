package emulate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// Missing returns the SQL that creates the extension which a refusal lacks, and what is told of that: in a dashboard an
// extension is enabled without a migration. "" and nil where no extension of the platform is known to help, or where it
// is there, or was dropped on purpose. A setting that an emulated extension should declare is opened to postgres.
func (e *Emulator) Missing(refusal *pgconn.PgError) (string, *finding.Finding) {
	if !e.platform || refusal == nil {
		return "", nil
	}
	if refusal.Code == "42501" {
		return e.settable(refusal.Message)
	}
	name := lacking(refusal)
	x, known := e.extensions[name]
	if _, seen := e.created[name]; !known || seen || !privileged(name) {
		return "", nil
	}
	sql := "CREATE EXTENSION IF NOT EXISTS " + sqltext.Ident(name)
	if x.schema == "" && e.separate {
		sql += " SCHEMA extensions"
	}
	advice := sql + ";"
	sql += " CASCADE"
	f := &finding.Finding{
		Code: finding.MissingEnabled, Severity: finding.Note,
		Message: fmt.Sprintf("%s was enabled in the dashboard, it seems: it was created here", name),
		Detail:  "no migration creates it before it is needed: " + refusal.Message,
		Hint:    fmt.Sprintf("add `%s` to the first migration that needs it", advice),
	}
	if x.limits != "" {
		f.Detail += "\n" + e.emulated(name)
	}
	if x.superuser {
		sql = "SELECT " + escalated(sql)
	}
	e.created[name] = true
	return sql, f
}

// settable lets postgres set a parameter that a real extension would have declared as anybody's to set.
func (e *Emulator) settable(message string) (string, *finding.Finding) {
	parameter, found := strings.CutPrefix(message, `permission denied to set parameter "`)
	parameter = strings.TrimSuffix(parameter, `"`)
	module, rest, _ := strings.Cut(parameter, ".")
	name := modules[module]
	if !found || rest == "" || e.extensions[name].limits == "" || e.parameters[parameter] {
		return "", nil
	}
	e.parameters[parameter] = true
	return "SELECT " + escalated("GRANT SET ON PARAMETER "+sqltext.Ident(module, rest)+" TO postgres"), &finding.Finding{
		Code: finding.Escalated, Severity: finding.Note,
		Message: parameter + " was made a setting that postgres may set",
		Detail:  fmt.Sprintf("%s declares it where it is real\n%s", name, e.emulated(name)),
	}
}

// modules are the first parts of settings, with the extension that declares them.
var modules = map[string]string{
	"hnsw": "vector", "ivfflat": "vector", "pgroonga": "pgroonga", "plpgsql_check": "plpgsql_check", "postgis": "postgis",
	"timescaledb": "timescaledb",
}

// lacking returns the extension that a refusal speaks of, or "".
func lacking(refusal *pgconn.PgError) string {
	quoted := quotes(refusal.Message)
	switch refusal.Code {
	case "3F000": // schema "cron" does not exist
		return schemas[nth(quoted, 0)]
	case "42P01": // relation "cron.job" does not exist
		schema, _, qualified := strings.Cut(nth(quoted, 0), ".")
		if !qualified {
			return ""
		}
		return schemas[schema]
	case "42704":
		return lackingObject(refusal.Message, quoted)
	case "42883": // function extensions.similarity(text, text) does not exist
		call, ok := strings.CutPrefix(refusal.Message, "function ")
		if !ok {
			return lackingOperator(refusal.Message)
		}
		call, _, _ = strings.Cut(call, "(")
		schema, function, qualified := strings.Cut(call, ".")
		if !qualified {
			function = call
		} else if name := schemas[schema]; name != "" {
			return name
		} else if schema != "extensions" && schema != "public" {
			return ""
		}
		return functions(function)
	}
	return ""
}

// lackingObject reads what 42704 says: a type, operator class, access method, dictionary or extension is not there.
func lackingObject(message string, quoted []string) string {
	object := nth(quoted, 0)
	if i := strings.LastIndexByte(object, '.'); i >= 0 {
		object = object[i+1:]
	}
	object = strings.TrimSuffix(object, "[]")
	switch {
	case strings.HasPrefix(message, "extension "):
		return object
	case strings.HasPrefix(message, "type "):
		return types[object]
	case strings.HasPrefix(message, "access method "):
		return methods[object]
	case strings.HasPrefix(message, "text search dictionary ") && object == "unaccent":
		return "unaccent"
	case strings.HasPrefix(message, "operator class "):
		switch {
		case strings.HasSuffix(object, "_trgm_ops"):
			return "pg_trgm"
		case strings.HasPrefix(object, "vector_"), strings.HasPrefix(object, "halfvec_"), strings.HasPrefix(object, "sparsevec_"):
			return "vector"
		case strings.HasSuffix(object, "_geometry_ops_2d"), strings.HasPrefix(object, "gist_geo"):
			return "postgis"
		}
	case strings.HasPrefix(message, "data type ") && strings.Contains(message, "has no default operator class"):
		scalar := strings.Fields(strings.TrimPrefix(message, "data type "))[0]
		if slices.Contains([]string{"uuid", "integer", "bigint", "smallint", "text", "date", "timestamp", "numeric", "boolean", "character"}, scalar) {
			return map[string]string{"gist": "btree_gist", "gin": "btree_gin"}[nth(quoted, 0)]
		}
	}
	return ""
}

// lackingOperator reads "operator does not exist: text % text".
func lackingOperator(message string) string {
	words := strings.Fields(strings.TrimPrefix(message, "operator does not exist: "))
	if len(words) == 3 && words[0] == "text" && slices.Contains([]string{"%", "<->", "<%", "%>"}, words[1]) {
		return "pg_trgm"
	}
	return ""
}

// schemas are those that an extension makes for itself.
var schemas = map[string]string{
	"cron": "pg_cron", "net": "pg_net", "pgmq": "pgmq", "vault": "supabase_vault", "pgsodium": "pgsodium", "pgtle": "pg_tle",
	"repack": "pg_repack", "dbdev": "supabase-dbdev",
}

// types are those of extensions.
var types = map[string]string{
	"vector": "vector", "halfvec": "vector", "sparsevec": "vector", "geometry": "postgis", "geography": "postgis", "box2d": "postgis",
	"box3d": "postgis", "citext": "citext", "hstore": "hstore", "ltree": "ltree", "lquery": "ltree", "ltxtquery": "ltree",
	"cube": "cube", "earth": "earthdistance", "http_request": "http", "http_response": "http", "http_header": "http",
}

// functions returns the extension that a function belongs to, by its name.
func functions(name string) string {
	for _, f := range []struct {
		extension string
		names     []string
		prefixes  []string
	}{
		{"moddatetime", []string{"moddatetime"}, nil},
		{"unaccent", []string{"unaccent"}, nil},
		{"pg_trgm", []string{"similarity", "word_similarity", "strict_word_similarity", "show_trgm", "set_limit", "show_limit"}, nil},
		{"uuid-ossp", nil, []string{"uuid_generate_v", "uuid_ns_"}},
		{"pgcrypto", []string{"crypt", "digest", "hmac", "gen_salt", "gen_random_bytes"}, []string{"pgp_"}},
		{"http", []string{"http", "urlencode"}, []string{"http_"}},
		{"pgjwt", []string{"algorithm_sign", "url_encode", "url_decode", "verify"}, nil},
		{"pg_jsonschema", []string{"json_matches_schema", "jsonb_matches_schema"}, []string{"jsonschema_"}},
		{"fuzzystrmatch", []string{"levenshtein", "levenshtein_less_equal", "soundex", "difference", "metaphone"}, []string{"dmetaphone", "daitch_"}},
		{"earthdistance", []string{"earth", "earth_box", "earth_distance", "ll_to_earth"}, nil},
		{"tablefunc", []string{"connectby", "normal_rand"}, []string{"crosstab"}},
		{"hstore", []string{"hstore", "akeys", "avals", "skeys", "svals"}, []string{"hstore_to_"}},
		{"index_advisor", []string{"index_advisor"}, nil},
		{"hypopg", nil, []string{"hypopg"}},
		{"pg_hashids", []string{"id_encode", "id_decode", "id_decode_once"}, nil},
		{"postgis", nil, []string{"st_"}},
		{"vector", []string{"cosine_distance", "l2_distance", "inner_product", "vector_dims", "vector_norm"}, nil},
	} {
		if slices.Contains(f.names, name) || slices.ContainsFunc(f.prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			return f.extension
		}
	}
	return ""
}

// quotes returns what stands in double quotes in a message.
func quotes(message string) []string {
	var all []string
	for i, part := range strings.Split(message, `"`) {
		if i%2 == 1 {
			all = append(all, part)
		}
	}
	return all
}

func nth(all []string, n int) string {
	if n < len(all) {
		return all[n]
	}
	return ""
}
