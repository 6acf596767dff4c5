package fidelity

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed scope.sql
var scopeSQL string

//go:embed facts.sql
var factsSQL string

// denied is the SQLSTATE of a catalog that the role may not read.
const denied = "42501"

// grantTo begins the name of the property that says what a role was granted.
const grantTo = "grant to "

// body is the property of a function that holds a hash of its body.
const body = "body"

// Read reads the platform of the session's database, in one read-only transaction that is rolled back: one snapshot,
// nothing changed. It takes Postgres 15 or later. A catalog that the role may not read is a gap. The error is a
// *finding.Finding or context.Canceled.
func Read(ctx context.Context, s target.Session) (*Reading, error) {
	begin := target.Segment{
		{SQL: "begin isolation level repeatable read read only"},
		{SQL: "set local search_path = ''"},
		{SQL: "set local statement_timeout = '60s'"},
		{SQL: "set local lock_timeout = '10s'"},
	}
	defer func() { _ = s.Exec(context.WithoutCancel(ctx), []target.Segment{{{SQL: "rollback"}}}, nil) }()
	if err := s.Exec(ctx, []target.Segment{begin}, nil); err != nil {
		return nil, refused(err, "begin a read-only transaction")
	}
	r := &Reading{}
	for p, err := range sqltext.Pieces(factsSQL) {
		if err != nil {
			return nil, fmt.Errorf("split facts.sql: %w", err)
		}
		if p.IsEmpty() {
			continue
		}
		if err := r.section(ctx, s, kinds(factsSQL[p.From:p.First]), factsSQL[p.First:p.To]); err != nil {
			return nil, err
		}
	}
	r.sort()
	return r, nil
}

// kinds are those that the last line of the comment before a section names.
func kinds(comment string) []string {
	lines := strings.Split(strings.TrimSpace(comment), "\n")
	return strings.Split(strings.TrimPrefix(lines[len(lines)-1], "-- "), ", ")
}

// section reads the facts of the kinds that one query is for.
func (r *Reading) section(ctx context.Context, s target.Session, kinds []string, sql string) error {
	var facts []Fact
	var broken error
	read := target.Segment{{SQL: "savepoint section"}, {SQL: scopeSQL + sql, Row: func(v [][]byte) {
		f, err := fact(v)
		if err != nil {
			broken = err
		}
		facts = append(facts, f)
	}}, {SQL: "release section"}}
	err := s.Exec(ctx, []target.Segment{read}, nil)
	if no, ok := errors.AsType[*target.StatementError](err); ok && no.PG.Code == denied {
		for _, kind := range kinds {
			r.Gaps = append(r.Gaps, Gap{Kind: kind, Why: "the role " + s.Facts().User + " may not read it: " + no.PG.Message})
		}
		if err := s.Exec(ctx, []target.Segment{{{SQL: "rollback to section"}}}, nil); err != nil {
			return refused(err, "read the platform")
		}
		return nil
	}
	if err != nil {
		return refused(err, "read the platform")
	}
	r.Facts = append(r.Facts, facts...)
	return broken
}

// fact makes a fact of a row of facts.sql.
func fact(v [][]byte) (Fact, error) {
	f := Fact{Kind: string(v[0]), Schema: string(v[1]), Name: string(v[2]), Of: string(v[3]), Own: string(v[5]) == "t", Properties: map[string]string{}}
	if f.Kind == "extension" {
		f.Own = slices.Contains(optional, f.Name)
	}
	owner := string(v[4])
	if owner != "" {
		f.Properties["owner"] = owner
	}
	var properties map[string]any
	if err := json.Unmarshal(v[6], &properties); err != nil {
		return f, fmt.Errorf("read the properties of %s: %w", f.title(), err)
	}
	for name, value := range properties {
		text := fmt.Sprint(value)
		switch value {
		case true:
			text = "yes"
		case false:
			text = "no"
		}
		if text == "" {
			continue
		}
		if f.Kind == "function" && name == body {
			text = fingerprint(text)
		}
		f.Properties[name] = text
	}
	if v[8] == nil {
		return f, nil
	}
	var normal, given []string
	if err := json.Unmarshal(v[8], &normal); err != nil {
		return f, fmt.Errorf("read the default ACL of %s: %w", f.title(), err)
	}
	usual := privileges(normal)
	held := usual
	if v[7] != nil {
		if err := json.Unmarshal(v[7], &given); err != nil {
			return f, fmt.Errorf("read the ACL of %s: %w", f.title(), err)
		}
		held = privileges(given)
	}
	for grantee, list := range held {
		if grantee != owner || list != usual[owner] { // what an owner has by itself goes without saying
			f.Properties[grantTo+grantee] = list
		}
	}
	return f, nil
}

// fingerprint is a short hash of a function's body in which its looks do not show: comments, white space, case.
func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(sqltext.Normalize(text)))
	return hex.EncodeToString(sum[:6])
}

// refused is the finding for a statement of ours that the server did not take.
func refused(err error, doing string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	no, ok := errors.AsType[*target.StatementError](err)
	if !ok {
		return &finding.Finding{
			Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, Cause: err,
			Message: "the connection was lost: cannot " + doing, Detail: err.Error(), Hint: "nothing was changed: run it again",
		}
	}
	file := &source.File{Name: "facts.sql", Text: scopeSQL}
	f := *diagnose.Statement(no.PG, file.Span(0, 0))
	f.At, f.Message = source.Span{}, "cannot "+doing+": "+f.Message
	f.Hint = ""
	return &f
}
