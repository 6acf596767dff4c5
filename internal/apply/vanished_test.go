package apply_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/target"
)

// What counts of a journal is what it committed last of a version, on this server, on an earlier timeline.
func TestVanished(t *testing.T) {
	const began = `{"what":"run","run":"r","target":"db"}` + "\n"
	commit := func(action, version, system, timeline string) string {
		return `{"what":"committing","run":"r","action":"` + action + `","version":"` + version + `","xid":"7","system":"` + system + `","timeline":` + timeline + `}` + "\n" +
			`{"what":"committed","run":"r","version":"` + version + `","xid":"7"}` + "\n"
	}
	elsewhere := `{"what":"run","run":"r","target":"the address before"}` + "\n"
	on := func(database, lines string) string {
		return strings.ReplaceAll(lines, `,"system"`, `,"database":"`+database+`","system"`)
	}
	for name, c := range map[string]struct {
		journals []string
		timeline int
		vanished string
	}{
		"a commit":                   {[]string{began + commit("apply", "2", "s", "1")}, 2, "2: applied"},
		"a revert":                   {[]string{began + commit("revert", "1", "s", "1")}, 2, "1: reverted"},
		"there":                      {[]string{began + commit("apply", "1", "s", "1")}, 2, ""},
		"never promoted":             {[]string{began + commit("apply", "2", "s", "1")}, 1, ""},
		"another server":             {[]string{began + commit("apply", "2", "x", "1")}, 2, ""},
		"another address":            {[]string{`{"what":"run","target":"other"}` + "\n" + commit("apply", "2", "s", "1")}, 2, ""},
		"another name since":         {[]string{elsewhere + on("shop", commit("apply", "2", "s", "1"))}, 2, "2: applied"},
		"another database":           {[]string{began + on("other", commit("apply", "2", "s", "1"))}, 2, ""},
		"noted under another name":   {[]string{began + commit("apply", "2", "s", "1"), elsewhere + `{"what":"note","version":"2","database":"shop","system":"s"}`}, 2, ""},
		"noted of another database":  {[]string{began + commit("apply", "2", "s", "1"), elsewhere + `{"what":"note","version":"2","database":"other","system":"s"}`}, 2, "2: applied"},
		"behind a long line":         {[]string{began + `{"what":"note","version":"` + strings.Repeat("3 ", 1<<16) + `"}` + "\n" + commit("apply", "2", "s", "1")}, 2, "2: applied"},
		"on this timeline":           {[]string{began + commit("apply", "2", "s", "2")}, 2, ""},
		"reverted since":             {[]string{began + commit("apply", "2", "s", "1"), began + commit("revert", "2", "s", "1")}, 2, ""},
		"noted by hand":              {[]string{began + commit("apply", "2", "s", "1"), began + `{"what":"note","action":"repair","version":"3 2"}`}, 2, ""},
		"never committed":            {[]string{began + `{"what":"committing","action":"apply","version":"2","system":"s","timeline":1}` + "\n"}, 2, ""},
		"of an older cairn":          {[]string{began + commit("apply", "2", "s", "0")}, 2, ""},
		"a line that was cut off":    {[]string{began + commit("apply", "2", "s", "1") + `{"what":"commi`}, 2, "2: applied"},
		"a seed":                     {[]string{began + commit("seed", "seed.sql", "s", "1")}, 2, ""},
		"a unit of a longer file":    {[]string{began + commit("apply", "3", "s", "1")}, 2, ""},
		"one lost and one that's so": {[]string{began + commit("apply", "1", "s", "1") + commit("apply", "2", "s", "1")}, 3, "2: applied"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for i, text := range c.journals {
				if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i))+".jsonl"), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			h := &history.History{Rows: []history.Row{{Version: "1"}}, Steps: []history.Step{{Version: "3", Direction: "up"}}}
			f, err := apply.Vanished(dir, "db", target.Facts{System: "s", Timeline: c.timeline, Database: "shop"}, h)
			if err != nil || (f != nil) != (c.vanished != "") || f != nil && (!strings.Contains(f.Detail, c.vanished) || strings.Contains(f.Detail, "\n")) {
				t.Errorf("%v: %+v", err, f)
			}
		})
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := apply.Vanished(dir, "db", target.Facts{System: "s", Timeline: 2}, &history.History{}); err == nil {
		t.Error("a journal that cannot be read is passed over")
	}
}
