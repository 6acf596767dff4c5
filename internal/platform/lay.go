package platform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
)

// Lay makes the platform in the database postgres of a new cluster. The connection must be the Superuser's and outside
// a transaction; all or nothing stays. A server that lacks an extension gives a *finding.Finding; any other error is
// the connection's, or a mistake in our SQL.
//
// Settings made for the database alone (app.settings.*) are not part of copies made with CREATE DATABASE … TEMPLATE.
func (b Baseline) Lay(ctx context.Context, conn *pgconn.PgConn) error {
	if major := major(conn.ParameterStatus("server_version")); major != b.Major || major < 15 {
		return fmt.Errorf("lay the platform: the baseline is for Postgres %d, the server is %d, the oldest possible is 15",
			b.Major, major)
	}
	if err := run(ctx, conn, "BEGIN"); err != nil {
		return fmt.Errorf("lay the platform: %w", err)
	}
	extensions, err := available(ctx, conn)
	if err != nil {
		rollback(ctx, conn)
		return fmt.Errorf("lay the platform: %w", err)
	}
	for _, f := range b.files(func(name string) bool { return slices.Contains(extensions, name) }) {
		if err := run(ctx, conn, f.Text); err != nil {
			rollback(ctx, conn)
			return failed(b.Major, f, err)
		}
	}
	if err := run(ctx, conn, "COMMIT"); err != nil {
		return fmt.Errorf("lay the platform: %w", err)
	}
	return nil
}

// LayURL is Lay over a connection of its own, in the form that cluster.Template wants.
func (b Baseline) LayURL(ctx context.Context, url string) error {
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("lay the platform: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return b.Lay(ctx, conn)
}

// available returns the names of the extensions that the server could create.
func available(ctx context.Context, conn *pgconn.PgConn) ([]string, error) {
	results, err := conn.Exec(ctx, "SELECT name FROM pg_available_extensions").ReadAll()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, row := range results[0].Rows {
		names = append(names, string(row[0]))
	}
	return names, nil
}

// run sends sql, which may be many statements, in one message.
func run(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	return conn.Exec(ctx, sql).Close()
}

// rollback leaves the connection usable where it still lives; ctx may be over already.
func rollback(ctx context.Context, conn *pgconn.PgConn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = run(ctx, conn, "ROLLBACK") // what matters is the error before this one
}

// failed says which line of f the server refused, and which extension it lacks where that is the cause.
func failed(major int, f *source.File, err error) error {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return fmt.Errorf("lay the platform: %s: %w", f.Name, err)
	}
	if f.Name == "extensions.sql" && pg.Code == featureNotSupported {
		return &finding.Finding{
			Code: finding.NoPostgres, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("this Postgres %d lacks an extension that every Supabase project holds", major),
			Detail:  pg.Message,
			Hint: "install the contrib modules beside it (Red Hat: postgresql-contrib), or unset CAIRN_POSTGRES " +
				"so that cairn takes a Postgres that has them",
			Cause: err,
		}
	}
	return fmt.Errorf("lay the platform: %s: %w", f.Whole().Char(int(pg.Position)), err)
}

// featureNotSupported is the SQLSTATE of CREATE EXTENSION where the server has no such extension.
const featureNotSupported = "0A000"

// major returns 17 for "17.10 (Debian 17.10-1)" and "17beta1", 0 for what is no version.
func major(version string) int {
	digits := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		digits = len(version)
	}
	n, _ := strconv.Atoi(version[:digits])
	return n
}
