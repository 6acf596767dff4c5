-- PGroonga's surface in plain SQL: a keyword matches where it is a part of the text, whatever its case.

CREATE FUNCTION pgroonga_normalize(target text, normalizername text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN lower(normalize($1, NFKC));

CREATE FUNCTION pgroonga_match_term(target text, term text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN strpos(pgroonga_normalize($1), pgroonga_normalize($2)) > 0;

-- A query is words, all of which must be there; OR between two groups of them, - before one that must not be, "" around
-- a phrase, * after the beginning of a word.
CREATE FUNCTION pgroonga_match_query(target text, query text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  word text[];
  term text;
  all_there boolean := NULL;
BEGIN
  FOR word IN SELECT regexp_matches(query, '(-?)(?:"([^"]*)"|([^\s"]+))', 'g') LOOP
    IF word[3] = 'OR' THEN
      IF all_there THEN
        RETURN true;
      END IF;
      all_there := NULL;
      CONTINUE;
    END IF;
    term := coalesce(word[2], trim(translate(word[3], '()', ''), '*'));
    CONTINUE WHEN term = '' OR word[3] IN ('AND', '+');
    all_there := coalesce(all_there, true) AND @extschema@.pgroonga_match_term(target, term) <> (word[1] = '-');
  END LOOP;
  RETURN coalesce(all_there, false);
END $$;
CREATE FUNCTION pgroonga_match_prefix(target text, prefix text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN starts_with(pgroonga_normalize($1), pgroonga_normalize($2));
CREATE FUNCTION pgroonga_match_regexp(target text, pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN pgroonga_normalize($1) ~ regexp_replace(regexp_replace($2, '\\A', '^', 'g'), '\\z', '$', 'g');
CREATE FUNCTION pgroonga_similar(target text, document text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN EXISTS (SELECT FROM regexp_split_to_table($2, '\W+') w WHERE length(w) > 2 AND pgroonga_match_term($1, w));

-- The strings in a document.
CREATE FUNCTION cairn_strings(document jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT s #>> '{}' FROM jsonb_path_query($1, 'strict $.** ? (@.type() == "string")') s);

-- Each operator takes a text, an array of texts of which one must match, or a document with such a string; with | it
-- takes several terms, of which one must match.
DO $do$
DECLARE
  o record;
  t record;
BEGIN
  FOR o IN SELECT * FROM (VALUES ('&@', 'pgroonga_match_term'), ('&@~', 'pgroonga_match_query'), ('&^', 'pgroonga_match_prefix'),
    ('&~', 'pgroonga_match_regexp'), ('&@*', 'pgroonga_similar')) v(operator, name)
  LOOP
    FOR t IN SELECT * FROM (VALUES ('text', 'ARRAY[$1]'), ('text[]', '$1'), ('varchar', 'ARRAY[$1::text]'), ('varchar[]', '$1::text[]'),
      ('jsonb', 'cairn_strings($1)')) v(type, items)
    LOOP
      IF t.type <> 'text' THEN
        EXECUTE format('CREATE FUNCTION %1$s(%2$s, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE '
          'RETURN EXISTS (SELECT FROM unnest(%3$s) i WHERE %1$s(i, $2))', o.name, t.type, t.items);
      END IF;
      EXECUTE format('CREATE OPERATOR %s (LEFTARG = %s, RIGHTARG = text, FUNCTION = %s, RESTRICT = contsel, JOIN = contjoinsel)',
        o.operator, t.type, o.name);
      CONTINUE WHEN o.operator = '&@*';
      EXECUTE format('CREATE FUNCTION %1$s_in(%2$s, text[]) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE '
        'RETURN EXISTS (SELECT FROM unnest(%3$s) i, unnest($2) k WHERE %1$s(i, k))', o.name, t.type, t.items);
      EXECUTE format('CREATE OPERATOR %s| (LEFTARG = %s, RIGHTARG = text[], FUNCTION = %s_in, RESTRICT = contsel, JOIN = contjoinsel)',
        o.operator, t.type, o.name);
    END LOOP;
  END LOOP;
END $do$;

CREATE FUNCTION pgroonga_score(tableoid oid, ctid tid) RETURNS double precision
LANGUAGE sql STABLE STRICT PARALLEL SAFE RETURN 1;
CREATE FUNCTION pgroonga_score("row" record) RETURNS double precision
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$ BEGIN RETURN 1; END $$;
CREATE FUNCTION pgroonga_escape(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN '"' || regexp_replace($1, '(["\\])', '\\\1', 'g') || '"';
CREATE FUNCTION pgroonga_query_escape(query text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN regexp_replace($1, '(["()\\*<>~:+-])', '\\\1', 'g');
CREATE FUNCTION pgroonga_query_extract_keywords(query text, index_name text DEFAULT '') RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT coalesce(m[1], m[2]) FROM regexp_matches($1, '(?:"([^"]*)"|([^\s"]+))', 'g') WITH ORDINALITY r(m, n)
  WHERE coalesce(m[1], m[2]) NOT IN ('OR', 'AND') AND coalesce(m[2], '') NOT LIKE '-%' ORDER BY n);
CREATE FUNCTION pgroonga_highlight_html(target text, keywords text[], index_name text DEFAULT '') RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  pattern text;
  html text := replace(replace(replace(replace(target, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');
BEGIN
  SELECT string_agg(regexp_replace(k, '([^\w\s])', '\\\1', 'g'), '|' ORDER BY length(k) DESC) INTO pattern FROM unnest(keywords) k WHERE k <> '';
  RETURN coalesce(regexp_replace(html, '(' || pattern || ')', '<span class="keyword">\1</span>', 'gi'), html);
END $$;
CREATE FUNCTION pgroonga_snippet_html(target text, keywords text[], width integer DEFAULT 200) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT pgroonga_highlight_html(substr($1, greatest(1, at - $3 / 2), $3), $2)
  FROM (SELECT strpos(lower($1), lower(k)) AS at FROM unnest($2) k) p WHERE at > 0 ORDER BY at LIMIT 1);

-- The access method is gist under another name, and holds six bytes of a value as gist does of network addresses, so
-- that it builds over any rows. Its operator classes have no operators, so that no query uses it.
CREATE FUNCTION pgroonga_handler(internal) RETURNS index_am_handler LANGUAGE internal AS 'gisthandler';
CREATE ACCESS METHOD pgroonga TYPE INDEX HANDLER pgroonga_handler;

DO $do$
DECLARE
  class record;
BEGIN
  FOR class IN SELECT * FROM (VALUES
    ('pgroonga_text_full_text_search_ops_v2', 'text', true), ('pgroonga_text_full_text_search_ops', 'text', false),
    ('pgroonga_text_term_search_ops_v2', 'text', false), ('pgroonga_text_regexp_ops_v2', 'text', false),
    ('pgroonga_text_array_full_text_search_ops_v2', 'text[]', true), ('pgroonga_text_array_term_search_ops_v2', 'text[]', false),
    ('pgroonga_varchar_term_search_ops_v2', 'varchar', true), ('pgroonga_varchar_full_text_search_ops_v2', 'varchar', false),
    ('pgroonga_varchar_regexp_ops_v2', 'varchar', false), ('pgroonga_varchar_array_term_search_ops_v2', 'varchar[]', true),
    ('pgroonga_jsonb_ops_v2', 'jsonb', true), ('pgroonga_jsonb_ops', 'jsonb', false), ('pgroonga_jsonb_full_text_search_ops_v2', 'jsonb', false)
  ) v(name, type, is_default) LOOP
    IF class.is_default THEN
      EXECUTE replace($sql$
        CREATE FUNCTION cairn_pgroonga_consistent(internal, THIS, smallint, oid, internal) RETURNS boolean
          LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'inet_gist_consistent';
        CREATE FUNCTION cairn_pgroonga_same(THIS, THIS, internal) RETURNS internal
          LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'inet_gist_same';
      $sql$, 'THIS', class.type);
    END IF;
    EXECUTE replace(format($sql$
      CREATE OPERATOR CLASS %I %s FOR TYPE THIS USING pgroonga AS
        FUNCTION 1 (THIS, THIS) cairn_pgroonga_consistent(internal, THIS, smallint, oid, internal),
        FUNCTION 2 (THIS, THIS) inet_gist_union(internal, internal), FUNCTION 3 (THIS, THIS) inet_gist_compress(internal),
        FUNCTION 5 (THIS, THIS) inet_gist_penalty(internal, internal, internal),
        FUNCTION 6 (THIS, THIS) inet_gist_picksplit(internal, internal), FUNCTION 7 (THIS, THIS) cairn_pgroonga_same(THIS, THIS, internal)
    $sql$, class.name, CASE WHEN class.is_default THEN 'DEFAULT' ELSE '' END), 'THIS', class.type);
  END LOOP;
END $do$;
