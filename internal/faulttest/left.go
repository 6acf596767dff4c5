package faulttest

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed left.sql
var leftSQL string

// Grace is how long a run's sessions and locks may outlive it (invariant I4).
const Grace = 5 * time.Second

// Left waits until no run of cairn has a session, an advisory lock or a prepared transaction in the database of conn,
// and returns an error that lists those that are still there after within (invariant I4 gives the Grace). Behind a
// pooler a session keeps the name of whoever used it last: with pooled, those that idle do not count.
func Left(ctx context.Context, conn *pgx.Conn, within time.Duration, pooled bool) error {
	for deadline := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		rows, err := conn.Query(ctx, leftSQL, pooled)
		if err != nil {
			return fmt.Errorf("look for what is left: %w", err)
		}
		left, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("look for what is left: %w", err)
		}
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("left after %s: %s", within, strings.Join(left, "; "))
		}
	}
}

// InvalidIndexes returns the names of the indexes that a failed build left INVALID (invariant I5).
func InvalidIndexes(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, "select indexrelid::regclass::text from pg_index where not indisvalid or not indisready or not indislive order by 1")
	if err != nil {
		return nil, fmt.Errorf("look for invalid indexes: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
