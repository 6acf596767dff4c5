package migration

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
)

// builder sorts statements into units, in the order of the file.
type builder struct {
	units    []Unit
	findings []*finding.Finding

	open  Unit        // the transaction being filled
	begun source.Span // the BEGIN that opened it; zero where it began by itself
	ran   bool        // more than settings stand in it: too late for SET TRANSACTION, which before a SET is as good as behind it
}

// units sorts a file's statements into what runs together (DESIGN §11): each BEGIN … COMMIT pair is a unit without
// those two, a statement that Postgres runs only alone is one, and so is every run of other statements.
func units(file *source.File, pieces []sqltext.Piece) ([]Unit, []*finding.Finding) {
	var b builder
	for _, p := range pieces {
		if p.IsEmpty() {
			continue
		}
		s := Statement{Span: file.Span(p.From, p.To)}
		if p.Copy != nil {
			data := file.Span(p.Copy.Start, p.Copy.End)
			s.Copy = &data
		}
		b.add(s)
	}
	if !b.begun.IsZero() {
		b.refuse(finding.TransactionControl, b.begun, "this transaction is never committed", "put COMMIT; behind its last statement")
	}
	b.close()
	return b.units, b.findings
}

// Head returns where the statement itself begins, behind the comments before it: its first word.
func (s Statement) Head() source.Span {
	c := sqltext.NewCursor(s.Text())
	t, _ := c.Token()
	return source.Span{File: s.File, Start: s.Start + t.Start, End: s.Start + t.End}
}

func (b *builder) add(s Statement) {
	text := s.Text()
	kind, modes, refusal := transaction(text)
	_, refused := effect(text)
	if refusal != "" {
		b.refuse(finding.TransactionControl, s.Head(), "this cannot stand in a migration: "+refusal,
			"remove it; cairn begins, commits and rolls back by itself")
	}
	switch {
	case kind == begins && !b.begun.IsZero():
		b.refuse(finding.TransactionControl, s.Head(), "a transaction begins inside another",
			fmt.Sprintf("put COMMIT; before it: the other began in line %d", b.begun.Pos().Line))
	case kind == begins:
		b.close()
		b.begun, b.open.Mode = s.Head(), modes
	case kind == ends:
		if b.begun.IsZero() && refusal == "" {
			b.refuse(finding.TransactionControl, s.Head(), "a transaction ends that never began",
				"put BEGIN; before its first statement, or remove this one")
		}
		b.close()
	case kind == sets && !b.ran:
		b.open.Mode = strings.Trim(b.open.Mode+", "+modes, ", ")
	case refusal != "":
	case refused == alwaysAlone && !b.begun.IsZero():
		b.refuse(finding.NotInTransaction, s.Head(), "Postgres cannot run this statement inside a transaction",
			"put it before the BEGIN or behind the COMMIT; cairn then runs it as a step of its own")
	case refused != together && b.begun.IsZero():
		b.close()
		b.units = append(b.units, Unit{Alone: true, Statements: []Statement{s}})
	default:
		b.copy(s)
		b.ran = b.ran || !slices.Equal(sqltext.Words(text, 1), []string{"SET"})
		b.open.Statements = append(b.open.Statements, s)
	}
}

// copy tells of a COPY that does what a migration should not, or cannot.
func (b *builder) copy(s Statement) {
	switch copies(s.Text()) {
	case copyProgram:
		b.findings = append(b.findings, &finding.Finding{
			Code: finding.RunsProgram, Severity: finding.Warning, Exit: finding.Usage, At: s.Head(),
			Message: "this COPY runs a program on the database server",
			Detail:  "it runs as the server's own user and is not undone when the migration fails; hosted databases refuse it",
		})
	case copyToClient:
		b.refuse(finding.CopyData, s.Head(), "COPY … TO stdout sends rows to a client, and a migration has none", "remove it, or copy into a table")
	}
}

// close ends the transaction being filled.
func (b *builder) close() {
	if len(b.open.Statements) > 0 {
		b.units = append(b.units, b.open)
	}
	b.open, b.begun, b.ran = Unit{}, source.Span{}, false
}

func (b *builder) refuse(code finding.Code, at source.Span, message, hint string) {
	b.findings = append(b.findings, refusal(code, at, message, hint))
}
