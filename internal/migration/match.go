package migration

import (
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// Recorded is a version of a history for which a file is looked for.
type Recorded struct {
	Version    string
	Name       string
	Statements []string // empty where nothing is recorded of what ran
}

// Likeness is what a recorded version and a file have in common.
type Likeness string

// The likenesses. Only the first three make the two the same migration.
const (
	SameText       Likeness = "same"     // the same statements, letter by letter
	SameStatements Likeness = "cosmetic" // the same statements, written otherwise
	SameName       Likeness = "name"     // the same name, and nothing is recorded of what ran
	Repeated       Likeness = "repeated" // the statements of a file that stands for another recorded version
	SimilarText    Likeness = "near"     // the same name or much of the text, and other statements
	Unlike         Likeness = "none"
)

// IsSame reports whether the likeness is that of one migration.
func (l Likeness) IsSame() bool { return l == SameText || l == SameStatements || l == SameName }

// Match is a recorded version with the file that is most like it.
type Match struct {
	Recorded *Recorded
	File     *Migration
	Likeness Likeness
	Instead  string // of Repeated: the recorded version that the file stands for
}

// Saying is what is said of the recorded version of a match that is the same: "ran what FILE says".
func (m Match) Saying() string {
	if m.Likeness == SameName {
		return "has the name of " + m.File.File.Name + ", and nothing is recorded of what ran"
	}
	return "ran what " + m.File.File.Name + " says"
}

// similar is the share of their words above which two texts of other names are alike.
const similar = 0.8

// Find looks for the files of recorded versions that have none: free are the files that no recorded version has, applied
// those that one has. Statements decide; between equal ones the name does, then the order. No file is given to two
// versions, and a version that no file is the same as is left out. The matches come in the order of recorded.
func Find(recorded []*Recorded, free, applied []*Migration) []Match {
	if len(recorded) == 0 {
		return nil
	}
	s := &search{free: free, files: map[string][]*Migration{}, taken: map[*Migration]string{}, found: map[*Recorded]Match{}}
	for _, m := range slices.Concat(free, applied) {
		form := formOf(m.File.Text)
		s.files[form] = append(s.files[form], m)
	}
	for _, m := range applied {
		s.taken[m] = m.Version
	}
	forms := map[*Recorded]string{}
	for _, r := range recorded {
		forms[r] = formOf(joined(r.Statements))
	}
	for _, r := range recorded {
		s.byStatements(r, forms[r], func(m *Migration) bool { return named(r, m) })
	}
	for _, r := range recorded {
		s.byStatements(r, forms[r], func(*Migration) bool { return true })
	}
	s.byName(slices.DeleteFunc(slices.Clone(recorded), func(r *Recorded) bool { return forms[r] != "" }))
	var all []Match
	for _, r := range recorded {
		m, ok := s.found[r]
		if same := s.files[forms[r]]; !ok && forms[r] != "" && len(same) > 0 {
			m, ok = Match{Recorded: r, File: same[0], Likeness: Repeated, Instead: s.taken[same[0]]}, true
		}
		if ok {
			all = append(all, m)
		}
	}
	return all
}

// Near adds to what Find has found the free files that are like the other versions: by their names, or else by most of
// their words. The matches come in the order of recorded.
func Near(recorded []*Recorded, free []*Migration, found []Match) []Match {
	by := map[*Recorded]Match{}
	taken := map[*Migration]bool{}
	for _, m := range found {
		by[m.Recorded] = m
		taken[m.File] = true
	}
	free = slices.DeleteFunc(slices.Clone(free), func(m *Migration) bool { return taken[m] })
	words := make([]bag, len(free))
	for i, m := range free {
		words[i] = bagOf(formOf(m.File.Text))
	}
	var all []Match
	for _, r := range recorded {
		m, ok := by[r]
		if !ok {
			best, most, own := -1, similar, bagOf(formOf(joined(r.Statements)))
			for i := range free {
				share := own.shared(words[i])
				if named(r, free[i]) {
					share = 1
				}
				if share > most {
					best, most = i, share
				}
			}
			if ok = best >= 0; ok {
				m = Match{Recorded: r, File: free[best], Likeness: SimilarText}
			}
		}
		if ok {
			all = append(all, m)
		}
	}
	return all
}

// search is what Find knows so far.
type search struct {
	free  []*Migration
	files map[string][]*Migration // all of them, by their forms
	taken map[*Migration]string   // the recorded versions that files stand for
	found map[*Recorded]Match
}

// byStatements gives r the first file of its form that fits and that no other version has.
func (s *search) byStatements(r *Recorded, form string, fits func(*Migration) bool) {
	if _, ok := s.found[r]; ok || form == "" {
		return
	}
	for _, m := range s.files[form] {
		if s.taken[m] != "" || !fits(m) {
			continue
		}
		likeness := SameStatements
		if Compare(m, r.Statements) == Same {
			likeness = SameText
		}
		s.take(r, m, likeness)
		return
	}
}

// byName gives the versions of which no statements are recorded the files of their names, where there is one of each.
func (s *search) byName(bare []*Recorded) {
	for _, r := range bare {
		files := slices.DeleteFunc(slices.Clone(s.free), func(m *Migration) bool { return s.taken[m] != "" || !named(r, m) })
		twins := slices.ContainsFunc(bare, func(other *Recorded) bool { return other != r && Slug(other.Name) == Slug(r.Name) })
		if len(files) == 1 && !twins {
			s.take(r, files[0], SameName)
		}
	}
}

func (s *search) take(r *Recorded, m *Migration, likeness Likeness) {
	s.taken[m] = r.Version
	s.found[r] = Match{Recorded: r, File: m, Likeness: likeness}
}

// named reports whether a recorded version has a file's name, however its tool writes names.
func named(r *Recorded, m *Migration) bool {
	return r.Name != "" && Slug(r.Name) == Slug(m.Name)
}

// joined is the text of recorded elements. A newline stands before each ";", so that no comment swallows it.
func joined(recorded []string) string {
	return strings.TrimPrefix(strings.Join(recorded, "\n;\n"), byteOrderMark)
}

// formOf is the form of a text in which two are equal that have the same statements; "" where it has none.
func formOf(text string) string { return strings.Join(read(text).normal, "") }

// bag is how often each word and string stands in a form.
type bag struct {
	words map[string]int
	all   int
}

func bagOf(form string) bag {
	b := bag{words: map[string]int{}}
	for t := range sqltext.Tokens(form) {
		if t.Kind == sqltext.Word || t.Kind == sqltext.String {
			b.words[form[t.Start:t.End]]++
			b.all++
		}
	}
	return b
}

// shared is the share of their words that two have in common, from 0 to 1; 0 where it cannot be more than similar.
func (b bag) shared(other bag) float64 {
	if float64(2*min(b.all, other.all)) <= similar*float64(b.all+other.all) {
		return 0
	}
	common := 0
	for word, n := range b.words {
		common += min(n, other.words[word])
	}
	return 2 * float64(common) / float64(b.all+other.all)
}
