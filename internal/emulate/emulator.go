package emulate

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
)

// serverSQL asks a server for what an Emulator goes by.
//
//go:embed server.sql
var serverSQL string

// Emulator says what is sent to a server of ours in place of a statement. It follows the statements that it is asked
// about, in the order they run; it is for one database and one goroutine.
type Emulator struct {
	extensions map[string]extension
	created    map[string]bool   // extensions that are there; false for those that a statement dropped
	parameters map[string]bool   // settings that somebody but superusers may set
	others     map[string]bool   // what belongs to the superuser and postgres may still change: "publication x", "function public.f"
	members    members           // functions of the extensions that are emulated
	functions  map[string]tuning // of the history, whose bodies give options to indexes of shims
	services   map[string]bool   // what the platform's services made in their schemas: "auth.users"
	platform   bool              // it can escalate: the platform was laid
	separate   bool              // it has a schema extensions
}

// extension is one that the server can create.
type extension struct {
	versions  []string
	superuser bool   // only a superuser may create it
	schema    string // where it has to be; "" where it may be anywhere
	limits    string // what a shim cannot do; "" for a real extension
}

// New returns an Emulator for the database that conn is connected to. The error is the connection's or the server's.
func New(ctx context.Context, conn *pgconn.PgConn) (*Emulator, error) {
	results, err := conn.Exec(ctx, serverSQL).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("ask the server for its extensions: %w", err)
	}
	if len(results) != 7 || len(results[6].Rows) != 1 {
		return nil, errors.New("ask the server for its extensions: not the answers expected")
	}
	e := &Emulator{
		extensions: map[string]extension{}, created: names(results[1]), parameters: names(results[2]),
		others: map[string]bool{}, members: members{named: map[string]string{}}, functions: map[string]tuning{}, services: names(results[4]),
		platform: string(results[6].Rows[0][0]) == "t", separate: string(results[6].Rows[0][1]) == "t",
	}
	for _, row := range results[0].Rows {
		name := string(row[0])
		x := e.extensions[name]
		x.versions = append(x.versions, string(row[1]))
		x.superuser, x.schema = string(row[2]) == "t", string(row[3])
		_, x.limits, _ = strings.Cut(string(row[4]), mark)
		e.extensions[name] = x
	}
	for name := range names(results[3]) {
		e.others["publication "+name] = true
	}
	for name := range e.Shims() {
		e.members.add(name)
	}
	for _, row := range results[5].Rows {
		e.remember(string(row[0]), string(row[1]))
	}
	return e, nil
}

