package sqltext_test

import (
	"net/netip"
	"testing"

	"github.com/cairndb/cairn/internal/sqltext"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		format string
		args   []any
		want   string
	}{
		{"create table %I (%s)", []any{[]string{"public", "User"}, "id int"}, `create table public."User" (id int)`},
		{"select %L, %L, %L", []any{"it's", `a\b`, nil}, `select 'it''s', E'a\\b', NULL`},
		{"%s%s|%%", []any{nil, 7}, "7|%"},
		{"%2$I.%1$I, %L", []any{"b", "a"}, "a.b, 'a'"},
		{"%I %I %I %I", []any{"select", "a$", "", "1a"}, `"select" "a$" "" "1a"`},
		{"%L %L", []any{true, netip.MustParseAddr("127.0.0.1")}, "'true' '127.0.0.1'"},
		{"100%%", nil, "100%"},
	} {
		if got := sqltext.Format(c.format, c.args...); got != c.want {
			t.Errorf("Format(%q): got %s, want %s", c.format, got, c.want)
		}
	}
}

func TestFormatPanics(t *testing.T) {
	for _, c := range []struct {
		format string
		args   []any
	}{
		{"%I", nil},
		{"%I", []any{nil}},
		{"%L", []any{"a", "b"}},
		{"%d", []any{1}},
		{"%", []any{1}},
		{"%0$L", []any{1}},
		{"%L", []any{[]string{"a"}}},
		{"%L", []any{struct{}{}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Format(%q, %v) did not panic", c.format, c.args)
				}
			}()
			sqltext.Format(c.format, c.args...)
		}()
	}
}

func TestDollar(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1":      "$$SELECT 1$$",
		"a $$ b":        "$body$a $$ b$body$",
		"ends in $":     "$body$ends in $$body$",
		"$$ $body$":     "$body1$$$ $body$$body1$",
		"$$ and $body":  "$body1$$$ and $body$body1$",
		"\r\n\\ 'x' \t": "$$\r\n\\ 'x' \t$$",
	} {
		if got := sqltext.Dollar(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
