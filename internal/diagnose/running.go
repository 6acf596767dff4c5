package diagnose

// runningAdvice is about transactions, waiting, resources and the server's own state.
var runningAdvice = map[string]func(scene) string{
	"55P04": always("A new enum value cannot be used in the transaction that adds it: put ALTER TYPE … ADD VALUE into a migration of its own, with a lower version, and use the value in this one."),
	"25001": outsideOnly,
	"25P01": always("This runs only inside a transaction: put it between BEGIN; and COMMIT; in the file, or leave the statement that runs alone (CONCURRENTLY, VACUUM) to a file of its own."),
	"25P02": always("An earlier statement of this transaction failed; that one is the cause."),
	"25P03": always("The session idled in a transaction for longer than idle_in_transaction_session_timeout allows: run again, or raise it for the role that pushes."),
	"25P04": always("The transaction took longer than transaction_timeout allows: raise it for the role that pushes, or part the migration."),
	"25007": always("Schema and data statements are mixed where they may not be: put them into files of their own."),
	"2D000": always("COMMIT and ROLLBACK have no place in a function or DO block that runs inside a transaction: cairn makes one transaction of each file. Part the work into several files."),
	"2D522": always("COMMIT and ROLLBACK have no place here."),
	"3B001": always("The savepoint is not there: SAVEPOINT and ROLLBACK TO must stand in the same transaction."),
	"57014": canceled,
	"55P03": always("Another session holds a lock on the table: an application's open transaction, a backup, autovacuum against wraparound. Run again when it is gone, or raise --lock-timeout. The transaction was rolled back."),
	"40P01": always("Two sessions waited for each other and Postgres ended this one; nothing of it was kept. Run again; if it happens each time, take the tables in the order in which the application does."),
	"40001": always("Another transaction changed the same rows; nothing of this one was kept. Run again."),
	"40003": always("Whether the statement was completed is not known: look at the history before running again."),
	"53100": always("The server's disk is full: free space or enlarge the disk, then run again; the transaction was rolled back. A rewrite (ALTER COLUMN … TYPE, a new index) needs room for a second copy of the table."),
	"53200": always("The server ran out of memory or of lock slots: part the migration into smaller files, or raise max_locks_per_transaction for one that touches thousands of tables."),
	"53300": always("The server has no connection left: close idle ones or use the pooler, then run again."),
	"53400": always("A limit of the server's configuration: temp_file_limit or its like. Raise it for the role that pushes."),
	"57P01": always("An administrator, a restart or a fail-over ended the session; what was not committed is rolled back. Run again."),
	"57P02": always("The server restarts after a crash of one of its processes; what was not committed is rolled back. Run again in a moment."),
	"57P03": always("The server is starting up or shutting down: run again in a moment."),
	"57P04": always("The database was dropped while we were connected to it."),
	"57P05": always("The session idled for longer than idle_session_timeout allows: run again."),
	"08P01": always("Client and server, or a pooler between them, do not agree about the protocol. Through a pooler: SET in the connection's options is not allowed; use the session port (5432)."),
	"08000": always(connectionGone),
	"08003": always(connectionGone),
	"08006": always(connectionGone),
	"XX000": internalError,
	"XX001": always(damaged),
	"XX002": always(damaged),
	"58030": always("The server could not read or write its files: look into its log and at its disk."),
}

const (
	connectionGone = "The connection was lost; run again. What was under way is rolled back unless the run says otherwise."
	damaged        = "The server found damaged data. Stop changing this database, and restore or REINDEX with the help of whoever runs it."
)

func outsideOnly(s scene) string {
	if s.words.has("isolation level") {
		return "SET TRANSACTION must come before any query: write BEGIN ISOLATION LEVEL … at the top of the file instead."
	}
	return "This runs only outside a transaction: give it a file of its own, or take the BEGIN … COMMIT around it away. Inside a DO block or function it cannot run at all."
}

func canceled(s scene) string {
	return "The statement was stopped: by statement_timeout (a role's or the platform's default, 8 s for authenticated and 2 min for postgres on Supabase), or by a person. " +
		"Write SET LOCAL statement_timeout = '15min'; at the top of the file, or part the work. Through the API long statements end early: push directly."
}

func internalError(s scene) string {
	if s.words.starts("drop") || s.words.starts("alter") || s.words.starts("create") || s.words.starts("grant") || s.words.starts("revoke") {
		return "Another session changed the same object at the same moment, or the server has a bug: run again; if it stays, look into the server's log."
	}
	return "The server met a state that it did not expect: run again; if it stays, look into its log. Behind a pooler the text names the pooler's own error."
}
