package scaffold

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/<name>.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// variants are ways to fill in a template that its defaults do not show.
var variants = []struct {
	template, name string
	set            map[string]string
}{
	{"add-column", "guard", map[string]string{"guard": "true"}},
	{"add-column", "preferences", map[string]string{"table": "profiles", "column": "preferences", "type": "jsonb", "default": "'{}'::jsonb"}},
	{"add-column", "no-default", map[string]string{"default": "", "guard": "true"}},
	{"index", "partial", map[string]string{"table": "events", "columns": "is_active", "where": "is_active = true"}},
	{"index", "gin", map[string]string{"table": "profiles", "columns": "preferences", "using": "gin"}},
	{"index", "concurrently", map[string]string{"concurrently": "true", "unique": "true", "columns": "user_id, created_at desc"}},
	{"owner-table", "everyone", map[string]string{"table": "events", "columns": "title text!, starts_at timestamptz", "read": "everyone", "indexes": "starts_at desc; title, starts_at", "updated_at": "false", "force": "false"}},
	{"owner-table", "signed-in", map[string]string{"table": "notes", "columns": "", "read": "signed-in", "owner": "author"}},
	{"owner-table", "profiles", map[string]string{"table": "profiles", "columns": "display_name text, credits numeric(10,4) =0", "owner": "id"}},
	{"service-role-table", "indexes", map[string]string{"indexes": "last_used_at", "updated_at": "true"}},
	{"table", "updated-at", map[string]string{"updated_at": "true", "indexes": "name"}},
	{"backfill", "computed", map[string]string{"table": "events", "column": "credits_remaining", "value": "credits_allocated - credits_used", "where": "true"}},
	{"expand-contract", "phase", map[string]string{"phase": "2", "value": "lower(email)"}},
	{"extensions", "seed", map[string]string{"names": `"uuid-ossp", pg_net, vector`}},
	{"foreign-key", "set-null", map[string]string{"on_delete": "set null"}},
	{"storage-bucket", "public", map[string]string{"bucket": "project-files", "public": "true", "size_limit": "1024"}},
}

// text returns all that a template makes.
func text(t *testing.T, name string, set map[string]string) string {
	t.Helper()
	shown, err := Show(name)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := shown.Render(set)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Suffix != "" {
			fmt.Fprintf(&b, "==== %s\n", p.Suffix)
		}
		b.WriteString(p.SQL)
	}
	return b.String()
}

func TestTemplates(t *testing.T) {
	for _, shown := range List() {
		t.Run(shown.Name, func(t *testing.T) { golden(t, shown.Name+".sql", text(t, shown.Name, nil)) })
	}
	for _, v := range variants {
		t.Run(v.template+"/"+v.name, func(t *testing.T) { golden(t, v.template+"."+v.name+".sql", text(t, v.template, v.set)) })
	}
}

func TestTemplatesAreDescribed(t *testing.T) {
	var names []string
	for _, shown := range List() {
		names = append(names, shown.Name)
		if shown.Summary == "" || !slices.Contains([]string{"", "supabase", "none"}, shown.Platform) || len(shown.Parameters) == 0 {
			t.Errorf("%s: %+v", shown.Name, shown)
		}
		for _, p := range shown.Parameters {
			if p.Meaning == "" || !slices.Contains([]string{"table", "ident", "names", "type", "expr", "columns", "keys", "indexes", "word", "choice", "bool", "int"}, p.Kind) ||
				(p.Kind == "choice") != (len(p.Choices) > 0) {
				t.Errorf("%s: parameter %+v", shown.Name, p)
			}
			for _, phase := range shown.phases {
				if strings.Contains(phase.text, "--- ") {
					t.Errorf("%s: a directive was not read: %s", shown.Name, phase.text)
				}
			}
		}
	}
	want := "add-column backfill expand-contract extensions foreign-key function-trigger index join-table org-isolation owner-table service-role-table storage-bucket table"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s", got)
	}
}

