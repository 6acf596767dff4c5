package fidelity

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
)

// Dump is a schema dump in plain SQL, as `pg_dump --schema-only` or `supabase db dump` writes it.
type Dump struct {
	File *source.File

	failed  []*finding.Finding
	created map[string]bool // roles that the dump names
	lost    []Fact          // extensions that the server could not create
}

// Failed are the statements that the server refused, each a warning at its place in the dump.
func (d *Dump) Failed() []*finding.Finding { return d.failed }

// fromVersion is the line that pg_dump says the server's version in.
var fromVersion = regexp.MustCompile(`(?m)^-- Dumped from database version (\d+)`)

// Major returns the major of the server that was dumped, 0 where the dump does not say so.
func (d *Dump) Major() int {
	m := fromVersion.FindStringSubmatch(d.File.Text)
	if m == nil {
		return 0
	}
	major, _ := strconv.Atoi(m[1])
	return major
}

// Restore runs the dump, statement by statement, in the session's database: that of a bare server, as its superuser.
// The roles that it names are created first. A statement that fails is noted, and the next one run; rows are left out.
// The error is context.Canceled, or a *finding.Finding where the dump cannot be read or the server went away.
func (d *Dump) Restore(ctx context.Context, s target.Session) error {
	text, pieces, err := d.pieces()
	if err != nil {
		return err
	}
	d.created = map[string]bool{}
	for _, p := range pieces {
		for _, role := range named(text[p.First:p.To]) {
			if err := d.create(ctx, s, role); err != nil {
				return d.broken(ctx, err, d.File.Span(p.First, p.To))
			}
		}
	}
	for _, p := range pieces {
		statement := text[p.First:p.To]
		if word := sqltext.Words(statement, 1); p.IsEmpty() || slices.Contains(word, "COPY") || slices.Contains(word, "INSERT") {
			continue
		}
		no, err := d.run(ctx, s, statement)
		if err != nil {
			return d.broken(ctx, err, d.File.Span(p.First, p.To))
		}
		if no == nil || d.harmless(no, statement) {
			continue
		}
		f := diagnose.Statement(no.PG, d.File.Span(p.First, p.To))
		f.Severity, f.Exit = finding.Warning, finding.OK
		f.Hint = "what it makes is missing in the comparison"
		d.failed = append(d.failed, f)
		if lost, ok := extension(statement); ok {
			d.lost = append(d.lost, lost)
		}
	}
	for _, end := range []string{"commit", "reset session authorization", "reset role"} { // whatever the dump left behind
		if err := target.One(ctx, s, target.Step{SQL: end}); err != nil {
			return d.broken(ctx, err, d.File.Span(0, 0))
		}
	}
	return nil
}

// broken is the finding for a statement that the server did not answer.
func (d *Dump) broken(ctx context.Context, err error, at source.Span) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &finding.Finding{
		Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Failed, At: at, Cause: err,
		Message: "the throwaway server went away while this ran on it", Detail: err.Error(),
		Hint: "look in the dump for what ends sessions or crashes the server",
	}
}

// run runs a statement, and again for every role that it names and that is not there yet.
func (d *Dump) run(ctx context.Context, s target.Session, statement string) (*target.StatementError, error) {
	for {
		err := target.One(ctx, s, target.Step{SQL: statement})
		if err == nil {
			return nil, nil
		}
		refusal, ok := errors.AsType[*target.StatementError](err)
		if !ok {
			return nil, err
		}
		role := missingRole.FindStringSubmatch(refusal.PG.Message)
		if role == nil || d.created[role[1]] {
			return refusal, nil
		}
		if err := d.create(ctx, s, role[1]); err != nil {
			return nil, err
		}
	}
}

// create makes a role, unless the server has it or refuses its name.
func (d *Dump) create(ctx context.Context, s target.Session, role string) error {
	if d.created[role] {
		return nil
	}
	d.created[role] = true
	err := target.One(ctx, s, target.Step{SQL: sqltext.Format("CREATE ROLE %I", role)})
	if _, refused := errors.AsType[*target.StatementError](err); refused {
		return nil
	}
	return err
}

