package app

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgdump"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/rename"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// Renames says what is done about objects that may have been renamed.
type Renames string

// The ways.
const (
	RenamesAuto Renames = "auto" // those that are sure, and proven
	RenamesAsk  Renames = "ask"  // a person says
	RenamesOff  Renames = "off"  // none: one is dropped, the other made
)

// stagedState is the database of the shadow in which a state is built that was read elsewhere.
const stagedState = "cairn_from"

// stage makes the shadow hold the state that the plan begins with, and returns it with the one that it ends with: whole
// where the shadow holds it already, else those parts of both that the plan touches or depends on.
func (w *comparison) stage(ctx context.Context, plan *planner.Plan) (from, to *catalog.Catalog, err error) {
	if w.from.state != "" {
		return w.from.catalog, w.to.catalog, w.addRoles(ctx)
	}
	base, err := w.platform(ctx)
	if err != nil {
		return nil, nil, err
	}
	server, err := w.shadow(ctx)
	if err != nil {
		return nil, nil, err
	}
	from, to = w.touched(plan)
	if err := server.Clone(ctx, stagedState); err != nil {
		return nil, nil, err
	}
	superuser := w.superuser()
	goal := base.With(from).Without(func(o *catalog.Object) bool { return from.Objects[o.ID] == nil && to.Objects[o.ID] != nil })
	build, err := planner.New(base, goal, planner.Options{Role: superuser, Leave: isNeither(from, to)})
	if err != nil {
		return nil, nil, unplanned(err)
	}
	session, err := w.onShadow(ctx, stagedState)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = session.Close() }()
	if _, err := addRoles(ctx, session, rolesOf(from, to)); err != nil {
		return nil, nil, err
	}
	segments := []target.Segment{{{SQL: "SET check_function_bodies = off"}}}
	for _, u := range build.Units(goal.Needs) {
		var segment target.Segment
		for _, s := range u.Steps {
			segment = append(segment, target.Step{SQL: s.SQL})
		}
		segments = append(segments, segment)
	}
	if err := session.Exec(ctx, segments, nil); err != nil {
		return nil, nil, &finding.Finding{
			Code: finding.StepFails, Severity: finding.Error, Exit: finding.Refused, Cause: err,
			Message: "the state of " + w.from.label + " cannot be built on the shadow: nothing is proven", Detail: err.Error(),
			Hint: "--no-proof plans without",
		}
	}
	w.from.state = stagedState
	return from, to, nil
}

// isNeither reports whether an object is in neither of two states.
func isNeither(from, to *catalog.Catalog) func(*catalog.Object) bool {
	return func(o *catalog.Object) bool { return from.Objects[o.ID] == nil && to.Objects[o.ID] == nil }
}

// onShadow opens a session of the superuser in a database of the shadow.
func (w *comparison) onShadow(ctx context.Context, database string) (target.Session, error) {
	at := &direct.Target{URL: secret.New(w.server.URL(database, w.superuser())), Label: "the shadow", IsLocal: true}
	return at.Open(ctx, target.Options{Application: "cairn"})
}

// addRoles gives the shadow the roles that the second state names and the migrations do not make, and tells of them.
func (w *comparison) addRoles(ctx context.Context) error {
	session, err := w.onShadow(ctx, w.from.state)
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	added, err := addRoles(ctx, session, rolesOf(w.from.catalog, w.to.catalog))
	for _, role := range added {
		w.sink(event.Found{Finding: &finding.Finding{
			Code: finding.RoleNotMade, Severity: finding.Warning,
			Message: fmt.Sprintf("%s names the role %q, which neither the migrations nor roles.sql make", w.to.label, role),
			Detail:  "the proof ran with a role of that name; the files will not replay without it",
			Hint:    "CREATE ROLE belongs into roles.sql, beside the migrations folder; `cairn db dump --role-only` shows the server's",
		}})
	}
	return err
}

