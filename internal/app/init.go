package app

import (
	"context"
	"os"
	"path/filepath"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/scaffold"
)

// InitRequest asks for the first files of a project.
type InitRequest struct {
	Name  string // --name: the project's local name; "" is made of the folder's name
	Plain bool   // --plain: for Postgres without Supabase
	Force bool   // --force: write the configuration anew
	From  Where  // --from: the database or hosted project to make it from; none where it is zero

	Baseline bool // --baseline: with From, one migration in place of those that the database's history remembers
}

// InitResult says what was made and how to go on.
type InitResult struct {
	Root string `json:"root" jsonschema:"the project's folder, absolute"`
	scaffold.InitResult
	From *InitFrom `json:"from,omitempty" jsonschema:"what was taken over from a database"`
	Next []Next    `json:"next" jsonschema:"what to do next, in order"`
}

// Next is a command to go on with.
type Next struct {
	Command string `json:"command"`
	For     string `json:"for" jsonschema:"what it does"`
}

// Init makes a project in the working folder: that one itself, and none above it.
func (a *App) Init(ctx context.Context, req InitRequest, s event.Sink) (*InitResult, error) {
	here := *a // what is done in the new project is done in its folder, whatever lies above
	if here.Workdir = a.Workdir; !filepath.IsAbs(here.Workdir) {
		here.Workdir = filepath.Join(a.Cwd, a.Workdir)
	}
	switch {
	case a.Dir != "":
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "init takes no --dir", Hint: "set migrations_dir under [cairn] in the file that it writes",
		}
	case req.From == Where{} && req.Baseline:
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Message: "--baseline goes with --from",
		}
	case req.From != Where{}:
		return here.initFrom(ctx, req, s)
	}
	result, p, err := here.lay(scaffold.InitRequest{Root: here.Workdir, Name: req.Name, Plain: req.Plain, Force: req.Force}, s)
	if err == nil {
		result.Next = next(p, s)
	}
	return result, err
}

// lay writes the first files of a project and opens it.
func (a *App) lay(req scaffold.InitRequest, s event.Sink) (*InitResult, *project.Project, error) {
	above := a.above(req.Root)
	made, err := scaffold.Init(req)
	if err != nil {
		return nil, nil, err
	}
	if above != "" && len(made.Written) > 0 {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.NoProject, Severity: finding.Note,
			Message: "there is a project further up, in " + folder.Shown(above) + ": this is another one, and in this folder it is the one that counts",
		}})
	}
	p, err := a.open(s)
	return &InitResult{Root: req.Root, InitResult: *made, Next: []Next{}}, p, err
}

// above is the root of the project that counted in root before, where that is another folder; "" where there is none.
func (a *App) above(root string) string {
	nothing := func(string) string { return "" }
	p, err := project.Open(project.Options{Cwd: root, Getenv: nothing})
	if err != nil || !p.Moved {
		return ""
	}
	return p.Root
}

// next says how to go on in a project, by what lies in it.
func next(p *project.Project, s event.Sink) []Next {
	var todo []Next
	versioned, loose := contents(p.Migrations)
	if loose > 0 {
		todo = append(todo, adoptNext(p, p.Migrations, loose))
	}
	if other := filepath.Join(p.Root, "migrations"); !sameFolder(other, p.Migrations) {
		unread, loose := contents(other)
		if loose > 0 {
			todo = append(todo, adoptNext(p, other, loose))
		}
		if unread > 0 {
			s(event.Found{Finding: &finding.Finding{
				Code: finding.BadConfig, Severity: finding.Warning,
				Message: count(unread, "migration") + " in migrations/ will not be read: this project keeps its own in " + shownIn(p, p.Migrations),
				Hint:    "move them there, or set migrations_dir = \"migrations\" under [cairn] in " + p.ConfigFile,
			}})
		}
	}
	if versioned == 0 && len(todo) == 0 {
		todo = append(todo, Next{"cairn migration new NAME", "writes a first migration"})
	}
	return append(todo, Next{"cairn db start", "starts the local database, with migrations and seed"})
}

func adoptNext(p *project.Project, dir string, files int) Next {
	what := "gives versions to " + count(files, "file") + " that have none"
	if files == 1 {
		what = "gives a version to the file that has none"
	}
	return Next{"cairn migration adopt " + shownIn(p, dir), what}
}

// shownIn returns a path as it is written in the project's folder.
func shownIn(p *project.Project, path string) string {
	if rel, err := filepath.Rel(p.Root, path); err == nil && filepath.IsLocal(rel) {
		path = filepath.ToSlash(rel)
	}
	return folder.Shown(path)
}

// contents counts the .sql files in a folder: those with a version and those without. What cannot be read counts for
// nothing here: the commands that need it say why.
func contents(dir string) (versioned, loose int) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		switch _, _, ok := migration.ParseName(e.Name()); {
		case e.IsDir():
		case ok:
			versioned++
		case filepath.Ext(e.Name()) == ".sql":
			loose++
		}
	}
	return versioned, loose
}
