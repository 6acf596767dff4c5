package sqltext_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/cairndb/cairn/internal/sqltext"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestSplitGolden compares the statements, the COPY data and the normal form of testdata/split/*.txtar.
func TestSplitGolden(t *testing.T) {
	for name, archive := range corpusOf(t) {
		t.Run(name, func(t *testing.T) {
			text := string(archive.Files[0].Data)
			pieces, err := sqltext.Split(text)
			if err != nil {
				t.Fatal(err)
			}
			checkCover(t, text, pieces)
			var b strings.Builder
			for i, p := range statements(pieces) {
				fmt.Fprintf(&b, "== %d\n%s\n", i+1, text[p.From:p.To])
				if p.Copy != nil {
					fmt.Fprintf(&b, "== %d data\n%s", i+1, text[p.Copy.Start:p.Copy.End])
				}
			}
			golden(t, name, archive, "want", b.String())
			golden(t, name, archive, "normal", sqltext.Normalize(text))
		})
	}
}

// golden compares got with the file of the archive, or puts it there.
func golden(t *testing.T, name string, archive *txtar.Archive, file, got string) {
	t.Helper()
	at := -1
	for i, f := range archive.Files {
		if f.Name == file {
			at = i
		}
	}
	if *update {
		if at < 0 {
			at = len(archive.Files)
			archive.Files = append(archive.Files, txtar.File{Name: file})
		}
		archive.Files[at].Data = []byte(got)
		if err := os.WriteFile(filepath.Join("testdata", "split", name+".txtar"), txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if at < 0 {
		t.Fatalf("no %s in the archive; run the test with -update", file)
	}
	if diff := cmp.Diff(string(archive.Files[at].Data), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func corpusOf(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "split", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	all := map[string]*txtar.Archive{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(archive.Files) == 0 || archive.Files[0].Name != "input.sql" {
			t.Fatalf("%s does not begin with input.sql", path)
		}
		all[strings.TrimSuffix(filepath.Base(path), ".txtar")] = archive
	}
	return all
}

// checkCover asserts that the pieces lie side by side and cover the text, and that each statement lies in its piece.
func checkCover(t *testing.T, text string, pieces []sqltext.Piece) {
	t.Helper()
	at := 0
	for _, p := range pieces {
		if p.Start != at || p.End <= p.Start || p.From < p.Start || p.First < p.From || p.To < p.First || p.End < p.To {
			t.Fatalf("piece %+v after byte %d", p, at)
		}
		if p.Copy != nil && (p.Copy.Start < p.To || p.Copy.End < p.Copy.Start || p.End < p.Copy.End) {
			t.Fatalf("piece %+v with data %+v", p, *p.Copy)
		}
		at = p.End
	}
	if at != len(text) {
		t.Fatalf("pieces end at %d of %d", at, len(text))
	}
}

// statements leaves out the pieces without a statement.
func statements(pieces []sqltext.Piece) []sqltext.Piece {
	var all []sqltext.Piece
	for _, p := range pieces {
		if !p.IsEmpty() {
			all = append(all, p)
		}
	}
	return all
}

// TestSplitBytes holds what a golden file cannot: line ends, the ends of texts, odd bytes.
func TestSplitBytes(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"white space", " \t\r\n\f\v", nil},
		{"lone semicolons", ";\n;;", nil},
		{"no last semicolon", "select 1;select 2", []string{"select 1", "select 2"}},
		{"crlf", "-- a;\r\nselect 1;\r\nselect 2\r\n;\r\n", []string{"-- a;\r\nselect 1", "select 2"}},
		{"lone cr ends a comment", "-- a;\rselect 1;\rselect 2", []string{"-- a;\rselect 1", "select 2"}},
		{"cr continues a string", "select 'a'\r';b'; select 2", []string{"select 'a'\r';b'", "select 2"}},
		{"vertical tab", "\vselect 1\v;\v", []string{"select 1"}},
		{"comment at the end", "select 1 -- x;", []string{"select 1 -- x;"}},
		{"open parenthesis", "select (1; select 2;", []string{"select (1; select 2;"}},
		{"closing parenthesis", "select 1); select 2;", []string{"select 1)", "select 2"}},
		{"open body", "create function f() begin atomic select 1; x", []string{"create function f() begin atomic select 1; x"}},
		{"copy at the end", "copy t from stdin;\n1\n\\.", []string{"copy t from stdin"}},
		{"copy crlf", "copy t from stdin;\r\n1\r\n\\.\r\nselect 1;", []string{"copy t from stdin", "select 1"}},
		{"copy without rows", "copy t from stdin;\n\\.\nselect 1", []string{"copy t from stdin", "select 1"}},
		{"no-break space is a letter", "select\u00a01;x", []string{"select\u00a01", "x"}},
		{"dollar at the end", "select $;$a;$", []string{"select $", "$a", "$"}},
		{"prefixes at the end", "e;u;U&;u&1;b", []string{"e", "u", "U&", "u&1", "b"}},
		{"numbers", "select 1..2;select 1.;2.e;.5;0x1e+5;1_0", []string{"select 1..2", "select 1.", "2.e", ".5", "0x1e+5", "1_0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pieces, err := sqltext.Split(c.text)
			if err != nil {
				t.Fatal(err)
			}
			checkCover(t, c.text, pieces)
			var got []string
			for _, p := range statements(pieces) {
				got = append(got, c.text[p.From:p.To])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSplitCopyData(t *testing.T) {
	text := "select 1;\n-- c\ncopy t from stdin; -- x\n1\\.\n\\..\n\\.x\n\r\n\\.\r\nselect 2;"
	pieces, err := sqltext.Split(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(pieces) != 3 || pieces[1].Copy == nil {
		t.Fatalf("pieces %+v", pieces)
	}
	p := pieces[1]
	if got, want := text[p.Copy.Start:p.Copy.End], "1\\.\n\\..\n\\.x\n\r\n"; got != want {
		t.Errorf("data %q, want %q", got, want)
	}
	if got, want := text[p.End:], "select 2;"; got != want {
		t.Errorf("rest %q, want %q", got, want)
	}
	if got, want := text[p.First:p.To], "copy t from stdin"; got != want {
		t.Errorf("statement %q, want %q", got, want)
	}
}

func TestSplitErrors(t *testing.T) {
	for _, c := range []struct {
		text    string
		problem sqltext.Problem
		offset  int
		shown   string
		pieces  int // before the error
	}{
		{"select 1; select 'a", sqltext.UnterminatedString, 17, "'", 1},
		{"select E'a\\'", sqltext.UnterminatedString, 7, "E'", 0},
		{"select 'a'\n'b", sqltext.UnterminatedString, 7, "'a'\n'", 0},
		{"select u&'a", sqltext.UnterminatedString, 7, "u&'", 0},
		{`select "a""`, sqltext.UnterminatedIdentifier, 7, `"`, 0},
		{`select U&"`, sqltext.UnterminatedIdentifier, 7, `U&"`, 0},
		{"do $body$ $$ ; $Body$", sqltext.UnterminatedDollar, 3, "$body$", 0},
		{"select 1; /* /* */", sqltext.UnterminatedComment, 10, "/*", 1},
		{"/*/", sqltext.UnterminatedComment, 0, "/*", 0},
		{"\n-- x\ncopy t from stdin;\n1\n", sqltext.UnterminatedCopy, 6, "", 0},
		{"copy t from stdin", sqltext.UnterminatedCopy, 0, "", 0},
		{"copy t from stdin;\n1\\.\n", sqltext.UnterminatedCopy, 0, "", 0},
		{"copy t from stdin; select 1;\n\\.\n", sqltext.TextAfterCopy, 19, "", 0},
		{"copy t from stdin; /* \n */\n\\.\n", sqltext.TextAfterCopy, 19, "", 0},
		{"select 1;\n\\connect db\n", sqltext.MetaCommand, 10, `\connect`, 1},
		{`\! rm`, sqltext.MetaCommand, 0, `\!`, 0},
		{`select 1 \gexec`, sqltext.MetaCommand, 9, `\gexec`, 0},
		{`select 1\;`, sqltext.MetaCommand, 8, `\;`, 0},
		{`\`, sqltext.MetaCommand, 0, `\`, 0},
		{"select '\x00'", sqltext.NulByte, 8, "", 0},
	} {
		t.Run(c.text, func(t *testing.T) {
			pieces, err := sqltext.Split(c.text)
			e, ok := errors.AsType[*sqltext.Error](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			if e.Problem != c.problem || e.Offset != c.offset || e.Text != c.shown || len(pieces) != c.pieces {
				t.Errorf("got %v %d %q after %d pieces, want %v %d %q after %d",
					e.Problem, e.Offset, e.Text, len(pieces), c.problem, c.offset, c.shown, c.pieces)
			}
		})
	}
}
