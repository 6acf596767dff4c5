package project

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// SchemaFile is one file of the declarative schema.
type SchemaFile struct {
	Name string // relative to the root, with slashes: "supabase/schemas/public/tables/events.sql"
	Data []byte
}

// Schemas is the folder that the declarative schema is kept in, relative to the root.
func (p *Project) Schemas() string { return path.Join(p.Home, "schemas") }

// SchemaFiles reads the files of the declarative schema: those that db.migrations.schema_paths names, in that order, where
// a folder stands for all that is in it; else all below Schemas, sorted by name. chosen says whether it was the
// configuration that named them.
func (p *Project) SchemaFiles() (files []SchemaFile, chosen bool, err error) {
	tree, err := folder.Open(p.Root)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = tree.Close() }()
	patterns := p.Config.DB.Migrations.SchemaPaths
	if chosen = len(patterns) > 0; !chosen {
		patterns = []string{"schemas"}
	}
	var names []string
	for _, pattern := range patterns {
		found, err := p.glob(tree, pattern)
		if err != nil {
			return nil, chosen, err
		}
		for _, name := range found {
			if names, err = below(tree, name, names); err != nil {
				return nil, chosen, err
			}
		}
	}
	for _, name := range names {
		data, err := tree.Read(name, schemaLimit)
		if err != nil {
			return nil, chosen, err
		}
		files = append(files, SchemaFile{Name: name, Data: data})
	}
	return files, chosen, nil
}

// schemaLimit is the largest file of a schema that we read, in bytes.
const schemaLimit = 64 << 20

// below adds a file, or the .sql files below a folder, to names, each once.
func below(tree *folder.Folder, name string, names []string) ([]string, error) {
	err := fs.WalkDir(tree.FS(), name, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return &finding.Finding{
				Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
				Message: "cannot read " + folder.Shown(at) + ": " + err.Error(),
			}
		case d.IsDir() || at != name && !strings.HasSuffix(at, ".sql") || folder.IsTemp(at) || slices.Contains(names, at):
			return nil
		}
		names = append(names, at)
		return nil
	})
	return names, err
}
