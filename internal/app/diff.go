package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/prove"
	"github.com/cairndb/cairn/internal/scaffold"
)

// DiffRequest asks what makes one state of a database of another.
type DiffRequest struct {
	Where              // the end To, where To is ""
	From      string   // --from: EndMigrations where ""
	To        string   // --to
	Schemas   []string // --schema: only what stands in these
	Online    bool     // --online: for a database in use
	Check     bool     // --check: differences are a finding
	Name      string   // --file: write a migration of this name
	Output    string   // --output: write the script to this file
	NoProof   bool     // --no-proof: plan, and try nothing
	Renames   Renames  // --renames; RenamesAuto where ""
	AllowLoss bool     // --allow-loss: write statements that lose data too
	Down      bool     // --with-down: write the file that reverts the migration too

	Idempotent bool // --idempotent: statements that pass where they ran before
}

// DiffResult says what differs, and what makes one of the other.
type DiffResult struct {
	From       string          `json:"from" jsonschema:"the state that the statements begin with"`
	To         string          `json:"to" jsonschema:"the state that they end with"`
	Changes    []DiffChange    `json:"changes" jsonschema:"the objects that differ"`
	Statements []DiffStatement `json:"statements"`
	SQL        string          `json:"sql" jsonschema:"the statements as a script, with what they cost above them"`
	Proof      *prove.Proof    `json:"proof,omitempty" jsonschema:"what running the statements on a copy has shown; absent where nothing was run"`
	Written    []string        `json:"written,omitempty" jsonschema:"the files that were written"`

	migrations []scaffold.Written // among them
}

// DiffChange is an object that differs.
type DiffChange struct {
	Kind       string   `json:"kind"`
	Object     string   `json:"object"`
	What       string   `json:"what" jsonschema:"added, removed or changed"`
	Attributes []string `json:"attributes,omitempty" jsonschema:"what differs in it"`

	isPart bool // what it is on was added or removed as well
}

// DiffStatement is one statement of the plan.
type DiffStatement struct {
	SQL     string           `json:"sql"`
	Kind    string           `json:"kind"`
	Object  string           `json:"object"`
	Action  string           `json:"action" jsonschema:"create, alter, drop, aside or follow"`
	Hazards []catalog.Hazard `json:"hazards,omitempty"`
	Unit    int              `json:"unit" jsonschema:"statements of one unit run in one transaction; numbered from 1"`
	Alone   bool             `json:"alone,omitempty" jsonschema:"runs outside a transaction"`
}

// Diff compares two states and plans what makes the second of the first.
func (a *App) Diff(ctx context.Context, req DiffRequest, s event.Sink) (_ *DiffResult, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	from, to, err := a.ends(ctx, p, req, defaults["db diff"], s)
	if err != nil {
		return nil, err
	}
	t := a.tell("db diff", from.label+" → "+to.label, s)
	defer func() { t.done(err) }()
	result, err := a.diff(ctx, p, req, from, to, s)
	if err == nil && len(result.migrations) > 0 && from.name == EndMigrations && to.at != nil {
		where := req.Where
		if req.To != "" {
			where = to.where
		}
		s(event.Found{Finding: &finding.Finding{
			Code: finding.NotInSync, Severity: finding.Note, Message: to.label + " holds already what was written, and its history does not say so",
			Hint: onTarget("`cairn migration baseline` marks as applied what is proven to be there", where, defaults["db diff"]),
		}})
	}
	if err != nil || !req.Check || len(result.Changes) == 0 {
		return result, err
	}
	return result, &finding.Finding{
		Code: finding.NotInSync, Severity: finding.Error, Exit: finding.Findings,
		Message: fmt.Sprintf("%s and %s differ in %s", from.label, to.label, count(len(result.Changes), "object")),
		Hint:    "the statements above make the first like the second",
	}
}

// diff compares two ends and writes what was asked for. Where it fails after comparing, there is a result too.
func (a *App) diff(ctx context.Context, p *project.Project, req DiffRequest, from, to *end, s event.Sink) (*DiffResult, error) {
	w, err := a.compare(ctx, p, from, to, s)
	if err != nil {
		return nil, err
	}
	defer w.close()
	w.online = req.Online
	if err := w.knows(req.Schemas); err != nil {
		return nil, err
	}
	if err := w.narrow(ctx, req.Schemas); err != nil {
		return nil, err
	}
	w.tellUnseen()
	result := &DiffResult{From: from.label, To: to.label, Changes: []DiffChange{}, Statements: []DiffStatement{}}
	for _, d := range w.changes() {
		result.Changes = append(result.Changes, changeOf(d, from.catalog, to.catalog))
	}
	var plan *planner.Plan
	if req.NoProof {
		if plan, err = planner.New(from.catalog, to.catalog, w.options()); err != nil {
			return result, unplanned(err)
		}
	} else {
		result.Proof, err = w.proven(ctx, req.Renames)
		if result.Proof == nil {
			return result, err
		}
		plan = result.Proof.Plan
	}
	if req.Idempotent && err == nil {
		if plan, err = w.again(ctx, plan); err != nil {
			return result, err
		}
	}
	result.add(plan, to.catalog)
	tellSecrets(plan, s)
	if err != nil {
		return result, err
	}
	if !plan.IsEmpty() && (req.Name != "" || req.Output != "") {
		err = w.write(ctx, req, result, plan)
	}
	return result, err
}

// options are those of the plan from the first end to the second.
func (w *comparison) options() planner.Options {
	return planner.Options{Server: w.from.catalog.Server, Role: w.from.catalog.Role, Online: w.online, Leave: w.leave}
}

