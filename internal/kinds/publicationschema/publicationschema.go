// Package publicationschema is the kind of the schemas all tables of which publications publish.
package publicationschema

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "publication_schema".
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "publication_schema", List: list, Rows: []string{"pg_publication"}, Has: "pg_catalog.pg_publication_namespace",
		Inline: func(_ *catalog.Context, o *catalog.Object, _ []string) string { return name(o) },
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement { return alter(o, "ADD") },
		Drop:   func(_ *catalog.Context, o *catalog.Object) []catalog.Statement { return alter(o, "DROP") },
		Needs:  func(o *catalog.Object) []catalog.ID { return []catalog.ID{catalog.SchemaID(o.Name())} },
	}
}

func name(o *catalog.Object) string { return sqltext.Format("TABLES IN SCHEMA %I", o.Name()) }

func alter(o *catalog.Object, word string) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER PUBLICATION %I %s %s", o.Names[0], word, name(o)))
}
