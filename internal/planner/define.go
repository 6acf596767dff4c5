package planner

import (
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
)

// Define returns the SQL that makes an object, without its parts; of one that no statement of its own makes, its
// attributes.
func Define(o *catalog.Object) string {
	k := o.In().Kind(o.Kind)
	alone := func(catalog.ID) bool { return false }
	c := &catalog.Context{Server: o.In().Server, Role: o.In().Role, From: o.In(), To: o.In(), Makes: alone}
	var all []catalog.Statement
	if k.Create != nil {
		all = k.Create(c, o, nil)
	}
	if k.Finish != nil {
		all = append(all, k.Finish(c, o)...)
	}
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = s.SQL
	}
	if len(texts) == 0 {
		return o.Attrs.String()
	}
	return strings.Join(texts, ";\n")
}

// Group is the object that an object is part of in the end: the table of a column's default.
func Group(o *catalog.Object) *catalog.Object { return group(o) }