// named returns the roles that a statement names of those that pg_dump writes to say who owns what and who may do what.
// Others are found when the server misses them.
func named(statement string) []string {
	c := sqltext.NewCursor(statement)
	if !slices.ContainsFunc([]string{"GRANT", "REVOKE", "ALTER"}, c.At) {
		return nil
	}
	var roles []string
	for grants := false; !c.Done(); {
		switch {
		case c.TakeAny("GRANT", "REVOKE"):
			grants = true
			continue
		case c.Take("OWNER", "TO"), c.Take("FOR", "ROLE"), grants && c.TakeAny("TO", "FROM"):
		default:
			c.Next()
			continue
		}
		for {
			public := c.At("PUBLIC")
			if name := c.Name(); len(name) == 1 && !public {
				roles = append(roles, name[0])
			}
			if !c.Take(",") {
				break
			}
		}
	}
	return roles
}

// missingRole is what a server whose messages are not translated says of a role that is not there.
var missingRole = regexp.MustCompile(`^role "(.+)" does not exist$`)

// harmless reports whether a failure loses nothing: what the statement makes is there, or is a parameter of the session
// that the dump's server has and this one has not.
func (d *Dump) harmless(no *target.StatementError, statement string) bool {
	c := sqltext.NewCursor(statement)
	switch no.PG.Code {
	case "42710": // duplicate_object
		return c.Take("CREATE", "ROLE")
	case "42P04": // duplicate_database
		return c.Take("CREATE", "DATABASE")
	case "42P06": // duplicate_schema
		return slices.Contains([]string{"CREATE SCHEMA public", `CREATE SCHEMA "public"`}, statement)
	case "42704": // undefined_object
		return c.Take("SET")
	}
	return false
}

// extension reads CREATE EXTENSION.
func extension(statement string) (Fact, bool) {
	c := sqltext.NewCursor(statement)
	if !c.Take("CREATE", "EXTENSION") {
		return Fact{}, false
	}
	c.Take("IF", "NOT", "EXISTS")
	name := c.Name()
	c.Take("WITH")
	if len(name) != 1 || !c.Take("SCHEMA") {
		return Fact{}, false
	}
	schema := c.Name()
	if len(schema) != 1 {
		return Fact{}, false
	}
	return Fact{Kind: "extension", Name: name[0], Own: slices.Contains(optional, name[0]), Properties: map[string]string{"schema": schema[0]}}, true
}

// pieces splits the dump, without the commands to psql that dumps hold: they do not matter here.
func (d *Dump) pieces() (string, []sqltext.Piece, error) {
	text := d.File.Text
	for {
		pieces, err := sqltext.Split(text)
		if err == nil {
			return text, pieces, nil
		}
		bad, ok := errors.AsType[*sqltext.Error](err)
		if !ok {
			return "", nil, err
		}
		if bad.Problem == sqltext.MetaCommand && skipped.MatchString(text[bad.Offset:]) {
			line, _, _ := strings.Cut(text[bad.Offset:], "\n")
			text = text[:bad.Offset] + strings.Repeat(" ", len(line)) + text[bad.Offset+len(line):]
			continue
		}
		return "", nil, &finding.Finding{
			Code: finding.Unterminated, Severity: finding.Error, Exit: finding.Usage, At: d.File.Span(bad.Offset, bad.Offset), Cause: err,
			Message: "the dump cannot be read: " + bad.Problem.String(),
			Hint:    "--dump takes plain SQL, as `pg_dump --schema-only` or `supabase db dump` writes it",
		}
	}
}

// skipped are the commands to psql that pg_dump and pg_dumpall write.
var skipped = regexp.MustCompile(`^\\(?:restrict|unrestrict|connect|encoding)\b`)
