package apply

import (
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
)

// Emulation makes a server of ours take what the platform's servers take. What is recorded stays the file's text.
type Emulation interface {
	// Statement returns the SQL that is sent in place of a statement and what is told of that, once it ran; "" and nil
	// where the statement is sent as it is.
	Statement(s migration.Statement) (sql string, note *finding.Finding)
	// Missing returns the SQL that makes what a refusal says is not there, such as an extension that a project enables in
	// its dashboard, and what is told of that; "" and nil where nothing is known to help.
	Missing(refusal *pgconn.PgError) (sql string, note *finding.Finding)
}
