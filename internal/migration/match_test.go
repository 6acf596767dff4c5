package migration

import (
	"fmt"
	"strings"
	"testing"
)

// What a platform records under versions of its own is found again in the files that it was made from.
func TestFind(t *testing.T) {
	file := func(version, name, text string) *Migration {
		m, _ := Parse(FileName(version, name), []byte(text))
		m.Version, m.Name = version, name
		return m
	}
	notes := "-- notes\nCREATE TABLE notes (id int);\ncreate index on notes (id);\n"
	for _, c := range []struct {
		name     string
		free     []*Migration
		applied  []*Migration
		recorded []*Recorded
		want     string
	}{
		{
			"one element, letter by letter",
			[]*Migration{file("01", "notes", notes)},
			nil,
			[]*Recorded{{"2026", "notes", []string{notes}}},
			"2026 same 01",
		},
		{
			"split and written otherwise",
			[]*Migration{file("01", "notes", notes)},
			nil,
			[]*Recorded{{"2026", "other name", []string{"create table notes(id int)", "/* i */ create   index on notes(id)"}}},
			"2026 cosmetic 01",
		},
		{
			"equal texts: the name decides, then the order",
			[]*Migration{file("01", "b", notes), file("02", "a", notes), file("03", "c", notes)},
			nil,
			[]*Recorded{{"2026", "x", []string{notes}}, {"2027", "A", []string{notes}}, {"2028", "b", []string{notes}}},
			"2026 same 03; 2027 same 02; 2028 same 01",
		},
		{
			"run twice",
			[]*Migration{file("01", "notes", notes)},
			nil,
			[]*Recorded{{"2026", "again", []string{notes}}, {"2027", "notes", []string{notes}}},
			"2026 repeated 01 for 2027; 2027 same 01",
		},
		{
			"run under the file's version too", nil,
			[]*Migration{file("01", "notes", notes)},
			[]*Recorded{{"2026", "notes", []string{notes}}},
			"2026 repeated 01 for 01",
		},
		{
			"nothing recorded but the name",
			[]*Migration{file("01", "add_photo_title", notes)},
			nil,
			[]*Recorded{{"2026", "Add photo title", nil}},
			"2026 name 01",
		},
		{
			"nothing recorded, and the name is no one's alone",
			[]*Migration{file("01", "fix", notes), file("02", "fix", "select 1;")},
			nil,
			[]*Recorded{{"2026", "fix", []string{}}},
			"2026 near 01",
		},
		{
			"edited: near, by name or by words",
			[]*Migration{file("01", "notes", notes), file("02", "pay", "create table pay (id int, of text, at date, sum int, who text);")},
			nil,
			[]*Recorded{{"2026", "notes", []string{"create table other ()"}}, {"2027", "x", []string{"create table pay (id int, of text, at date, sum int)"}}},
			"2026 near 01; 2027 near 02",
		},
		{
			"nothing alike",
			[]*Migration{file("01", "notes", notes)},
			nil,
			[]*Recorded{{"2026", "", []string{"grant select on all tables in schema public to anon"}}, {"2027", "", nil}},
			"",
		},
		{
			"what is quoted counts", []*Migration{file("01", "", "select 'A';")}, nil, []*Recorded{{"2026", "", []string{"select 'a'"}}}, "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, m := range Near(c.recorded, c.free, Find(c.recorded, c.free, c.applied)) {
				line := fmt.Sprint(m.Recorded.Version, " ", m.Likeness, " ", m.File.Version)
				if m.Instead != "" {
					line += " for " + m.Instead
				}
				got = append(got, line)
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), c.want)
			}
		})
	}
}
