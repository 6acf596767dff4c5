package app

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
)

// QueryRequest asks to run SQL that is no migration.
type QueryRequest struct {
	Where
	Source   *source.File // what to run: the argument, a file, or standard input
	As       string       // --as: run as this role and roll back all that it did; "" is the connection's own role
	Claims   string       // --claims: with As, the claims of a user's token, as a JSON object
	ReadOnly bool         // --read-only: nothing can be written, and so nobody is asked
	Limit    int          // how many rows of each result are kept; 0 is 10,000
}

// The bounds on what a result may hold, so that a query of a large table ends well.
const (
	maxRows  = 10_000
	maxBytes = 64 << 20 // of all values together
)

// QueryResult is what each statement gave, in order. Where one failed, what ran before it is there.
type QueryResult struct {
	Target  string   `json:"target"`
	As      string   `json:"as,omitempty" jsonschema:"the role that it ran as; all that it did was rolled back"`
	Answers []Answer `json:"answers" jsonschema:"one for each statement that ran"`
}

// Answer is what one statement gave.
type Answer struct {
	At        string        `json:"at" jsonschema:"file:line:column of its first word"`
	Tag       string        `json:"tag" jsonschema:"what Postgres says it did: SELECT 3, UPDATE 1; empty where it was stopped, its rows being enough"`
	Columns   []Column      `json:"columns,omitzero" jsonschema:"absent where a statement gives no rows"`
	Rows      [][]*string   `json:"rows,omitzero" jsonschema:"values as Postgres writes them; null is NULL"`
	Truncated bool          `json:"truncated,omitempty" jsonschema:"there are more rows than are kept"`
	Elapsed   time.Duration `json:"elapsed_ns"`
}

// Column is one column of a result.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type" jsonschema:"as Postgres writes it: integer, character varying(20), public.mood"`
}

// Query runs statements one by one, each on its own as psql does, or as another role in a transaction that is rolled
// back. On a database that is not cairn's own, statements that only read run in one read-only transaction; others
// need consent. The first statement that fails ends the run.
func (a *App) Query(ctx context.Context, req QueryRequest, s event.Sink) (*QueryResult, error) {
	claims, err := req.claims()
	if err != nil {
		return nil, err
	}
	text, err := readQuery(req)
	if err != nil {
		return nil, err
	}
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	at, err := a.place(ctx, p, req.Where, defaults["db query"], s)
	if err != nil {
		return nil, err
	}
	return a.query(ctx, at, req, claims, text, s)
}

// query is one run of statements on a place.
type query struct {
	*console
	app    *App
	at     *place
	req    QueryRequest
	claims claims
	text   []queried
	result *QueryResult
	sink   event.Sink
}

func (a *App) query(ctx context.Context, at *place, req QueryRequest, c claims, text []queried, s event.Sink) (_ *QueryResult, err error) {
	started := a.Now()
	run := apply.NewRun(started)
	s(event.RunStarted{Run: run, Verb: "db query", Target: at.Name(), At: started})
	defer func() { s(event.RunDone{Run: run, Exit: ExitOf(err), Elapsed: a.Now().Sub(started)}) }()
	terminal, err := openConsole(ctx, at, apply.Application(run), cmp.Or(req.Limit, maxRows), s)
	if errors.Is(err, errNoWire) {
		return a.queryAPI(ctx, at, req, c, text, s)
	}
	if err != nil {
		return nil, err
	}
	defer terminal.close()
	q := &query{
		console: terminal, app: a, at: at, req: req, claims: c, text: text, sink: s,
		result: &QueryResult{Target: at.Name(), As: req.As, Answers: []Answer{}},
	}
	return q.result, q.run(ctx)
}

// run chooses the way in which the text runs.
func (q *query) run(ctx context.Context) error {
	writing := writes(q.text)
	switch {
	case q.req.As != "":
		return q.as(ctx)
	case q.req.ReadOnly:
		return q.readOnly(ctx)
	case q.at.ours:
		return q.plainly(ctx)
	case len(writing) > 0:
		if err := q.consent(ctx, writing, ""); err != nil {
			return err
		}
		return q.plainly(ctx)
	}
	err := q.readOnly(ctx)
	if f := finding.As(err); f == nil || f.Code != finding.Postgres(readOnlyTransaction) || q.standby {
		return err
	}
	// It looked like reading and is not: a function that writes. Nothing of it has happened yet.
	failed := q.text[len(q.result.Answers)]
	if err := q.consent(ctx, []queried{failed}, "It reads as if it only looked, but "+finding.As(err).Message+"."); err != nil {
		return err
	}
	q.result.Answers = q.result.Answers[:0]
	return q.plainly(ctx)
}

// readOnlyTransaction is the SQLSTATE of a statement that wants to write where nothing can be written.
const readOnlyTransaction = "25006"

// consent asks before statements run that may change what is not cairn's own.
func (q *query) consent(ctx context.Context, writing []queried, why string) error {
	var detail []string
	for _, st := range writing {
		first, _, more := strings.Cut(strings.TrimSpace(st.File.Text[st.Head().Start:st.End]), "\n")
		if runes := []rune(first); len(runes) > 100 {
			first, more = string(runes[:100]), true
		}
		if more {
			first += " …"
		}
		detail = append(detail, "  "+first)
	}
	if why != "" {
		detail = append(detail, why)
	}
	action := "run " + count(len(writing), "statement") + " that may change it"
	return q.app.consent(ctx, q.at.intent(ctx, Change, action, strings.Join(detail, "\n")), q.sink)
}
