package api

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed capture.sql
var captureSQL string

//go:embed count.sql
var countSQL string

// script is a segment as the one text that is sent.
type script struct {
	text    string
	reads   bool // it changes nothing: it may be sent again
	steps   []placed
	segment target.Segment
}

// placed is where a step stands in the text.
type placed struct {
	line    int    // its first, from 1
	lines   int    // how many it has
	keeps   string // the setting that keeps what it gives; "" where it keeps nothing
	counts  bool   // that is a number of changed rows
	wrapped bool   // it stands inside a block, where places in it are not the statement's own
}

// answer is what a step gave.
type answer struct {
	rows [][][]byte
	tag  string
}

// compile makes a segment one text. A transaction in it must be whole: what comes back only once it is over cannot decide
// whether it is committed.
func compile(segment target.Segment) (*script, error) {
	open := false
	sc := &script{segment: segment, reads: true}
	var b strings.Builder
	line := 1
	write := func(sql string) (lines int) {
		lines = strings.Count(sql, "\n") + 1
		b.WriteString(sql)
		b.WriteString("\n;\n") // a comment may be the last that a statement has
		line += lines + 1
		return lines
	}
	for i, step := range segment {
		if step.Copy != nil {
			return nil, needsSession("COPY … FROM STDIN cannot be sent over the Management API")
		}
		switch {
		case is(step.SQL, "begin"):
			open = true
		case is(step.SQL, "commit"):
			open = false
		}
		sql := Inline(step)
		p := placed{line: line}
		switch verb := verbOf(sql); {
		case step.Row != nil:
			p.keeps, p.wrapped = fmt.Sprintf("cairn.step_%d", i), true
			sql = block(captureSQL, p.keeps, sql)
			sc.reads = sc.reads && verb == "SELECT"
		case step.Ours && (verb == "INSERT" || verb == "UPDATE" || verb == "DELETE"):
			p.keeps, p.wrapped, p.counts = fmt.Sprintf("cairn.step_%d", i), true, true
			sql = block(countSQL, p.keeps, sql)
			sc.reads = false
		default:
			sc.reads = sc.reads && (verb == "BEGIN" || verb == "COMMIT" || verb == "SET")
		}
		p.lines = write(sql)
		sc.steps = append(sc.steps, p)
	}
	if open {
		return nil, needsSession("this takes a transaction over several requests, which the Management API does not have")
	}
	var kept []string
	for i, p := range sc.steps {
		if p.keeps != "" {
			kept = append(kept, sqltext.Format("current_setting(%L, true) as %I", p.keeps, strconv.Itoa(i)))
		}
	}
	if kept != nil {
		write("select " + strings.Join(kept, ", "))
	}
	sc.text = b.String()
	return sc, nil
}

func needsSession(what string) error {
	return &finding.Finding{
		Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Refused, Message: what,
		Hint: "use the direct connection or the session pooler: --via direct, --via pooler; nothing was run",
	}
}

// Inline puts a step's parameters into its text.
func Inline(step target.Step) string {
	if len(step.Args) == 0 {
		return step.SQL
	}
	var b strings.Builder
	for token := range sqltext.Tokens(step.SQL) {
		text := step.SQL[token.Start:token.End]
		n, err := strconv.Atoi(strings.TrimPrefix(text, "$"))
		switch {
		case token.Kind != sqltext.Param || err != nil || n < 1 || n > len(step.Args):
			b.WriteString(text)
		case step.Args[n-1] == nil:
			b.WriteString("null")
		default:
			b.WriteString(sqltext.Literal(string(step.Args[n-1])))
		}
	}
	return b.String()
}

// block runs sql inside a block of PL/pgSQL that keeps what it gives in a setting.
func block(form, setting, sql string) string {
	tag := "cairn"
	for strings.Contains(sql, "$"+tag+"$") {
		tag += "_"
	}
	return sqltext.Format(form, setting, sql, tag)
}

// verbOf is the first word of a statement, or of what its WITH clause leads to where that changes something.
func verbOf(sql string) string {
	c := sqltext.NewCursor(sql)
	if !c.At("WITH") {
		token, ok := c.Token()
		if !ok {
			return ""
		}
		return strings.ToUpper(sql[token.Start:token.End])
	}
	for ; !c.Done(); c.Next() {
		for _, verb := range []string{"INSERT", "UPDATE", "DELETE", "MERGE"} {
			if c.At(verb) {
				return verb
			}
		}
	}
	return "SELECT"
}

