package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
)

// insufficientPrivilege is the SQLSTATE of a right that is lacking, or of a row that a policy does not let be written.
const insufficientPrivilege = "42501"

// hidden tells why a statement found no rows, where row level security is why: the policies, and what to do to see
// them at work. It is nil where that is not the reason, or cannot be told.
func (q *query) hidden(ctx context.Context, st queried, tag string) *finding.Finding {
	c := map[string]command{"SELECT 0": selecting, "UPDATE 0": updating, "DELETE 0": deleting}[tag]
	if c == "" || c == selecting && st.action != reading || q.bypasses(ctx) {
		return nil
	}
	see := q.look(ctx, st, c)
	if see == nil || see.rows == no {
		return nil
	}
	hiding := slices.DeleteFunc(bound(see.relations), func(r relation) bool { return r.showsAll(c) })
	if len(hiding) == 0 {
		return nil
	}
	f := &finding.Finding{Code: finding.PolicyHidRows, Severity: finding.Note, At: st.Head()}
	switch {
	case c != selecting:
		f.Message = "no row was touched; row level security may have hidden rows from " + see.role
	case see.rows == yes:
		f.Message = "no rows: there are some, and row level security hides them from " + see.role
	default:
		f.Message = "no rows; row level security may have hidden some from " + see.role
	}
	for _, r := range hiding {
		f.Detail = paragraphs(f.Detail, r.describe(c))
	}
	f.Hint = q.advice(hiding, c)
	if q.req.As != "" && c == selecting {
		f.Hint = paragraphs(f.Hint, "without --as the same query shows what is there")
	}
	return f
}

// bypasses reports whether the current role is under no row level security at all.
func (q *query) bypasses(ctx context.Context) bool {
	rows, ok := q.rows(ctx, "select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
	return ok != nil || len(rows) == 0 || string(rows[0][0]) == "t"
}

// describe names a table and the policies that decide about a command on it; where there are none, those that there are.
func (r relation) describe(c command) string {
	allowed := r.allows(c)
	var lines []string
	switch {
	case len(r.policies) == 0:
		return r.name + ": row level security is on, and there is no policy"
	case allowed:
		lines = append(lines, fmt.Sprintf("%s: what %s may %s is decided by", r.name, r.role, verbs[c]))
	default:
		lines = append(lines, fmt.Sprintf("%s: no policy allows %s to %s; there is", r.name, c, r.role))
	}
	for _, p := range r.policies {
		if p.Applies || !allowed {
			lines = append(lines, "  "+p.describe())
		}
	}
	return strings.Join(lines, "\n")
}

var verbs = map[command]string{selecting: "read", inserting: "insert", updating: "change", deleting: "delete"}

// allows reports whether a policy lets the relation's role see any row for a command.
func (r relation) allows(c command) bool {
	return slices.ContainsFunc(r.policies, func(p policy) bool { return p.allows(c) })
}

func (p policy) allows(c command) bool {
	return p.Applies && !p.Restrictive && (p.Command == "ALL" || p.Command == c.String())
}

// showsAll reports whether the policies hide no row from a command, which reads before it changes.
func (r relation) showsAll(c command) bool {
	if slices.ContainsFunc(r.policies, func(p policy) bool { return p.Applies && p.Restrictive }) {
		return false
	}
	all := slices.ContainsFunc(r.policies, func(p policy) bool { return p.allows(c) && p.Using == "true" })
	return all && (c == selecting || r.showsAll(selecting))
}

// describe writes a policy much as CREATE POLICY does, on one line.
func (p policy) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy %q", p.Name)
	if p.Restrictive {
		b.WriteString(" as restrictive")
	}
	fmt.Fprintf(&b, " for %s to %s", p.Command, p.Roles)
	for _, e := range []struct{ word, expression string }{{"using", p.Using}, {"with check", p.Check}} {
		if e.expression != "" {
			fmt.Fprintf(&b, " %s %s", e.word, strings.Join(strings.Fields(e.expression), " "))
		}
	}
	return b.String()
}

