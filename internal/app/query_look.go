package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed query_rls.sql
var relationsSQL string

// command is one whose policies count, as pg_policy writes it.
type command string

const (
	selecting command = "r"
	inserting command = "a"
	updating  command = "w"
	deleting  command = "d"
)

// String returns the command as SQL writes it.
func (c command) String() string {
	return map[command]string{selecting: "SELECT", inserting: "INSERT", updating: "UPDATE", deleting: "DELETE"}[c]
}

// relation is a table or view of a statement, as a role sees it.
type relation struct {
	schema   string
	name     string // with its schema, quoted where it must be
	role     string // whose rights count: behind a view, those of the view's owner
	grants   string // what would have to be granted to it
	bound    bool   // row level security binds the role
	policies []policy
}

// policy is a policy of a table.
type policy struct {
	Name        string `json:"name"`
	Restrictive bool   `json:"restrictive"`
	Command     string `json:"command"`
	Roles       string `json:"roles"`
	Using       string `json:"using"`
	Check       string `json:"check"`
	Applies     bool   `json:"applies"` // to the relation's role and the command, or to the reading that a change needs
}

// bound returns the relations to which row level security binds the role.
func bound(all []relation) []relation {
	return slices.DeleteFunc(slices.Clone(all), func(r relation) bool { return !r.bound })
}

// answered is what became of a question that may have no answer.
type answered int

const (
	unknown answered = iota
	yes
	no
)

// sight is what is to be seen of a statement from outside of row level security.
type sight struct {
	role      string     // that the statement runs as
	relations []relation // that it uses
	rows      answered   // whether it would find rows if no policy hid any
}

// look finds out what a statement uses and what the role that runs it may do there. It looks with the rights of the
// role that connected, in a read-only part of the transaction that leaves nothing behind. It is nil where it cannot
// tell: a look at a failure must not become a failure of its own.
func (q *query) look(ctx context.Context, st queried, c command) *sight {
	whole := q.conn.TxStatus() == 'I'
	rows, err := q.rows(ctx, "select current_user")
	if err != nil {
		return nil
	}
	see := &sight{role: string(rows[0][0])}
	enter, leave := "savepoint cairn_look", "rollback to savepoint cairn_look"
	if whole {
		enter, leave = "begin", "rollback"
	}
	if _, err := q.rows(ctx, enter); err != nil {
		return nil
	}
	defer func() { _, _ = q.rows(ctx, leave) }()
	_, err = q.rows(ctx, "select set_config('role', 'none', true), set_config('row_security', 'off', true), "+
		"set_config('statement_timeout', '3s', true), set_config('transaction_read_only', 'on', true)")
	if err != nil {
		return nil
	}
	plan, ok := q.attempt(ctx, "explain (verbose, format json) "+st.Text())
	if !ok {
		// The role that connected may be bound by row level security as well.
		if _, ok = q.attempt(ctx, "select set_config('row_security', 'on', true)"); ok {
			plan, ok = q.attempt(ctx, "explain (verbose, format json) "+st.Text())
		}
		if !ok {
			return nil
		}
	} else if c == selecting {
		see.rows = q.exists(ctx, "("+st.Text()+"\n)")
	}
	used, err := tablesOf(plan[0][0], st.Text())
	if err != nil {
		return nil
	}
	found, ok := q.attempt(ctx, relationsSQL, used, []byte(see.role), []byte(c))
	if !ok {
		return nil
	}
	for _, row := range found {
		r := relation{schema: string(row[0]), name: string(row[1]), role: string(row[2]), grants: string(row[3]), bound: string(row[4]) == "t"}
		if err := json.Unmarshal(row[5], &r.policies); err != nil {
			return nil
		}
		see.relations = append(see.relations, r)
	}
	// Nobody can say what a change would have found without making it; a table without rows it would not.
	for _, r := range bound(see.relations) {
		if see.rows == unknown && c != selecting && q.exists(ctx, "(select from "+r.name+")") == no {
			see.rows = no
		}
	}
	return see
}

// exists asks whether a query in parentheses gives rows.
func (q *query) exists(ctx context.Context, query string) answered {
	rows, ok := q.attempt(ctx, "select exists "+query)
	switch {
	case !ok:
		return unknown
	case string(rows[0][0]) == "t":
		return yes
	}
	return no
}

// attempt runs a statement that may fail without ending the transaction.
func (q *query) attempt(ctx context.Context, sql string, args ...[]byte) ([][][]byte, bool) {
	if _, err := q.rows(ctx, "savepoint cairn_attempt"); err != nil {
		return nil, false
	}
	rows, err := q.rows(ctx, sql, args...)
	if err != nil {
		_, _ = q.rows(ctx, "rollback to savepoint cairn_attempt")
	}
	return rows, err == nil
}

// used is a table of a statement, for relationsSQL.
type used struct {
	Schema     string   `json:"schema"`
	Name       string   `json:"name"`
	Privileges []string `json:"privileges"`
}

// tablesOf returns the tables of a plan in JSON, with what the statement needs to be allowed on each.
func tablesOf(plan []byte, statement string) ([]byte, error) {
	var tree any
	if err := json.Unmarshal(plan, &tree); err != nil {
		return nil, err
	}
	needs := map[[2]string]map[string]bool{}
	changed := map[[2]string]bool{}
	walkPlan(tree, "SELECT", func(schema, name, privilege string) {
		key := [2]string{schema, name}
		if needs[key] == nil {
			needs[key] = map[string]bool{}
		}
		needs[key][privilege] = true
		changed[key] = changed[key] || privilege != "SELECT"
	})
	all := []used{}
	for key, privileges := range needs {
		// What is changed is scanned too; only a condition or RETURNING makes that reading.
		if changed[key] && !readsWhatItChanges(statement) {
			delete(privileges, "SELECT")
		}
		all = append(all, used{key[0], key[1], slices.Sorted(maps.Keys(privileges))})
	}
	return json.Marshal(all)
}

// walkPlan calls each for every table in a plan.
func walkPlan(node any, privilege string, each func(schema, name, privilege string)) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			walkPlan(child, privilege, each)
		}
	case map[string]any:
		own := privilege
		switch n["Operation"] {
		case "Insert", "Update", "Delete":
			own, _ = n["Operation"].(string)
			own = strings.ToUpper(own)
		}
		schema, _ := n["Schema"].(string)
		if name, ok := n["Relation Name"].(string); ok && schema != "" {
			each(schema, name, own)
		}
		walkPlan(n["Target Tables"], own, each)
		walkPlan(n["Plan"], "SELECT", each)
		walkPlan(n["Plans"], "SELECT", each)
	}
}

func readsWhatItChanges(statement string) bool {
	for c := sqltext.NewCursor(statement); !c.Done(); c.Next() {
		if c.At("WHERE") || c.At("RETURNING") {
			return true
		}
	}
	return false
}
