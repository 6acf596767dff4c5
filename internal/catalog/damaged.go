package catalog

import (
	"context"
	_ "embed"
	"regexp"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed damaged.sql
var damagedSQL string

// ListError says at which kind of objects a catalog could not be read.
type ListError struct {
	Kind *Kind
	Err  error // the session's
}

// Error is that of the session.
func (e *ListError) Error() string { return "list " + e.Kind.Name + ": " + e.Err.Error() }

// Unwrap returns the session's error.
func (e *ListError) Unwrap() error { return e.Err }

// missing is how Postgres says that a row of a system catalog, which another one names, is not there.
var missing = regexp.MustCompile(`(?:cache lookup failed for|could not find) .*?(\d+)$`)

// Damaged returns the names of what refers to the object that a server's message says is not there: what cannot be read as
// long as that is so. It is empty where the message says nothing of the kind. The error is the session's.
func Damaged(ctx context.Context, s target.Session, message string) ([]string, error) {
	part := missing.FindStringSubmatch(message)
	if part == nil {
		return nil, nil
	}
	rows, err := target.Rows(ctx, s, damagedSQL, target.Text(part[1]))
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = string(row[0])
	}
	return names, err
}