// addRoles makes the roles that the server lacks, and returns them. They are superusers, since some of what they own
// nobody else can.
func addRoles(ctx context.Context, s target.Session, wanted []string) (added []string, err error) {
	var create target.Segment
	for _, role := range wanted {
		there := false
		ask := target.Step{SQL: "SELECT FROM pg_catalog.pg_roles WHERE rolname = $1", Args: [][]byte{target.Text(role)}, Row: func([][]byte) { there = true }}
		if err := target.One(ctx, s, ask); err != nil {
			return nil, err
		}
		if !there {
			added = append(added, role)
			create = append(create, target.Step{SQL: sqltext.Format("CREATE ROLE %I SUPERUSER", role)})
		}
	}
	if len(create) == 0 {
		return nil, nil
	}
	return added, s.Exec(ctx, []target.Segment{create}, nil)
}

// superuser is that of the shadow.
func (w *comparison) superuser() string { return baseOf(w.project).superuser }

// rolesOf are the roles that the states of a database name.
func rolesOf(from, to *catalog.Catalog) []string {
	names := map[string]bool{}
	for _, o := range append(from.Sorted(), to.Sorted()...) {
		switch o.Kind {
		case "owner":
			names[o.Attrs.Text("role")] = true
		case "user_mapping":
			names[o.Name()] = true
		case "grant":
			names[o.Name()] = true
		case "default_privilege":
			names[o.Info.Text("role")], names[o.Info.Text("grantee")] = true, true
		case "policy":
			for _, role := range o.Attrs.Texts("roles") {
				names[role] = true
			}
		}
	}
	delete(names, "")
	delete(names, catalog.Public)
	delete(names, "public")
	return slices.Sorted(maps.Keys(names))
}

// touched are the parts of both states that a plan can touch: what differs, what needs that, and all that these need, or
// that bodies call by name.
func (w *comparison) touched(plan *planner.Plan) (from, to *catalog.Catalog) {
	in := map[catalog.ID]bool{}
	var up, down func(id catalog.ID)
	down = func(id catalog.ID) {
		if in[id] || w.from.catalog.Objects[id] == nil && w.to.catalog.Objects[id] == nil {
			return
		}
		in[id] = true
		for _, c := range []*catalog.Catalog{w.from.catalog, w.to.catalog} {
			o := c.Objects[id]
			if o == nil {
				continue
			}
			for _, n := range c.Needs(id) {
				down(n.On)
			}
			for _, part := range o.Children() {
				if k := c.Kind(part.Kind); k.Satellite || k.Create == nil && k.Inline == nil { // there as soon as o is
					down(part.ID)
				}
			}
		}
	}
	seen := map[catalog.ID]bool{}
	up = func(id catalog.ID) {
		if seen[id] {
			return
		}
		seen[id] = true
		down(id)
		for _, n := range w.from.catalog.Needed(id) {
			up(n.On)
		}
	}
	for _, d := range w.changes() {
		up(d.ID())
	}
	for _, id := range plan.Mentioned(w.to.catalog) {
		down(id)
		for _, part := range w.to.catalog.Objects[id].Children() { // a body means the whole: SELECT * has all columns
			down(part.ID)
		}
	}
	for _, c := range []*catalog.Catalog{w.from.catalog, w.to.catalog} {
		for _, o := range c.OfKind("default_privilege") { // bears on what is made
			down(o.ID)
		}
	}
	return w.from.catalog.Part(in), w.to.catalog.Part(in)
}

// place is where plans are tried: clones of the first state on the shadow.
func (w *comparison) place(from, to *catalog.Catalog, whole bool) prove.Place {
	neither := isNeither(from, to)
	p := prove.Place{
		Clone: prove.OnShadow(w.server, w.from.state, w.superuser()), Role: platform.Owner, Planner: w.options(),
		Read: func(ctx context.Context, s target.Session) (*catalog.Catalog, error) {
			c, err := readCatalog(ctx, s, "the shadow", w.kinds)
			if err != nil {
				return nil, err
			}
			return c.Without(func(o *catalog.Object) bool {
				return w.out(o) || !whole && w.base.Objects[o.ID] != nil && neither(o)
			}), nil
		},
	}
	if w.project.Config.Cairn.Platform == project.PlatformSupabase {
		p.Emulate = standIn
	}
	return p
}

