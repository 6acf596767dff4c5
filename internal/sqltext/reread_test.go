package sqltext

import "testing"

func TestReread(t *testing.T) {
	const list = `(ARRAY['a'::character varying, 'it''s ], '::character varying, NULL::character varying])::text[]`
	for _, c := range []struct{ printed, faithful, settled string }{
		{"CHECK (n > 1)", "CHECK (n > 1)", "CHECK (n > 1)"},
		{
			"CHECK (((s)::text = ANY (" + list + ")))",
			"CHECK (((s)::text = ANY (ARRAY['a'::character varying, 'it''s ], '::character varying, NULL::character varying])))",
			"CHECK (((s)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s ], '::character varying)::text, (NULL::character varying)::text])))",
		},
		{
			`(((s)::text <> ALL ((ARRAY[E'\\\\'::character varying])::text[])) AND (t = ANY ((ARRAY['b'::character varying])::text[])))`,
			`(((s)::text <> ALL (ARRAY[E'\\\\'::character varying])) AND (t = ANY (ARRAY['b'::character varying])))`,
			`(((s)::text <> ALL (ARRAY[(E'\\\\'::character varying)::text])) AND (t = ANY (ARRAY[('b'::character varying)::text])))`,
		},
		{ // not compared: the cast is somebody's own
			"SELECT (ARRAY['a'::character varying])::text[]", "SELECT (ARRAY['a'::character varying])::text[]",
			"SELECT ARRAY[('a'::character varying)::text]",
		},
		{"x = ANY ((ARRAY[(s)::character varying])::text[])", "x = ANY ((ARRAY[(s)::character varying])::text[])", "x = ANY ((ARRAY[(s)::character varying])::text[])"},
	} {
		if got := Faithful(c.printed); got != c.faithful {
			t.Errorf("faithful to %s\nis %s\nwant %s", c.printed, got, c.faithful)
		}
		if got := Settled(c.printed); got != c.settled {
			t.Errorf("settled %s\nis %s\nwant %s", c.printed, got, c.settled)
		}
	}
	for _, quoted := range []string{
		"AS $$SELECT s = ANY ((ARRAY['a'::character varying])::text[])$$", `SELECT 's = ANY ((ARRAY[NULL::character varying])::text[])'`,
		"-- s = ANY ((ARRAY['a'::character varying])::text[])\nSELECT 1",
	} {
		if got := Faithful(quoted); got != quoted {
			t.Errorf("%s became %s", quoted, got)
		}
	}
}
