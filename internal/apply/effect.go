package apply

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed index_before.sql
var indexBeforeSQL string

//go:embed index_invalid.sql
var indexInvalidSQL string

//go:embed index_after.sql
var indexAfterSQL string

//go:embed index_named.sql
var indexNamedSQL string

//go:embed index_absent.sql
var indexAbsentSQL string

//go:embed index_oids.sql
var indexOidsSQL string

//go:embed reindex_before.sql
var reindexBeforeSQL string

//go:embed reindex_leftovers.sql
var reindexLeftoversSQL string

//go:embed detach_pending.sql
var detachPendingSQL string

//go:embed exists_database.sql
var existsDatabaseSQL string

//go:embed exists_tablespace.sql
var existsTablespaceSQL string

//go:embed exists_subscription.sql
var existsSubscriptionSQL string

// A statement that runs outside any transaction leaves no doubt about its effect only if what was there before is
// known. before is that knowledge, kept as JSON with the announced step.
type before struct {
	Indexes json.RawMessage `json:"indexes,omitempty"` // oids of indexes: on the table, left over anywhere, or to drop
	There   bool            `json:"there,omitempty"`   // the database, tablespace or subscription existed
}

// errUnknown says that whether an announced statement ran cannot be found out.
var errUnknown = errors.New("whether the statement ran is not known")

// effectOf is the effect of a statement as far as it can be looked for: unknown where a name is missing.
func effectOf(s migration.Statement) migration.Effect {
	e := s.Effect()
	named := len(e.Name) > 0
	switch e.Kind {
	case migration.BuildsIndex:
		named = len(e.Table) > 0
	case migration.DropsIndex:
		named = !slices.ContainsFunc(e.Names, func(n []string) bool { return len(n) == 0 })
	case migration.DetachesPartition:
		named = named && len(e.Table) > 0
	case migration.Repeatable, migration.Reindexes:
		named = true
	}
	if !named {
		return migration.Effect{}
	}
	return e
}

// lookBefore notes what is there before a statement runs. An INVALID index that stands in the way of one to be built
// is a finding: an earlier build that was not ours left it.
func (r *Runner) lookBefore(ctx context.Context, e migration.Effect, at migration.Statement) (string, error) {
	var b before
	var err error
	switch e.Kind {
	case migration.BuildsIndex:
		if len(e.Name) > 0 {
			left, err := r.names(ctx, indexInvalidSQL, sqltext.Ident(e.Table...), e.Name[len(e.Name)-1])
			if err != nil {
				return "", err
			}
			if len(left) > 0 {
				return "", invalidIndex(left[0], at)
			}
		}
		b.Indexes, err = r.json(ctx, indexBeforeSQL, sqltext.Ident(e.Table...))
	case migration.DropsIndex:
		names := make([]string, len(e.Names))
		for i, n := range e.Names {
			names[i] = sqltext.Ident(n...)
		}
		b.Indexes, err = r.json(ctx, indexOidsSQL, history.Array(names))
	case migration.Reindexes:
		b.Indexes, err = r.json(ctx, reindexBeforeSQL)
	case migration.CreatesDatabase, migration.CreatesTablespace, migration.CreatesSubscription:
		b.There, err = r.exists(ctx, e)
	}
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(b)
	return string(text), err
}

// effect reports whether a statement that was announced has had its effect; ran says that the server reported success.
// Before it says no, it clears away what a try that was cut off has left, so that the statement can run again. The error
// is errUnknown where nothing tells.
func (r *Runner) effect(ctx context.Context, s migration.Statement, known string, ran bool) (bool, error) {
	e := effectOf(s)
	b, err := parseBefore(known)
	if err != nil {
		return false, err
	}
	switch e.Kind {
	case migration.BuildsIndex:
		return r.indexBuilt(ctx, s, b, ran)
	case migration.DropsIndex:
		if string(b.Indexes) == "[]" {
			return ran, nil // there was none to drop
		}
		return r.yes(ctx, indexAbsentSQL, string(b.Indexes))
	case migration.DetachesPartition:
		return r.detached(ctx, e)
	case migration.CreatesDatabase, migration.CreatesTablespace, migration.CreatesSubscription:
		there, err := r.exists(ctx, e)
		return there && (!b.There || e.IfNotExists), err
	case migration.DropsDatabase, migration.DropsTablespace, migration.DropsSubscription:
		there, err := r.exists(ctx, e)
		return !there, err
	case migration.UnknownEffect:
		return false, errUnknown
	}
	return false, r.clear(ctx, s, known)
}

