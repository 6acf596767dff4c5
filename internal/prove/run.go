package prove

import (
	"context"
	_ "embed"
	"errors"
	"slices"
	"strconv"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

//go:embed locks.sql
var locksSQL string

// Lock is the strongest lock that a statement took on a relation that was there before the plan, where that is more than
// the plan's transaction had already.
type Lock struct {
	Step     int    `json:"step"` // of the plan, from 0
	Relation string `json:"relation"`
	Mode     string `json:"mode"` // "AccessExclusiveLock"
}

// Rewrite is a table that a statement has written anew.
type Rewrite struct {
	Step     int    `json:"step"`
	Relation string `json:"relation"`
}

// run is one way through a plan, on a clone of its own.
type run struct {
	place *Place
	clone *Clone
	watch target.Session // as who came with the clone's URL

	before   map[uint32]*table
	locks    []Lock
	rewrites []Rewrite
	losses   []Loss
	failed   *failure
	seeded   Seeded
	reached  *catalog.Catalog
}

// failure is a step that the server refused.
type failure struct {
	index    int
	step     planner.Step
	err      *target.StatementError
	stranger *stranger // why it was, where that is no mistake of the plan
}

// close lets go of the clone.
func (r *run) close() {
	if r.watch != nil {
		_ = r.watch.Close()
		r.watch = nil
	}
	if r.clone != nil {
		r.clone.Drop()
		r.clone = nil
	}
}

// run runs the plan: on rows that are made up where there are none, and where a step fails on such rows again without
// them. The run that counts is returned, with its clone.
func (p *Proof) run(ctx context.Context, o Options) (*run, error) {
	var earlier []*failure // on rows that were made up
	for _, s := range trials(p.Plan) {
		r, err := o.try(ctx, o, p.Plan, s)
		if err != nil {
			r.close()
			return nil, err
		}
		if r.failed != nil && r.seeded.MadeUp > 0 {
			earlier = append(earlier, r.failed)
			r.close()
			continue
		}
		p.Seeded = r.seeded
		for i, f := range earlier {
			again := func(g *failure) bool { return g.index == f.index }
			if !declares(f.step, catalog.Breaks) && !slices.ContainsFunc(earlier[:i], again) && (r.failed == nil || !again(r.failed)) {
				p.find(failureUntold(o, f))
			}
		}
		return r, nil
	}
	panic("prove: the last trial has rows made up")
}

// seeding says where a trial has rows made up.
type seeding struct {
	none   bool
	except map[catalog.ID]bool // tables that stay empty
}

// trials are the ways in which a plan is run until one is through: on rows everywhere, on none where a step says that it
// may fail on some, on none at all.
func trials(plan *planner.Plan) []seeding {
	all := []seeding{{none: true}}
	except := map[catalog.ID]bool{}
	for _, s := range plan.Steps {
		if declares(s, catalog.Breaks) {
			except[s.Group] = true
		}
	}
	if len(except) > 0 {
		all = append([]seeding{{except: except}}, all...)
	}
	return append([]seeding{{}}, all...)
}

func declares(s planner.Step, kind catalog.HazardKind) bool {
	return slices.ContainsFunc(s.Hazards, func(h catalog.Hazard) bool { return h.Kind == kind })
}

// try makes a clone and runs the plan on it. The run is returned with an error too.
func (l *Place) try(ctx context.Context, o Options, plan *planner.Plan, s seeding) (*run, error) {
	r := &run{place: l}
	err := r.open(ctx)
	if err != nil {
		return r, err
	}
	if err := r.complete(ctx, o.From); err != nil {
		return r, err
	}
	if err := r.sow(ctx, o.From, plan, s); err != nil {
		return r, err
	}
	if err := r.apply(ctx, o, plan); err != nil || r.failed != nil {
		return r, err
	}
	if r.losses, err = r.lost(ctx); err != nil {
		return r, err
	}
	r.reached, err = r.read(ctx)
	return r, err
}

func (r *run) open(ctx context.Context) (err error) {
	if r.clone, err = r.place.Clone(ctx); err != nil {
		return err
	}
	r.watch, err = session(ctx, r.clone.URL, "")
	return err
}

// complete makes on the clone what the state from holds and no copy of a database does.
func (r *run) complete(ctx context.Context, from *catalog.Catalog) error {
	copied := from.Without(func(o *catalog.Object) bool { return from.Kind(o.Kind).Uncopied })
	if copied == from {
		return nil
	}
	plan, err := planner.New(copied, from, planner.Options{Role: r.watch.Facts().User})
	if err != nil {
		return err
	}
	segment := make(target.Segment, 0, len(plan.Steps))
	for _, s := range plan.Steps {
		segment = append(segment, target.Step{SQL: s.SQL})
	}
	return r.watch.Exec(ctx, []target.Segment{segment}, nil)
}

func session(ctx context.Context, url secret.String, role string) (target.Session, error) {
	to := &direct.Target{URL: url, Label: "a copy of the database", IsLocal: true}
	return to.Open(ctx, target.Options{Application: "cairn/proof", Role: role})
}

// read reads the clone's catalog, as the one who runs the plan: some columns not everybody may read.
func (r *run) read(ctx context.Context) (*catalog.Catalog, error) {
	s, err := session(ctx, r.clone.URL, r.place.Role)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	return r.place.read(ctx, s)
}

// session connects as the one who runs the plan. send is what the clone is sent in place of a statement.
func (r *run) session(ctx context.Context) (s target.Session, send func(string) string, err error) {
	send = func(sql string) string { return sql }
	if r.place.Emulate != nil {
		if send, err = r.place.Emulate(ctx, r.clone.URL); err != nil {
			return nil, nil, err
		}
	}
	s, err = session(ctx, r.clone.URL, r.place.Role)
	return s, send, err
}

// apply runs the plan's units, until one fails.
func (r *run) apply(ctx context.Context, o Options, plan *planner.Plan) error {
	s, send, err := r.session(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	first := 0
	for _, u := range plan.Units(o.To.Needs) {
		segment, steps, next := r.segment(o, u, first, send)
		err := s.Exec(ctx, []target.Segment{segment}, nil)
		if refused, ok := errors.AsType[*target.StatementError](err); ok {
			i := steps[refused.Step]
			r.failed = &failure{index: i, step: plan.Steps[i], err: refused}
			if refused.PG.Code == insufficientPrivilege {
				r.failed.stranger, err = r.stranger(ctx, o, plan.Steps[i])
				return err
			}
			return nil
		}
		if err != nil {
			return err
		}
		first = next
	}
	return nil
}

// segment is a unit as it is sent, with a look at the locks behind each statement that has to do with what is there
// already. steps says which step of the plan each statement is, or belongs to; next is the first behind the unit.
func (r *run) segment(o Options, u planner.Unit, first int, send func(string) string) (all target.Segment, steps []int, next int) {
	add := func(i int, s target.Step) {
		all, steps = append(all, s), append(steps, i)
	}
	if u.Alone {
		add(first, target.Step{SQL: send(u.Steps[0].SQL)})
		return all, steps, first + 1
	}
	add(first, target.Step{SQL: "begin"})
	held := map[uint32]int{}
	next = first
	for _, s := range u.Steps {
		n := max(first, next-1)
		if !s.Sets() {
			n = next
			next++
		}
		add(n, target.Step{SQL: send(s.SQL)})
		if concerns(o, s) {
			add(n, target.Step{SQL: locksSQL, Row: func(v [][]byte) { r.look(n, held, v) }})
		}
	}
	add(next-1, target.Step{SQL: "commit"})
	return all, steps, next
}

// concerns reports whether a step has to do with a relation that is there before the plan.
func concerns(o Options, s planner.Step) bool {
	is := func(id catalog.ID) bool {
		k := o.From.Kind(id.Kind)
		return k != nil && k.Space != nil && o.From.Objects[id] != nil
	}
	if is(s.Group) || is(s.Object) || s.Was != (catalog.ID{}) {
		return true
	}
	for _, id := range append([]catalog.ID{s.Object}, s.Made...) {
		if slices.ContainsFunc(o.To.Needs(id), func(n catalog.Need) bool {
			on := o.From.Objects[n.On]
			return is(n.On) || on != nil && is(planner.Group(on).ID)
		}) {
			return true
		}
	}
	return false
}

// strength orders the lock modes (Postgres docs, 13.3.1).
var strength = map[string]int{
	"AccessShareLock": 1, "RowShareLock": 2, "RowExclusiveLock": 3, "ShareUpdateExclusiveLock": 4, "ShareLock": 5,
	"ShareRowExclusiveLock": 6, "ExclusiveLock": 7, "AccessExclusiveLock": 8,
}

// look takes a row of what is locked after a step: relation, mode, file.
func (r *run) look(step int, held map[uint32]int, v [][]byte) {
	oid := number(v[0])
	t := r.before[oid]
	if t == nil {
		return
	}
	mode := string(v[1])
	if n := strength[mode]; n > held[oid] && n > 1 {
		held[oid] = n
		lock := Lock{Step: step, Relation: t.String(), Mode: mode}
		if i := slices.IndexFunc(r.locks, func(l Lock) bool { return l.Step == step && l.Relation == lock.Relation }); i >= 0 {
			r.locks[i] = lock
		} else {
			r.locks = append(r.locks, lock)
		}
	}
	if file := number(v[2]); file != 0 && file != t.file {
		t.file = file
		r.rewrites = append(r.rewrites, Rewrite{Step: step, Relation: t.String()})
	}
}

// number reads an oid; of what is null, 0.
func number(text []byte) uint32 {
	n, _ := strconv.ParseUint(string(text), 10, 32)
	return uint32(n)
}

// String is the table's name, qualified.
func (t *table) String() string { return sqltext.Ident(t.schema, t.name) }
