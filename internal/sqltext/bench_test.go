package sqltext_test

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/sqltext"
)

const benchStatement = "insert into public.items (id, name, note) values (42, 'a name; with '' quotes', $$body; here$$); -- done\n" +
	"create index if not exists items_name_idx on public.items (name) where note is not null and name <> 'none at all';\n"

// large returns a text of 200 MB and a million statements.
func large() string {
	return strings.Repeat(benchStatement, 200<<20/len(benchStatement))
}

// BenchmarkPieces must not allocate: its memory is the text.
func BenchmarkPieces(b *testing.B) {
	text := large()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for p, err := range sqltext.Pieces(text) {
			if err != nil || p.End == 0 {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkSplit keeps the pieces of a million statements and more.
func BenchmarkSplit(b *testing.B) {
	text := large()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		pieces, err := sqltext.Split(text)
		if err != nil || len(pieces) < 1e6 {
			b.Fatal(len(pieces), err)
		}
	}
}

func BenchmarkNormalize(b *testing.B) {
	text := large()[:20<<20]
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		sqltext.Normalize(text)
	}
}

// TestHostileTexts holds texts for which a scanner that looks back, looks ahead or recurses would take hours or a
// stack without end.
func TestHostileTexts(t *testing.T) {
	const n = 1 << 20
	for name, c := range map[string]struct {
		text       string
		statements int // -1 where the text cannot be split
	}{
		"one line of 10 MB":        {"select '" + strings.Repeat("ab;''", 2<<20) + "', 1", 1},
		"nested comments":          {strings.Repeat("/*", n) + strings.Repeat("*/", n) + "select 1", 1},
		"comments never closed":    {strings.Repeat("/*", n), -1},
		"nested parentheses":       {"select " + strings.Repeat("(", n) + "1;" + strings.Repeat(")", n) + ";select 2", 2},
		"signs":                    {"select 1 " + strings.Repeat("+-", n) + " 1", 1},
		"stars and slashes":        {"select 1 " + strings.Repeat("*/", n) + " 1", -1},
		"dollar signs":             {"select " + strings.Repeat("$a ", n), 1},
		"one long tag":             {"select $" + strings.Repeat("a", n), 1},
		"tags in a quote":          {"select $a$" + strings.Repeat("$b$ $a ", n) + "$a$", 1},
		"strings that go on":       {"select ''" + strings.Repeat("\n -- c\n ''", n), 1},
		"strings that do not":      {"select ''" + strings.Repeat(" /**/ ''", n), 1},
		"comments behind a string": {"select ''" + strings.Repeat(" -- c\n", n) + "1", 1},
		"semicolons":               {strings.Repeat(";", n), 0},
		"statements":               {strings.Repeat("a;", n), n},
		"almost ends of data":      {"copy t from stdin;\n" + strings.Repeat("\\.x\n", n) + "\\.\n", 1},
		"backslashes":              {"select E'" + strings.Repeat(`\\`, n) + "'", 1},
	} {
		t.Run(name, func(t *testing.T) {
			pieces, err := sqltext.Split(c.text)
			if (err != nil) != (c.statements < 0) {
				t.Fatal(err)
			}
			if got := len(statements(pieces)); got != max(c.statements, 0) {
				t.Errorf("%d statements, want %d", got, c.statements)
			}
			sqltext.Normalize(c.text)
			sqltext.Words(c.text, 3)
		})
	}
}
