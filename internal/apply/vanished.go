package apply

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/target"
)

// Vanished is the finding for what runs of this machine have committed on a server and its history lacks since the server
// went on from an earlier moment: a standby was promoted that had not received the commit, or a backup was restored. dir is
// where journals are kept, name what the target is called: it may be another name than at the commit, as the promoted
// server has another address. Nil: nothing has vanished.
//
// Only a server that was ever promoted or restored is held against the journals: its timeline is not its first then.
func Vanished(dir, name string, f target.Facts, h *history.History) (*finding.Finding, error) {
	if f.Timeline <= 1 || f.System == "" {
		return nil, nil
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths) // by the moment that they began
	last := map[string]Line{}
	for _, path := range paths {
		if err := lastCommits(path, name, f, last); err != nil {
			return nil, err
		}
	}
	var lines []string
	for _, version := range slices.Sorted(maps.Keys(last)) {
		l := last[version]
		there := h.Version(version) != nil || len(h.StepsOf(version, up)) > 0
		if l.Timeline == 0 || l.Timeline >= f.Timeline || there == (l.Action != "revert") {
			continue
		}
		lines = append(lines, fmt.Sprintf("  %s: %s by run %s, %s, transaction %s on timeline %d", version, did[l.Action], l.Run,
			l.At.UTC().Format("2006-01-02 15:04:05 UTC"), l.XID, l.Timeline))
	}
	if lines == nil {
		return nil, nil
	}
	what := "a migration was committed on " + name + " and is"
	if len(lines) > 1 {
		what = fmt.Sprintf("%d migrations were committed on %s and are", len(lines), name)
	}
	return &finding.Finding{
		Code: finding.CommitVanished, Severity: finding.Warning,
		Message: fmt.Sprintf("%s not in its history: the server is on timeline %d, gone on from a moment before", what, f.Timeline),
		Detail:  strings.Join(lines, "\n"),
		Hint: "a standby that lacked the commits was promoted, or a backup restored: rows written at that time may be missing too. " +
			"`cairn status --verify` shows what the database holds, `cairn db push` applies what it lacks; " +
			"`cairn migration repair --status reverted VERSION` takes note where that was meant so",
	}, nil
}

// did says what an action was.
var did = map[string]string{"apply": "applied", "revert": "reverted"}

// lastCommits notes for each version what a run has committed last. A version whose record was changed by hand since is
// nobody's commit any more.
func lastCommits(path, name string, f target.Facts, last map[string]Line) error {
	lines, err := readJournal(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var began, open Line
	ours := func(l Line) bool {
		if l.Database == "" { // a journal of a cairn that did not note it
			return began.Target == name && (l.System == "" || l.System == f.System)
		}
		return l.IsOf(f)
	}
	for _, l := range lines {
		switch l.What {
		case "run":
			began = l
		case "committing":
			open = l
		case "committed":
			if open.Version == l.Version && open.System != "" && ours(open) && did[open.Action] != "" {
				last[l.Version] = open
			}
		case "note":
			if !ours(l) {
				continue
			}
			for _, version := range strings.Fields(l.Version) {
				delete(last, version)
			}
		}
	}
	return nil
}
