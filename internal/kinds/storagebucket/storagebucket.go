// Package storagebucket is the kind of the buckets of Supabase's storage: rows that are schema in spirit.
package storagebucket

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "storage_bucket". Its name is the bucket's id.
func Kind() *catalog.Kind {
	kind := &catalog.Kind{
		Name: "storage_bucket", List: list, Has: "storage.buckets", Create: create, Drop: drop,
		Rules: map[string]catalog.Rule{},
		Needs: func(*catalog.Object) []catalog.ID {
			return []catalog.ID{{Kind: "table", Path: catalog.Path("storage", "buckets")}}
		},
	}
	for _, c := range columns {
		kind.Rules[c] = catalog.Alter(alter)
	}
	return kind
}

// columns are the attributes, in the order of the table.
var columns = []string{"name", "public", "avif_autodetection", "file_size_limit", "allowed_mime_types", "type"}

// value is that of a column, as SQL has it.
func value(o *catalog.Object, column string) string {
	switch column {
	case "name":
		if o.Attrs.Has(column) {
			break
		}
		return sqltext.Literal(o.Name())
	case "public", "avif_autodetection":
		return fmt.Sprint(o.Attrs.Bool(column))
	case "type":
		if !o.Attrs.Has(column) {
			return "'STANDARD'"
		}
	case "allowed_mime_types":
		if !o.Attrs.Has(column) {
			return "NULL"
		}
		var all []string
		for _, t := range o.Attrs.Texts(column) {
			all = append(all, sqltext.Literal(t))
		}
		return "ARRAY[" + strings.Join(all, ", ") + "]::text[]"
	case "file_size_limit":
		if !o.Attrs.Has(column) {
			return "NULL"
		}
		return o.Attrs.Text(column)
	}
	return sqltext.Literal(o.Attrs.Text(column))
}

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	names, values := []string{"id"}, []string{sqltext.Literal(o.Name())}
	for _, c := range columns {
		if o.Attrs.Has(c) || c == "name" {
			names = append(names, c)
			values = append(values, value(o, c))
		}
	}
	all := catalog.SQL(fmt.Sprintf("INSERT INTO storage.buckets (%s) VALUES (%s)", strings.Join(names, ", "), strings.Join(values, ", ")))
	return exposes(all, &catalog.Object{}, o)
}

func exposes(s []catalog.Statement, from, to *catalog.Object) []catalog.Statement {
	if from.Attrs.Bool("public") || !to.Attrs.Bool("public") {
		return s
	}
	return catalog.With(s, catalog.Hazard{
		Kind: catalog.Exposes, Text: fmt.Sprintf("whoever knows the address of a file in the bucket %s can read it", to.Name()),
	})
}

// alter is one statement for all that differs.
func alter(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	var set []string
	for _, c := range columns {
		if value(from, c) != value(to, c) {
			set = append(set, c+" = "+value(to, c))
		}
	}
	sql := sqltext.Format("UPDATE storage.buckets SET %s WHERE id = %L", strings.Join(set, ", "), to.Name())
	return exposes(catalog.SQL(sql), from, to)
}

// drop deletes the row, which storage allows to whom says so. It fails where the bucket holds something.
func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return []catalog.Statement{
		{SQL: "SET LOCAL storage.allow_delete_query = 'true'"},
		{SQL: sqltext.Format("DELETE FROM storage.buckets WHERE id = %L", o.Name()), Hazards: []catalog.Hazard{
			{Kind: catalog.Breaks, Text: fmt.Sprintf("fails where the bucket %s holds files: they are deleted by way of the Storage API", o.Name())},
		}},
		{SQL: "RESET storage.allow_delete_query"},
	}
}
