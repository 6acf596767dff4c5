package replay

// brought names the extension that brings a well-known name.
var brought = map[Class]map[string]string{
	Type: {
		"vector": "vector", "halfvec": "vector", "sparsevec": "vector", "citext": "citext", "hstore": "hstore", "ltree": "ltree",
		"cube": "cube", "geometry": "postgis", "geography": "postgis", "box2d": "postgis", "isbn": "isn",
	},
	Function: {
		"uuid_generate_v1": "uuid-ossp", "uuid_generate_v3": "uuid-ossp", "uuid_generate_v4": "uuid-ossp", "uuid_generate_v5": "uuid-ossp",
		"crypt": "pgcrypto", "gen_salt": "pgcrypto", "digest": "pgcrypto", "hmac": "pgcrypto", "gen_random_bytes": "pgcrypto",
		"pgp_sym_encrypt": "pgcrypto", "pgp_sym_decrypt": "pgcrypto", "similarity": "pg_trgm", "word_similarity": "pg_trgm",
		"unaccent": "unaccent", "levenshtein": "fuzzystrmatch", "soundex": "fuzzystrmatch", "moddatetime": "moddatetime",
		"st_makepoint": "postgis", "st_distance": "postgis", "st_dwithin": "postgis", "st_setsrid": "postgis", "st_point": "postgis",
		"cosine_distance": "vector", "sign": "pgjwt", "verify": "pgjwt",
	},
	Schema: {"cron": "pg_cron", "net": "pg_net", "pgmq": "pgmq", "graphql": "pg_graphql", "pgsodium": "pgsodium", "vault": "supabase_vault"},
	Further: {
		"gin_trgm_ops": "pg_trgm", "gist_trgm_ops": "pg_trgm", "vector_cosine_ops": "vector", "vector_l2_ops": "vector",
		"vector_ip_ops": "vector", "unaccent": "unaccent",
	},
}

// access names the extension that brings an index access method.
var access = map[string]string{"hnsw": "vector", "ivfflat": "vector", "bloom": "bloom", "pgroonga": "pgroonga"}

// extensionOf names the extension that an object comes with, "" where none is known.
func extensionOf(o Object) string {
	switch {
	case o.Class == Extension:
		return o.Name
	case o.Kind == "access method":
		return access[o.Name]
	case o.Class == Function || o.Class == Relation || o.Class == Type:
		if name := brought[Schema][o.Schema]; name != "" {
			return name
		}
	}
	return brought[o.Class][o.Name]
}
