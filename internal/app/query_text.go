package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
)

// action is what a statement may do, as far as its first words tell.
type action int

const (
	changing    action = iota // anything that is not known to be one of the others
	reading                   // it reads, or sets something for the session; a read-only transaction holds it to that
	controlling               // it begins or ends a transaction
)

// queried is one statement of a query.
type queried struct {
	migration.Statement
	action action
}

// readers are the words that statements begin with which only read, and those that change nothing but the session.
var readers = []string{
	"SELECT", "TABLE", "VALUES", "SHOW", "EXPLAIN", "(", "DECLARE", "FETCH", "MOVE", "CLOSE", "SET", "RESET", "SAVEPOINT", "RELEASE",
}

func actionOf(text string) action {
	c := sqltext.NewCursor(text)
	switch {
	case c.Take("PREPARE", "TRANSACTION"), c.TakeAny("BEGIN", "START", "COMMIT", "END", "ABORT"):
		return controlling
	case c.Take("ROLLBACK"):
		c.TakeAny("WORK", "TRANSACTION")
		if c.At("TO") {
			return reading
		}
		return controlling
	case c.Take("WITH"):
		for ; !c.Done(); c.Next() {
			if slices.ContainsFunc([]string{"INSERT", "UPDATE", "DELETE", "MERGE"}, c.At) {
				return changing
			}
		}
		return reading
	case slices.ContainsFunc(readers, c.At):
		return reading
	}
	return changing
}

// writes returns the statements for which reading is not enough.
func writes(text []queried) []queried {
	var all []queried
	for _, st := range text {
		if st.action != reading {
			all = append(all, st)
		}
	}
	return all
}

// readQuery splits the text and refuses what cannot run. Unlike a migration it may begin and end transactions.
func readQuery(req QueryRequest) ([]queried, error) {
	bad := func(code finding.Code, st queried, message, hint string) error {
		return &finding.Finding{Code: code, Severity: finding.Error, Exit: finding.Usage, At: st.Head(), Message: message, Hint: hint}
	}
	m, findings := migration.Parse(req.Source.Name, []byte(req.Source.Text))
	for _, f := range findings {
		switch f.Code {
		case finding.NotUTF8, finding.Unterminated, finding.MetaCommand, finding.MergeConflict, finding.InvisibleText:
			return nil, f
		}
	}
	pieces, err := sqltext.Split(m.File.Text)
	if err != nil {
		return nil, unsplit(findings, err)
	}
	var text []queried
	for _, p := range pieces {
		if p.IsEmpty() {
			continue
		}
		st := queried{Statement: migration.Statement{Span: m.File.Span(p.From, p.To)}, action: actionOf(m.File.Text[p.First:p.To])}
		if p.Copy != nil {
			data := m.File.Span(p.Copy.Start, p.Copy.End)
			st.Copy = &data
		}
		switch {
		case copiesOut(st.Text()):
			return nil, bad(finding.CopyData, st, "COPY … TO stdout is psql's way to get at rows", "write a SELECT; --json gives its rows to a program")
		case st.action == controlling && req.As != "":
			return nil, bad(finding.TransactionControl, st, "a transaction cannot begin or end here: --as runs everything in one and rolls it back", "take it out, or leave --as out")
		case st.action == controlling && req.ReadOnly:
			return nil, bad(finding.TransactionControl, st, "a transaction cannot begin or end here: --read-only runs everything in one of its own", "take it out, or leave --read-only out")
		}
		text = append(text, st)
	}
	if len(text) == 0 {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Message: "there is no SQL to run",
			Hint: "give it as an argument, with -f FILE, or on standard input",
		}
	}
	return text, nil
}

// unsplit is what migration.Parse says of a text that cannot be split.
func unsplit(findings []*finding.Finding, err error) error {
	for _, f := range findings {
		if f.Severity == finding.Error {
			return f
		}
	}
	return fmt.Errorf("split a query: %w", err)
}

// copiesOut reports whether the statement is COPY … TO stdout.
func copiesOut(text string) bool {
	c := sqltext.NewCursor(text)
	if !c.Take("COPY") {
		return false
	}
	for !c.Done() && !c.At("TO") && !c.At("FROM") {
		c.Skip()
	}
	return c.Take("TO") && (c.At("STDOUT") || c.At("STDIN"))
}

// claims are those of a user's token, as the API would pass them on.
type claims struct {
	text      string // the JSON object
	sub, role string
}

// claims reads --claims; the role is the one to run as where they name none.
func (req QueryRequest) claims() (claims, error) {
	bad := func(message, hint string) (claims, error) {
		return claims{}, &finding.Finding{Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Message: message, Hint: hint}
	}
	const example = `--as authenticated --claims '{"sub": "<a user's id>"}'`
	if req.As == "" {
		if req.Claims != "" {
			return bad("--claims needs --as: whose claims they are", example)
		}
		return claims{}, nil
	}
	all := map[string]any{}
	if req.Claims != "" {
		d := json.NewDecoder(strings.NewReader(req.Claims))
		d.UseNumber()
		if err := d.Decode(&all); err != nil || all == nil || d.More() {
			return bad("--claims is no JSON object", "write "+example)
		}
	}
	if all["role"] == nil {
		all["role"] = req.As
	}
	text, err := json.Marshal(all)
	if err != nil {
		return claims{}, err
	}
	c := claims{text: string(text)}
	c.sub, _ = all["sub"].(string)
	c.role, _ = all["role"].(string)
	return c, nil
}
