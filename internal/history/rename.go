package history

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed rename_guard.sql
var renameGuardSQL string

//go:embed rename_forget.sql
var renameForgetSQL string

//go:embed rename.sql
var renameSQL string

//go:embed rename_plain.sql
var renamePlainSQL string

// Renaming gives a recorded version what a file says of it.
type Renaming struct {
	From string   // the version as it is recorded
	Ran  []string // its statements as they were read; nil where none are recorded
	To   Entry
}

// Rename renames recorded versions without running anything. It fails with 22P02 where the history is no longer the one
// with the stamp at, or holds something else of one of them than was read.
func Rename(all []Renaming, own bool, at Stamp) []target.Step {
	if len(all) == 0 {
		return nil
	}
	guard := at.Whole()
	steps := []target.Step{{SQL: revertGuardSQL, Args: append(texts(all[0].From), guard.versions, guard.hash), Ours: true}}
	for _, r := range all {
		var ran []byte
		if r.Ran != nil {
			ran = []byte(Array(r.Ran))
		}
		steps = append(steps, target.Step{SQL: renameGuardSQL, Args: append(texts(r.From, r.To.Version), ran), Ours: true})
		args := texts(r.From, r.To.Version, r.To.Name, Array(r.To.Statements))
		if !own {
			steps = append(steps, target.Step{SQL: renamePlainSQL, Args: args, Ours: true})
			continue
		}
		args = append(args, texts(r.To.Checksum, r.To.Run, r.To.Who, r.To.Route, r.To.Seal)...)
		steps = append(steps,
			target.Step{SQL: renameForgetSQL, Args: texts(r.From, r.To.Version), Ours: true},
			target.Step{SQL: renameSQL, Args: args, Ours: true})
	}
	return steps
}