// standIn is what a clone is sent in place of a statement, where something stands in for the platform's server.
func standIn(ctx context.Context, url secret.String) (func(string) string, error) {
	e, err := emulate.Open(ctx, url.Reveal())
	if err != nil {
		return nil, err
	}
	return func(sql string) string {
		m, _ := migration.Parse("plan.sql", []byte(sql+";"))
		statements := m.Statements()
		if len(statements) != 1 {
			return sql
		}
		if sent, _ := e.Statement(statements[0]); sent != "" {
			return sent
		}
		return sql
	}, nil
}

// proven plans, finds what was renamed, and proves the plan on a copy.
func (w *comparison) proven(ctx context.Context, renames Renames) (*prove.Proof, error) {
	plan, err := w.plan(ctx)
	if err != nil {
		return nil, err
	}
	if plan.IsEmpty() {
		return &prove.Proof{Judge: "catalog", Proven: true, Plan: plan}, nil
	}
	whole := w.from.state != ""
	from, to, err := w.stage(ctx, plan)
	if err != nil {
		return nil, err
	}
	o := prove.Options{Place: w.place(from, to, whole), From: from, To: to, Plan: plan}
	if renames != RenamesOff {
		choose := prove.Sure
		if renames == RenamesAsk && w.app.Ask != nil {
			choose = func(all []rename.Candidate) []rename.Candidate { return w.asked(ctx, all) }
		}
		renamed, err := prove.Renames(ctx, o.Place, from, to, choose)
		if err != nil {
			return nil, err
		}
		for _, f := range renamed.Findings() {
			w.sink(event.Found{Finding: f})
		}
		if len(renamed.Taken) > 0 {
			rest, err := planner.New(renamed.From, to, w.options())
			if err != nil {
				return nil, unplanned(err)
			}
			o.Plan = &planner.Plan{Steps: append(renamed.Steps, rest.Steps...)}
		}
	}
	if whole && w.to.at != nil && w.to.at.route != nil && !w.managed {
		finder := &pgdump.Finder{Environ: os.Environ()}
		if o.Dump, _ = finder.Find(ctx, w.to.major); o.Dump != nil {
			o.ToURL = w.to.at.route.URL
		}
	}
	w.trial = &o
	proof, err := prove.Plan(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, f := range proof.Findings {
		if f.Severity != finding.Error {
			w.sink(event.Found{Finding: f})
		}
	}
	return proof, proof.Err()
}

// plan makes the plan, and meanwhile starts the shadow on which it is going to be tried.
func (w *comparison) plan(ctx context.Context) (*planner.Plan, error) {
	if len(w.changes()) == 0 {
		return &planner.Plan{}, nil
	}
	ready := make(chan error, 1)
	go func() {
		var err error
		if w.from.state == "" {
			_, err = w.shadow(ctx)
		}
		ready <- err
	}()
	plan, err := planner.New(w.from.catalog, w.to.catalog, w.options())
	if failed := <-ready; failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, unplanned(err)
	}
	return plan, nil
}

// asked puts the candidates for renames to the person at the terminal.
func (w *comparison) asked(ctx context.Context, all []rename.Candidate) []rename.Candidate {
	var chosen []rename.Candidate
	for _, c := range all {
		answer, err := w.app.Ask(ctx, Question{Kind: YesNo, Text: "Was " + c.String() + " renamed?", Default: "no", Detail: c.Note})
		if err == nil && answer == "yes" {
			chosen = append(chosen, c)
		}
	}
	return chosen
}
