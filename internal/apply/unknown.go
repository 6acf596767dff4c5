package apply

import (
	"slices"

	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
)

// Unknown is what a target's history and the files do not know of each other, with the files that both know.
type Unknown struct {
	Rows    []*history.Row         // recorded, and no file has the version
	Free    []*migration.Migration // not recorded
	Applied []*migration.Migration
}

// UnknownOf compares the files with the history of a target by their versions.
func UnknownOf(local []*migration.Migration, h *history.History) *Unknown {
	u, known := &Unknown{}, map[string]bool{}
	for _, m := range local {
		if known[m.Version] = h.Version(m.Version) != nil; known[m.Version] {
			u.Applied = append(u.Applied, m)
		} else {
			u.Free = append(u.Free, m)
		}
	}
	for i := range h.Rows {
		if !known[h.Rows[i].Version] {
			u.Rows = append(u.Rows, &h.Rows[i])
		}
	}
	return u
}

// Same finds the files that are the same migrations as rows, by what these ran, which has to be read (Unread).
func (u *Unknown) Same() []migration.Match {
	return slices.DeleteFunc(migration.Find(u.recorded(), u.Free, u.Applied), func(m migration.Match) bool { return !m.Likeness.IsSame() })
}

// Matches is Same with what is to be told besides: rows that ran again, and files that are only alike.
func (u *Unknown) Matches() []migration.Match {
	recorded := u.recorded()
	return migration.Near(recorded, u.Free, migration.Find(recorded, u.Free, u.Applied))
}

func (u *Unknown) recorded() []*migration.Recorded {
	recorded := make([]*migration.Recorded, len(u.Rows))
	for i, row := range u.Rows {
		recorded[i] = &migration.Recorded{Version: row.Version, Name: row.Name, Statements: row.Statements}
	}
	return recorded
}
