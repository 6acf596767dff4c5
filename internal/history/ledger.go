package history

import (
	_ "embed"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed schema_create.sql
var schemaCreateSQL string

//go:embed history_create.sql
var historyCreateSQL string

//go:embed history_columns.sql
var historyColumnsSQL string

//go:embed own_create.sql
var ownCreateSQL string

//go:embed record.sql
var recordSQL string

//go:embed record_plain.sql
var recordPlainSQL string

//go:embed revert_guard.sql
var revertGuardSQL string

//go:embed still_guard.sql
var stillGuardSQL string

//go:embed revert.sql
var revertSQL string

//go:embed revert_plain.sql
var revertPlainSQL string

//go:embed seal_applied.sql
var sealAppliedSQL string

//go:embed seal_reverted.sql
var sealRevertedSQL string

//go:embed seal_step.sql
var sealStepSQL string

//go:embed steps_forget.sql
var stepsForgetSQL string

//go:embed step_done.sql
var stepDoneSQL string

//go:embed step_intent.sql
var stepIntentSQL string

//go:embed step_finish.sql
var stepFinishSQL string

//go:embed run_insert.sql
var runInsertSQL string

//go:embed run_end.sql
var runEndSQL string

//go:embed repair_applied.sql
var repairAppliedSQL string

//go:embed repair_applied_plain.sql
var repairAppliedPlainSQL string

//go:embed repair_reverted.sql
var repairRevertedSQL string

//go:embed repair_reverted_plain.sql
var repairRevertedPlainSQL string

// FileConstraint is the name of the deferred foreign key that fails where a file ends its own transaction.
const FileConstraint = "cairn_file_must_not_commit"

// Entry is what is written for one version.
type Entry struct {
	Version    string
	Name       string
	Statements []string // as the Supabase CLI stores them
	Checksum   string
	Run        string
	Who        string
	Route      string
	Seal       string // a fresh uuid for each transaction
}

// Complete reports whether the shared table is there with the columns that we write.
func (h *History) Complete() bool {
	return h.Exists && h.has("statements") && h.has("name")
}

// CreateShared makes what is missing of the shared table, as the Supabase CLI makes it. The steps belong in one
// transaction, behind the migration lock: without it, two of these race (reliability §0.6).
func (h *History) CreateShared() []target.Step {
	switch {
	case h.Complete():
		return nil
	case h.Exists:
		return []target.Step{{SQL: historyColumnsSQL}}
	}
	return []target.Step{{SQL: schemaCreateSQL}, {SQL: historyCreateSQL}}
}

// CreateOwn makes our tables beside it, likewise.
func CreateOwn() []target.Step {
	return []target.Step{{SQL: ownCreateSQL}}
}

// Claim is what the server says of a step that opens a transaction's account.
type Claim struct {
	XID  string
	PID  string
	Hash int64 // the version's share of a Stamp, where the step recorded or reverted one
}

// Record claims e's version. It fails with 23505 where the version is recorded already, and with 22P02 where the
// guard no longer holds. With own false only the shared table is written.
func Record(e Entry, own bool, guard Guard, claimed func(Claim)) target.Step {
	args := append(texts(e.Version, e.Name, Array(e.Statements)), guard.versions, guard.hash, guard.newest)
	if !own {
		return target.Step{SQL: recordPlainSQL, Args: args, Row: ReadClaim(claimed), Ours: true}
	}
	args = append(args, texts(e.Checksum, e.Run, e.Who, e.Route, e.Seal)...)
	return target.Step{SQL: recordSQL, Args: args, Row: ReadClaim(claimed), Ours: true}
}

// Revert takes the claim of e's version back. It fails with 22P02 where the version is not recorded or the history is
// no longer the one with the stamp at.
func Revert(e Entry, own bool, at Stamp, claimed func(Claim)) []target.Step {
	guard := at.Whole()
	check := target.Step{SQL: revertGuardSQL, Args: append(texts(e.Version), guard.versions, guard.hash), Ours: true}
	if !own {
		return []target.Step{check, {SQL: revertPlainSQL, Args: texts(e.Version), Row: ReadClaim(claimed), Ours: true}}
	}
	return []target.Step{check, {SQL: revertSQL, Args: texts(e.Version, e.Run, e.Who, e.Route, e.Seal), Row: ReadClaim(claimed), Ours: true}}
}

// Sealed says in which of our tables the row lies that a seal is for.
type Sealed string

// The tables with seals.
const (
	SealedApplied  Sealed = "applied"
	SealedReverted Sealed = "reverted"
	SealedStep     Sealed = "step"
)

// Closed is the command tag of a seal that was set.
const Closed = "INSERT 0 1"

// Seal closes the transaction that wrote version's row with this seal: its command tag is Closed. In any other, and
// where the current user is no longer user, it finds no row to seal.
func Seal(in Sealed, seal, user, version string) target.Step {
	sql := map[Sealed]string{SealedApplied: sealAppliedSQL, SealedReverted: sealRevertedSQL, SealedStep: sealStepSQL}[in]
	return target.Step{SQL: sql, Args: texts(seal, user, version), Ours: true}
}

// ForgetSteps drops the steps of a version that is recorded in the same transaction.
func ForgetSteps(version string) target.Step {
	return target.Step{SQL: stepsForgetSQL, Args: texts(version)}
}

// StepDone records a transactional unit, in its own transaction.
func StepDone(s Step, seal string, claimed func(Claim)) target.Step {
	return target.Step{
		SQL:  stepDoneSQL,
		Args: texts(s.Version, s.Direction, strconv.Itoa(s.Index), s.MD5, s.Run, seal),
		Row:  ReadClaim(claimed),
	}
}

// StepIntent announces a statement that runs outside any transaction.
func StepIntent(s Step, seal string) target.Step {
	return target.Step{
		SQL:  stepIntentSQL,
		Args: texts(s.Version, s.Direction, strconv.Itoa(s.Index), s.MD5, s.Before, s.Run, seal),
	}
}

// StepFinish marks an announced step as done.
func StepFinish(s Step, seal string) target.Step {
	return target.Step{SQL: stepFinishSQL, Args: texts(s.Version, s.Direction, strconv.Itoa(s.Index), s.Run, seal)}
}

// RunStarted stores a run; with restore it keeps the transaction's start as the moment to restore to.
func RunStarted(run, verb, who, route string, restore bool) target.Step {
	return target.Step{SQL: runInsertSQL, Args: texts(run, verb, who, route, strconv.FormatBool(restore))}
}

// RunEnded notes the last transaction of a run.
func RunEnded(run string) target.Step { return target.Step{SQL: runEndSQL, Args: texts(run)} }

// MarkApplied records e's version without running it, replacing what was recorded.
func MarkApplied(e Entry, own bool) target.Step {
	args := texts(e.Version, e.Name, Array(e.Statements))
	if !own {
		return target.Step{SQL: repairAppliedPlainSQL, Args: args}
	}
	return target.Step{SQL: repairAppliedSQL, Args: append(args, texts(e.Checksum, e.Run, e.Who, e.Route, e.Seal)...)}
}

// Forget takes versions out of the history without undoing them; gone is called with each that was there.
func Forget(versions []string, own bool, gone func(version string)) target.Step {
	sql := repairRevertedSQL
	if !own {
		sql = repairRevertedPlainSQL
	}
	return target.Step{SQL: sql, Args: texts(Array(versions)), Row: func(v [][]byte) { gone(string(v[0])) }}
}

// Still fails with 22P02 where the history is no longer the one with the stamp at.
func Still(at Stamp) target.Step {
	guard := at.Whole()
	return target.Step{SQL: stillGuardSQL, Args: [][]byte{guard.versions, guard.hash}, Ours: true}
}

// Array writes a text[] literal: every element quoted, as array_in reads it (Postgres docs §8.15.2).
func Array(elements []string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, e := range elements {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		for j := range len(e) {
			if c := e[j]; c == '"' || c == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(e[j])
		}
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

func texts(values ...string) [][]byte {
	args := make([][]byte, len(values))
	for i, v := range values {
		args[i] = []byte(v)
	}
	return args
}

// ReadClaim reads a row of xid, pid, and the version's hash where there is one.
func ReadClaim(f func(Claim)) func([][]byte) {
	return func(v [][]byte) {
		c := Claim{XID: string(v[0]), PID: string(v[1])}
		if len(v) > 2 {
			c.Hash, _ = strconv.ParseInt(string(v[2]), 10, 64)
		}
		f(c)
	}
}

// Identify asks for a transaction's id, where no record of ours returns it.
func Identify(claimed func(Claim)) target.Step {
	return target.Step{SQL: "select pg_current_xact_id()::text, pg_backend_pid()::text", Row: ReadClaim(claimed)}
}
