package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/scaffold"
)

// NewRequest asks for a new migration. At most one of Body, Template, Table and Ask says what is in it; without any it
// holds a header alone.
type NewRequest struct {
	Name     string            // any text
	Body     []byte            // written byte for byte
	Template string            // --template
	Set      map[string]string // --set: values of the template's parameters
	Table    string            // --table: a table in the grammar of scaffold.ParseTable
	TableOptions
	Ask        bool // --ask: put questions to the person at the terminal
	FromDiff   bool // --from-diff: what the local database has and the migrations do not make
	Down       bool // --with-down: with FromDiff, the file that reverts it too
	Idempotent bool // --idempotent: with FromDiff, statements that pass where they ran before
	Numbered   bool // --number: go on with the project's short numbers
}

// TableOptions say what belongs to a Table.
type TableOptions struct {
	Owner     string   // --owner: the column with the user a row belongs to
	Read      string   // --read: who may read the rows: owner, signed-in or everyone; "" is owner
	Indexes   []string // --index: columns, parted by commas; once for each index
	UpdatedAt bool     // --updated-at
}

// NewResult says what was written.
type NewResult struct {
	Migrations []scaffold.Written `json:"migrations" jsonschema:"one, or one for each phase of a template"`
}

// New writes a new migration into the migrations folder, which it makes where it is missing.
func (a *App) New(ctx context.Context, req NewRequest, s event.Sink) (*NewResult, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	if req.FromDiff {
		d, err := a.Diff(ctx, DiffRequest{Where: Where{Local: true}, Name: req.Name, Down: req.Down, Idempotent: req.Idempotent}, s)
		if d == nil {
			return nil, err
		}
		return &NewResult{Migrations: append([]scaffold.Written{}, d.migrations...)}, err
	}
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	r := scaffold.Request{
		Dir: dir(p), Name: req.Name, Now: a.Now(), Numbered: req.Numbered, Plain: p.Config.Cairn.Platform == project.PlatformNone,
		Body: req.Body, Template: req.Template, Set: req.Set,
	}
	if len(req.Body) == 0 {
		r.Author = scaffold.Author(ctx, p.Root, a.Getenv)
	}
	switch {
	case req.Ask:
		r.Table, err = a.interview(ctx, req.Name, r.Plain)
	case req.Table != "":
		r.Table, err = req.table()
	}
	if err != nil {
		return nil, err
	}
	before, err := r.Dir.Versions()
	if err != nil {
		return nil, err
	}
	_, missing := os.Stat(p.Migrations)
	if errors.Is(missing, fs.ErrNotExist) && !inProject(p, p.Migrations) { // one in the project comes with the file in it
		if err := os.MkdirAll(p.Migrations, 0o777); err != nil {
			return nil, unwritableFolder(p.Migrations, err)
		}
	}
	written, err := scaffold.New(r)
	if err != nil {
		return nil, err
	}
	findings := append(written.Findings, behind(before, written.Files)...)
	findings = append(findings, shaky(p, req.Body, written.Files)...)
	if missing != nil && p.ConfigFile == "" && a.Dir == "" {
		findings = append(findings, noProject(p))
	}
	return &NewResult{Migrations: written.Files}, tellFindings(findings, s)
}

// check refuses a request that does not say what to write.
func (req NewRequest) check() error {
	bad := func(message, hint string) error {
		return &finding.Finding{Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Message: message, Hint: hint}
	}
	const example = `for example: --table 'products(name text!, price numeric)' --owner user_id --index name --updated-at`
	o := req.TableOptions
	switch {
	case req.Table == "" && (o.Owner != "" || o.Read != "" || len(o.Indexes) > 0 || o.UpdatedAt):
		return bad("--owner, --read, --index and --updated-at are about a table, and no --table is given", example)
	case o.Read != "" && o.Owner == "":
		return bad("--read needs --owner: rows without an owner are for the service role alone", example)
	case len(req.Set) > 0 && req.Template == "":
		return bad("--set gives values to a template, and none is named", "`cairn template list` names those that there are")
	case req.Down && !req.FromDiff:
		return bad("--with-down goes with --from-diff", "")
	case req.Idempotent && !req.FromDiff:
		return bad("--idempotent goes with --from-diff", "")
	case req.FromDiff && (req.Table != "" || req.Template != "" || req.Ask || req.Numbered):
		return bad("--from-diff writes what differs: it takes neither a table nor a template nor a number", "")
	case req.Ask && (req.Table != "" || req.Template != "" || len(req.Body) > 0):
		return bad("--ask builds a table by itself: it takes neither a table nor a template nor text", "")
	}
	return nil
}

