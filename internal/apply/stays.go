package apply

import (
	"fmt"
	"path"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
)

// rolledBack adds to the finding for a file that failed what stays of it and of others: said, in words.
func (r *Runner) rolledBack(err error, said string) error {
	f := finding.As(err)
	if f == nil || f.Exit != finding.Failed || r.Throwaway {
		return err
	}
	out := *f
	out.Detail = strings.TrimPrefix(f.Detail+"\n", "\n") + said
	return &out
}

// behind is rolledBack for the first of the migrations that a run left, which failed: m runs up or down. Of one that
// begins with a statement outside of any transaction nobody knows what stays.
func (r *Runner) behind(err error, m *migration.Migration, done []Done, verb string) error {
	if !m.Transactional() && m.Units[0].Alone {
		return err
	}
	said := path.Base(m.File.Name) + " was rolled back as a whole"
	files := make([]string, len(done))
	for i, d := range done {
		files[i] = path.Base(d.File)
	}
	switch n := len(files); {
	case n == 0:
		said += "; this run had " + verb + " nothing before it"
	case n > 3:
		said += fmt.Sprintf("; the %d files that this run had %s before it, up to %s, stay %s", n, verb, files[n-1], verb)
	default:
		said += "; what this run had " + verb + " before it stays " + verb + ": " + strings.Join(files, ", ")
	}
	return r.rolledBack(err, said)
}
