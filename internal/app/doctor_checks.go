package app

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/history"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed doctor.sql
var doctorSQL string

// catalogSeen is what doctor.sql finds. Names are quoted where SQL wants it.
type catalogSeen struct {
	Role        string           `json:"role"`
	MayRecord   bool             `json:"may_record"`
	HasAPI      bool             `json:"has_api"` // the roles of a data API are there
	Invalid     []seenIndex      `json:"invalid_indexes"`
	Unvalidated []seenConstraint `json:"unvalidated"`
	Open        []openTable      `json:"open_tables"`
	Idle        []idleTable      `json:"idle_policies"`
	Functions   []seenFunction   `json:"functions"`
}

// inSchema is what stands in a schema.
type inSchema struct{ Schema string }

func (p inSchema) isManaged() bool { return platform.IsManagedSchema(p.Schema) }

type (
	seenIndex struct {
		inSchema
		Index, Table string
		Rebuilt      bool // what a REINDEX CONCURRENTLY left behind
	}
	seenConstraint struct {
		inSchema
		Constraint, Table string
	}
	openTable struct {
		inSchema
		Table string
		Roles []string
	}
	idleTable struct {
		inSchema
		Table    string
		Policies int
	}
	seenFunction struct {
		inSchema
		Name, Owner, Source, Kind string
		Definer                   bool
		Callers                   []string // roles that may call it over the data API
		Texts                     []struct {
			Name     string
			Position int
		}
	}
)

// checkDatabase looks at the database itself.
func (e *examination) checkDatabase(ctx context.Context) {
	history, pending := e.history(ctx)
	e.check(e.major(), history, e.waysFor(pending), e.drift(ctx))
	seen, err := e.catalog(ctx)
	if err != nil {
		e.check(errorCheck("catalog", err))
		return
	}
	e.check(seen.rights(), seen.indexes(), seen.constraints(), seen.rowSecurity(), e.functions(seen))
}

// environment names the variables that have a say in how connections are made, where there are any.
func (e *examination) environment() DoctorCheck {
	c := DoctorCheck{Check: "environment", State: CheckOK}
	for _, name := range []string{
		"PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLMODE", "PGSSLROOTCERT",
		"PGSSLCERT", "PGSSLKEY", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "PGOPTIONS",
	} {
		switch value := e.app.Getenv(name); {
		case value == "":
		case name == "PGSSLMODE":
			c.Objects = append(c.Objects, name+"="+value)
		case name == "PGOPTIONS":
			c.Objects = append(c.Objects, name+" (not sent: poolers refuse it)")
		default:
			c.Objects = append(c.Objects, name)
		}
	}
	if len(c.Objects) == 0 {
		return DoctorCheck{}
	}
	c.Found = strings.Join(c.Objects, ", ") + ": set, and counted where a connection string is silent"
	c.Objects = nil
	return c
}

// major holds the server's major against the one that files are replayed on.
func (e *examination) major() DoctorCheck {
	is, wanted := e.facts.Server/10000, e.project.Config.DB.MajorVersion
	c := DoctorCheck{Check: "Postgres", State: CheckOK, Found: fmt.Sprintf("%d, as files are replayed on here", is)}
	if is != wanted {
		file := e.project.ConfigFile
		if file == "" {
			file = "the default"
		}
		c.State, c.Code = CheckWarning, finding.ServerVersion
		c.Found = fmt.Sprintf("the server is %d, and %s says %d", is, file, wanted)
		c.Do = fmt.Sprintf("set major_version = %d under [db], so that files are replayed on what they will run on", is)
	}
	return c
}

// history holds the files against the history, and returns those that are to be applied.
func (e *examination) history(ctx context.Context) (c DoctorCheck, pending []*migration.Migration) {
	c = DoctorCheck{Check: "history", State: CheckOK}
	st, err := e.app.standing(ctx, e.project, func() (*place, error) { return e.at, nil }, probeLimit, e.sink)
	switch {
	case err != nil:
		return errorCheck(c.Check, err), nil
	case st.InSync:
		c.Found = fmt.Sprintf("up to date: %s applied", count(st.Applied, "migration"))
	case len(st.Pending) > 0 && st.Problem == "":
		c.Found = fmt.Sprintf("%s applied, %d to apply", count(st.Applied, "migration"), len(st.Pending))
		c.Objects, c.Do = st.Pending, st.Next
	case st.Problem != "":
		c.State, c.Code, c.Found, c.Do = CheckProblem, finding.Code(st.Problem), st.Verdict, st.Next
	default:
		c.State, c.Found, c.Do = CheckUnknown, st.Verdict, st.Next
	}
	return c, st.pending
}

// waysFor holds the files that are to be applied against the ways: not every way runs every file. A push takes the first.
func (e *examination) waysFor(pending []*migration.Migration) DoctorCheck {
	c := DoctorCheck{Check: "pending files", State: CheckOK}
	first := ""
	for _, w := range e.result.Ways {
		if !w.Migrates {
			continue
		}
		if first == "" {
			first = w.Way
			c.Found = "all can run on the way that is taken: " + first
		}
		cannot := 0
		for _, m := range pending {
			n := apply.NeedOf(m, w.facts)
			if n == nil {
				continue
			}
			cannot++
			c.Objects = append(c.Objects, fmt.Sprintf("%s: %s: %s", w.Way, n.At, n.What))
			if w.Way == first && c.Do == "" {
				c.Do = n.Hint
			}
		}
		if w.Way == first && cannot > 0 {
			c.State, c.Code = CheckProblem, finding.NeedsSession
			c.Found = fmt.Sprintf("%d of %d cannot run on the way that is taken: %s", cannot, len(pending), first)
		}
	}
	if len(pending) == 0 || first == "" {
		return DoctorCheck{}
	}
	return c
}