// Open is New over a connection of its own to a server of ours. The error is a *finding.Finding.
func Open(ctx context.Context, url string) (*Emulator, error) {
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return nil, silent(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	e, err := New(ctx, conn)
	if err != nil {
		return nil, silent(err)
	}
	return e, nil
}

// silent is the finding for a server of ours that does not answer.
func silent(err error) error {
	return &finding.Finding{
		Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Failed, Cause: err,
		Message: "the server does not say which extensions it has", Detail: err.Error(),
	}
}

func names(result *pgconn.Result) map[string]bool {
	all := map[string]bool{}
	for _, row := range result.Rows {
		all[string(row[0])] = true
	}
	return all
}

// Shims returns the extensions that are emulated on the server, each with what it cannot do.
func (e *Emulator) Shims() map[string]string {
	all := map[string]string{}
	for name, x := range e.extensions {
		if x.limits != "" {
			all[name] = x.limits
		}
	}
	return all
}

// change is what becomes of a statement.
type change struct {
	sql      string           // what is sent in its place
	elevate  bool             // it is sent through the superuser's function
	code     finding.Code     // of the note
	severity finding.Severity // of the note
	message  string           // of the note
	details  []string         // of the note
	hint     string           // of the note
	wider    bool             // the platform would refuse it: a dump wrote it
	then     func(*Emulator)  // what is remembered of it
}

// Statement returns what is sent in place of a statement, "" where it is sent as it is, and what is told once it ran, nil
// where nothing is. What is recorded stays the file's text.
func (e *Emulator) Statement(s migration.Statement) (string, *finding.Finding) {
	text := s.Text()
	var c *change
	if body := sqltext.NewCursor(text); body.Take("DO") {
		c = e.block(text)
		for _, rule := range []func(string) *change{e.optionless, e.tuned} {
			c = c.and(rule(c.text(text)))
		}
	} else if c = e.one(text); c != nil && c.elevate {
		c.sql = "SELECT " + escalated(c.sql)
	}
	if c == nil {
		return e.passover(text, text), nil
	}
	if sql := e.passover(text, c.sql); sql != "" {
		c.sql = sql
	}
	at := s.Span
	if first := sqltext.NewCursor(text); !first.Done() {
		token, _ := first.Token()
		at = s.File.Span(s.Start+token.Start, s.End)
	}
	return c.sql, &finding.Finding{
		Code: c.code, Severity: c.severity, At: at, Message: c.message, Detail: strings.Join(c.details, "\n"), Hint: c.hint,
	}
}

// text is what is sent for a statement.
func (c *change) text(statement string) string {
	if c == nil {
		return statement
	}
	return c.sql
}

// and is the change that another one, which was made of its text, goes on with.
func (c *change) and(more *change) *change {
	if c == nil || more == nil {
		return cmp.Or(c, more)
	}
	c.sql = more.sql
	c.details = append(append(c.details, more.message), more.details...)
	return c
}

// one returns what becomes of a single statement, nil where nothing does.
func (e *Emulator) one(text string) *change {
	var c *change
	for _, rule := range []func(string) *change{e.createExtension, e.alterExtension, e.createIndex, e.alterIndex, e.escalate, e.refused, e.tuned} {
		if c = rule(text); c != nil {
			break
		}
	}
	if c == nil {
		return nil
	}
	if c.then != nil {
		c.then(e)
	}
	if c.elevate {
		switch {
		case c.wider:
			c.details = append(c.details, "on the platform only supabase_admin may do this: a dump wrote it, a push of it would be refused")
		default:
			c.details = append(c.details, "the platform lets postgres do this; it was done as supabase_admin here")
		}
	}
	return c
}

// escalated is a call that runs the statement as the superuser.
func escalated(sql string) string { return "pg_catalog.cairn_escalate(" + sqltext.Literal(sql) + ")" }

// emulated is the sentence that names a shim.
func (e *Emulator) emulated(name string) string {
	return fmt.Sprintf("%s is emulated here: %s", name, e.extensions[name].limits)
}

// privileged reports whether the platform has the extension created by its superuser for postgres.
func privileged(name string) bool {
	_, found := slices.BinarySearch(delegated, name)
	return found
}

// delegated are those extensions, sorted.
var delegated = []string{
	"address_standardizer", "address_standardizer_data_us", "autoinc", "bloom", "btree_gin", "btree_gist", "citext", "cube",
	"dblink", "dict_int", "dict_xsyn", "earthdistance", "fuzzystrmatch", "hstore", "http", "hypopg", "index_advisor",
	"insert_username", "intarray", "isn", "ltree", "moddatetime", "orioledb", "pg_buffercache", "pg_cron", "pg_graphql",
	"pg_hashids", "pg_jsonschema", "pg_net", "pg_prewarm", "pg_repack", "pg_stat_monitor", "pg_stat_statements", "pg_tle",
	"pg_trgm", "pg_walinspect", "pgaudit", "pgcrypto", "pgjwt", "pgmq", "pgroonga", "pgroonga_database", "pgrouting",
	"pgrowlocks", "pgsodium", "pgstattuple", "pgtap", "plcoffee", "pljava", "plls", "plpgsql_check", "plv8", "postgis",
	"postgis_raster", "postgis_sfcgal", "postgis_tiger_geocoder", "postgis_topology", "postgres_fdw", "refint", "rum", "seg",
	"sslinfo", "supabase-dbdev", "supabase_vault", "supautils", "tablefunc", "tcn", "timescaledb", "tsm_system_rows",
	"tsm_system_time", "unaccent", "uuid-ossp", "vector", "wrappers",
}
