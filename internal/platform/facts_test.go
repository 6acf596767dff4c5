package platform_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/platform"
)

// TestFacts holds the catalog of a laid server against what is known of the platform. In testdata/facts each query has
// its list: one fact a line, where "…" stands for what is not known. A line that begins with "+" is ours beyond the
// facts, one with "-" a fact that we do not meet, both for the reason above it; "[16..]", "[not exposed]" say where a line
// holds. The lists are complete: a line of the catalog that is in none of them is a mistake as well.
func TestFacts(t *testing.T) {
	lists, err := filepath.Glob("testdata/facts/*.txt")
	if err != nil || len(lists) == 0 {
		t.Fatal(lists, err)
	}
	for _, major := range majors {
		for _, exposure := range []platform.Exposure{platform.Classic, platform.NotExposed} {
			t.Run(strconv.Itoa(major)+" "+exposure.String(), func(t *testing.T) {
				d := laid(t, major, exposure).admin(t)
				for _, list := range lists {
					text, err := os.ReadFile(list)
					if err != nil {
						t.Fatal(err)
					}
					query, err := os.ReadFile(strings.TrimSuffix(list, ".txt") + ".sql")
					if err != nil {
						t.Fatal(err)
					}
					t.Run(strings.TrimSuffix(filepath.Base(list), ".txt"), func(t *testing.T) {
						compare(t, readFacts(t, string(text), major, exposure), d.rows(string(query)))
					})
				}
			})
		}
	}
}

// fact is a line of a list.
type fact struct {
	text  string
	line  int
	unmet bool // "-": the platform has it and we do not
}

// readFacts returns the lines that hold for the major and the variant.
func readFacts(t *testing.T, text string, major int, exposure platform.Exposure) []fact {
	t.Helper()
	var facts []fact
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := fact{text: strings.TrimPrefix(line, "+ "), line: i + 1}
		f.text, f.unmet = strings.CutPrefix(f.text, "- ")
		if condition, rest, ok := strings.Cut(f.text, "] "); ok && strings.HasPrefix(condition, "[") {
			f.text = rest
			if !holds(t, condition[1:], major, exposure) {
				continue
			}
		}
		facts = append(facts, f)
	}
	return facts
}

// holds says whether "15", "16..", "classic" or "not exposed" names this server.
func holds(t *testing.T, condition string, major int, exposure platform.Exposure) bool {
	t.Helper()
	if condition == platform.Classic.String() || condition == platform.NotExposed.String() {
		return condition == exposure.String()
	}
	number, open := strings.CutSuffix(condition, "..")
	from, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("unknown condition %q", condition)
	}
	return major == from || open && major > from
}

// compare wants each fact to be one line of the catalog, and each line of the catalog to be a fact.
func compare(t *testing.T, facts []fact, lines []string) {
	t.Helper()
	left := map[string]int{} // lines of the catalog that no fact names yet
	for _, line := range lines {
		left[line]++
	}
	for _, f := range facts {
		matches := matching(f.text, lines)
		switch {
		case f.unmet && len(matches) != 0:
			t.Errorf("line %d: listed as not met, and met: %s", f.line, f.text)
		case f.unmet:
		case len(matches) != 1:
			t.Errorf("line %d: in the catalog %d times: %s", f.line, len(matches), f.text)
		default:
			left[matches[0]]--
		}
	}
	for _, line := range slices.Sorted(slices.Values(lines)) {
		if left[line] != 0 {
			t.Errorf("in the catalog and named by %d facts: %s", 1-left[line], line)
		}
	}
}

// matching returns the lines that a fact may mean.
func matching(fact string, lines []string) []string {
	if !strings.Contains(fact, "…") {
		return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return line != fact })
	}
	pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(fact), "…", ".*") + "$")
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !pattern.MatchString(line) })
}