// table reads --table and what belongs to it.
func (req NewRequest) table() (*scaffold.Table, error) {
	t, err := scaffold.ParseTable(req.Table)
	if err != nil {
		return nil, err
	}
	if req.Owner != "" {
		if err := t.SetOwner(req.Owner); err != nil {
			return nil, err
		}
	}
	t.Read = scaffold.Access(cmp.Or(req.Read, string(scaffold.OwnerReads)))
	if !slices.Contains([]scaffold.Access{scaffold.OwnerReads, scaffold.SignedInReads, scaffold.EveryoneReads}, t.Read) {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Message: "--read takes owner, signed-in or everyone",
		}
	}
	t.UpdatedAt = req.UpdatedAt
	for _, index := range req.Indexes {
		if err := t.AddIndex(index); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// interview asks the person at the terminal for a table. How to answer is told the first time a question is put.
func (a *App) interview(ctx context.Context, name string, plain bool) (*scaffold.Table, error) {
	if a.Ask == nil {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "--ask needs a terminal to ask on", Hint: "without one, --table says the same: --table 'products(name text!, price numeric)' --owner user_id",
		}
	}
	interview := scaffold.NewInterview(name, plain)
	told := map[string]bool{}
	for {
		q, more := interview.Next()
		if !more {
			return interview.Table(), nil
		}
		put := Question{Kind: Line, Text: q.Text, Default: q.Default}
		if !told[q.Key] {
			put.Detail, told[q.Key] = q.Help, true
		}
		if slices.Equal(q.Choices, []string{"yes", "no"}) {
			put.Kind, put.Text = YesNo, q.Text+"?"
		}
		put.Check = func(answer string) error {
			try := *interview // the question stands until the answer is given
			return spoken(try.Answer(answer))
		}
		answer, err := a.Ask(ctx, put)
		if err == nil {
			err = interview.Answer(answer)
		}
		if err != nil {
			return nil, err
		}
	}
}

// spoken returns an error about an answer as it is told to the person who gave it, who sees what was typed.
func spoken(err error) error {
	f := finding.As(err)
	if f == nil {
		return err
	}
	if f.Hint == "" {
		return errors.New(capital(f.Message) + ".")
	}
	return errors.New(capital(f.Message) + ": " + f.Hint)
}

// inProject reports whether a path lies in the project's folder, by its name.
func inProject(p *project.Project, path string) bool {
	rel, err := filepath.Rel(p.Root, path)
	return err == nil && filepath.IsLocal(rel)
}

// noProject tells that a migrations folder came to be where no project was: another one may have been meant.
func noProject(p *project.Project) *finding.Finding {
	return &finding.Finding{
		Code: finding.NoProject, Severity: finding.Note,
		Message: "no project was found from " + folder.Shown(p.Root) + " upwards: its migrations folder is made here",
		Hint:    "`cairn init` adds a configuration; --workdir names another project",
	}
}

// behind warns of a migration that runs ahead of some that were there before: where those are applied already, a push
// will not take it by itself.
func behind(before []string, written []scaffold.Written) []*finding.Finding {
	if len(before) == 0 {
		return nil
	}
	last, first := slices.Max(before), written[0]
	if first.Version > last {
		return nil
	}
	return []*finding.Finding{{
		Code: finding.VersionOrder, Severity: finding.Warning,
		Message: fmt.Sprintf("%s runs before version %s, which was there already", filepath.Base(first.Path), last),
		Detail:  "versions run in the order of their text, not of their size or age",
		Hint:    "where that one is applied already, push and up want --include-all; or give the new file a version that is larger",
	}}
}

// shaky says what keeps a migration from running whose text came from elsewhere. It is written all the same.
func shaky(p *project.Project, body []byte, written []scaffold.Written) []*finding.Finding {
	if len(body) == 0 {
		return nil
	}
	_, found := migration.Parse(shownIn(p, written[0].Path), body)
	found = slices.DeleteFunc(found, func(f *finding.Finding) bool { return f.Severity != finding.Error })
	for _, f := range found {
		f.Severity, f.Detail = finding.Warning, paragraphs(f.Detail, "the file was written as the text came, and cannot run like this")
	}
	return found
}
