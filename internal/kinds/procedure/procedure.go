// Package procedure is the kind of procedures.
package procedure

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/routine"
)

//go:embed list.sql
var list string

// Kind returns the kind "procedure".
func Kind() *catalog.Kind {
	return routine.Kind("procedure", list, []string{"pg_proc p"}, "arguments", "language", "transforms", "security_definer", "config", "body", "library", "atomic", "depends")
}
