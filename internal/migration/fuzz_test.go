package migration

import (
	"testing"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// FuzzParse holds what is true of every file: it is read without a panic, each statement lies in it in order, what we
// record of it is the same as the file, and so is a file written from that record.
func FuzzParse(f *testing.F) {
	for _, archive := range parseArchives(f) {
		f.Add(archive.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, findings := Parse("f.sql", data)
		if m.Recorded == nil {
			if len(findings) == 0 || findings[0].Exit != finding.Usage {
				t.Fatalf("nothing recorded, findings %v", findings)
			}
			return
		}
		at := 0
		for _, s := range m.Statements() {
			if s.Start < at || s.End <= s.Start || s.Head().Text() == "" {
				t.Fatalf("statement %d to %d after %d", s.Start, s.End, at)
			}
			at = s.End
			s.SetsSession()
			s.Effect()
		}
		if got := Compare(m, m.Recorded); got != Same {
			t.Errorf("%q is %s to its own record %q", data, got, m.Recorded)
		}
		if !closed(m.File.Text) {
			return // what is not closed swallows the ";" that Text puts behind it
		}
		text := Text(m.Recorded)
		if again, _ := Parse("f.sql", []byte(text)); Compare(again, m.Recorded) != Same {
			t.Errorf("%q, written from %q, is %s", text, m.Recorded, Compare(again, m.Recorded))
		}
	})
}

// closed reports whether a ";" behind text would end its last statement: no parenthesis or body is open.
func closed(text string) bool {
	pieces, err := sqltext.Split(text + "\n;\n;")
	return err == nil && len(pieces) > 0 && pieces[len(pieces)-1].IsEmpty()
}
