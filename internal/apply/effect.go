package apply

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
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
	Indexes json.RawMessage `json:"indexes,omitempty"` // oids of indexes: on the table, or left over anywhere
	There   bool            `json:"there,omitempty"`   // the database, tablespace or subscription existed
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

// effect reports whether a statement that was announced has had its effect. Before it says no, it clears away what a
// try that was cut off has left, so that the statement can run again.
func (r *Runner) effect(ctx context.Context, e migration.Effect, known string) (bool, error) {
	b, err := parseBefore(known)
	if err != nil {
		return false, err
	}
	switch e.Kind {
	case migration.BuildsIndex:
		return r.indexBuilt(ctx, e, b)
	case migration.DropsIndex:
		names := make([]string, len(e.Names))
		for i, n := range e.Names {
			names[i] = sqltext.Ident(n...)
		}
		return r.yes(ctx, indexAbsentSQL, history.Array(names))
	case migration.DetachesPartition:
		return r.detached(ctx, e)
	case migration.CreatesDatabase, migration.CreatesTablespace, migration.CreatesSubscription:
		there, err := r.exists(ctx, e)
		return there && (!b.There || e.IfNotExists), err
	case migration.DropsDatabase, migration.DropsTablespace, migration.DropsSubscription:
		there, err := r.exists(ctx, e)
		return !there, err
	}
	return false, r.clear(ctx, e, known)
}

// indexBuilt looks for the index that a statement builds: the one of its name, or any new one where it gives none.
func (r *Runner) indexBuilt(ctx context.Context, e migration.Effect, b before) (bool, error) {
	name := ""
	if len(e.Name) > 0 {
		name = e.Name[len(e.Name)-1]
	}
	rows, err := target.Rows(ctx, r.session, indexAfterSQL,
		target.Text(sqltext.Ident(e.Table...)), target.Text(name), b.Indexes)
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if string(row[1]) == "true" {
			return true, nil
		}
		if err := r.dropIndex(ctx, string(row[0])); err != nil {
			return false, err
		}
	}
	if e.IfNotExists && name != "" && len(rows) == 0 {
		return r.yes(ctx, indexNamedSQL, sqltext.Ident(e.Table...), name)
	}
	return false, nil
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
	err = target.One(ctx, r.session, target.Step{SQL: sqltext.Format("alter table %s detach partition %s finalize", table, partition)})
	return err == nil, err
}

// clear drops the INVALID indexes that a failed or interrupted statement of ours has left.
func (r *Runner) clear(ctx context.Context, e migration.Effect, known string) error {
	b, err := parseBefore(known)
	if err != nil {
		return err
	}
	switch e.Kind {
	case migration.BuildsIndex:
		_, err = r.indexBuilt(ctx, migration.Effect{Kind: e.Kind, Name: e.Name, Table: e.Table}, b)
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
	for n := 1; ; n++ {
		err := r.session.Exec(ctx, []target.Segment{
			{r.settings(false)},
			{{SQL: sqltext.Format("drop index concurrently if exists %s", name)}},
		}, nil)
		if !diagnose.LockTimeout(err) && !diagnose.Conflict(err) || n == maxConflicts {
			return err
		}
		if err := pause(ctx, backoff(n)); err != nil {
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

func effectMissing(at migration.Statement) error {
	return &finding.Finding{
		Code: finding.EffectMissing, Severity: finding.Error, Exit: finding.Failed, At: at.Span,
		Message: "the server reported success, but what the statement makes is not there or not valid",
		Hint:    "look at the object with `cairn db query`; running the command again tries this statement again",
	}
}
