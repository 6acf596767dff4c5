package app

import (
	"context"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/scaffold"
)

// TemplateListRequest asks for all templates.
type TemplateListRequest struct{}

// TemplateListResult lists what a new migration can start from.
type TemplateListResult struct {
	Templates []scaffold.Template `json:"templates"`
}

// TemplateList lists the templates by name.
func (a *App) TemplateList(context.Context, TemplateListRequest, event.Sink) (*TemplateListResult, error) {
	r := &TemplateListResult{}
	for _, t := range scaffold.List() {
		r.Templates = append(r.Templates, *t)
	}
	return r, nil
}

// TemplateShowRequest asks for one template.
type TemplateShowRequest struct {
	Name string
	Set  map[string]string // values of parameters; the others have their defaults
}

// TemplateShowResult is a template with its parameters filled in.
type TemplateShowResult struct {
	Template   scaffold.Template   `json:"template"`
	Migrations []TemplateMigration `json:"migrations"` // one, or one for each phase
}

// TemplateMigration is a migration that a template makes.
type TemplateMigration struct {
	Suffix string `json:"suffix,omitempty" jsonschema:"what its name ends in where the template makes several"`
	SQL    string `json:"sql"`
}

// TemplateShow fills in a template.
func (a *App) TemplateShow(_ context.Context, r TemplateShowRequest, _ event.Sink) (*TemplateShowResult, error) {
	t, err := scaffold.Show(r.Name)
	if err != nil {
		return nil, err
	}
	parts, err := t.Render(r.Set)
	if err != nil {
		return nil, err
	}
	result := &TemplateShowResult{Template: *t}
	for _, p := range parts {
		result.Migrations = append(result.Migrations, TemplateMigration{p.Suffix, p.SQL})
	}
	return result, nil
}
