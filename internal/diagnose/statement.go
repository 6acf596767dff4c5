// Package diagnose turns what Postgres or the network said into findings: what happened, where in the file, why,
// and what to do now where the cause is known. It decides on SQLSTATEs and structured fields, since a server may
// speak any language; the words of the statement only refine.
package diagnose

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
)

// longest is how many bytes of one text of the server are kept; a server may send a DETAIL of any size.
const longest = 8 << 10

// Statement returns the finding for a statement that the server refused. The span is the statement as it was sent:
// Postgres counts error positions in it. The finding points at the character where the error is, also inside the
// body of a DO block and in the data of a COPY, or else at the statement's first word. It ends a run as Failed.
func Statement(pg *pgconn.PgError, at source.Span) *finding.Finding {
	s := locate(pg, at)
	return &finding.Finding{
		Code:     finding.Postgres(pg.Code),
		Severity: finding.Error,
		At:       s.at,
		Message:  cut(pg.Message),
		Detail:   detail(pg),
		Hint:     lines(cut(pg.Hint), s.advice()),
		Exit:     finding.Failed,
		Cause:    pg,
	}
}

// scene is what is known of a refused statement.
type scene struct {
	pg    *pgconn.PgError
	at    source.Span // where the error is
	words words       // of the innermost statement: inside a DO block, the one in its body
	near  words       // from the error on; nil where the server gave no position
}

// advice returns our hint for the scene, "" where we have none.
func (s scene) advice() string {
	for _, table := range []map[string]func(scene) string{
		existsAdvice, missingAdvice, dependentAdvice, accessAdvice, syntaxAdvice, dataAdvice, runningAdvice,
	} {
		if advise, ok := table[s.pg.Code]; ok {
			return advise(s)
		}
	}
	return ""
}

// always is advice that depends on nothing but the SQLSTATE.
func always(text string) func(scene) string { return func(scene) string { return text } }

// detail puts together what the server said beside its message. The names in its structured fields stand in no
// other place where a constraint has no DETAIL.
func detail(pg *pgconn.PgError) string {
	var object []string
	for _, field := range []struct{ label, name string }{
		{"table", qualified(pg.SchemaName, pg.TableName)},
		{"column", pg.ColumnName},
		{"constraint", pg.ConstraintName},
		{"type", pg.DataTypeName},
	} {
		if field.name != "" {
			object = append(object, field.label+" "+field.name)
		}
	}
	return lines(cut(pg.Detail), strings.Join(object, ", "), cut(pg.Where))
}

func qualified(schema, name string) string {
	if schema == "" || name == "" {
		return name
	}
	return schema + "." + name
}

// lines joins the texts that are not empty, each on lines of its own.
func lines(texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(text)
	}
	return b.String()
}

// cut bounds a text of the server and says how much of it is left out.
func cut(text string) string {
	if len(text) <= longest {
		return text
	}
	end := longest
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s … (%d more bytes)", text[:end], len(text)-end)
}
