// Package function is the kind of functions, window functions among them.
package function

import (
	_ "embed"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/routine"
)

//go:embed list.sql
var list string

// Kind returns the kind "function".
func Kind() *catalog.Kind {
	return routine.Kind("function", list, []string{"pg_proc f", "pg_proc w"}, "arguments", "returns", "language", "transforms", "window", "volatility", "strict",
		"leakproof", "security_definer", "parallel", "cost", "rows", "support", "config", "body", "library", "atomic", "depends")
}
