// Package project finds a project on disk and reads what it says about itself: config.toml, .env files, the folders
// of migrations and rollbacks, the seed files, and the connection strings that people give.
package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// The two places of a configuration. A project has one of them, or none.
const (
	supabaseConfig = "supabase/config.toml"
	plainConfig    = "cairn.toml" // for plain Postgres, which needs no supabase folder
)

// Options say where to look for a project.
type Options struct {
	Workdir string                   // --workdir: the root, exactly as given; "" goes by SUPABASE_WORKDIR, then searches
	Cwd     string                   // absolute path of the folder where the search begins
	Dir     string                   // --dir: the migrations folder, relative to Cwd; "" goes by the configuration
	Getenv  func(name string) string // the process's environment; nil is an empty one
	Gone    bool                     // a root that was named need not be there any more
}

// Project is a root folder with what was found in it.
type Project struct {
	Root       string // absolute
	ConfigFile string // "supabase/config.toml" or "cairn.toml", relative to Root; "" where there is none
	Home       string // the folder that relative paths of the configuration start from, relative to Root: "supabase" or "."
	Migrations string // absolute path of the migrations folder, which may not exist yet
	Rollbacks  string // absolute path of the folder of down files, which need not exist
	Moved      bool   // Root was found above Cwd
	Gone       bool   // Root was named and is not there: nothing was read
	Env        *Env
	Config     *Config
	Findings   []*finding.Finding // warnings and notes that end nothing

	reader *reader
}

// Open finds the project and reads its configuration. Where there is no configuration the project is Cwd with the
// defaults. Its error is a *finding.Finding with exit Usage, or several of them joined.
func Open(o Options) (*Project, error) {
	getenv := o.Getenv
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	p := &Project{}
	if err := p.find(o, getenv); err != nil {
		return nil, err
	}
	err := p.read(getenv)
	if err != nil {
		return nil, err
	}
	if p.Config, err = p.reader.config(); err != nil {
		return nil, err
	}
	return p, p.folders(o)
}

// read reads the .env files and the configuration.
func (p *Project) read(getenv func(string) string) (err error) {
	if p.Gone {
		p.Env = &Env{getenv: getenv}
		p.reader, err = readConfig(nil, "", p.Env)
		return err
	}
	tree, err := folder.Open(p.Root)
	if err != nil {
		return err
	}
	defer tree.Close()
	if p.Env, err = readEnv(tree, p.Home, getenv); err != nil {
		return err
	}
	p.Findings = append(p.Findings, p.Env.findings...)
	p.reader, err = readConfig(tree, p.ConfigFile, p.Env)
	return err
}

// find sets Root, ConfigFile and Home.
func (p *Project) find(o Options, getenv func(string) string) error {
	workdir, by := o.Workdir, "--workdir"
	if workdir == "" {
		workdir, by = getenv("SUPABASE_WORKDIR"), "SUPABASE_WORKDIR"
	}
	if workdir != "" {
		if !filepath.IsAbs(workdir) {
			workdir = filepath.Join(o.Cwd, workdir)
		}
		info, err := os.Stat(workdir)
		if p.Gone = o.Gone && errors.Is(err, fs.ErrNotExist); !p.Gone && (err != nil || !info.IsDir()) {
			return &finding.Finding{
				Code: finding.NoProject, Severity: finding.Error, Exit: finding.Usage, Cause: err,
				Message: fmt.Sprintf("%s names %s, which is no folder", by, folder.Shown(workdir)),
				Hint:    "name the folder that holds supabase/",
			}
		}
		p.Root = filepath.Clean(workdir)
		return p.configIn(p.Root)
	}
	for dir := o.Cwd; ; dir = filepath.Dir(dir) {
		if err := p.configIn(dir); err != nil && dir == o.Cwd {
			return err // further up it is not ours to mind what cannot be read
		}
		if p.ConfigFile != "" {
			p.Root, p.Moved = dir, dir != o.Cwd
			return nil
		}
		if dir == filepath.Dir(dir) {
			p.Root = o.Cwd
			return nil
		}
	}
}

// configIn looks for a configuration in dir.
func (p *Project) configIn(dir string) error {
	p.ConfigFile, p.Home = "", "supabase"
	for _, name := range []string{supabaseConfig, plainConfig} {
		_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist) || notAFolder(err):
		case err != nil:
			return &finding.Finding{
				Code: finding.BadConfig, Severity: finding.Error, Exit: finding.Usage, Cause: err,
				Message: fmt.Sprintf("cannot read %s in %s: %v", name, folder.Shown(dir), errors.Unwrap(err)),
			}
		case p.ConfigFile == "":
			p.ConfigFile = name
			if name == plainConfig {
				p.Home = "."
			}
		default:
			p.Findings = append(p.Findings, &finding.Finding{
				Code: finding.BadConfig, Severity: finding.Warning,
				Message: plainConfig + " is not read, since there is " + supabaseConfig,
				Hint:    "move its settings there and remove it",
			})
		}
	}
	if p.ConfigFile == "" {
		p.noteJSON(dir)
	}
	return nil
}

// noteJSON tells of a configuration in a form that we do not read.
func (p *Project) noteJSON(dir string) {
	for _, name := range []string{"supabase/config.json", "supabase/config.jsonc"} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err == nil {
			p.Findings = append(p.Findings, &finding.Finding{
				Code: finding.BadConfig, Severity: finding.Warning,
				Message: filepath.ToSlash(filepath.Join(dir, name)) + " is not read: the configuration is " + supabaseConfig,
				Hint:    "write its settings as TOML; `cairn init` makes a file to start from",
			})
		}
	}
}

// folders sets Migrations and Rollbacks: what --dir says, then the configuration, then supabase/migrations, then a
// folder migrations where only that exists.
func (p *Project) folders(o Options) error {
	in := func(rel string) string { return filepath.Join(p.Root, filepath.FromSlash(rel)) }
	own := p.Config.Cairn
	switch {
	case o.Dir != "" && filepath.IsAbs(o.Dir):
		p.Migrations = filepath.Clean(o.Dir)
	case o.Dir != "":
		p.Migrations = filepath.Join(o.Cwd, o.Dir)
	case own.MigrationsDir != "":
		p.Migrations = in(own.MigrationsDir)
	default:
		p.Migrations = filepath.Join(in(p.Home), "migrations")
		if !isDir(p.Migrations) && isDir(in("migrations")) {
			p.Migrations = in("migrations")
		}
	}
	p.Rollbacks = filepath.Join(filepath.Dir(p.Migrations), "rollbacks")
	if own.RollbacksDir != "" {
		p.Rollbacks = in(own.RollbacksDir)
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// notAFolder reports whether err says that a part of a path is a file.
func notAFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
