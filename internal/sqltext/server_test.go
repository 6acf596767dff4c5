package sqltext_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"

	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/sqltext"
)

// majors are the oldest and the newest Postgres whose scanner the splitter follows.
var majors = []int{15, 18}

// TestMain keeps the servers running between the tests.
func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// onServers runs the test on a database of each major.
func onServers(t *testing.T, test func(t *testing.T, conn *pgconn.PgConn)) {
	t.Helper()
	for _, major := range majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			conn, err := pgconn.Connect(t.Context(), pgtest.Start(t, major).Database(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close(context.Background()) })
			test(t, conn)
		})
	}
}

// parses asks the server whether text is one statement to its scanner and grammar, with the extended protocol's Parse.
// It reports how many it is: 1 for one (or for none), 2 for several, 0 if the text does not parse.
func parses(t interface {
	Helper()
	Fatalf(string, ...any)
}, conn *pgconn.PgConn, text string,
) int {
	t.Helper()
	_, err := conn.Prepare(context.Background(), "", text, nil)
	switch e, ok := errors.AsType[*pgconn.PgError](err); {
	case err == nil:
		return 1
	case !ok:
		t.Fatalf("prepare %q: %v", text, err)
	case e.Code == "42601" && strings.HasPrefix(e.Message, "cannot insert multiple commands"):
		return 2
	case e.Code == "42601" && (strings.HasPrefix(e.Message, "syntax error") || strings.HasPrefix(e.Message, "unterminated")):
		return 0
	}
	return 1 // it has objects that are not there, which is no matter of syntax
}

// TestServerTakesPieces sends each statement of the golden files alone: to the server each must be exactly one.
func TestServerTakesPieces(t *testing.T) { onServers(t, takePieces) }

func takePieces(t *testing.T, conn *pgconn.PgConn) {
	t.Helper()
	for name, archive := range corpusOf(t) {
		t.Run(name, func(t *testing.T) {
			text := string(archive.Files[0].Data)
			pieces, err := sqltext.Split(text)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range statements(pieces) {
				if n := parses(t, conn, text[p.From:p.To]); n != 1 {
					t.Errorf("%q is %d statements to the server", text[p.From:p.To], n)
				}
			}
		})
	}
}

// TestServerCounts runs the golden files that say they run on a server as one simple query, and once more statement by
// statement: the server must finish as many commands as there are pieces, with the same tags.
func TestServerCounts(t *testing.T) { onServers(t, countCommands) }

func countCommands(t *testing.T, conn *pgconn.PgConn) {
	t.Helper()
	ran := 0
	for name, archive := range corpusOf(t) {
		if !strings.Contains(string(archive.Comment), "Runs on a server.") {
			continue
		}
		ran++
		t.Run(name, func(t *testing.T) {
			text := string(archive.Files[0].Data)
			pieces, err := sqltext.Split(text)
			if err != nil {
				t.Fatal(err)
			}
			whole := run(t, conn, text)
			var alone []string
			for _, p := range statements(pieces) {
				alone = append(alone, text[p.From:p.To])
			}
			if tags := run(t, conn, alone...); !slices.Equal(tags, whole) {
				t.Errorf("the text completes %q, its statements %q", whole, tags)
			}
		})
	}
	if ran == 0 {
		t.Fatal("no golden file runs on a server")
	}
}

// run runs the texts in a transaction that is rolled back, and returns the tags of the commands that ended.
func run(t *testing.T, conn *pgconn.PgConn, texts ...string) []string {
	t.Helper()
	ctx := t.Context()
	var tags []string
	exec := func(text string) {
		results, err := conn.Exec(ctx, text).ReadAll()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, r := range results {
			tags = append(tags, r.CommandTag.String())
		}
	}
	exec("begin")
	defer exec("rollback")
	for _, text := range texts {
		exec(text)
	}
	return tags[1:]
}

// TestServerCopies loads the data of COPY pieces, between the statements around it.
func TestServerCopies(t *testing.T) { onServers(t, copyData) }

func copyData(t *testing.T, conn *pgconn.PgConn) {
	t.Helper()
	text := "create temp table c (a int, b text);\ncopy c from stdin;\n1\ta;b\n2\t\\\\.x\n\\.\n" +
		"-- csv\ncopy c (b) from stdin (format csv);\n\"x\n;'y\"\n\\.\nselect b from c;"
	pieces, err := sqltext.Split(text)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, p := range statements(pieces) {
		if p.Copy != nil {
			data := strings.NewReader(text[p.Copy.Start:p.Copy.End])
			if _, err := conn.CopyFrom(t.Context(), data, text[p.From:p.To]); err != nil {
				t.Fatal(err)
			}
			continue
		}
		results, err := conn.Exec(t.Context(), text[p.From:p.To]).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range results[0].Rows {
			rows = append(rows, string(row[0]))
		}
	}
	if want := []string{"a;b", `\.x`, "x\n;'y"}; !slices.Equal(rows, want) {
		t.Errorf("rows %q, want %q", rows, want)
	}
}

