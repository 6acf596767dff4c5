package emulate_test

import (
	"testing"

	"github.com/cairndb/cairn/internal/pgtest"
)

func TestPgroonga(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, `
			CREATE EXTENSION pgroonga WITH SCHEMA extensions;
			CREATE TABLE memos (title text, content text, tags text[], doc jsonb, short varchar(10));
			INSERT INTO memos SELECT 'Memo ' || n, CASE n % 2 WHEN 0 THEN 'PGroonga is fast' ELSE 'a groonga engine' END,
				ARRAY['a', 'Tag' || n], '{"say": ["Hello World"]}', 'v' FROM generate_series(1, 2000) n;
			INSERT INTO memos VALUES ('', '', '{}', '{}', ''), (NULL, NULL, NULL, NULL, NULL);
			CREATE INDEX m1 ON memos USING pgroonga (content);
			CREATE INDEX m2 ON memos USING pgroonga (title, content pgroonga_text_term_search_ops_v2);
			CREATE INDEX m3 ON memos USING pgroonga (tags);
			CREATE INDEX m4 ON memos USING pgroonga (doc pgroonga_jsonb_full_text_search_ops_v2);
			CREATE INDEX m5 ON memos USING pgroonga (short);
			INSERT INTO memos SELECT md5(n::text), md5(n::text) FROM generate_series(1, 2000) n;
			SET enable_seqscan = off`)
		answers(t, conn, [][2]string{
			{`SELECT substring(indexdef, 'USING.*') FROM pg_indexes WHERE indexname = 'm2'`, "USING pgroonga (title, content pgroonga_text_term_search_ops_v2)"},
			{`SELECT count(*) FROM memos WHERE content &@ 'pgroonga'`, "1000"},
			{`SELECT count(*) FROM memos WHERE content &@~ 'groonga'`, "2000"},
			{`SELECT count(*) FROM memos WHERE content &@~ 'groonga -fast'`, "1000"},
			{`SELECT count(*) FROM memos WHERE content &@~ '"is fast" OR nothing'`, "1000"},
			{`SELECT count(*) FROM memos WHERE content &@~ 'is engine'`, "0"},
			{`SELECT count(*) FROM memos WHERE content &@| ARRAY['FAST', 'engine']`, "2000"},
			{`SELECT count(*) FROM memos WHERE title &^ 'memo 199'`, "11"},
			{`SELECT count(*) FROM memos WHERE title &~ '\Amemo 1\d\z'`, "10"},
			{`SELECT count(*) FROM memos WHERE tags &@ 'tag12'`, "111"},
			{`SELECT count(*) FROM memos WHERE doc &@~ 'hello world'`, "2000"},
			{
				`SELECT pgroonga_score(tableoid, ctid) || ' ' || pgroonga_highlight_html(content, pgroonga_query_extract_keywords('fast OR x')) FROM memos WHERE content &@ 'fast' LIMIT 1`,
				`1 PGroonga is <span class="keyword">fast</span>`,
			},
		})
		refused(t, conn, `CREATE TABLE n (n int); CREATE INDEX ON n USING pgroonga (n)`, "no default operator class")
	})
}
