package migration

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
)

// Parse reads a file, shown to people as name: its File, Checksum, Header, Units and Recorded are filled in. What is
// to be said of it are the findings, each with its place. While one of them is an Error, with exit Usage, the file
// must not run; it may then have no units.
func Parse(name string, data []byte) (*Migration, []*finding.Finding) {
	sum := sha256.Sum256(data)
	m := &Migration{Checksum: hex.EncodeToString(sum[:])}
	return m, fill(m, name, data)
}

func fill(m *Migration, name string, data []byte) []*finding.Finding {
	var findings []*finding.Finding
	text, marked := strings.CutPrefix(string(data), byteOrderMark)
	m.File = &source.File{Name: name, Text: text}
	skipped := len(data) - len(text)
	if f := encoding(m.File, skipped); f != nil {
		return []*finding.Finding{f}
	}
	if marked {
		findings = append(findings, &finding.Finding{
			Code: finding.ByteOrderMark, Severity: finding.Warning, At: m.File.Span(0, 0), Exit: finding.Usage,
			Message: "the file starts with a byte order mark, which is left out", Hint: "save it as UTF-8 without one",
		})
	}
	if f := conflict(m.File); f != nil {
		return append(findings, f)
	}
	if f := invisible(m.File); f != nil {
		findings = append(findings, f)
	}
	pieces, err := sqltext.Split(text)
	if err != nil {
		return append(findings, unsplit(m.File, err))
	}
	if f := sections(m.File, pieces); f != nil {
		findings = append(findings, f)
	}
	m.Header = header(text, pieces)
	var told []*finding.Finding
	m.Units, told = units(m.File, pieces)
	slices.SortStableFunc(told, func(a, b *finding.Finding) int { return a.At.Start - b.At.Start })
	findings = append(findings, told...)
	m.Recorded = recorded(text, pieces)
	if len(m.Units) == 0 && len(told) == 0 {
		findings = append(findings, &finding.Finding{
			Code: finding.NoStatements, Severity: finding.Warning, At: m.File.Span(0, 0), Exit: finding.Usage,
			Message: "the file holds no statements; it is recorded and changes nothing",
		})
	}
	return findings
}

// recorded returns what the Supabase CLI would store of the text: each piece without the ";" behind it and without
// outer white space, those that hold only a comment too, the empty ones not. A file without any statement is recorded
// as holding none. COPY data, which that CLI cannot run, stays with its statement as psql reads it, with a newline
// behind its end.
func recorded(text string, pieces []sqltext.Piece) []string {
	all := make([]string, 0, len(pieces))
	statements := 0
	for _, p := range pieces {
		s := strings.TrimSpace(strings.TrimRight(text[p.Start:p.End], ";"))
		if p.Copy != nil {
			s += "\n"
		}
		if s != "" {
			all = append(all, s)
		}
		if !p.IsEmpty() {
			statements++
		}
	}
	if statements == 0 {
		return []string{}
	}
	return all
}

// unsplit explains why a text cannot be split into statements.
func unsplit(file *source.File, err error) *finding.Finding {
	e, ok := errors.AsType[*sqltext.Error](err)
	if !ok {
		return &finding.Finding{
			Code: finding.Internal, Severity: finding.Error, Exit: finding.Bug, At: file.Span(0, 0), Message: err.Error(), Cause: err,
		}
	}
	at := file.Span(e.Offset, e.Offset+max(1, len(e.Text)))
	refuse := func(code finding.Code, message, hint string) *finding.Finding {
		f := refusal(code, at, message, hint)
		f.Cause = err
		return f
	}
	switch e.Problem {
	case sqltext.UnterminatedString:
		return refuse(finding.Unterminated, "this string is never closed", "a quote inside a string is written twice: 'it''s'")
	case sqltext.UnterminatedIdentifier:
		return refuse(finding.Unterminated, "this quoted name is never closed", `a quote inside a name is written twice: "a""b"`)
	case sqltext.UnterminatedDollar:
		return refuse(finding.Unterminated, fmt.Sprintf("the dollar quote %s is never closed", e.Text),
			fmt.Sprintf("close it with %s, in the same upper and lower case", e.Text))
	case sqltext.UnterminatedComment:
		return refuse(finding.Unterminated, "this comment is never closed", "comments nest: each /* needs a */ of its own")
	case sqltext.UnterminatedCopy:
		return refuse(finding.CopyData, "the data of this COPY never ends", `put the rows on the lines behind it, and \. alone on the line after the last`)
	case sqltext.TextAfterCopy:
		return refuse(finding.CopyData, "the data of COPY … FROM stdin begins on the next line, so nothing may stand here", "put it behind the data")
	case sqltext.MetaCommand:
		return refuse(finding.MetaCommand, e.Text+" is a command of psql, which does not run this file", metaHint(e.Text))
	}
	return refuse(finding.NotUTF8, e.Error(), "Postgres cannot hold it in any text; remove it")
}

// metaHint says what stands in a migration in place of a psql meta-command.
func metaHint(command string) string {
	switch command {
	case `\i`, `\ir`, `\include`, `\include_relative`:
		return "put the text of that file here, or make it a migration of its own"
	case `\c`, `\connect`:
		return "the database is chosen on the command line: --local, --linked, --db-url"
	case `\restrict`, `\unrestrict`:
		return "pg_dump writes it for psql; remove the line"
	case `\copy`:
		return "write COPY … FROM stdin; with the rows on the lines behind it"
	case `\.`:
		return "it ends the data of COPY … FROM stdin, and none stands here"
	case `\set`, `\gset`, `\if`, `\else`, `\elif`, `\endif`, `\gexec`:
		return "a DO block can hold variables and conditions"
	case `\;`:
		return `end the statement with ";"`
	}
	return "remove it"
}
