package app

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/declarative"
	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/sqltext"
)

// GenerateRequest asks to write a database's schema as declarative files.
type GenerateRequest struct {
	Where
	Schemas   []string // --schema: these only; nil is all but the internal ones
	Folder    string   // --output-dir; "" is supabase/schemas
	Overwrite bool     // --overwrite: replace files without asking, and remove those of objects that are gone
}

// GenerateResult says what became of the files.
type GenerateResult struct {
	Target    string   `json:"target"`
	Folder    string   `json:"folder"`
	Written   []string `json:"written" jsonschema:"files that are new or were replaced, relative to the folder"`
	Unchanged int      `json:"unchanged" jsonschema:"files that said the same already and kept their bytes"`
	Removed   []string `json:"removed,omitempty"`
	Stale     []string `json:"stale,omitempty" jsonschema:"files of objects that are not there; --overwrite removes them"`
}

// Generate writes what a database consists of as files, one for each object.
func (a *App) Generate(ctx context.Context, req GenerateRequest, s event.Sink) (_ *GenerateResult, err error) {
	v, err := a.visit(ctx, "db schema declarative generate", req.Where, s)
	if err != nil {
		return nil, err
	}
	defer func() { v.done(err) }()
	p, at, s := v.project, v.at, v.sink
	files, err := a.declare(ctx, v, req.Schemas)
	if err != nil {
		return nil, err
	}
	to := filepath.Join(p.Root, filepath.FromSlash(p.Schemas()))
	if req.Folder != "" {
		if to = req.Folder; !filepath.IsAbs(to) {
			to = filepath.Join(a.Cwd, to)
		}
	}
	if err := os.MkdirAll(to, 0o777); err != nil {
		return nil, unwritableFolder(to, err)
	}
	tree, err := folder.Open(to)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tree.Close() }()
	w := &declaring{App: a, tree: tree, to: to, sink: s, result: &GenerateResult{Target: at.Name(), Folder: to, Written: []string{}}}
	return w.result, w.write(ctx, files, req)
}

// declare returns the files that say what a database consists of.
func (a *App) declare(ctx context.Context, v *visit, schemas []string) ([]declarative.File, error) {
	w, base, err := a.grown(ctx, v.project, v.at, nil, v.sink)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.to.holds(schemas); err != nil {
		return nil, err
	}
	from, to := w.from.catalog, w.to.catalog
	// The shadow loads them as the role that migrations run as.
	d := dump.Schema{From: from, To: to, Role: platform.Owner, ByObject: true, Scope: dump.Scope{Schemas: schemas, Platform: base.platform}}
	plan, err := d.Plan()
	if err != nil {
		return nil, unplanned(err)
	}
	tellSecrets(plan, v.sink)
	return declarative.Files(plan, from, to), nil
}

// declaring is a Generate that writes.
type declaring struct {
	*App
	tree   *folder.Folder
	to     string
	sink   event.Sink
	result *GenerateResult
}

func (w *declaring) write(ctx context.Context, files []declarative.File, req GenerateRequest) error {
	there, err := w.there()
	if err != nil {
		return err
	}
	var write []folder.File
	var replaced []string
	for _, f := range files {
		old, err := w.tree.Read(f.Name, 1<<30)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case string(old) == f.Text || sqltext.Normalize(string(old)) == sqltext.Normalize(f.Text):
			w.result.Unchanged++
			continue
		default:
			replaced = append(replaced, f.Name)
		}
		write = append(write, folder.File{Name: f.Name, Data: []byte(f.Text)})
	}
	for _, name := range there {
		ours := slices.ContainsFunc(files, func(f declarative.File) bool { return f.Name == name })
		asked := req.Schemas == nil || slices.ContainsFunc(req.Schemas, func(schema string) bool {
			return declarative.SchemaFolder(schema) == declarative.SchemaOf(name)
		})
		if !ours && asked && declarative.IsOne(name) {
			w.result.Stale = append(w.result.Stale, name)
		}
	}
	if len(replaced) > 0 && !req.Overwrite {
		intent := Intent{
			Class: Change, Action: "overwrite " + count(len(replaced), "local file") + " with what " + w.result.Target + " holds",
			Target: "this project", Detail: "  " + strings.Join(replaced, "\n  "), Local: true,
		}
		if err := w.consent(ctx, intent, w.sink); err != nil {
			return err
		}
	}
	for _, f := range write {
		if err := w.tree.Replace(f); err != nil {
			return err
		}
		w.sink(event.FileWritten{Path: filepath.Join(w.to, filepath.FromSlash(f.Name))})
		w.result.Written = append(w.result.Written, f.Name)
	}
	return w.clear(req.Overwrite)
}

// clear removes the files of objects that are not there, or tells of them.
func (w *declaring) clear(remove bool) error {
	if !remove {
		for _, name := range w.result.Stale {
			w.sink(event.Found{Finding: &finding.Finding{
				Code: finding.NotThere, Severity: finding.Warning, Message: name + " is about something that " + w.result.Target + " does not hold",
				Hint: "--overwrite removes such files",
			}})
		}
		return nil
	}
	for _, name := range w.result.Stale {
		at := filepath.Join(w.to, filepath.FromSlash(name))
		if err := os.Remove(at); err != nil {
			return unwritten(at, err)
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if os.Remove(filepath.Join(w.to, filepath.FromSlash(dir))) != nil { // not empty
				break
			}
		}
		w.result.Removed = append(w.result.Removed, name)
	}
	w.result.Stale = nil
	return nil
}

// there returns the names of the .sql files that are in the folder.
func (w *declaring) there() ([]string, error) {
	var names []string
	err := fs.WalkDir(w.tree.FS(), ".", func(at string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(at, ".sql") {
			names = append(names, at)
		}
		return err
	})
	return names, err
}

// SyncRequest asks for the migration that the declarative files make necessary.
type SyncRequest struct {
	Name      string   // --file, --name: of the migration; "" is "schema"
	Schemas   []string // --schema: what stands in these only
	Online    bool     // --online: for a database in use
	AllowLoss bool     // --allow-loss: write statements that lose data too
	Down      bool     // --with-down: write the file that reverts the migration too
	Apply     bool     // --apply: run it on the local database
}

// SyncResult says what the migration is.
type SyncResult struct {
	DiffResult
	Applied *PushResult `json:"applied,omitempty" jsonschema:"where it was asked to be run"`
}

// Sync writes the migration that takes the database from what the migrations make to what the declarative files say.
func (a *App) Sync(ctx context.Context, req SyncRequest, s event.Sink) (*SyncResult, error) {
	diff, err := a.Diff(ctx, DiffRequest{
		From: EndMigrations, To: EndSchemas, Name: cmp.Or(req.Name, "schema"), Schemas: req.Schemas, Online: req.Online,
		AllowLoss: req.AllowLoss, Down: req.Down,
	}, s)
	if diff == nil {
		return nil, err
	}
	r := &SyncResult{DiffResult: *diff}
	if err != nil || !req.Apply || len(diff.Written) == 0 {
		return r, err
	}
	r.Applied, err = a.Up(ctx, PushRequest{Where: Where{Local: true}}, s)
	return r, err
}
