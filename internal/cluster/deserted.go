package cluster

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/pause"
)

// Desert ends all sessions in a database but ours, and waits until they are gone.
func Desert(ctx context.Context, conn *pgx.Conn, database string) error {
	_, err := conn.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()", database)
	if err != nil {
		return err
	}
	return Deserted(ctx, conn, database)
}

// Deserted waits until nobody is connected to a database. Those who have just left take a moment to be gone, and CREATE
// and DROP DATABASE, which want it empty, look only every 100 ms (Postgres source, CountOtherDBBackends). After as long it
// leaves the waiting to them.
func Deserted(ctx context.Context, conn *pgx.Conn, database string) error {
	for range 50 {
		var busy bool
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid())", database).Scan(&busy)
		if err != nil || !busy {
			return err
		}
		if err := pause.For(ctx, 2*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}