// asksWho reports whether a policy depends on the user who calls.
func (p policy) asksWho() bool {
	text := p.Using + p.Check
	return slices.ContainsFunc([]string{"uid()", "jwt()", "email()", "request.jwt"}, func(s string) bool { return strings.Contains(text, s) })
}

// advice says what to do about tables whose policies let nothing by.
func (q *query) advice(hiding []relation, c command) string {
	var lines []string
	asks := false
	for _, r := range hiding {
		if !r.allows(c) {
			lines = append(lines, fmt.Sprintf("if %[1]s is meant to %[2]s rows of %[3]s: CREATE POLICY … ON %[3]s FOR %[4]s TO %[1]s …", r.role, verbs[c], r.name, c))
		}
		asks = asks || slices.ContainsFunc(r.policies, func(p policy) bool { return p.Applies && p.asksWho() })
	}
	switch {
	case asks && q.req.As == "":
		lines = append(lines, `auth.uid() is null here; as a user: --as authenticated --claims '{"sub": "<a user's id>"}'`)
	case asks && q.req.As == "anon":
		lines = append(lines, `auth.uid() is null for anon; as a user: --as authenticated --claims '{"sub": "<a user's id>"}'`)
	case asks && q.claims.sub == "":
		lines = append(lines, `auth.uid() is null: pass --claims '{"sub": "<a user's id>"}'`)
	case asks:
		lines = append(lines, "the policies compare with the claims: `select auth.uid(), auth.jwt()` with the same --as and --claims shows what they see")
	}
	return strings.Join(lines, "\n")
}

// denied adds to the finding for a right that is lacking what would have to be granted, or the policies that did not
// let a row be written.
func (q *query) denied(ctx context.Context, st queried, pg *pgconn.PgError, f *finding.Finding) {
	if q.conn.TxStatus() == 'E' {
		if q.req.As == "" {
			return
		}
		if _, err := q.rows(ctx, "rollback to savepoint "+savepoint); err != nil {
			return
		}
	}
	byPolicy := pg.Routine == "ExecWithCheckOptions"
	c := st.command()
	see := q.look(ctx, st, c)
	if see == nil {
		return
	}
	if byPolicy {
		writing := bound(see.relations)
		for _, r := range writing {
			f.Detail = paragraphs(f.Detail, r.describe(c))
		}
		f.Hint = paragraphs(f.Hint, q.advice(writing, c))
		return
	}
	var grants, theirs []string
	for _, r := range see.relations {
		switch {
		case r.grants == "":
		case slices.Contains(platformSchemas, r.schema):
			theirs = append(theirs, r.name)
		default:
			grants = append(grants, strings.Split(r.grants, "\n")...)
		}
	}
	switch {
	case len(theirs) > 0:
		f.Hint = strings.Join(theirs, ", ") + " belongs to the platform and is not meant for " + see.role +
			": keep what it needs in a table of your own, or give it out through a function that is SECURITY DEFINER"
	case len(grants) > 0:
		slices.Sort(grants)
		f.Hint = paragraphs(
			"if "+see.role+" is meant to do this, a migration grants it; policies decide about the rows all the same:",
			strings.Join(slices.Compact(grants), "\n"),
		)
	}
}

// platformSchemas are those of the Supabase platform that no role of the API reads.
var platformSchemas = []string{"auth", "vault", "realtime", "supabase_migrations", "supabase_functions", "pgsodium", "cron", "net"}

// command is the one whose policies decide about what a statement writes.
func (st queried) command() command {
	head := st.Head()
	switch strings.ToUpper(head.Text()) {
	case "INSERT":
		return inserting
	case "UPDATE", "MERGE":
		return updating
	case "DELETE":
		return deleting
	}
	return selecting
}
