package migration

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
)

// comments calls each for every comment that stands outside of statements, in order, with its place in the text and
// the number of statements before it.
func comments(text string, pieces []sqltext.Piece, each func(at sqltext.Range, statements int)) {
	statements := 0
	for _, p := range pieces {
		end := p.End
		if !p.IsEmpty() {
			end = p.First
		}
		for t := range sqltext.Tokens(text[p.Start:end]) {
			if t.Kind == sqltext.Comment {
				each(sqltext.Range{Start: p.Start + t.Start, End: p.Start + t.End}, statements)
			}
		}
		if !p.IsEmpty() {
			statements++
		}
	}
}

var headerLine = regexp.MustCompile(`(?i)^(description|author|date)\s*:\s*(.+)$`)

// header reads the comment lines before the first statement.
func header(text string, pieces []sqltext.Piece) Header {
	var h Header
	comments(text, pieces, func(at sqltext.Range, statements int) {
		if statements > 0 {
			return
		}
		for line := range strings.Lines(text[at.Start:at.End]) {
			m := headerLine.FindStringSubmatch(undecorated(line))
			if m == nil {
				continue
			}
			field := map[string]*string{"description": &h.Description, "author": &h.Author, "date": &h.Date}[strings.ToLower(m[1])]
			if *field == "" {
				*field = m[2]
			}
		}
	})
	return h
}

// undecorated returns a line of a comment without its marks and without the rules people draw around it.
func undecorated(line string) string { return strings.Trim(line, "-/*=# \t\r\n") }

// The banners that part a file into a section to go forward and one to go back, in the seeds' words and in those of
// goose, dbmate, sql-migrate and node-pg-migrate.
var (
	upBanner   = regexp.MustCompile(`(?i)^(up migration|migrate:up|\+goose up|\+migrate up)\b`)
	downBanner = regexp.MustCompile(`(?i)^(down migration|migrate:down|\+goose down|\+migrate down)\b`)
)

// sections tells of a file with statements under a DOWN banner behind those to go forward: all of it would run.
func sections(file *source.File, pieces []sqltext.Piece) *finding.Finding {
	text := file.Text
	up, down, before := false, sqltext.Range{Start: -1}, 0
	total := 0
	for _, p := range pieces {
		if !p.IsEmpty() {
			total++
		}
	}
	comments(text, pieces, func(at sqltext.Range, statements int) {
		line := undecorated(text[at.Start:at.End])
		switch {
		case upBanner.MatchString(line):
			up = true
		case downBanner.MatchString(line) && down.Start < 0:
			down, before = at, statements
		}
	})
	if down.Start < 0 || !up && before == 0 || before == total {
		return nil
	}
	at := file.Span(down.Start, down.End)
	name := strings.TrimSuffix(path.Base(file.Name), ".sql")
	return refusal(finding.UpAndDown, at, "this file has an up and a down section, and both would run forward", fmt.Sprintf(
		"move what stands from line %d on to supabase/rollbacks/%s_down.sql, which `cairn migration down` runs", at.Pos().Line, name))
}
