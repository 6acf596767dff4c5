package sqltext_test

import (
	"testing"

	"github.com/cairndb/cairn/internal/sqltext"
)

func TestNormalizeEqual(t *testing.T) {
	const base = "create table T (a int default 'X  y');\nselect a+1 from T;\n"
	for _, c := range []struct{ name, text string }{
		{"white space", "create\ttable T(a int\n\n default 'X  y') ; select a + 1 from T"},
		{"comments", "/* ; */ create table T ( -- ;\na int default 'X  y');-- x\nselect a/**/+1 from T; -- end"},
		{"case", "CREATE TABLE t (A INT DEFAULT 'X  y'); Select A+1 From t;"},
		{"line ends", "create table T (a int default 'X  y');\r\nselect a+1 from T;\r\n"},
		{"empty statements", ";;create table T (a int default 'X  y');;\n;select a+1 from T;;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := sqltext.Normalize(c.text), sqltext.Normalize(base); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestNormalizeDiffers(t *testing.T) {
	for _, c := range [][2]string{
		{"select 'a  b'", "select 'a b'"},
		{"select 'A'", "select 'a'"},
		{`select "A"`, `select "a"`},
		{"select 'a'\n'b'", "select 'a' 'b'"},
		{"select 1 + 2", "select 1 +- 2"},
		{"select 1 <- 2", "select 1 @- 2"},
		{"do $$ a $$", "do $$ A $$"},
		{"do $$ -- x\n $$", "do $$ $$"},
		{"select 1; select 2", "select 1 select 2"},
		{"copy t from stdin;\n1 2\n\\.\n", "copy t from stdin;\n1  2\n\\.\n"},
		{"copy t from stdin;\nA\n\\.\n", "copy t from stdin;\na\n\\.\n"},
		{"select 'not ended", "select 'not  ended"},
		{"select É", "select é"},
	} {
		if a, b := sqltext.Normalize(c[0]), sqltext.Normalize(c[1]); a == b {
			t.Errorf("%q and %q have one form: %q", c[0], c[1], a)
		}
	}
}

func TestNormalizeForm(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "",
		"-- only\n;":                 "",
		"SELECT 'a' -- c\r\n 'b' ;;": "select 'a'\n'b';\n",
		"SELECT E'a\r\n'\r\n  'b'":   "select E'a\n'\n'b';\n",
		"select 1; Select 'x":        "select 1;\n Select 'x",
		"COPY T FROM stdin;\r\n1\r\n\\.\r\nselect $a$\r\n$a$": "copy t from stdin;\n1\n\\.\nselect $a$\n$a$;\n",
	} {
		if got := sqltext.Normalize(text); got != want {
			t.Errorf("form of %q: got %q, want %q", text, got, want)
		}
	}
}
