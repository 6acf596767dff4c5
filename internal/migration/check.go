package migration

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// collisions tells of names that are one name on file systems that know no case (macOS, Windows) or store accents in
// one form only.
func collisions(list []fs.DirEntry) []*finding.Finding {
	var findings []*finding.Finding
	first := make(map[string]string, len(list))
	for _, e := range list {
		key := folded(e.Name())
		other, taken := first[key]
		if !taken {
			first[key] = e.Name()
			continue
		}
		findings = append(findings, &finding.Finding{
			Code: finding.NameCollision, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("%s and %s are one name on macOS and Windows", ascii(other), ascii(e.Name())),
			Hint:    "rename one of them",
		})
	}
	return findings
}

// folded returns name as a file system without case and with one form of accents sees it.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, norm.NFC.String(name))
}

// ascii shows a name with all its other characters escaped, so that two names that look alike look different.
func ascii(name string) string {
	quoted := fmt.Sprintf("%+q", name)
	return quoted[1 : len(quoted)-1]
}

// duplicates tells of versions that several files have. The migrations are sorted by version.
func duplicates(migrations []*Migration) []*finding.Finding {
	var findings []*finding.Finding
	for rest := migrations; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(m *Migration) bool { return m.Version != rest[0].Version })
		if n < 0 {
			n = len(rest)
		}
		if n > 1 && !oneName(rest[:n]) {
			names := make([]string, n)
			for i, m := range rest[:n] {
				names[i] = m.File.Name
			}
			findings = append(findings, &finding.Finding{
				Code: finding.DuplicateVersion, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("%d files have the version %s: %s", n, folder.Shown(rest[0].Version), strings.Join(names, ", ")),
				Hint:    "give all but one a version of their own; one that ran somewhere keeps its own",
			})
		}
		rest = rest[n:]
	}
	return findings
}

// oneName reports whether the files' names collide, which collisions has told already.
func oneName(migrations []*Migration) bool {
	return !slices.ContainsFunc(migrations, func(m *Migration) bool { return folded(m.Name) != folded(migrations[0].Name) })
}

// textOrder tells of the first versions that run in another order than their numbers suggest: versions are compared as
// text, by us and by every Supabase tool.
func textOrder(migrations []*Migration) []*finding.Finding {
	for i := 1; i < len(migrations); i++ {
		a, b := migrations[i-1].Version, migrations[i].Version
		x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		if len(x) < len(y) || len(x) == len(y) && x <= y {
			continue
		}
		return []*finding.Finding{{
			Code: finding.VersionOrder, Severity: finding.Note,
			Message: fmt.Sprintf("versions are ordered as text: %s runs before %s", folder.Shown(a), folder.Shown(b)),
			Hint:    "versions with one number of digits have one order as text and as numbers",
		}}
	}
	return nil
}