// answers reads what the steps gave out of the rows of the last statement.
func (sc *script) answers(rows []json.RawMessage) ([]answer, error) {
	all := make([]answer, len(sc.steps))
	kept := map[string]json.RawMessage{}
	for i, p := range sc.steps {
		all[i].tag = tagOf(sc.segment[i].SQL)
		if p.keeps == "" {
			continue
		}
		if len(rows) != 1 {
			return nil, fmt.Errorf("the answer has %d rows in place of one", len(rows))
		}
		if len(kept) == 0 {
			if err := json.Unmarshal(rows[0], &kept); err != nil {
				return nil, err
			}
		}
		var text *string
		if err := json.Unmarshal(kept[strconv.Itoa(i)], &text); err != nil {
			return nil, fmt.Errorf("the answer of step %d is missing: %w", i, err)
		}
		if text == nil || *text == "" {
			continue // a later statement has reset all settings; what the step did stands
		}
		if p.counts {
			all[i].tag = strings.TrimSuffix(all[i].tag, " ") + " " + *text
			if strings.HasPrefix(all[i].tag, "INSERT") {
				all[i].tag = "INSERT 0 " + *text
			}
			continue
		}
		var records []string
		if err := json.Unmarshal([]byte(*text), &records); err != nil {
			return nil, err
		}
		for _, record := range records {
			row, err := readRecord(record)
			if err != nil {
				return nil, err
			}
			all[i].rows = append(all[i].rows, row)
		}
		all[i].tag = "SELECT " + strconv.Itoa(len(records))
	}
	return all, nil
}

// tagOf is the command tag of a statement as far as its first words tell.
func tagOf(sql string) string {
	c := sqltext.NewCursor(sql)
	var words []string
	for range 2 {
		token, ok := c.Token()
		if !ok || token.Kind != sqltext.Word {
			break
		}
		words = append(words, strings.ToUpper(sql[token.Start:token.End]))
		if words[0] != "CREATE" && words[0] != "ALTER" && words[0] != "DROP" {
			break
		}
		c.Next()
	}
	return strings.Join(words, " ")
}

// readRecord reads a row as Postgres writes it (docs §8.16.6): values between commas, NULL is nothing, "…" with doubled
// quotes and backslashes.
func readRecord(text string) ([][]byte, error) {
	bad := errors.New("the answer holds a row that cannot be read")
	if len(text) < 2 || text[0] != '(' || text[len(text)-1] != ')' {
		return nil, bad
	}
	text = text[1 : len(text)-1]
	var row [][]byte
	for i := 0; ; i++ {
		var value []byte
		quoted := false
		for i < len(text) && (quoted || text[i] != ',') {
			switch c := text[i]; {
			case c == '"' && !quoted:
				quoted = true
				if value == nil {
					value = []byte{}
				}
			case c == '"' && i+1 < len(text) && text[i+1] == '"':
				value = append(value, '"')
				i++
			case c == '"':
				quoted = false
			case c == '\\' && i+1 < len(text):
				i++
				value = append(value, text[i])
			default:
				value = append(value, c)
			}
			i++
		}
		if quoted {
			return nil, bad
		}
		row = append(row, value)
		if i >= len(text) {
			return row, nil
		}
	}
}

// refused finds the step that the database refused, by the line that it names.
func (sc *script) refused(segment int, no *management.SQLError) *target.StatementError {
	pg := *no.PG
	e := &target.StatementError{Segment: segment, Step: target.Unplaced, PG: &pg}
	for i, p := range sc.steps {
		if no.Line < p.line || no.Line >= p.line+p.lines {
			continue
		}
		e.Step = i
		if p.wrapped {
			break
		}
		before := 0
		for n, line := range strings.Split(sc.segment[i].SQL, "\n") {
			if n == no.Line-p.line {
				pg.Position = int32(before + min(no.Column, utf8.RuneCountInString(line)+1))
				break
			}
			before += utf8.RuneCountInString(line) + 1
		}
	}
	return e
}
