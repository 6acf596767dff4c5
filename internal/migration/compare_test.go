package migration

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecordedAsSupabase holds what version 3.1.0 of the Supabase CLI stored of these files when it pushed them,
// read from the history of the server it pushed to.
func TestRecordedAsSupabase(t *testing.T) {
	for text, want := range map[string][]string{
		"\ufeff-- head\r\n\r\nselect 1 ;;\r\n-- c1\r\nselect 2 -- tail\r\n;\n/* lone */;\n;\n\v select 3;\n-- trailing comment\n": {
			"-- head\r\n\r\nselect 1", "-- c1\r\nselect 2 -- tail", "/* lone */", "select 3", "-- trailing comment",
		},
		"": {},
		"-- x\nbegin;\ncreate table t(a int);\ncommit;\n-- after\n": {"-- x\nbegin", "create table t(a int)", "commit", "-- after"},
		"create function f() returns int language sql begin atomic select case when true then 1 else 2 end;;; select 2; end;\n" +
			"select 1 end;\nselect 5\n  -- eof comment without semicolon": {
			"create function f() returns int language sql begin atomic select case when true then 1 else 2 end;;; select 2; end",
			"select 1 end", "select 5\n  -- eof comment without semicolon",
		},
		"select E'a\\'b;c';\nselect 'x' /* a */ ; /* b */\n select $a$ ;; $a$ ; ; ": {
			"select E'a\\'b;c'", "select 'x' /* a */", "/* b */\n select $a$ ;; $a$",
		},
		";\n;;":                              {},
		"select $$a\r\nb$$;\r\nselect 1\r\n": {"select $$a\r\nb$$", "select 1"},
	} {
		m, _ := Parse("f.sql", []byte(text))
		if diff := cmp.Diff(want, m.Recorded); diff != "" {
			t.Errorf("%q: -want +got\n%s", text, diff)
		}
		if got := Compare(m, want); got != Same {
			t.Errorf("%q is %s to what the Supabase CLI stored of it", text, got)
		}
	}
}

func TestCompare(t *testing.T) {
	const file = "-- make it\nbegin;\ncreate table t (a int default 'x; y');\n\n-- fill\ninsert into t values (1);\ncommit;\n-- done\n"
	atomic := "create function f() returns int language sql begin atomic select 1;\n  select 'a;b'; end;\nselect 2;"
	copied := "create table t (a int);\ncopy t from stdin;\n1\n2\n\\.\nselect 1;\n"
	for _, c := range []struct {
		name, text string
		recorded   []string
		want       Difference
	}{
		{"whole text in one element", file, []string{file}, Same},
		{"whole text, trimmed", file, []string{strings.TrimSpace(file)}, Same},
		{"whole text without comments at its ends", file, []string{strings.TrimSpace(strings.TrimSuffix(file, "-- done\n"))}, Same},
		{"statements with semicolons", file, []string{"-- make it\nbegin;", "create table t (a int default 'x; y');", "-- fill\ninsert into t values (1);", "commit;"}, Same},
		{"without begin and commit", file, []string{"create table t (a int default 'x; y')", "-- fill\ninsert into t values (1)"}, Same},
		{"only now with begin and commit", "select 1;", []string{"begin", "select 1", "commit"}, Same},
		{"comments not recorded", file, []string{"begin", "create table t (a int default 'x; y')", "insert into t values (1)", "commit"}, Cosmetic},
		{"line ends", file, []string{strings.ReplaceAll(file, "\n", "\r\n")}, Cosmetic},
		{"case and space", file, []string{"BEGIN", "Create Table T(a int default 'x; y')", "insert into t values ( 1 )", "COMMIT"}, Cosmetic},
		{"another isolation", "begin isolation level serializable;\nselect 1;\ncommit;", []string{"begin", "select 1", "commit"}, Cosmetic},
		{"a string", file, []string{strings.ReplaceAll(file, "x; y", "x;  y")}, Edited},
		{"one statement more", file, []string{"create table t (a int default 'x; y')"}, Edited},
		{"one statement less", "select 1;", []string{"select 1", "select 2"}, Edited},
		{"another order", "select 1; select 2;", []string{"select 2", "select 1"}, Edited},
		{"nothing recorded", "select 1;", []string{}, Edited},
		{"null recorded", "select 1;", nil, Edited},
		{"nothing in either", "-- nothing\n", []string{}, Same},
		{"a comment in either", "-- nothing\n", []string{"-- something"}, Same},
		{"byte order mark recorded", "select 1;", []string{"\ufeffselect 1"}, Same},
		{"comment at the end of an element", "select 1 -- one\n;\nselect 2;", []string{"select 1 -- one", "select 2"}, Same},
		{"body cut by an old splitter", atomic, []string{
			"create function f() returns int language sql begin atomic select 1", "select 'a;b'", "end", "select 2",
		}, Same},
		{"quote cut by an old splitter", "do $a$ begin; end; $a$;", []string{"do $a$ begin", "end", "$a$"}, Same},
		{"cut where nothing was", "select 'a b';", []string{"select 'a", "b'"}, Edited},
		{"unreadable and other", "select 1;", []string{"select 'a"}, Edited},
		{"copy data", copied, []string{"create table t (a int)", "copy t from stdin;\n1\n2\n\\.\n", "select 1"}, Same},
		{"other copy data", copied, []string{"create table t (a int)", "copy t from stdin;\n1\n3\n\\.\n", "select 1"}, Edited},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, _ := Parse("f.sql", []byte(c.text))
			if got := Compare(m, c.recorded); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestCompareOwn holds that every file is the same as what we record of it.
func TestCompareOwn(t *testing.T) {
	for name, archive := range parseArchives(t) {
		m, _ := Parse(name, archive.Files[0].Data)
		if m.Recorded == nil {
			continue // it cannot be split
		}
		if got := Compare(m, m.Recorded); got != Same {
			t.Errorf("%s is %s to its own record", name, got)
		}
	}
}

// TestTextOfRecorded holds that a file written from the history is the same as the history.
func TestTextOfRecorded(t *testing.T) {
	for _, recorded := range [][]string{
		nil,
		{"select 1", "select 2"},
		{"select 1 -- one;", "-- lone", "/* two */", "select 2 /* ; */", "-- end"},
		{"select 1;\nselect 2;\n"},
		{"select 1;\nselect 2; -- end"},
		{"copy t from stdin;\n1 -- x\n\\.\n", "select 1"},
		{"select 1; copy t from stdin;\n1\n\\.", "select 1"},
		{"begin", "select $$\r\n;$$", "commit"},
		{"do $a$ begin", "end $a$"},
		{""},
	} {
		text := Text(recorded)
		m, findings := Parse("f.sql", []byte(text))
		if got := Compare(m, recorded); got != Same {
			t.Errorf("%q becomes %q, which is %s; findings %v", recorded, text, got, findings)
		}
	}
	if got, want := Text([]string{"-- c\nselect 1", "select 2 -- d"}), "-- c\nselect 1;\nselect 2 -- d\n;\n"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}
