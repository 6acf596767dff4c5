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
		"BEGIN EXECUTE 'select count(*) from ' || quote_ident(query); END":                                     false,
		"BEGIN EXECUTE format('select * from %I where a = %L', query, query); END":                             false,
		"BEGIN EXECUTE 'select * from a where b = $1' USING query; END":                                        false,
		"BEGIN EXECUTE 'notify x' INTO query; END":                                                             false,
		"BEGIN -- execute query\n INSERT INTO log VALUES (query); END":                                         false,
		"BEGIN INSERT INTO log VALUES ('execute query'); PERFORM upper(query); EXECUTE 'analyze'; RETURN; END": false,
	} {
		if got := runsText(body, []string{"query", "$1"}); got != runs {
			t.Errorf("%v for %s", got, body)
		}
	}
}
