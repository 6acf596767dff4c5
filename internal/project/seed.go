package project

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// seedLimit is the largest seed file we read, in bytes.
const seedLimit = 1 << 30

// SeedFile is one seed file, read once: the bytes that run are the bytes that were hashed.
type SeedFile struct {
	Name string // as it is recorded: relative to the root, with slashes, "supabase/seed.sql"
	Path string // absolute
	Data []byte
	Hash string // SHA-256 of Data in lower-case hex
}

// SeedFiles expands db.seed.sql_paths, or the patterns given in its place (--sql-paths), as the Supabase CLI does:
// the files of each pattern sorted, in the order of the patterns, each file once. A pattern that matches nothing is
// a finding beside the files. The error is a *finding.Finding with exit Usage.
func (p *Project) SeedFiles(patterns ...string) ([]SeedFile, []*finding.Finding, error) {
	asked := len(patterns) > 0
	if !asked {
		patterns = p.Config.DB.Seed.SQLPaths
	}
	tree, err := folder.Open(p.Root)
	if err != nil {
		return nil, nil, err
	}
	defer tree.Close()
	var files []SeedFile
	var findings []*finding.Finding
	seen := map[string]bool{}
	for _, pattern := range patterns {
		names, err := p.glob(tree, pattern)
		if err != nil {
			return nil, nil, err
		}
		if len(names) == 0 {
			findings = append(findings, p.noSeed(pattern, asked))
		}
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			data, err := tree.Read(name, seedLimit)
			if err != nil {
				return nil, nil, err
			}
			sum := sha256.Sum256(data)
			files = append(files, SeedFile{
				Name: name, Path: filepath.Join(p.Root, filepath.FromSlash(name)),
				Data: data, Hash: hex.EncodeToString(sum[:]),
			})
		}
	}
	return files, findings, nil
}

// glob returns the files of one pattern relative to the root. A name that exists is taken as it stands, so that
// brackets in it need no escape.
func (p *Project) glob(tree *folder.Folder, pattern string) ([]string, error) {
	within := path.Join(p.Home, filepath.ToSlash(pattern))
	if filepath.IsAbs(pattern) {
		rel, ok := tree.Within(filepath.Clean(pattern))
		if !ok {
			rel = "../"
		}
		within = rel
	}
	if !fs.ValidPath(within) {
		return nil, p.seedProblem(finding.OutsideProject, "the seed pattern "+folder.Shown(pattern)+" leads out of the project",
			"patterns start from "+p.Home+"/ and stay inside the project")
	}
	if _, err := fs.Lstat(tree.FS(), within); err == nil {
		return []string{within}, nil
	}
	names, err := fs.Glob(tree.FS(), within)
	if errors.Is(err, path.ErrBadPattern) {
		return nil, p.seedProblem(finding.BadConfig, "the seed pattern "+folder.Shown(pattern)+" is malformed",
			`a "[" opens a set of characters that "]" closes; write \[ for the character itself`)
	}
	slices.Sort(names)
	return names, nil
}

func (p *Project) noSeed(pattern string, asked bool) *finding.Finding {
	f := p.seedProblem(finding.NoSeedFiles, "no files matched pattern: "+folder.Shown(path.Join(p.Home, pattern)), "")
	f.Exit, f.Severity = finding.OK, finding.Warning
	if strings.Contains(pattern, "**") {
		f.Hint = "** is the same as * here; write one pattern for each level of folders"
	}
	if _, set := p.reader.get("db.seed.sql_paths"); !asked && !set {
		f.Severity = finding.Note // the default, which nobody asked for
	}
	return f
}

func (p *Project) seedProblem(code finding.Code, message, hint string) *finding.Finding {
	return &finding.Finding{
		Code: code, Severity: finding.Error, Exit: finding.Usage, At: p.reader.at("db.seed.sql_paths"),
		Message: message, Hint: hint,
	}
}
