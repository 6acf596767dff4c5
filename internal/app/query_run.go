package app

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
)

//go:embed query_as.sql
var impersonateSQL string

// plainly runs each statement as it stands.
func (q *query) plainly(ctx context.Context) error {
	err := q.all(ctx, false, nil)
	ran := q.text[:len(q.result.Answers)]
	switch f := finding.As(err); {
	case q.conn.IsClosed():
	case f != nil && q.conn.TxStatus() == 'I' && len(writes(ran)) > 0:
		f.Hint = paragraphs(f.Hint, "the "+count(len(ran), "statement")+" before it ran, and what that changed stays")
	case err == nil && q.conn.TxStatus() != 'I':
		q.sink(event.Found{Finding: &finding.Finding{
			Code: finding.TransactionControl, Severity: finding.Warning,
			Message: "the transaction that was begun here was never committed, so it is rolled back",
			Hint:    "end with COMMIT;",
		}})
	}
	return err
}

// readOnly runs all statements in one read-only transaction. A query goes first: behind one, nobody can make the
// transaction a writing one any more.
func (q *query) readOnly(ctx context.Context) error {
	if err := q.do(ctx, "begin read only"); err != nil {
		return err
	}
	rows, err := q.rows(ctx, "select pg_is_in_recovery()")
	if err != nil {
		return q.explain(ctx, err, source.Span{})
	}
	q.standby = string(rows[0][0]) == "t"
	err = q.all(ctx, true, nil)
	if f := finding.As(err); f != nil && f.Code == finding.Postgres(readOnlyTransaction) && !q.standby {
		f.Hint = "it ran in a read-only transaction, as --read-only asks for"
	}
	return q.over(ctx, err)
}

// as runs all statements as another role, with the claims of its token, and rolls them back.
func (q *query) as(ctx context.Context) error {
	begin := "begin"
	if q.req.ReadOnly {
		begin += " read only"
	}
	if err := q.do(ctx, begin); err != nil {
		return err
	}
	_, err := q.rows(ctx, impersonateSQL, []byte(q.claims.text), []byte(q.claims.sub), []byte(q.claims.role), []byte(q.req.As))
	if err != nil {
		return q.noRole(ctx, err)
	}
	return q.over(ctx, q.all(ctx, true, func() error { return q.do(ctx, "savepoint "+savepoint) }))
}

// over ends the transaction in which all statements ran, whose error so far is err.
func (q *query) over(ctx context.Context, err error) error {
	if endErr := q.end(ctx); err == nil && endErr != nil {
		return q.explain(ctx, endErr, source.Span{})
	}
	return err
}

// savepoint is what stands before each statement of As, to go on from for those who look why it failed.
const savepoint = "cairn_query"

// all runs the statements. free says that nothing is lost where the last one is stopped once its rows are enough;
// before is called ahead of each.
func (q *query) all(ctx context.Context, free bool, before func() error) error {
	for i, st := range q.text {
		if before != nil {
			if err := before(); err != nil {
				return err
			}
		}
		answer, err := q.statement(ctx, st.Statement, free && i == len(q.text)-1)
		if err != nil {
			return q.failed(ctx, st, err)
		}
		q.result.Answers = append(q.result.Answers, *answer)
		if f := q.hidden(ctx, st, answer.Tag); f != nil {
			q.sink(event.Found{Finding: f})
		}
	}
	return nil
}

// failed is the finding for a statement that failed, with what is known of the rights that it lacks.
func (q *query) failed(ctx context.Context, st queried, err error) error {
	err = q.explain(ctx, err, st.Span)
	f := finding.As(err)
	if f == nil {
		return err
	}
	if pg, ok := f.Cause.(*pgconn.PgError); ok && pg.Code == insufficientPrivilege {
		q.denied(ctx, st, pg, f)
	}
	return err
}

// explain turns an error of the console into a finding that ends the run.
func (q *query) explain(ctx context.Context, err error, at source.Span) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if pg := refusal(err); pg != nil && !q.conn.IsClosed() {
		return diagnose.Statement(pg, at)
	}
	return &finding.Finding{
		Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, At: at,
		Message: "the connection to " + q.at.Name() + " was lost", Detail: err.Error(), Cause: err,
		Hint: "whether the statement that was running has done its work is unknown, unless it only read: look before it is run again",
	}
}

// do runs a statement of our own.
func (q *query) do(ctx context.Context, sql string) error {
	if _, err := q.rows(ctx, sql); err != nil {
		return q.explain(ctx, err, source.Span{})
	}
	return nil
}

// noRole is the finding for a role that cannot be taken.
func (q *query) noRole(ctx context.Context, err error) error {
	pg := refusal(err)
	if pg == nil || pg.Code != "22023" && pg.Code != insufficientPrivilege {
		return q.explain(ctx, err, source.Span{})
	}
	f := &finding.Finding{
		Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Cause: pg,
		Message: fmt.Sprintf("cannot run as %q: %s", q.req.As, pg.Message),
		Hint:    "anon, authenticated and service_role are roles of a Supabase project; --as takes any role that there is",
	}
	if pg.Code == insufficientPrivilege {
		f.Hint = "the role that connects must be a member of it: GRANT role TO the role that connects"
	}
	return f
}

// paragraphs joins the texts that are not empty, each on a line of its own.
func paragraphs(texts ...string) string {
	var all []string
	for _, t := range texts {
		if t != "" {
			all = append(all, t)
		}
	}
	return strings.Join(all, "\n")
}
