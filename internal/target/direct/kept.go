package direct

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/target"
)

// SQLSTATEs about prepared statements (Postgres docs, appendix A).
const (
	undefinedStatement = "26000"
	duplicateStatement = "42P05"
)

// meddles reports whether SQL might make prepared statements or drop them, also from inside a function: whether one of
// the words PREPARE, DEALLOCATE and DISCARD is in it.
func meddles(sql string) bool {
	for i := range len(sql) {
		switch sql[i] | 0x20 {
		case 'p':
			if begins(sql[i:], "prepare") {
				return true
			}
		case 'd':
			if begins(sql[i:], "deallocate") || begins(sql[i:], "discard") {
				return true
			}
		}
	}
	return false
}

func begins(sql, word string) bool {
	return len(sql) >= len(word) && strings.EqualFold(sql[:len(word)], word)
}

// kept are our own statements that a session keeps prepared: to parse and plan them for every file would cost more than
// to run them. The first statement of a file that might meddle with prepared statements ends it for good.
type kept struct {
	off        bool
	statements map[string]*keptStatement // by SQL
}

// keptStatement is sent as it is the first time, prepared the second, and known from then on.
type keptStatement struct {
	name            string
	prepares, known bool
}

// name returns the name under which a step's statement runs, "" where it is sent as it is, and whether it has to be
// prepared under that name before.
func (k *kept) name(step target.Step) (name string, prepare bool) {
	if !step.Ours {
		k.off = k.off || meddles(step.SQL)
		return "", false
	}
	if k.off {
		return "", false
	}
	s := k.statements[step.SQL]
	switch {
	case s == nil:
		if k.statements == nil {
			k.statements = map[string]*keptStatement{}
		}
		k.statements[step.SQL] = &keptStatement{name: "cairn_" + strconv.Itoa(len(k.statements))}
		return "", false
	case s.known:
		return s.name, false
	case s.prepares:
		return "", false // whether it comes to that is not known before the answer
	}
	s.prepares = true
	return s.name, true
}

// prepared notes that the server has prepared a statement.
func (k *kept) prepared(sql string) { k.statements[sql].known = true }

// settle gives up what was to be prepared in an exchange that is over and was not.
func (k *kept) settle() {
	for _, s := range k.statements {
		s.prepares = s.known
	}
}

// forgotten reports whether a refusal means that what is kept can no longer be relied on: the server does not know a
// statement that was sent by its name, or a file meets one that an earlier file made inside a function.
func (k *kept) forgotten(byName bool, pg *pgconn.PgError) bool {
	if k.off || !(byName && pg.Code == undefinedStatement) && pg.Code != duplicateStatement {
		return false
	}
	k.off = true
	return true
}

// fresh are the parts of DISCARD ALL but those that drop prepared statements and plans (Postgres docs, DISCARD).
func (k *kept) fresh() target.Segment {
	if k.off {
		return target.Segment{{SQL: "discard all"}}
	}
	var steps target.Segment
	for _, sql := range []string{
		"close all", "reset session authorization", "reset role", "reset all", "unlisten *",
		"select pg_advisory_unlock_all()", "discard temp", "discard sequences",
	} {
		steps = append(steps, target.Step{SQL: sql, Ours: true})
	}
	return steps
}
