// Package declarative keeps a schema as files that say what there shall be, one for each object:
//
//	public/schema.sql                    the schema: its owner, grants, comment, what is granted by default in it
//	public/tables/events.sql             a table with its columns, constraints, indexes, policies, triggers, grants, comments
//	public/views/…, functions/…, types/… and so on; functions of one name share a file
//	_database/extensions/pg_trgm.sql     what is in no schema
//
// They can be loaded in any order in which default privileges come last; see Load.
package declarative

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/planner"
)

// File is one file of a schema: its name within the folder, with slashes, and its text.
type File struct {
	Name, Text string
}

// database is the folder of what is in no schema.
const database = "_database"

// together are the kinds whose objects share a file: each by itself says little.
var together = map[string]string{
	"default_privilege": "default_privileges.sql", "cron_job": "cron_jobs.sql", "cast": "casts.sql", "transform": "transforms.sql", "user_mapping": "user_mappings.sql",
}

// folders are the folders of kinds that are not called after the kind.
var folders = map[string]string{
	"enum": "types", "domain": "types", "composite": "types", "range": "types", "type": "types", "base_type": "types", "shell_type": "types",
	"statistics": "statistics", "procedure": "functions", "aggregate": "functions", "window_function": "functions",
}

// Files parts a plan that makes everything into files. What makes one object, and what is on it, stands in one file in the
// order of the plan.
func Files(plan *planner.Plan, from, to *catalog.Catalog) []File {
	steps := map[string][]planner.Step{}
	for _, step := range plan.Steps {
		o := to.Objects[step.Group]
		if o == nil {
			o = from.Objects[step.Group]
		}
		name := nameOf(o)
		steps[name] = append(steps[name], step)
	}
	all := make([]File, 0, len(steps))
	for name, some := range steps {
		var b strings.Builder
		dump.Statements(&b, &planner.Plan{Steps: some}, false, false)
		all = append(all, File{Name: name, Text: strings.TrimPrefix(b.String(), "\n")})
	}
	order := NewOrder()
	slices.SortFunc(all, func(a, b File) int { return order.Compare(a.Name, b.Name) })
	return all
}

// nameOf is the file of an object.
func nameOf(o *catalog.Object) string {
	schema := database
	switch root := rootOf(o); {
	case root.Kind == "schema":
		schema = segment(root.Name())
	case root.Info.Has("schema") && together[o.Kind] != "":
		schema = segment(root.Info.Text("schema"))
	}
	if o.Kind == "schema" {
		return path.Join(schema, "schema.sql")
	}
	if file := together[o.Kind]; file != "" {
		return path.Join(schema, file)
	}
	name, _, _ := strings.Cut(o.Name(), "(") // a function without its arguments
	return path.Join(schema, folder(o.Kind), segment(cmp.Or(name, o.Name()))+".sql")
}

func rootOf(o *catalog.Object) *catalog.Object {
	for up := o.Up(); up != nil; up = o.Up() {
		o = up
	}
	return o
}

func folder(kind string) string {
	if f := folders[kind]; f != "" {
		return f
	}
	switch {
	case strings.HasSuffix(kind, "y"):
		return strings.TrimSuffix(kind, "y") + "ies"
	case strings.HasSuffix(kind, "s"), strings.HasSuffix(kind, "x"):
		return kind + "es"
	}
	return kind + "s"
}

// segment is a name as a file's: in lower case, since some file systems know no other, and with what is no letter, digit,
// "_", "-" or "." as %XX. Names that come to the same share a file.
func segment(name string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(name)) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-', c == '.' && b.Len() > 0, c >= 0x80:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	if b.Len() <= longest {
		return b.String()
	}
	sum := sha256.Sum256([]byte(name))
	return strings.ToValidUTF8(b.String()[:longest-9], "") + "-" + hex.EncodeToString(sum[:4])
}

// longest is how many bytes of a name go into a file's: file systems take 255.
const longest = 200

// IsOne reports whether a file of that name could be one that Files makes.
func IsOne(name string) bool {
	parts := strings.Split(name, "/")
	if !strings.HasSuffix(name, ".sql") || len(parts) < 2 || len(parts) > 3 {
		return false
	}
	if len(parts) == 2 {
		return parts[1] == "schema.sql" || slices.ContainsFunc(kinds.All(), func(k *catalog.Kind) bool { return together[k.Name] == parts[1] })
	}
	return slices.ContainsFunc(kinds.All(), func(k *catalog.Kind) bool { return k.Name != "schema" && folder(k.Name) == parts[1] })
}

// SchemaOf is the schema's part of a file's name.
func SchemaOf(name string) string {
	schema, _, _ := strings.Cut(name, "/")
	return schema
}

// SchemaFolder is the folder of a schema.
func SchemaFolder(schema string) string { return segment(schema) }

// Order is that in which files are loaded: by what is in them, as pg_dump orders kinds, then by name. Files of other
// layouts come last.
type Order struct {
	files, folders map[string]int // the rank of what stands in a file of this name, in a folder of this name
	last           int
}

// NewOrder returns the order.
func NewOrder() Order {
	all := kinds.All()
	o := Order{files: map[string]int{}, folders: map[string]int{}, last: len(all)}
	for i, k := range slices.Backward(all) { // of kinds that share a folder the first counts
		switch {
		case k.Name == "schema":
			o.files["schema.sql"] = i
		case together[k.Name] != "":
			o.files[together[k.Name]] = i
		default:
			o.folders[folder(k.Name)] = i
		}
	}
	return o
}

// Compare compares the names of two files.
func (o Order) Compare(a, b string) int {
	return cmp.Or(cmp.Compare(o.rank(a), o.rank(b)), strings.Compare(a, b))
}

func (o Order) rank(name string) int {
	parts := strings.Split(name, "/")
	rank, ok := o.last, false
	switch len(parts) {
	case 2:
		rank, ok = o.files[parts[1]]
	case 3:
		rank, ok = o.folders[parts[1]]
	}
	if !ok {
		return o.last
	}
	return rank
}