// TestTemplatesGuard: every table that a template makes for the platform has row level security, and every policy says
// for which command and for whom it is.
func TestTemplatesGuard(t *testing.T) {
	policy := regexp.MustCompile(`(?s)CREATE POLICY .*?;`)
	for _, shown := range List() {
		sql := text(t, shown.Name, nil)
		if strings.Contains(sql, "CREATE TABLE") && shown.Platform == "supabase" && !strings.Contains(sql, "ENABLE ROW LEVEL SECURITY") {
			t.Errorf("%s makes a table without row level security", shown.Name)
		}
		for _, p := range policy.FindAllString(sql, -1) {
			if !regexp.MustCompile(`FOR (SELECT|INSERT|UPDATE|DELETE|ALL)\s+TO `).MatchString(p) {
				t.Errorf("%s: %s", shown.Name, p)
			}
			if strings.Contains(strings.ReplaceAll(p, "(SELECT auth.uid())", ""), "auth.uid()") {
				t.Errorf("%s calls auth.uid() for every row: %s", shown.Name, p)
			}
		}
	}
}

func TestTemplatesAreRead(t *testing.T) {
	for _, shown := range List() {
		for _, piece := range strings.Split(text(t, shown.Name, nil), "==== ") {
			if piece == "" {
				continue
			}
			m, findings := migration.Parse("x.sql", []byte("-- "+piece))
			if len(findings) > 0 || len(m.Units) == 0 {
				t.Errorf("%s: %v", shown.Name, findings)
			}
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	for _, c := range []struct{ template, name, value, says string }{
		{"add-column", "table", "a b", "--set table: "},
		{"add-column", "tabel", "a", `no parameter "tabel"`},
		{"add-column", "type", "integer; drop table x", "--set type: "},
		{"add-column", "default", "1; drop table x", "one expression"},
		{"add-column", "default", "1 -- x", "a comment"},
		{"add-column", "default", "1, 2", "cannot stand here"},
		{"add-column", "guard", "maybe", "true or false"},
		{"index", "using", "btree; x", "must be one of"},
		{"index", "columns", "a b", "cannot stand here"},
		{"storage-bucket", "bucket", "a'b", "letters, digits"},
		{"storage-bucket", "size_limit", "10MB", "whole number"},
		{"extensions", "names", "a b", "cannot stand here"},
		{"owner-table", "columns", "a", "the type of the column is missing"},
	} {
		shown, err := Show(c.template)
		if err != nil {
			t.Fatal(err)
		}
		_, err = shown.Render(map[string]string{c.name: c.value})
		if f := finding.As(err); f == nil || f.Exit != finding.Usage || !strings.Contains(f.Error(), c.says) {
			t.Errorf("%s %s=%s: %v", c.template, c.name, c.value, err)
		}
	}
	if _, err := Show("owner"); finding.As(err) == nil || !strings.Contains(err.Error(), "owner-table") {
		t.Errorf("got %v", err)
	}
}

// TestHostileNames: names that look like SQL stay names, also inside a DO block and in a comment.
func TestHostileNames(t *testing.T) {
	evil := `"x"" ; $$ drop table y; -- '$body1$"`
	for name, set := range map[string]map[string]string{
		"add-column":       {"table": evil, "column": evil, "guard": "true"},
		"join-table":       {"table": evil, "parent": evil, "parent_column": evil, "owner": evil},
		"foreign-key":      {"table": evil, "references": evil, "column": evil},
		"function-trigger": {"table": evil, "function": evil, "column": evil},
		"owner-table":      {"table": evil, "owner": evil, "columns": evil + " text"},
		"org-isolation":    {"table": evil, "column": evil, "function": evil},
		"expand-contract":  {"table": evil, "old": evil},
	} {
		tame := map[string]string{}
		for key, value := range set {
			tame[key] = strings.ReplaceAll(value, evil, `"x y"`)
		}
		statements := func(set map[string]string) int {
			m, findings := migration.Parse("x.sql", []byte(text(t, name, set)))
			if len(findings) > 0 {
				t.Errorf("%s: %v", name, findings)
			}
			return len(m.Statements())
		}
		if got, want := statements(set), statements(tame); got != want {
			t.Errorf("%s: %d statements instead of %d", name, got, want)
		}
	}
}
