package sqltext_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/sqltext"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want []string
	}{
		{"/* x */ create -- y\n Index concurrently if not exists i on t", 3, []string{"CREATE", "INDEX", "CONCURRENTLY"}},
		{`drop index "select" from`, 9, []string{"DROP", "INDEX"}},
		{"reindex (concurrently) table t", 2, []string{"REINDEX"}},
		{"(select 1)", 2, nil},
		{"-- nothing", 2, nil},
		{"select", 0, nil},
	} {
		if got := sqltext.Words(c.text, c.n); !slices.Equal(got, c.want) {
			t.Errorf("words of %q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestCursorName(t *testing.T) {
	long := strings.Repeat("é", 40)
	for _, c := range []struct {
		text string
		want []string
		rest string
	}{
		{"Public . Users (a)", []string{"public", "users"}, "("},
		{`"Public"."a""b".c;`, []string{"Public", `a"b`, "c"}, ";"},
		{"ÉTÉ x", []string{"ÉtÉ"}, "x"},
		{long, []string{strings.Repeat("é", 31)}, ""},
		{`"` + strings.Repeat("x", 70) + `"`, []string{strings.Repeat("x", 63)}, ""},
		{`U&"d\0061t\+000061\\" x`, []string{`data\`}, "x"},
		{`u&"d!0061t!!!d83d!de00" uescape '!' on`, []string{"dat!😀"}, "on"},
		{`U&"\zz" x`, []string{`\zz`}, "x"},
		{"a.", []string{"a"}, "."},
		{"a.'b'", []string{"a"}, "."},
		{"'a'", nil, "'a'"},
		{"", nil, ""},
	} {
		cursor := sqltext.NewCursor(c.text)
		if got := cursor.Name(); !slices.Equal(got, c.want) || cursor.Text() != c.rest {
			t.Errorf("name of %q: got %q before %q, want %q before %q", c.text, got, cursor.Text(), c.want, c.rest)
		}
	}
}

func TestCursorTake(t *testing.T) {
	c := sqltext.NewCursor(`create /* x */ INDEX "if" (a, (b)) on t`)
	if c.Take("CREATE", "UNIQUE") || !c.At("create") {
		t.Error("a sequence that does not match was taken")
	}
	if !c.Take("CREATE", "INDEX") || c.Take("IF") || !slices.Equal(c.Name(), []string{"if"}) {
		t.Error("a quoted name was taken for a keyword")
	}
	if c.Skip(); !c.TakeAny("USING", "ON") {
		t.Errorf("behind the parentheses stands %q", c.Text())
	}
	if c.Skip(); !c.Done() || c.Text() != "" {
		t.Errorf("at the end stands %q", c.Text())
	}
}
