package emulate_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/pgtest"
)

// refused runs SQL that must fail, and checks what the failure says.
func refused(t *testing.T, conn *pgx.Conn, sql, want string) {
	t.Helper()
	if err := conn.PgConn().Exec(t.Context(), sql).Close(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, want %q", sql, err, want)
	}
}

// answers runs queries and compares the first value of each.
func answers(t *testing.T, conn *pgx.Conn, steps [][2]string) {
	t.Helper()
	for _, step := range steps {
		if got := text(t, conn, step[0]); got != step[1] {
			t.Errorf("%s: %s, want %s", step[0], got, step[1])
		}
	}
}

// What Supabase's guide to vector columns does: a table, an index, a function that searches.
func TestVectorSearch(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `
			CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA extensions;
			CREATE TABLE public.documents (id bigserial PRIMARY KEY, content text, embedding extensions.vector(3));
			CREATE TABLE public.plain AS SELECT 1 AS id, '[1,2]'::extensions.vector AS v;
			INSERT INTO public.documents (content, embedding) VALUES ('a', '[1, 0.0, 0]'), ('b', '[0,1,0]'), ('c', ARRAY[0.9, 0.1, 0]), ('d', NULL);
			CREATE INDEX ON public.documents USING hnsw (embedding extensions.vector_cosine_ops);
			CREATE INDEX ON public.documents USING ivfflat (embedding extensions.vector_ip_ops);
			CREATE INDEX ON public.documents USING hnsw ((embedding::extensions.halfvec(3)) extensions.halfvec_l2_ops);
			INSERT INTO public.documents (content, embedding) SELECT 'far', '[-1,-1,-1]' FROM generate_series(1, 300);
			CREATE FUNCTION public.match_documents(query_embedding extensions.vector(3), match_threshold float, match_count int)
			RETURNS TABLE (id bigint, content text, similarity float) LANGUAGE sql STABLE SET search_path = '' AS $$
				SELECT d.id, d.content, 1 - (d.embedding OPERATOR(extensions.<=>) query_embedding) FROM public.documents d
				WHERE 1 - (d.embedding OPERATOR(extensions.<=>) query_embedding) > match_threshold
				ORDER BY d.embedding OPERATOR(extensions.<=>) query_embedding LIMIT match_count $$`)
		answers(t, conn, [][2]string{
			{`SELECT string_agg(content, ',') FROM public.match_documents('[1,0,0]', 0.5, 5)`, "a,c"},
			{`SELECT round(similarity::numeric, 6) FROM public.match_documents('[1,0,0]', 0.5, 5) WHERE content = 'c'`, "0.993884"},
			{`SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attname = 'embedding' AND attrelid = 'public.documents'::regclass`, "vector(3)"},
			{`SELECT embedding::text FROM public.documents WHERE content = 'a'`, "[1,0,0]"},
			{
				`SELECT string_agg(substring(indexdef, 'USING (.*)'), ' | ' ORDER BY indexdef) FROM pg_indexes WHERE tablename = 'documents' AND indexname <> 'documents_pkey'`,
				"hnsw (embedding vector_cosine_ops) | ivfflat (embedding vector_ip_ops) | hnsw (((embedding)::halfvec(3)) halfvec_l2_ops)",
			},
			{`SELECT extensions.avg(embedding)::text || extensions.sum(embedding) FROM public.documents WHERE content IN ('a', 'b')`, "[0.5,0.5,0][1,1,0]"},
		})
		refused(t, conn, `INSERT INTO public.documents (embedding) VALUES ('[1,2]')`, "expected 3 dimensions, not 2")
		refused(t, conn, `INSERT INTO public.documents (embedding) VALUES ('[1,x]')`, `invalid input syntax for type vector: "[1,x]"`)
		refused(t, conn, `CREATE INDEX ON public.plain USING hnsw (v extensions.vector_l2_ops)`, "column does not have dimensions")
		refused(t, conn, `CREATE TABLE public.wide (v extensions.vector(3072)); CREATE INDEX ON public.wide USING hnsw (v extensions.vector_l2_ops)`,
			"column cannot have more than 2000 dimensions for hnsw index")
	})
}