// indexBuilt looks for the index that a statement builds: the one of its name, or a new one that is defined as the
// statement says where it gives none. Of those, it drops what is INVALID.
func (r *Runner) indexBuilt(ctx context.Context, s migration.Statement, b before, ran bool) (bool, error) {
	e := effectOf(s)
	name := ""
	if len(e.Name) > 0 {
		name = e.Name[len(e.Name)-1]
	}
	rows, err := target.Rows(ctx, r.session, indexAfterSQL,
		target.Text(sqltext.Ident(e.Table...)), target.Text(name), b.Indexes)
	if err != nil {
		return false, err
	}
	unsure := false
	for _, row := range rows {
		index, valid := string(row[0]), string(row[1]) == "true"
		ours := name != "" || definition(string(row[2])) == definition(s.Text())
		switch {
		case valid && (ours || ran):
			return true, nil
		case valid:
			unsure = true
		case ours:
			if err := r.dropIndex(ctx, index); err != nil {
				return false, err
			}
		default:
			r.found(indexLeft(index, s))
		}
	}
	if unsure {
		return false, errUnknown
	}
	if e.IfNotExists && name != "" && len(rows) == 0 {
		return r.yes(ctx, indexNamedSQL, sqltext.Ident(e.Table...), name)
	}
	return false, nil
}

