package planner

import (
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
)

// Whole returns units as one script, with a line where one transaction ends.
func Whole(units []Unit) string {
	var b strings.Builder
	for i, u := range units {
		switch {
		case i > 0 && u.Alone:
			b.WriteString("\n-- outside a transaction\n")
		case i > 0:
			b.WriteString("\n-- in a transaction of its own, once what is above is committed\n")
		}
		b.WriteString(Script(u.Steps))
	}
	return b.String()
}

// Script returns the steps as a person would write them: what belongs to one object stands together, and above a
// statement stands what it costs.
func Script(steps []Step) string {
	var b strings.Builder
	var last catalog.ID
	for i, s := range steps {
		if i > 0 && (s.Group != last || strings.Contains(s.SQL, "\n") || len(s.Hazards) > 0) {
			b.WriteByte('\n')
		}
		last = s.Group
		for _, h := range s.Hazards {
			b.WriteString("-- " + string(h.Kind) + ": " + h.Text + "\n")
		}
		b.WriteString(s.SQL + ";\n")
	}
	return b.String()
}
