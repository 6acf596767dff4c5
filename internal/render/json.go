package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
)

// Report is the one JSON object that --json gives for a command.
type Report struct {
	Schema   string    `json:"schema" jsonschema:"cairn/v1/ and the verb"`
	OK       bool      `json:"ok" jsonschema:"whether the command did what it was asked to"`
	Exit     int       `json:"exit" jsonschema:"the exit code of the process"`
	Result   any       `json:"result,omitempty" jsonschema:"what the command has to say; with ok false, how far it came"`
	Findings []Finding `json:"findings" jsonschema:"what was found on the way, in order"`
	Error    *Finding  `json:"error,omitempty" jsonschema:"what ended the run; absent where ok is true"`
}

// NewReport returns the report of a verb ("db push") that gave result, found what told holds, and ended with failure,
// which may be nil.
func NewReport(verb string, result any, told []*finding.Finding, failure *finding.Finding) Report {
	r := Report{Schema: Schema(verb), OK: failure == nil, Result: result, Findings: make([]Finding, 0, len(told))}
	for _, f := range told {
		r.Findings = append(r.Findings, NewFinding(f))
	}
	if failure != nil {
		f := NewFinding(failure)
		r.Error, r.Exit = &f, int(failure.Exit)
	}
	return r
}

// Write writes r to w as one object, indented, with a line break behind it.
func (r Report) Write(w io.Writer) error {
	text, err := encode(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

// Schema names the JSON that a verb gives: "cairn/v1/db-push".
func Schema(verb string) string { return "cairn/v1/" + SchemaFile(verb) }

// SchemaFile names the file of that schema, without ".json": "db-push".
func SchemaFile(verb string) string { return strings.ReplaceAll(verb, " ", "-") }

// Finding is a finding in JSON.
type Finding struct {
	Code     string `json:"code" jsonschema:"CA712 is cairn's own, PG42P01 is Postgres' SQLSTATE 42P01"`
	Severity string `json:"severity" jsonschema:"error, warning or note"`
	Message  string `json:"message"`
	At       *Place `json:"at,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Hint     string `json:"hint,omitempty" jsonschema:"what to do now"`
	Fix      *Fix   `json:"fix,omitempty" jsonschema:"a replacement that resolves it"`
}

// Place is a piece of a file in JSON.
type Place struct {
	File   string `json:"file"`
	Line   int    `json:"line" jsonschema:"from 1"`
	Column int    `json:"column" jsonschema:"from 1, in characters"`
	Start  int    `json:"start" jsonschema:"first byte, from 0"`
	End    int    `json:"end" jsonschema:"byte behind the last"`
}

// Fix is a replacement in JSON.
type Fix struct {
	At   Place  `json:"at"`
	Text string `json:"text"`
}

// NewFinding returns f in JSON's form.
func NewFinding(f *finding.Finding) Finding {
	doc := Finding{
		Code: string(f.Code), Severity: f.Severity.String(), Message: f.Message, Detail: f.Detail, Hint: f.Hint,
	}
	if !f.At.IsZero() {
		at := place(f.At)
		doc.At = &at
	}
	if f.Fix != nil && !f.Fix.At.IsZero() {
		doc.Fix = &Fix{At: place(f.Fix.At), Text: f.Fix.Text}
	}
	return doc
}

func place(at source.Span) Place {
	pos := at.Pos()
	return Place{File: at.File.Name, Line: pos.Line, Column: pos.Column, Start: at.Start, End: at.End}
}

// encode returns v as JSON on one line. Characters that a terminal would act on, or that change how text looks, are
// written as escapes, so that the JSON can be shown as it is and still holds the same text.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	out := make([]byte, 0, len(text))
	for i, size := 0, 0; i < len(text); i += size {
		var r rune
		r, size = utf8.DecodeRune(text[i:])
		switch {
		case !hostile(r):
			out = append(out, text[i:i+size]...)
		case r < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		}
	}
	return out, nil
}
