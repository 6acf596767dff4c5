package faulttest

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed fingerprint.sql
var fingerprintSQL string

// Inventory returns one line for everything that a migration can leave in the database, in a fixed order: for the
// message of a test whose fingerprints differ. Roles and their settings belong to the whole server. It wants a
// superuser on a direct connection, in no transaction, and reads one snapshot.
func Inventory(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("read the fingerprint: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	return read(ctx, tx)
}

// read lists what the transaction sees.
func read(ctx context.Context, tx pgx.Tx) ([]string, error) {
	// Names are printed relative to the search_path, and rows by settings that a role may have.
	if _, err := tx.Exec(ctx, "set local search_path = ''; set local row_security = off; set local datestyle = 'ISO'; set local timezone = 'UTC'; set local bytea_output = 'hex'"); err != nil {
		return nil, fmt.Errorf("read the fingerprint: %w", err)
	}
	rows, err := tx.Query(ctx, fingerprintSQL, pgx.QueryExecModeExec)
	if err != nil {
		return nil, fmt.Errorf("read the fingerprint: %w", err)
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var kind, name string
		var text *string
		if err := row.Scan(&kind, &name, &text); err != nil {
			return "", err
		}
		line := kind + " " + name
		if text != nil {
			line += ": " + strings.ReplaceAll(*text, "\n", `\n`)
		}
		return line, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the fingerprint: %w", err)
	}
	return lines, nil
}

// Fingerprint returns a hash of the whole database, catalog and rows (invariant I1): two databases with the same
// fingerprint are the same but for their migration history and the positions of sequences. Rows with the time or a
// random value in them differ from run to run: scenarios that are compared have none.
func Fingerprint(ctx context.Context, conn *pgx.Conn) (string, error) {
	lines, err := Inventory(ctx, conn)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:]), nil
}
