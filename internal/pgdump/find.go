// Package pgdump asks pg_dump what a database consists of: a judge from outside, that shares no code with the catalog.
package pgdump

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/secret"
)

// Finder finds pg_dump on this machine.
type Finder struct {
	Environ []string // os.Environ()

	folders []string // patterns of folders to look into besides PATH; nil stands for installed
}

// Tool is a pg_dump.
type Tool struct {
	Path    string
	Major   int
	Version string // "15.18"

	environ []string
}

// installed are the folders of Debian's, Homebrew's and Postgres.app's installations.
var installed = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/opt/homebrew/opt/libpq/bin",
	"/usr/local/opt/postgresql@*/bin", "/usr/local/opt/libpq/bin", "/Applications/Postgres.app/Contents/Versions/*/bin",
}

// Find returns the pg_dump that can read a server of that major and is nearest to it: one reads servers of its own major
// and older ones. It returns nil where there is none, and why.
func (f *Finder) Find(ctx context.Context, major int) (_ *Tool, why string) {
	var best *Tool
	var tooOld []string
	for _, path := range f.candidates() {
		t := f.inspect(ctx, path)
		switch {
		case t == nil:
		case t.Major < major:
			tooOld = append(tooOld, t.Version)
		case t.Major == major:
			return t, ""
		case best == nil || t.Major < best.Major:
			best = t
		}
	}
	switch {
	case best != nil:
		return best, ""
	case len(tooOld) > 0:
		slices.Sort(tooOld)
		return nil, fmt.Sprintf("pg_dump %s does not read Postgres %d", strings.Join(slices.Compact(tooOld), ", "), major)
	}
	return nil, "there is no pg_dump on this machine"
}

// wrapper is what pg_dump on PATH is on Debian: it starts one of those that are installed, which are looked at anyway.
const wrapper = "pg_wrapper"

// candidates are the paths at which there is a pg_dump. Those of installations come before what PATH has: a program
// there may be one that chooses between them.
func (f *Finder) candidates() []string {
	patterns := f.folders
	if patterns == nil {
		patterns = installed
	}
	var all []string
	add := func(folder string) {
		path := filepath.Join(folder, "pg_dump")
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 || slices.Contains(all, path) {
			return
		}
		if real, err := filepath.EvalSymlinks(path); err == nil && filepath.Base(real) != wrapper {
			all = append(all, path)
		}
	}
	for _, pattern := range patterns {
		folders, _ := filepath.Glob(pattern) // the patterns are ours, and well formed
		for _, folder := range folders {
			add(folder)
		}
	}
	for folder := range strings.SplitSeq(variable(f.Environ, "PATH"), string(os.PathListSeparator)) {
		if filepath.IsAbs(folder) { // a relative entry would run whatever the present folder holds
			add(folder)
		}
	}
	return all
}

// versioned is what pg_dump --version prints, with what a vendor adds.
var versioned = regexp.MustCompile(`^pg_dump \(PostgreSQL\) (\d+)(\.\d+)?`)

// inspect asks a program which pg_dump it is; nil where it is none that runs.
func (f *Finder) inspect(ctx context.Context, path string) *Tool {
	text, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil
	}
	m := versioned.FindSubmatch(text)
	if m == nil {
		return nil
	}
	major, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return nil
	}
	return &Tool{Path: path, Major: major, Version: string(m[1]) + string(m[2]), environ: f.Environ}
}

// variable returns an environment variable, the last of its name.
func variable(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// Schema dumps the schema of the database at a URL: a postgres:// URL or a keyword/value string. options are pg_dump's
// own, besides. What it says when it fails is the error.
func (t *Tool) Schema(ctx context.Context, url secret.String, options ...string) (*Dump, error) {
	address, password := parted(url.Reveal())
	args := append([]string{"--schema-only", "--no-password", "--dbname=" + address}, options...)
	cmd := exec.CommandContext(ctx, t.Path, args...)
	cmd.Env = slices.DeleteFunc(slices.Clone(t.environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains([]string{"PGOPTIONS", "PGCLIENTENCODING", "PGCLUSTER", "LC_ALL", "LANGUAGE"}, name) || password != "" && name == "PGPASSWORD"
	})
	cmd.Env = append(cmd.Env, "PGCLIENTENCODING=UTF8", "LC_ALL=C")
	if password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	text, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("pg_dump %s: %s", t.Version, cmp.Or(strings.TrimSpace(complaint.String()), err.Error()))
	}
	return Read(string(text))
}
