package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/sqltext"
)

// queryAPI runs statements over the Management API, each in a request of its own. What reads is kept from writing.
func (a *App) queryAPI(ctx context.Context, at *place, req QueryRequest, text []queried, s event.Sink) (*QueryResult, error) {
	if req.As != "" {
		return nil, &finding.Finding{
			Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Usage,
			Message: "--as takes a transaction that is rolled back, which the Management API does not have",
			Hint:    "use --via direct or --via pooler; nothing was run",
		}
	}
	result := &QueryResult{Target: at.Name(), Answers: []Answer{}}
	q := &query{app: a, at: at, req: req, text: text, result: result, sink: s}
	writing := writes(text)
	if len(writing) > 0 && !req.ReadOnly {
		if err := q.consent(ctx, writing, ""); err != nil {
			return nil, err
		}
	}
	reads := req.ReadOnly || len(writing) == 0
	limit := req.Limit
	if limit == 0 {
		limit = maxRows
	}
	for _, st := range text {
		if st.Copy != nil {
			return result, &finding.Finding{
				Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Usage, At: st.Span,
				Message: "COPY … FROM STDIN cannot be sent over the Management API", Hint: "use --via direct or --via pooler",
			}
		}
		started := time.Now()
		sql := st.Text()
		if reads {
			sql = readsOnly + sql
		}
		rows, err := at.hosted.client.Query(ctx, at.hosted.ref, sql, reads)
		if err != nil {
			return result, q.explainAPI(err, st)
		}
		answer, err := answerOf(rows, limit)
		if err != nil {
			return result, q.explainAPI(&management.Error{Status: 201, Cause: err, Unknown: !reads}, st)
		}
		switch {
		case st.action == reading && answer.Columns == nil:
			answer.Columns, answer.Rows, answer.Tag = []Column{}, [][]*string{}, "SELECT 0"
		case answer.Columns != nil && st.action == reading:
			answer.Tag = fmt.Sprintf("SELECT %d", len(rows))
		default:
			answer.Tag = strings.Join(sqltext.Words(st.Text(), 1), "") // how many rows it changed, the API does not say
		}
		answer.At, answer.Elapsed = st.Head().String(), time.Since(started)
		result.Answers = append(result.Answers, *answer)
	}
	return result, nil
}

// readsOnly goes before a statement in the same request, whose one transaction cannot become a writing one any more.
const readsOnly = "set transaction read only; select 1; "

// explainAPI is the finding for a statement that brought no answer.
func (q *query) explainAPI(err error, st queried) error {
	if no, ok := errors.AsType[*management.SQLError](err); ok {
		pg := *no.PG
		if no.Line > 0 {
			column := no.Column
			if no.Line == 1 && (q.req.ReadOnly || len(writes(q.text)) == 0) {
				column -= len(readsOnly)
			}
			lines := strings.Split(st.Text(), "\n")
			at := column
			for _, line := range lines[:min(no.Line-1, len(lines))] {
				at += len([]rune(line)) + 1
			}
			pg.Position = int32(max(at, 0))
		}
		f := diagnose.Statement(&pg, st.Span)
		if pg.Code == readOnlyTransaction {
			f.Hint = "it ran in a read-only transaction, since it reads as if it only looked, or --read-only asks for it"
		}
		return f
	}
	if e, ok := errors.AsType[*management.Error](err); ok && e.Unknown {
		return &finding.Finding{
			Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, At: st.Span, Cause: e, Message: e.Error(),
			Hint: "whether the statement has done its work is unknown, unless it only read: look before it is run again",
		}
	}
	return q.at.hosted.told(err, q.at.hosted.ref)
}

// answerOf reads rows as the API gives them: objects whose names are the columns. A statement without rows names none.
func answerOf(rows []json.RawMessage, limit int) (*Answer, error) {
	a := &Answer{}
	if len(rows) == 0 {
		return a, nil
	}
	a.Rows = [][]*string{}
	for i, text := range rows {
		var o management.Object
		if err := json.Unmarshal(text, &o); err != nil {
			return nil, err
		}
		if i == 0 {
			a.Columns = []Column{}
			for _, pair := range o {
				a.Columns = append(a.Columns, Column{Name: pair.Name})
			}
		}
		if i >= limit {
			a.Truncated = true
			break
		}
		row := make([]*string, len(a.Columns))
		for j, pair := range o[:min(len(o), len(row))] {
			row[j] = textOf(pair.Value)
			if kind := kindOf(pair.Value); a.Columns[j].Type == "" {
				a.Columns[j].Type = kind
			}
		}
		a.Rows = append(a.Rows, row)
	}
	return a, nil
}

// textOf is a JSON value as text; null is nil.
func textOf(v json.RawMessage) *string {
	var text string
	switch {
	case string(v) == "null":
		return nil
	case json.Unmarshal(v, &text) != nil:
		text = string(v)
	}
	return &text
}

// kindOf is what JSON tells of a value's type.
func kindOf(v json.RawMessage) string {
	if len(v) == 0 {
		return ""
	}
	switch v[0] {
	case '"':
		return "text"
	case 't', 'f':
		return "boolean"
	case '{', '[':
		return "json"
	case 'n':
		return ""
	}
	return "numeric"
}
