package prove

import (
	"context"
	"fmt"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

const (
	// insufficientPrivilege is SQLSTATE 42501.
	insufficientPrivilege = "42501"
	// strangerSQL gives a row where role $1 may not act for role $2, in the way that is $3.
	strangerSQL = "select from pg_catalog.pg_roles where rolname = $2 and not pg_catalog.pg_has_role($1, oid, $3)"
	// closedSQL gives a row where role $1 may make nothing in schema $2.
	closedSQL = "select from pg_catalog.pg_namespace where nspname = $2 and not pg_catalog.has_schema_privilege($1, oid, 'CREATE')"
)

// stranger is the owner that it takes for a step, where whoever runs the plan may not act for them.
type stranger struct {
	what  string // belongs to them, or is to
	owner string
	role  string // who runs the plan
}

// stranger finds why a step was refused for a lack of rights; nil where that is not for an owner.
func (r *run) stranger(ctx context.Context, o Options, s planner.Step) (*stranger, error) {
	role := r.place.Role
	if role == "" {
		role = r.watch.Facts().User
	}
	finds := func(sql string, args ...string) (bool, error) {
		values := [][]byte{target.Text(role)}
		for _, a := range args {
			values = append(values, target.Text(a))
		}
		rows, err := target.Rows(ctx, r.watch, sql, values...)
		return len(rows) > 0, err
	}
	for _, at := range lineage(o, s) {
		if at.Kind == "schema" && at.ID != s.Group { // who does not own it may have been let in
			if closed, err := finds(closedSQL, at.Name()); err != nil {
				return nil, err
			} else if !closed {
				continue
			}
		}
		owner := ownerOf(at)
		if is, err := finds(strangerSQL, owner, "USAGE"); err != nil || is {
			return &stranger{what: fmt.Sprintf("%s belongs to %s", at.ID, owner), owner: owner, role: role}, err
		}
	}
	to := o.To.Objects[s.Object]
	if to == nil || to.Kind != "owner" {
		return nil, nil
	}
	way := "MEMBER"
	if r.watch.Facts().Server >= 160000 {
		way = "SET"
	}
	owner := to.Attrs.Text("role")
	if is, err := finds(strangerSQL, owner, way); err != nil || !is {
		return nil, err
	}
	return &stranger{what: fmt.Sprintf("%s is to belong to %s", to.Parent, owner), owner: owner, role: role}, nil
}

// lineage is what a step is about and what that is in or on, as far as it is there before the plan.
func lineage(o Options, s planner.Step) []*catalog.Object {
	var all []*catalog.Object
	for _, id := range []catalog.ID{s.Was, s.Object, s.Group} {
		at := o.From.Objects[id]
		if at == nil {
			at = o.To.Objects[id]
		}
		for ; at != nil; at = at.Up() {
			if before := o.From.Objects[at.ID]; before != nil && !slices.Contains(all, before) {
				all = append(all, before)
			}
		}
	}
	return all
}

func ownerOf(o *catalog.Object) string {
	for _, owner := range o.Children("owner") {
		return owner.Attrs.Text("role")
	}
	return ""
}

func notOurs(f *failure) *finding.Finding {
	no := refused(finding.NotOurs, fmt.Sprintf("%s, and %s, who applies the plan, may not act for that role", f.stranger.what, f.stranger.role),
		f.step.SQL+"\n"+f.err.PG.Message,
		sqltext.Format("%I applies it (--no-proof writes the plan untried), or lets %I act for it: GRANT %1$I TO %2$I. "+
			"What a role of the platform owns, the platform alone changes: --schema compares the rest", f.stranger.owner, f.stranger.role))
	no.Cause = f.err
	return no
}