// ends are the two ends that are meant.
func (a *App) ends(ctx context.Context, p *project.Project, req DiffRequest, byDefault Default, s event.Sink) (from, to *end, err error) {
	if from, err = a.endOf(ctx, p, cmp.Or(req.From, EndMigrations), req.Where, s); err != nil {
		return nil, nil, err
	}
	if req.To != "" {
		to, err = a.endOf(ctx, p, req.To, req.Where, s)
		return from, to, err
	}
	at, err := a.place(ctx, p, req.Where, byDefault, s)
	if err != nil {
		return nil, nil, err
	}
	return from, endAt(p, at), nil
}

// compare reads both ends: each on the platform that the live one of them stands on.
func (a *App) compare(ctx context.Context, p *project.Project, from, to *end, s event.Sink) (_ *comparison, err error) {
	w := &comparison{app: a, sink: s, from: from, to: to}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	for _, e := range []*end{from, to} {
		if err = e.open(ctx, p); err != nil {
			return nil, err
		}
	}
	like := to
	if to.onShadow() {
		like = from
	}
	w.project = onPlatform(p, like.major, like.variant)
	if to.isReplayed() && from.isReplayed() {
		err = &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("both ends, %s and %s, are made of migrations", from.name, to.name), Hint: "name a database on one of them",
		}
		return nil, err
	}
	for _, pair := range [][2]*end{{from, to}, {to, from}} {
		if pair[0].isReplayed() {
			if err = w.load(ctx, pair[0], pair[1]); err != nil {
				return nil, err
			}
		}
	}
	read := make(chan error, 1)
	go func() { read <- w.read(ctx, from) }()
	if to.onShadow() { // both may need the shadow, which is started once
		err = <-read
		if err == nil {
			err = w.read(ctx, to)
		}
		return w, err
	}
	mine := w.read(ctx, to)
	return w, errors.Join(<-read, mine)
}

// knows refuses schemas that neither end has: a name that is misspelt would make everything the same.
func (w *comparison) knows(schemas []string) error {
	for _, name := range schemas {
		if w.from.catalog.Get("schema", name) == nil && w.to.catalog.Get("schema", name) == nil {
			return &finding.Finding{
				Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
				Message: fmt.Sprintf("neither %s nor %s has a schema %q", w.from.label, w.to.label, name),
			}
		}
	}
	return nil
}

// narrow leaves out what is not compared: cairn's own, the history, and other schemas than were asked for; and it says
// that what is the platform's is left as it is. Where both databases began as the same platform it is the same on both sides by itself, and what a user
// changed in it counts.
func (w *comparison) narrow(ctx context.Context, schemas []string) error {
	from, to := w.from, w.to
	without := func(out func(*catalog.Object) bool) {
		from.catalog, to.catalog = from.catalog.Without(out), to.catalog.Without(out)
	}
	w.out = func(o *catalog.Object) bool {
		return platform.IsOurs(o) || isHistory(o) || len(schemas) > 0 && !within(o, schemas)
	}
	without(w.out)
	w.leave = w.stays
	if from.ours && to.ours || w.project.Config.Cairn.Platform != project.PlatformSupabase || len(catalog.Diff(from.catalog, to.catalog)) == 0 {
		return nil
	}
	base, err := w.platform(ctx)
	if err != nil {
		return err
	}
	w.leave = func(o *catalog.Object) bool { return platform.IsManaged(o, base) || w.stays(o) }
	w.managed = true
	return nil
}

func isHistory(o *catalog.Object) bool { return o.Kind == "schema" && o.Name() == platform.History }

// within reports whether an object stands in one of the schemas, or is one.
func within(o *catalog.Object, schemas []string) bool {
	for o.Up() != nil {
		o = o.Up()
	}
	return o.Kind == "schema" && slices.Contains(schemas, o.Name())
}

func changeOf(d catalog.Change, from, to *catalog.Catalog) DiffChange {
	c := DiffChange{Kind: d.ID().Kind, Object: d.ID().Path, What: "changed", Attributes: d.Attrs}
	switch {
	case d.From == nil:
		c.What = "added"
		c.isPart = isPart(d.To, from)
	case d.To == nil:
		c.What = "removed"
		c.isPart = isPart(d.From, to)
	}
	return c
}

// isPart reports whether what an object is on is not in the other state either.
func isPart(o *catalog.Object, other *catalog.Catalog) bool {
	up := o.Up()
	return up != nil && other.Objects[up.ID] == nil
}

func (r *DiffResult) add(plan *planner.Plan, to *catalog.Catalog) {
	units := plan.Units(to.Needs)
	r.SQL = planner.Whole(units)
	for i, u := range units {
		for _, step := range u.Steps {
			r.Statements = append(r.Statements, DiffStatement{
				SQL: step.SQL, Kind: step.Object.Kind, Object: step.Object.Path, Action: step.Verb, Hazards: step.Hazards, Unit: i + 1, Alone: u.Alone,
			})
		}
	}
}

// unplanned is the finding for two states between which no plan was found.
func unplanned(err error) error {
	cycle, ok := errors.AsType[*planner.CycleError](err)
	if !ok {
		return err
	}
	names := make([]string, len(cycle.Objects))
	for i, id := range cycle.Objects {
		names[i] = "  " + id.String()
	}
	return &finding.Finding{
		Code: finding.Unplanned, Severity: finding.Error, Exit: finding.Refused, Cause: err,
		Message: "there is no order in which these objects can be made: each needs the next", Detail: strings.Join(names, "\n"),
		Hint: "break the circle in one of them, and compare again",
	}
}