// drift holds the database against what the migrations make that its history records.
func (e *examination) drift(ctx context.Context) DoctorCheck {
	ctx, cancel := context.WithTimeout(ctx, driftLimit)
	defer cancel()
	progress := func(ev event.Event) {
		if _, found := ev.(event.Found); !found { // what replaying tells, `migration check` tells
			e.sink(ev)
		}
	}
	from, err := e.app.endOf(ctx, e.project, EndHistory, e.where, progress)
	if err == nil {
		err = e.app.drift(ctx, e.project, from, endAt(e.project, e.at), progress)
	}
	f := finding.As(err)
	switch {
	case err == nil:
		return DoctorCheck{Check: "drift", State: CheckOK, Found: "the database is what its recorded migrations make"}
	case f != nil && f.Code == finding.Drift:
		c := findingCheck("drift", CheckProblem, f)
		_, differences, _ := strings.Cut(f.Message, ": ")
		c.Found = "not what the recorded migrations make: " + differences
		return c
	case ctx.Err() != nil:
		return DoctorCheck{Check: "drift", State: CheckUnknown, Found: "replaying the recorded migrations takes longer than " + driftLimit.String(), Do: "`cairn status --verify` takes its time"}
	}
	return errorCheck("drift", err)
}

// catalog reads what there is to see in the catalog.
func (e *examination) catalog(ctx context.Context) (*catalogSeen, error) {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	session, err := e.at.Open(ctx, target.Options{Application: "cairn doctor"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	seen := &catalogSeen{}
	if err := looked(ctx, session, e.at, doctorSQL, seen, target.Text(history.Array(e.served))); err != nil {
		return nil, err
	}
	if e.project.Config.Cairn.Platform == project.PlatformSupabase { // what the platform looks after is not the project's to mend
		seen.Invalid = slices.DeleteFunc(seen.Invalid, seenIndex.isManaged)
		seen.Unvalidated = slices.DeleteFunc(seen.Unvalidated, seenConstraint.isManaged)
		seen.Open = slices.DeleteFunc(seen.Open, openTable.isManaged)
		seen.Idle = slices.DeleteFunc(seen.Idle, idleTable.isManaged)
		seen.Functions = slices.DeleteFunc(seen.Functions, seenFunction.isManaged)
	}
	return seen, nil
}

func (seen *catalogSeen) rights() DoctorCheck {
	if seen.MayRecord {
		return DoctorCheck{}
	}
	return DoctorCheck{
		Check: "rights", State: CheckProblem, Code: finding.Postgres("42501"),
		Found: "the role " + seen.Role + " may not write the history of migrations", Do: "connect as the owner of the database, on Supabase as postgres",
	}
}

func (seen *catalogSeen) indexes() DoctorCheck {
	c := DoctorCheck{Check: "indexes", State: CheckOK, Found: "all are valid"}
	if len(seen.Invalid) == 0 {
		return c
	}
	c.State, c.Code = CheckProblem, finding.InvalidIndex
	c.Found = fmt.Sprintf("%d invalid: no query uses what a failed build left, and every write pays for it", len(seen.Invalid))
	var do []string
	again := false
	for _, i := range seen.Invalid {
		c.Objects = append(c.Objects, i.Index+" on "+i.Table)
		do = append(do, "DROP INDEX CONCURRENTLY "+i.Index+";")
		again = again || !i.Rebuilt
	}
	if again {
		do = append(do, "then build what is wanted again, with CREATE INDEX CONCURRENTLY in a migration of its own")
	}
	c.Do = strings.Join(do, "\n")
	return c
}

func (seen *catalogSeen) constraints() DoctorCheck {
	c := DoctorCheck{Check: "constraints", State: CheckOK, Found: "all are validated"}
	if len(seen.Unvalidated) == 0 {
		return c
	}
	c.State, c.Code = CheckWarning, finding.NotValidated
	c.Found = fmt.Sprintf("%d NOT VALID: rows from before may break what they say", len(seen.Unvalidated))
	var do []string
	for _, k := range seen.Unvalidated {
		c.Objects = append(c.Objects, k.Constraint+" on "+k.Table)
		do = append(do, "ALTER TABLE "+k.Table+" VALIDATE CONSTRAINT "+k.Constraint+";")
	}
	c.Do = strings.Join(do, "\n")
	return c
}

func (seen *catalogSeen) rowSecurity() DoctorCheck {
	c := DoctorCheck{Check: "row level security", State: CheckOK, Found: "every table that the data API serves has it"}
	var tables []string
	for _, t := range seen.Open {
		tables = append(tables, t.Table)
		c.Objects = append(c.Objects, t.Table+" is open to "+strings.Join(t.Roles, " and "))
	}
	for _, t := range seen.Idle {
		if !slices.Contains(tables, t.Table) {
			tables = append(tables, t.Table)
		}
		c.Objects = append(c.Objects, fmt.Sprintf("%s has policies (%d) that do nothing", t.Table, t.Policies))
	}
	switch {
	case !seen.HasAPI && len(seen.Idle) == 0:
		return DoctorCheck{}
	case len(seen.Open) > 0:
		c.State, c.Code = CheckProblem, finding.OpenTable
		c.Found = count(len(seen.Open), "table") + " without it, and the data API serves them"
	case len(seen.Idle) > 0:
		c.State, c.Code = CheckWarning, finding.IdlePolicy
		c.Found = count(len(seen.Idle), "table") + " with policies, and row level security off"
	default:
		return c
	}
	var do []string
	for _, t := range tables {
		do = append(do, "ALTER TABLE "+t+" ENABLE ROW LEVEL SECURITY;")
	}
	c.Do = strings.Join(append(do, "and a policy for whoever is to see rows: without one nobody but the owner does"), "\n")
	return c
}
