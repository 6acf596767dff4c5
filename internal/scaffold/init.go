package scaffold

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/migration"
)

//go:embed files
var initial embed.FS

// InitRequest says what project to make.
type InitRequest struct {
	Root  string // the folder, absolute; it exists
	Name  string // the project's local name; "" is made of the folder's name
	Plain bool   // for Postgres without Supabase: cairn.toml, migrations/ and seed.sql, and no supabase/
	Force bool   // write the configuration anew; migrations and seeds are never touched

	Major   int  // of Postgres; 0 is 17
	Private bool // new tables are not open to the platform's API roles by themselves
}

// defaultMajor is the major version of Postgres of a new project, as in the Supabase CLI.
const defaultMajor = 17

// InitResult says what was done, with paths relative to the root.
type InitResult struct {
	Written []string `json:"written"` // files and folders that were made or changed
	Kept    []string `json:"kept"`    // files that were there already and stay as they are
}

// Init makes the first files of a project: the configuration, the migrations folder, an empty seed and, in a git
// repository, .gitignore entries. What is there already stays; so a second Init does nothing. The error is a finding.
func Init(r InitRequest) (*InitResult, error) {
	tree, err := folder.Open(r.Root)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	home, config, other := "supabase", "supabase/config.toml", "cairn.toml"
	if r.Plain {
		home, config, other = ".", "cairn.toml", "supabase/config.toml"
	}
	if exists(tree, other) {
		return nil, &finding.Finding{
			Code: finding.FileExists, Severity: finding.Error, Exit: finding.Usage,
			Message: "there is " + other + ": this is a project of the other kind already",
			Hint:    "remove that file first, or leave --plain as it was",
		}
	}
	result := &InitResult{Written: []string{}, Kept: []string{}}
	r.Name, r.Major = migration.Slug(cmp.Or(r.Name, filepath.Base(r.Root))), cmp.Or(r.Major, defaultMajor)
	var text strings.Builder
	if err := template.Must(template.New("").Parse(initialText(path.Base(config)))).Execute(&text, r); err != nil {
		return nil, err
	}
	if err := result.put(tree, config, text.String(), r.Force); err != nil {
		return nil, err
	}
	if err := result.put(tree, path.Join(home, "seed.sql"), initialText("seed.sql"), false); err != nil {
		return nil, err
	}
	migrations := path.Join(home, "migrations")
	if !exists(tree, migrations) {
		if err := tree.Make(migrations); err != nil {
			return nil, err
		}
		result.Written = append(result.Written, migrations+"/")
	}
	if inRepository(r.Root) {
		entries := "gitignore"
		if r.Plain {
			entries = "gitignore_plain"
		}
		if err := result.ignore(tree, path.Join(home, ".gitignore"), initialText(entries)); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// put writes a file unless it is there.
func (r *InitResult) put(tree *folder.Folder, name, text string, replace bool) error {
	if exists(tree, name) {
		if old, err := tree.Read(name, int64(len(text))); !replace || err == nil && string(old) == text {
			r.Kept = append(r.Kept, name)
			return nil
		}
		r.Written = append(r.Written, name)
		return tree.Replace(folder.File{Name: name, Data: []byte(text)})
	}
	r.Written = append(r.Written, name)
	return tree.Create(folder.File{Name: name, Data: []byte(text)})
}

// ignoreLimit is the largest .gitignore that we add to, in bytes.
const ignoreLimit = 1 << 20

// ignore adds the lines that a .gitignore lacks.
func (r *InitResult) ignore(tree *folder.Folder, name, entries string) error {
	var text string
	if exists(tree, name) {
		data, err := tree.Read(name, ignoreLimit)
		if err != nil {
			return err
		}
		text = string(data)
	}
	have := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	missing := slices.DeleteFunc(strings.Split(strings.TrimSpace(entries), "\n"), func(line string) bool { return slices.Contains(have, line) })
	if len(missing) == 0 {
		r.Kept = append(r.Kept, name)
		return nil
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	r.Written = append(r.Written, name)
	return tree.Replace(folder.File{Name: name, Data: []byte(text + strings.Join(missing, "\n") + "\n")})
}

func exists(tree *folder.Folder, name string) bool {
	_, err := fs.Lstat(tree.FS(), name)
	return err == nil
}

// inRepository reports whether dir is in the working tree of a git repository.
func inRepository(dir string) bool {
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return err == nil
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

func initialText(name string) string {
	text, err := initial.ReadFile("files/" + name)
	if err != nil {
		panic(err) // the embedded file is there or the binary is broken
	}
	return string(text)
}