func TestVectorValues(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `CREATE EXTENSION vector`)
		answers(t, conn, [][2]string{
			{`SELECT '[0,0]'::vector <-> '[3,4]'`, "5"},
			{`SELECT '[1,2]'::vector <#> '[3,4]'`, "-11"},
			{`SELECT '[1,0]'::vector <=> '[0,2]'`, "1"},
			{`SELECT '[0,0]'::vector <=> '[0,2]'`, "NaN"},
			{`SELECT '[1,2]'::vector <+> '[3,5]'`, "5"},
			{`SELECT ('[1,2]'::vector + '[3,4]')::text || ('[1,2]'::vector - '[3,4]') || ('[1,2]'::vector * '[3,4]') || ('[1]'::vector || '[2]')`, "[4,6][-2,-2][3,8][1,2]"},
			{`SELECT vector_dims('[1,2,3]'::vector) || ' ' || vector_norm('[3,4]') || ' ' || l2_normalize('[3,4]'::vector) || subvector('[1,2,3,4]'::vector, 2, 2)`, "3 5 [0.6,0.8][2,3]"},
			{`SELECT binary_quantize('[1,-1,0,2]'::vector)`, "1001"},
			{`SELECT hamming_distance('1010', '0110') || ' ' || jaccard_distance('1100', '0110')`, "2 0.6666666666666667"},
			{`SELECT '[0.1,65504]'::halfvec(2)`, "[0.099975586,65504]"},
			{`SELECT '{3:2,1:1.5,2:0}/5'::sparsevec(5)`, "{1:1.5,3:2}/5"},
			{`SELECT '{1:1.5,3:2}/5'::sparsevec::vector::text || '[0,2]'::vector::sparsevec || ARRAY[1,2]::vector::real[]::text`, "[1.5,0,2,0,0]{2:2}/2{1,2}"},
			{`SELECT '{1:3}/4'::sparsevec <-> '{2:4}/4'`, "5"},
			{`SELECT string_agg(v::text, '' ORDER BY v) FROM (VALUES ('[2]'::vector), ('[1,2]'), ('[1]')) a(v)`, "[1][1,2][2]"},
			{`SELECT '[1.0]'::vector = '[1]'::vector`, "t"},
		})
		refused(t, conn, `SELECT '[1,2]'::vector <-> '[1]'`, "different vector dimensions 2 and 1")
		refused(t, conn, `SELECT '[70000]'::halfvec(1)`, `"70000" is out of range for type halfvec`)
		refused(t, conn, `SELECT '{6:1}/5'::sparsevec`, "sparsevec index out of bounds")
		refused(t, conn, `CREATE TABLE x (v vector(16001))`, "dimensions for type vector cannot exceed 16000")
	})
}

// Every operator class builds over rows, and takes more of them.
func TestVectorOperatorClasses(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `
			CREATE EXTENSION vector;
			CREATE TABLE x (vector vector(2), halfvec halfvec(2), sparsevec sparsevec(2), bit bit(2));
			INSERT INTO x SELECT ARRAY[g, 1], ARRAY[g, 1], ARRAY[g, 1], g::bit(2) FROM generate_series(1, 100) g;
			DO $$
			DECLARE class record;
			BEGIN
				FOR class IN SELECT a.amname, o.opcname, o.opcintype::regtype::text AS type FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod
					WHERE a.amname IN ('hnsw', 'ivfflat')
				LOOP
					EXECUTE format('CREATE INDEX %I ON x USING %I (%I %I)', class.amname || class.opcname, class.amname, class.type, class.opcname);
				END LOOP;
			END $$;
			INSERT INTO x SELECT * FROM x; DELETE FROM x WHERE bit = '01'; UPDATE x SET vector = '[0,0]' WHERE bit = '11'`)
		answers(t, conn, [][2]string{
			{`SELECT count(*) FROM pg_indexes WHERE tablename = 'x'`, "21"},
			{`SET enable_seqscan = off`, "no row"},
			{`SELECT vector FROM x WHERE bit <> '11' ORDER BY vector <-> '[50,1]' LIMIT 1`, "[50,1]"},
		})
	})
}

// The role postgres, which is no superuser, sets and keeps the settings of the access methods.
func TestVectorSettings(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `
			CREATE EXTENSION vector;
			SET hnsw.ef_search = 100;
			BEGIN; SET LOCAL ivfflat.probes = 10; COMMIT;
			CREATE FUNCTION f() RETURNS text LANGUAGE sql SET hnsw.iterative_scan = 'strict_order' AS $$ SELECT current_setting('hnsw.iterative_scan') $$;
			ALTER FUNCTION f() SET hnsw.ef_search = 40;
			ALTER ROLE postgres SET ivfflat.probes = 5;
			ALTER ROLE postgres RESET ivfflat.probes;
			DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET hnsw.ef_search = 60', current_database()); END $$`)
		answers(t, conn, [][2]string{{`SHOW hnsw.ef_search`, "100"}, {`SELECT f()`, "strict_order"}})
	})
}
