package apply

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/target"
)

// Holder is a session that holds the migration lock.
type Holder struct {
	PID         string `json:"pid"`
	Application string `json:"application"`
	User        string `json:"user"`
	Client      string `json:"client"`
	State       string `json:"state"`
	Started     string `json:"started"`
	Seconds     string `json:"seconds_in_state"`
	Query       string `json:"query"`
}

// String says who holds the lock and since when: "pid 4711 (cairn/…@build-7, idle in transaction for 3 s)".
func (h Holder) String() string {
	return fmt.Sprintf("pid %s (%s, %s for %s s)", h.PID, cmp.Or(h.Application, "unnamed"), cmp.Or(h.State, "state unknown"), h.Seconds)
}

// Holders lists who holds the migration lock on the session's database.
func Holders(ctx context.Context, s target.Session) ([]Holder, error) {
	var holders []Holder
	err := target.One(ctx, s, holdersStep(&holders))
	return holders, explainedOn(s, err)
}

// holdersStep reads who holds the migration lock.
func holdersStep(into *[]Holder) target.Step {
	return target.Step{SQL: holdersSQL, Row: func(v [][]byte) {
		*into = append(*into, Holder{
			PID: string(v[0]), Application: string(v[1]), User: string(v[2]), Client: string(v[3]),
			State: string(v[4]), Started: string(v[5]), Seconds: string(v[6]), Query: strings.TrimSpace(string(v[7])),
		})
	}}
}

// Terminate ends a holder's session. It reports false where that session is gone already, also where its process number
// belongs to another one by now. A role that may not end it is a finding with exit Refused.
func Terminate(ctx context.Context, s target.Session, h Holder) (bool, error) {
	rows, err := target.Rows(ctx, s, terminateSQL, target.Text(h.PID), target.Text(h.Started))
	switch refusal := refused(err); {
	case refusal != nil && refusal.PG.Code == insufficientPrivilege:
		return false, mayNotEnd(s, h, refusal.PG.Message, refusal)
	case err != nil:
		return false, explainedOn(s, err)
	case len(rows) == 0:
		return false, nil
	case string(rows[0][0]) == "hidden":
		return false, mayNotEnd(s, h, "this role does not even see since when that session has been there", nil)
	}
	return string(rows[0][0]) == "true", nil
}

func mayNotEnd(s target.Session, h Holder, why string, cause error) error {
	return &finding.Finding{
		Code: finding.Postgres(insufficientPrivilege), Severity: finding.Error, Exit: finding.Refused,
		Message: fmt.Sprintf("role %s may not end %s", s.Facts().User, h), Detail: why, Cause: cause,
		Hint: "connect as " + cmp.Or(h.User, "the role of that session") + ", as a member of that role or of pg_signal_backend, or as a superuser; the session goes on",
	}
}