// The parts that generated texts consist of: statements, with "~" where any white space or comment may stand, and
// what may stand there. No part of the second list lets a string continue.
var (
	generatedStatements = []string{
		"select~1",
		"select~'a;b'~,~'it''s;'~,~E'\\';'~,~U&'\\003b;'~,~B'1'~,~$$;$$~,~$t$;$$;$t$",
		"select~1~as~\"a;\"\"b\"~,~2~as~U&\"d;\"~,~3~x$1$",
		"select~-~1~+~2*~3~/~4",
		"select~(~case~when~true~then~1~end~)~end",
		"do~$body$~begin~perform~1;~end;~$body$",
		"create~function~atomic(~)~returns~int~language~sql~begin~atomic~select~1~end;~select~case~1~when~1~then~2~end;~end",
		"create~or~replace~procedure~p(~a~int~default~(1)~)~begin~atomic~;~end",
		"create~function~begin(~)~returns~int~language~sql~return~1",
		"create~rule~r~as~on~insert~to~t~do~(~select~1;~select~2~)",
		"copy~t~to~stdout",
		"copy~(~select~1~from~stdin~)~to~'x;'",
		"prepare~q~as~select~$1~,~$2",
	}
	generatedGaps = []string{" ", "\n", "\t\r\n", "/* ; */", "/* /* ' */ \" */", " -- ; $$ '\n", "--\r", "/**/", "\f"}
)

// TestServerAgreesOnGenerated builds texts of a known number of statements, and asks for two opinions on them: the
// splitter must find that many, and the server must take each alone and refuse any two of them together.
func TestServerAgreesOnGenerated(t *testing.T) { onServers(t, agreeOnGenerated) }

func agreeOnGenerated(t *testing.T, conn *pgconn.PgConn) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		gap := func() string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(generatedGaps), 1, 3).Draw(t, "gap"), "")
		}
		n := rapid.IntRange(1, 4).Draw(t, "statements")
		for i := range n {
			for j, part := range strings.Split(rapid.SampledFrom(generatedStatements).Draw(t, "statement"), "~") {
				if i+j > 0 {
					text.WriteString(gap())
				}
				text.WriteString(part)
			}
			if i < n-1 || rapid.Bool().Draw(t, "closed") {
				text.WriteString(gap() + strings.Repeat(";", rapid.IntRange(1, 2).Draw(t, "semicolons")))
			}
		}
		pieces, err := sqltext.Split(text.String())
		if err != nil {
			t.Fatalf("%q: %v", text.String(), err)
		}
		found := statements(pieces)
		if len(found) != n {
			t.Fatalf("%q: %d statements, want %d", text.String(), len(found), n)
		}
		for i, p := range found {
			if got := parses(t, conn, text.String()[p.From:p.To]); got != 1 {
				t.Fatalf("%q is %d statements to the server", text.String()[p.From:p.To], got)
			}
			if i > 0 {
				pair := text.String()[found[i-1].From:p.To]
				if got := parses(t, conn, pair); got != 2 {
					t.Fatalf("%q is %d statements to the server", pair, got)
				}
			}
		}
	})
}

// TestServerFormat compares %I and %L with the server's format().
func TestServerFormat(t *testing.T) { onServers(t, compareFormat) }

func compareFormat(t *testing.T, conn *pgconn.PgConn) {
	t.Helper()
	names := []string{"a", "a1_b", "1a", "a$b", "A", "Größe", "a b", `a"b`, "select", "user", "name", "text", "concurrently", "json_table", "with space ", "_x", "-", "'"}
	result := conn.ExecParams(t.Context(), "select word from pg_get_keywords() order by 1", nil, nil, nil, nil).Read()
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	for _, row := range result.Rows {
		names = append(names, string(row[0]))
	}
	for _, name := range names {
		for verb, ours := range map[string]string{"%I": sqltext.Ident(name), "%L": sqltext.Literal(name)} {
			r := conn.ExecParams(t.Context(), fmt.Sprintf("select format('%s', $1::text)", verb), [][]byte{[]byte(name)}, nil, nil, nil).Read()
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			// A word that is reserved only in a later version is quoted everywhere.
			if theirs := string(r.Rows[0][0]); ours != theirs && ours != `"`+theirs+`"` {
				t.Errorf("%s of %q: ours %s, the server's %s", verb, name, ours, theirs)
			}
		}
	}
	for _, text := range []string{"", "it's", `a\b`, `'\`, "é\n", "$$"} {
		r := conn.ExecParams(t.Context(), "select format('%L', $1::text), "+sqltext.Literal(text), [][]byte{[]byte(text)}, nil, nil, nil).Read()
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if row := r.Rows[0]; string(row[0]) != sqltext.Literal(text) || string(row[1]) != text {
			t.Errorf("literal of %q: ours %s, the server's %s, read back as %q", text, sqltext.Literal(text), row[0], row[1])
		}
	}
}
