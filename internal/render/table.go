package render

import "strings"

// Table is a list with a head, drawn in columns:
//
//	Version | Name
//	--------|------
//	00100   | users
type Table struct {
	Head []string
	Rows [][]string // each as long as Head
}

// Table draws t. Nothing is cut: a list may be read by a program.
func (s *Screen) Table(t Table) {
	widths := make([]int, len(t.Head))
	rows := make([][]string, 0, len(t.Rows)+1)
	for _, row := range append([][]string{t.Head}, t.Rows...) {
		cells := make([]string, len(widths))
		for i := range cells {
			if i < len(row) {
				cells[i] = Clean(row[i])
			}
			widths[i] = max(widths[i], Width(cells[i]))
		}
		rows = append(rows, cells)
	}
	var b strings.Builder
	for n, cells := range rows {
		line := ""
		for i, cell := range cells {
			if i > 0 {
				line += " | "
			}
			line += cell + strings.Repeat(" ", widths[i]-Width(cell))
		}
		line = strings.TrimRight(line, " ")
		if n > 0 {
			b.WriteString(line + "\n")
			continue
		}
		b.WriteString(s.paint(Bold, line) + "\n")
		for i, w := range widths {
			if i > 0 {
				b.WriteString("-|-")
			}
			b.WriteString(strings.Repeat("-", w))
		}
		b.WriteString("\n")
	}
	s.write(b.String())
}