// definition is what a CREATE INDEX says behind its table, and whether the index is unique, in one spelling. What
// Postgres writes differently (casts, options) makes two definitions differ that are the same, never the reverse.
func definition(text string) string {
	c := sqltext.NewCursor(text)
	c.Take("CREATE")
	var words []string
	if c.Take("UNIQUE") {
		words = append(words, "unique")
	}
	c.Take("INDEX")
	c.Take("CONCURRENTLY")
	c.Take("IF", "NOT", "EXISTS")
	if !c.At("ON") {
		c.Name()
	}
	c.Take("ON")
	c.Take("ONLY")
	c.Name()
	c.Take("USING", "BTREE")
	for ; !c.Done() && !c.At(";"); c.Next() {
		word := c.Text()
		if t, _ := c.Token(); t.Kind == sqltext.Word {
			word = strings.ToLower(word)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// detached finishes a DETACH PARTITION CONCURRENTLY that was cut off between its two transactions.
func (r *Runner) detached(ctx context.Context, e migration.Effect) (bool, error) {
	table, partition := sqltext.Ident(e.Table...), sqltext.Ident(e.Name...)
	rows, err := target.Rows(ctx, r.session, detachPendingSQL, target.Text(table), target.Text(partition))
	if err != nil || len(rows) == 0 {
		return err == nil, err
	}
	if string(rows[0][0]) != "true" {
		return false, nil
	}
	err = r.afresh(ctx, sqltext.Format("alter table %s detach partition %s finalize", table, partition))
	if diagnose.LockTimeout(err) {
		err = r.lockTimeout(err, maxConflicts)
	}
	return err == nil, err
}

// clear drops the INVALID indexes that a failed or interrupted statement of ours has left.
func (r *Runner) clear(ctx context.Context, s migration.Statement, known string) error {
	b, err := parseBefore(known)
	if err != nil {
		return err
	}
	switch effectOf(s).Kind {
	case migration.BuildsIndex:
		if _, err = r.indexBuilt(ctx, s, b, false); errors.Is(err, errUnknown) {
			return nil
		}
		return err
	case migration.Reindexes:
		left, err := r.names(ctx, reindexLeftoversSQL, string(b.Indexes))
		if err != nil {
			return err
		}
		for _, name := range left {
			if err := r.dropIndex(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropIndex drops an INVALID index of ours without blocking anybody. name is quoted already.
func (r *Runner) dropIndex(ctx context.Context, name string) error {
	r.found(&finding.Finding{
		Code: finding.InvalidIndex, Severity: finding.Note,
		Message: "dropping " + name + ", which an interrupted build left INVALID",
	})
	return r.afresh(ctx, sqltext.Format("drop index concurrently if exists %s", name))
}

// afresh runs a statement of ours outside any transaction under the run's settings, a few times where a lock is not free.
func (r *Runner) afresh(ctx context.Context, sql string) error {
	for n := 1; ; n++ {
		err := r.session.Exec(ctx, []target.Segment{
			{r.settings(false)},
			{{SQL: sql}},
		}, nil)
		if !diagnose.LockTimeout(err) && !diagnose.Conflict(err) || n == maxConflicts {
			return err
		}
		if err := pause.For(ctx, backoff(n)); err != nil {
			return err
		}
	}
}

// exists looks for a database, tablespace or subscription.
func (r *Runner) exists(ctx context.Context, e migration.Effect) (bool, error) {
	sql := existsDatabaseSQL
	switch e.Kind {
	case migration.CreatesTablespace, migration.DropsTablespace:
		sql = existsTablespaceSQL
	case migration.CreatesSubscription, migration.DropsSubscription:
		sql = existsSubscriptionSQL
	}
	return r.yes(ctx, sql, e.Name[len(e.Name)-1])
}

// yes runs a query of at most one row with one boolean.
func (r *Runner) yes(ctx context.Context, sql string, args ...string) (bool, error) {
	rows, err := r.names(ctx, sql, args...)
	return len(rows) == 1 && rows[0] == "true", err
}

// names runs a query and returns its first column.
func (r *Runner) names(ctx context.Context, sql string, args ...string) ([]string, error) {
	params := make([][]byte, len(args))
	for i, a := range args {
		params[i] = target.Text(a)
	}
	rows, err := target.Rows(ctx, r.session, sql, params...)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = string(row[0])
	}
	return names, nil
}

func (r *Runner) json(ctx context.Context, sql string, args ...string) (json.RawMessage, error) {
	rows, err := r.names(ctx, sql, args...)
	if err != nil || len(rows) == 0 {
		return json.RawMessage("[]"), err
	}
	return json.RawMessage(rows[0]), nil
}

func parseBefore(text string) (before, error) {
	b := before{Indexes: json.RawMessage("[]")}
	if text == "" {
		return b, nil
	}
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return b, fmt.Errorf("read what was there before a step: %w", err)
	}
	if len(b.Indexes) == 0 {
		b.Indexes = json.RawMessage("[]")
	}
	return b, nil
}

func invalidIndex(name string, at migration.Statement) error {
	return &finding.Finding{
		Code: finding.InvalidIndex, Severity: finding.Error, Exit: finding.Refused, At: at.Span,
		Message: "the index " + name + " exists and is INVALID",
		Detail:  "a build that another tool began did not end; IF NOT EXISTS would take it for done",
		Hint:    "DROP INDEX CONCURRENTLY " + name + "; then run the command again",
	}
}

func indexLeft(name string, at migration.Statement) *finding.Finding {
	return &finding.Finding{
		Code: finding.InvalidIndex, Severity: finding.Note, At: at.Span,
		Message: "the index " + name + " is INVALID; whether this statement left it is not certain, so it stays",
		Hint:    "if nobody needs it: DROP INDEX CONCURRENTLY " + name,
	}
}

// unknownOutcome stops at a statement that was announced, may have run, and must not run twice.
func unknownOutcome(s history.Step, at migration.Statement) error {
	return &finding.Finding{
		Code: finding.PartlyApplied, Severity: finding.Error, Exit: finding.Partial, At: at.Span,
		Message: fmt.Sprintf("whether part %d of %s ran is not known: %s", s.Index+1, s.Version, strings.Join(sqltext.Words(at.Text(), 4), " ")),
		Detail:  "an earlier try announced it and was cut off before its answer; it is not run twice",
		Hint: fmt.Sprintf("look whether it ran. If it did: finish the rest of the file by hand, then "+
			"`cairn migration repair --status %[1]s %[2]s`. If it did not: delete from supabase_migrations.cairn_steps "+
			"where version = %[3]s and direction = '%[4]s' and step = %[5]d; then run the command again",
			map[string]string{up: "applied", down: "reverted"}[s.Direction], s.Version, sqltext.Format("%L", s.Version), s.Direction, s.Index),
	}
}

func effectMissing(at migration.Statement) error {
	return &finding.Finding{
		Code: finding.EffectMissing, Severity: finding.Error, Exit: finding.Failed, At: at.Span,
		Message: "the server reported success, but what the statement makes is not there or not valid",
		Hint:    "look at the object with `cairn db query`; running the command again tries this statement again",
	}
}
