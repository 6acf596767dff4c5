package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/api"
)

// queryAPI runs statements over the Management API, each in a request of its own. What reads is kept from writing. So is
// what runs as another role: nothing can be rolled back here that would be seen before.
func (a *App) queryAPI(ctx context.Context, at *place, req QueryRequest, c claims, text []queried, s event.Sink) (*QueryResult, error) {
	writing := writes(text)
	if req.As != "" && len(writing) > 0 {
		return nil, &finding.Finding{
			Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Refused, At: writing[0].Head(),
			Message: "--as rolls back what is changed, and the Management API shows nothing of what is rolled back: only what reads runs there",
			Hint:    "use --via direct or --via pooler; nothing was run",
		}
	}
	if i := slices.IndexFunc(text, func(st queried) bool { return st.Copy != nil }); i >= 0 {
		return nil, &finding.Finding{
			Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Refused, At: text[i].Span,
			Message: "COPY … FROM STDIN cannot be sent over the Management API", Hint: "use --via direct or --via pooler; nothing was run",
		}
	}
	result := &QueryResult{Target: at.Name(), As: req.As, Answers: []Answer{}}
	q := &query{app: a, at: at, req: req, claims: c, text: text, result: result, sink: s}
	if len(writing) > 0 && !req.ReadOnly {
		if err := q.consent(ctx, writing, ""); err != nil {
			return nil, err
		}
	}
	reads := req.ReadOnly || len(writing) == 0
	before := q.beforeAPI(reads)
	limit := req.Limit
	if limit == 0 {
		limit = maxRows
	}
	for _, st := range text {
		started := time.Now()
		rows, err := at.hosted.client.Query(ctx, at.hosted.ref, before+st.Text(), reads)
		if err != nil {
			return result, q.explainAPI(ctx, err, st, before)
		}
		answer, err := answerOf(rows, limit)
		if err != nil {
			return result, q.explainAPI(ctx, &management.Error{Status: 201, Cause: err, Unknown: !reads}, st, before)
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

// beforeAPI is what goes before each statement in the same request. A query stands in it, behind which nobody can make the
// request's one transaction a writing one any more.
func (q *query) beforeAPI(reads bool) string {
	switch {
	case q.req.As != "":
		as := target.Step{SQL: impersonateSQL, Args: [][]byte{[]byte(q.claims.text), []byte(q.claims.sub), []byte(q.claims.role), []byte(q.req.As)}}
		return "set transaction read only;\n" + api.Inline(as) + ";\n"
	case reads:
		return "set transaction read only; select 1; "
	}
	return ""
}

// explainAPI is the finding for a statement that brought no answer; before went ahead of it.
func (q *query) explainAPI(ctx context.Context, err error, st queried, before string) error {
	if no, ok := errors.AsType[*management.SQLError](err); ok {
		pg := *no.PG
		if q.req.As != "" && strings.Contains(pg.Message, fmt.Sprintf("role %q", q.req.As)) {
			return q.noRole(ctx, &pg)
		}
		line, column := no.Line-strings.Count(before, "\n"), no.Column
		if line == 1 {
			column -= len(before) - (strings.LastIndexByte(before, '\n') + 1)
		}
		if line > 0 {
			lines := strings.Split(st.Text(), "\n")
			at := column
			for _, line := range lines[:min(line-1, len(lines))] {
				at += len([]rune(line)) + 1
			}
			pg.Position = int32(max(at, 0))
		}
		f := diagnose.Statement(&pg, st.Span)
		if pg.Code == readOnlyTransaction {
			f.Hint = "it ran in a read-only transaction, since it reads as if it only looked, or --read-only or --as asks for it"
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
