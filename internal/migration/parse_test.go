package migration

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/cairndb/cairn/internal/finding"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestParseGolden compares the header, the units and the findings of testdata/parse/*.txtar.
func TestParseGolden(t *testing.T) {
	for path, archive := range parseArchives(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			got := describe(Parse("file.sql", archive.Files[0].Data))
			if *update {
				archive.Files[1].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func parseArchives(t testing.TB) map[string]*txtar.Archive {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "parse", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	all := map[string]*txtar.Archive{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil || len(archive.Files) != 2 {
			t.Fatalf("%s: %v", path, err)
		}
		all[path] = archive
	}
	return all
}

// describe writes what a file was read as.
func describe(m *Migration, findings []*finding.Finding) string {
	var b strings.Builder
	if m.Header != (Header{}) {
		fmt.Fprintf(&b, "header %+v\n", m.Header)
	}
	for i, u := range m.Units {
		fmt.Fprintf(&b, "unit %d", i+1)
		if u.Alone {
			fmt.Fprintf(&b, " alone %d", u.Statements[0].Effect().Kind)
		}
		if u.Mode != "" {
			fmt.Fprintf(&b, " %s", u.Mode)
		}
		b.WriteByte('\n')
		for _, s := range u.Statements {
			fmt.Fprintf(&b, "  %s %q\n", s.Head(), s.Text())
			if s.Copy != nil {
				fmt.Fprintf(&b, "    data at %s %q\n", s.Copy, s.Copy.Text())
			}
		}
	}
	for _, s := range m.Recorded {
		fmt.Fprintf(&b, "recorded %q\n", s)
	}
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s exit %d %q %s\n", f.Code, f.Severity, f.Exit, f.At.Text(), f)
	}
	return b.String()
}

func TestParseBytes(t *testing.T) {
	for _, c := range []struct {
		name, data string
		code       finding.Code
		severity   finding.Severity
		at, says   string
	}{
		{"byte order mark", "\ufeff-- é\nselect 1;", finding.ByteOrderMark, finding.Warning, "f.sql:1:1", "byte order mark"},
		{"utf-16", "\xff\xfes\x00e\x00l\x00", finding.NotUTF8, finding.Error, "f.sql:1:1", "UTF-16"},
		{"utf-16 big endian", "\xfe\xff\x00s\x00e", finding.NotUTF8, finding.Error, "f.sql:1:1", "UTF-16"},
		{"utf-16 without mark", "s\x00e\x00l\x00e\x00c\x00t\x00", finding.NotUTF8, finding.Error, "f.sql:1:1", "UTF-16"},
		{"latin-1", "select 1;\n-- caf\xe9\n", finding.NotUTF8, finding.Error, "f.sql:2:7", "0xE9 at offset 16"},
		{"latin-1 behind a mark", "\ufeffselect '\xe9'", finding.NotUTF8, finding.Error, "f.sql:1:9", "offset 11"},
		{"surrogate", "select '\xed\xa0\x80'", finding.NotUTF8, finding.Error, "f.sql:1:9", "0xED at offset 8"},
		{"nul", "select 1;\nselect '\x00'", finding.NotUTF8, finding.Error, "f.sql:2:9", "offset 18"},
		{"empty", "", finding.NoStatements, finding.Warning, "f.sql:1:1", "no statements"},
		{"zero width space", "select 1;\nselect é\u200b2;", finding.InvisibleText, finding.Error, "f.sql:2:9", "U+200B ZERO WIDTH SPACE"},
		{"bidi", "-- \u202e /*\nselect 1;", finding.InvisibleText, finding.Error, "f.sql:1:4", "U+202E RIGHT-TO-LEFT OVERRIDE"},
		{"joiner between letters", "create role ad\u200dmin;", finding.InvisibleText, finding.Error, "f.sql:1:15", "U+200D"},
		{"joiner at the end", "select 'é\u200d", finding.InvisibleText, finding.Error, "f.sql:1:10", "U+200D"},
		{"mark inside", "select 1;\ufeff select 2", finding.InvisibleText, finding.Error, "f.sql:1:10", "U+FEFF"},
		{"string", "select 1;\r\n\r\nselect 'é, x", finding.Unterminated, finding.Error, "f.sql:3:8", "string is never closed"},
		{"identifier", `select é."x`, finding.Unterminated, finding.Error, "f.sql:1:10", "name is never closed"},
		{"comment", "select /* /* */ 1", finding.Unterminated, finding.Error, "f.sql:1:8", "comments nest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, findings := Parse("f.sql", []byte(c.data))
			if len(findings) == 0 {
				t.Fatal("no finding")
			}
			f := findings[0]
			if f.Code != c.code || f.Severity != c.severity || f.Exit != finding.Usage || f.At.String() != c.at || !strings.Contains(f.Error(), c.says) {
				t.Errorf("got %s %s exit %d %v, want %s %s at %s saying %q", f.Code, f.Severity, f.Exit, f, c.code, c.severity, c.at, c.says)
			}
		})
	}
}

func TestParseTakes(t *testing.T) {
	for name, text := range map[string]string{
		"emoji and joiners of scripts": "select '👩\u200d👧', 'می\u200cخواهم';",
		"lone cr":                      "-- a\rselect 1;\r",
		"crlf":                         "select 1;\r\nselect 2;\r\n",
		"atomic body":                  "create function f() returns int language sql begin atomic select 1; end;",
	} {
		m, findings := Parse("f.sql", []byte(text))
		if len(findings) != 0 || !m.Transactional() || len(m.Units) != 1 {
			t.Errorf("%s: units %+v, findings %v", name, m.Units, findings)
		}
	}
}

func TestParseKeepsBytes(t *testing.T) {
	data := "\ufeffselect 'é';\r\n"
	m, _ := Parse("f.sql", []byte(data))
	if m.File.Text != data[3:] {
		t.Errorf("text %q", m.File.Text)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256([]byte(data))); m.Checksum != want {
		t.Errorf("checksum %s, want %s", m.Checksum, want)
	}
}
