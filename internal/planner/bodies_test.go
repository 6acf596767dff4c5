package planner

import (
	"slices"
	"testing"

	"github.com/cairndb/cairn/internal/catalog"
)

func TestTokens(t *testing.T) {
	got := tokens(`SELECT count(*)+F2(x) FROM "My""t".größe WHERE a<=b`)
	want := []string{"select", "count", "*", "+", "f2", "x", "from", "my", "t", "größe", "where", "a", "<=", "b"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOnlyUnitsWithBlindStepsAreUnchecked(t *testing.T) {
	step := func(sql string, blind bool, mode catalog.Mode) Step {
		return Step{Statement: catalog.Statement{SQL: sql, Mode: mode}, Blind: blind}
	}
	p := &Plan{Steps: []Step{
		step("one", false, catalog.Together), step("alone", false, catalog.Alone), step("two", true, catalog.Together), step("three", true, catalog.Together),
	}}
	var got [][]string
	for _, u := range p.Units(func(catalog.ID) []catalog.Need { return nil }) {
		var unit []string
		for _, s := range u.Steps {
			unit = append(unit, s.SQL)
		}
		got = append(got, unit)
	}
	want := [][]string{{"one"}, {"alone"}, {unchecked, "two", "three", checked}}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%q, want %q", got, want)
	}
	if sql := p.SQL(); sql != unchecked+";\none;\nalone;\ntwo;\nthree;\n"+checked+";\n" {
		t.Errorf("as one text: %s", sql)
	}
}
