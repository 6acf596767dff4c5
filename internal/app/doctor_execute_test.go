package app

import "testing"

// A body that runs its argument is told from one that quotes it, or only looks like it.
func TestRunsText(t *testing.T) {
	t.Parallel()
	for body, runs := range map[string]bool{
		"BEGIN EXECUTE query; END": true,
		"declare r json; begin execute 'select json_agg(t) from (' || query || ') t' into r; return r; end": true,
		"BEGIN RETURN QUERY EXECUTE $1; END":                                                                  true,
		"BEGIN EXECUTE format('select %s', query); END":                                                       true,
		"BEGIN EXECUTE format($f$%2$s$f$, 'a', query); END":                                                   true,
		"DECLARE q text := trim(query); BEGIN IF q <> '' THEN EXECUTE q; END IF; END":                         true,
		"DECLARE q text; BEGIN q := 'select ' || query; FOR r IN EXECUTE q LOOP RETURN NEXT r; END LOOP; END": true,
		"BEGIN EXECUTE (query); EXCEPTION WHEN OTHERS THEN RETURN sqlerrm; END":                               true,
		"plpy.execute(query)": true,
		"DECLARE q text; BEGIN SELECT query INTO STRICT q; EXECUTE q; END":                                             true,
		"DECLARE q text; BEGIN SELECT INTO q query; EXECUTE q; END":                                                    true,
		"DECLARE q ALIAS FOR query; BEGIN EXECUTE q; END":                                                              true,
		"BEGIN FOREACH s IN ARRAY string_to_array(query, ';') LOOP EXECUTE s; END LOOP; END":                           true,
		"BEGIN FOR s IN SELECT unnest(string_to_array(query, ';')) LOOP EXECUTE s; END LOOP; END":                      true,
		"DECLARE c CURSOR FOR SELECT query; BEGIN OPEN c; FETCH c INTO q; EXECUTE q; END":                              true,
		"<<a>> DECLARE q text; BEGIN <<b>> q := query; EXECUTE q; END":                                                 true,
		"BEGIN LOOP EXECUTE q; q := query; END LOOP; END":                                                              true,
		"BEGIN EXECUTE regexp_replace(quote_literal(query), '^.|.$', '', 'g'); END":                                    true,
		"BEGIN EXECUTE format('%*s', 1, query); END":                                                                   true,
		"BEGIN EXECUTE format('select %I' || '%s', query, query); END":                                                 true,
		"BEGIN EXECUTE concat('select ', (coalesce(quote_literal(query), 'null'))); END":                               false,
		"BEGIN SELECT c.relname INTO t FROM pg_class c WHERE c.relname = query; EXECUTE 'analyze ' || t; END":          false,
		"BEGIN FOR t IN SELECT quote_ident(query) LOOP EXECUTE 'analyze ' || t; END LOOP; END":                         false,
		"BEGIN INSERT INTO log SELECT query; EXECUTE 'select * from log'; SELECT 1 INTO n; EXECUTE 'set a.b = 1'; END": false,
		"BEGIN EXECUTE 'select count(*) from ' || quote_ident(query); END":                                             false,
		"BEGIN EXECUTE format('select * from %I where a = %L', query, query); END":                                     false,
		"BEGIN EXECUTE 'select * from a where b = $1' USING query; END":                                                false,
		"BEGIN EXECUTE 'notify x' INTO query; END":                                                                     false,
		"BEGIN -- execute query\n INSERT INTO log VALUES (query); END":                                                 false,
		"BEGIN INSERT INTO log VALUES ('execute query'); PERFORM upper(query); EXECUTE 'analyze'; RETURN; END":         false,
	} {
		if got := runsText(body, []string{"query", "$1"}); got != runs {
			t.Errorf("%v for %s", got, body)
		}
	}
}
