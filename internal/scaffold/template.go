package scaffold

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/cairndb/cairn/internal/finding"
)

// Each file of templates/ is a template: SQL in the language of text/template under lines that begin with "--- ".
// Those say, in this order: what it is for; the platform it needs, if any ("platform supabase", "platform none"); its
// parameters ("set NAME KIND = DEFAULT -- MEANING", kinds in parameter.go). A line "--- phase N NAME" further down
// begins another migration. Values come quoted as SQL; the functions that templates call are in render.go. Files
// that end in .inc.sql hold parts that several templates use.
//
//go:embed templates/*.sql
var templates embed.FS

// Template is a pattern of migrations.
type Template struct {
	Name       string      `json:"name"`
	Summary    string      `json:"summary"`
	Platform   string      `json:"platform,omitempty"` // "supabase" or "none" where it is for that alone
	Parameters []Parameter `json:"parameters"`

	phases []phase
}

// Parameter is a value that a template takes with --set NAME=VALUE.
type Parameter struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Choices []string `json:"choices,omitempty"` // for the kind "choice"
	Default string   `json:"default"`
	Meaning string   `json:"meaning"`
}

// phase is the text of one migration that a template makes; a template without phases has one, without a name.
type phase struct{ number, name, text string }

var (
	setLine   = regexp.MustCompile(`^--- set (\w+) (\w+)(?:\(([^)]*)\))? =(.*?) -- (.+)$`)
	phaseLine = regexp.MustCompile(`(?m)^--- phase (\d+) (\w+)\n`)
)

// List returns all templates, sorted by name.
func List() []*Template {
	entries, err := templates.ReadDir("templates")
	if err != nil {
		panic(err) // the embedded folder is there or the binary is broken
	}
	var all []*Template
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".inc.sql") {
			continue
		}
		text, err := fs.ReadFile(templates, "templates/"+e.Name())
		if err != nil {
			panic(err)
		}
		all = append(all, parseTemplate(strings.TrimSuffix(e.Name(), ".sql"), string(text)))
	}
	slices.SortFunc(all, func(a, b *Template) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Show returns the template of that name. The error is a finding with the nearest name as its hint.
func Show(name string) (*Template, error) {
	all := List()
	var names []string
	for _, t := range all {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return nil, &finding.Finding{
		Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("there is no template %q", name),
		Hint:    "the templates are " + strings.Join(names, ", "),
	}
}

func parseTemplate(name, text string) *Template {
	t := &Template{Name: name}
	for strings.HasPrefix(text, "--- ") && !phaseLine.MatchString(text[:strings.IndexByte(text, '\n')+1]) {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		if m := setLine.FindStringSubmatch(line); m != nil {
			p := Parameter{Name: m[1], Kind: m[2], Default: strings.TrimSpace(m[4]), Meaning: m[5]}
			if m[3] != "" {
				p.Choices = strings.Split(m[3], ",")
			}
			t.Parameters = append(t.Parameters, p)
		} else if platform, ok := strings.CutPrefix(line, "--- platform "); ok {
			t.Platform = platform
		} else {
			t.Summary = strings.TrimPrefix(line, "--- ")
		}
	}
	marks := phaseLine.FindAllStringSubmatchIndex(text, -1)
	if len(marks) == 0 {
		t.phases = []phase{{text: text}}
	}
	for i, m := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		t.phases = append(t.phases, phase{text[m[2]:m[3]], text[m[4]:m[5]], text[m[1]:end]})
	}
	return t
}

// Part is the body of one migration that a template makes.
type Part struct {
	Suffix string // what the migration's name ends in: "1_add"; "" for a template that makes one
	SQL    string
}

// Render fills in the template: the values given, the defaults for the others. The error is a finding that points
// into the value that is wrong.
func (t *Template) Render(set map[string]string) ([]Part, error) {
	data, err := t.values(set)
	if err != nil {
		return nil, err
	}
	if _, isTable := data["columns"].([]Column); isTable {
		data = tableData(data)
	}
	var parts []Part
	for _, p := range t.phases {
		if chosen, ok := data["phase"].(word); ok && chosen != "all" && string(chosen) != p.number {
			continue
		}
		sql, err := render(p.text, data)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", t.Name, err)
		}
		part := Part{SQL: sql}
		if p.name != "" {
			part.Suffix = p.number + "_" + p.name
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// values reads the values of all parameters.
func (t *Template) values(set map[string]string) (map[string]any, error) {
	data := make(map[string]any, len(t.Parameters))
	var names []string
	for _, p := range t.Parameters {
		names = append(names, p.Name)
		text, given := set[p.Name]
		if !given {
			text = p.Default
		}
		v, err := p.read(text)
		if err != nil {
			f := *finding.As(err)
			f.Message = "--set " + p.Name + ": " + f.Message
			return nil, &f
		}
		data[p.Name] = v
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if !slices.Contains(names, name) {
			return nil, &finding.Finding{
				Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("the template %s has no parameter %q", t.Name, name),
				Hint:    "its parameters are " + strings.Join(names, ", "),
			}
		}
	}
	return data, nil
}

// tableData completes the values of a template that makes a table of the builder's.
func tableData(data map[string]any) map[string]any {
	t := &Table{Name: data["table"].(Name), Columns: data["columns"].([]Column), UpdatedAt: bool(data["updated_at"].(truth))}
	if owner, ok := data["owner"].(ident); ok {
		t.Owner = string(owner)
	}
	t.Indexes = data["indexes"].([]Index)
	columns := t.complete()
	data["columns"] = columns
	data["indexes"] = t.indexes(columns)
	return data
}

// SQL returns the migration that makes the table: that of the templates owner-table, service-role-table or table.
func (t *Table) SQL() (string, error) {
	name := "owner-table"
	switch {
	case t.Plain && t.Owner != "":
		return "", &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "rows can have owners only on the Supabase platform, which has auth.uid()",
			Hint:    `leave --owner out, or set platform = "supabase" under [cairn]`,
		}
	case t.Plain:
		name = "table"
	case t.Owner == "":
		name = "service-role-table"
	}
	shown, err := Show(name)
	if err != nil {
		return "", err
	}
	columns := t.complete()
	return render(shown.phases[0].text, map[string]any{
		"table": t.Name, "columns": columns, "indexes": t.indexes(columns), "owner": ident(t.Owner),
		"updated_at": truth(t.UpdatedAt), "read": word(cmp.Or(t.Read, OwnerReads)), "force": truth(true),
	})
}

// parts holds the texts of the .inc.sql files.
func parts() (*template.Template, error) {
	return template.New("").Option("missingkey=error").Funcs(functions(nil)).ParseFS(templates, "templates/*.inc.sql")
}
