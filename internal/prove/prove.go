// Package prove runs a plan on a copy of the database that it is for, and looks whether it does what it says: whether
// the wanted state is reached, what is locked and written anew on the way, whether rows survive. What it cannot show is a
// finding, never silence.
package prove

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/pgdump"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/cairndb/cairn/internal/target"
)

// Clone is a throwaway database in the state that a plan starts from.
type Clone struct {
	URL  secret.String // of the superuser: what makes rows and looks at them
	Drop func()
}

// Cloner makes a clone. It is called for each run of a plan; where a plan changes what databases of a server share,
// such as roles, each clone has to have a server of its own.
type Cloner func(ctx context.Context) (*Clone, error)

// OnShadow makes clones of a database of a shadow, to which nobody may be connected, one after the other. One that is
// dropped goes when the next is made, or with the shadow: right after its sessions ended the server would wait for them.
func OnShadow(s *shadow.Shadow, database, superuser string) Cloner {
	last := 0
	var dropped []string
	return func(ctx context.Context) (*Clone, error) {
		for _, name := range dropped {
			if err := s.Drop(ctx, name); err != nil {
				return nil, err
			}
		}
		dropped = nil
		last++
		name := fmt.Sprintf("%s proof %d", database, last)
		if err := s.Drop(ctx, name); err != nil {
			return nil, err
		}
		if err := s.CloneOf(ctx, database, name); err != nil {
			return nil, err
		}
		return &Clone{
			URL:  secret.New(s.URL(name, superuser)),
			Drop: func() { dropped = append(dropped, name) },
		}, nil
	}
}

// Place is where and as whom plans are tried.
type Place struct {
	Clone   Cloner
	Role    string                                                                    // who runs the plan, and reads; "" is who comes with the clone's URL
	Read    func(context.Context, target.Session) (*catalog.Catalog, error)           // as From and To were read; nil: all of all kinds
	Emulate func(ctx context.Context, url secret.String) (func(string) string, error) // what a clone is sent in place of a statement; nil: itself
	Planner planner.Options                                                           // as the plan was made
}

// Options say what is to be proven.
type Options struct {
	Place
	From, To *catalog.Catalog
	Plan     *planner.Plan
	ToURL    secret.String // of a database in the state To, for pg_dump; empty where there is none
	Dump     *pgdump.Tool  // nil: the catalog is the only judge
}

// Proof is what was shown of a plan.
type Proof struct {
	Judge    string             `json:"judge"` // "catalog", "catalog + pg_dump 15.18"
	Proven   bool               `json:"proven"`
	Repaired int                `json:"repaired,omitempty"` // how many steps at the end of Plan only the proof has found
	Seeded   Seeded             `json:"seeded"`
	Locks    []Lock             `json:"locks,omitempty"`
	Rewrites []Rewrite          `json:"rewrites,omitempty"`
	Lost     []Loss             `json:"lost,omitempty"`
	Plan     *planner.Plan      `json:"-"`
	Reached  *catalog.Catalog   `json:"-"` // the state that the plan led to; nil where a step failed
	Findings []*finding.Finding `json:"-"` // told as events
}

// Err returns the finding that a run ends with for what was not shown, or nil.
func (p *Proof) Err() error {
	if i := slices.IndexFunc(p.Findings, func(f *finding.Finding) bool { return f.Severity == finding.Error }); i >= 0 {
		return p.Findings[i]
	}
	return nil
}

func (p *Proof) find(all ...*finding.Finding) { p.Findings = append(p.Findings, all...) }

// Plan proves one. Where it falls short, what is left is planned from the state that it led to, and the longer plan is
// proven from scratch, once. The error is the clone's or the connection's; what is wrong with the plan is in the Proof.
func Plan(ctx context.Context, o Options) (*Proof, error) {
	if o.Planner.Role == "" {
		o.Planner.Role = o.From.Role
	}
	p := &Proof{Judge: "catalog", Plan: o.Plan}
	r, err := p.run(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { r.close() }()
	if r.failed != nil {
		p.find(stepFails(o, r.failed))
		return p, nil
	}
	if short := o.short(r.reached); len(short) > 0 {
		repair, err := planner.New(r.reached, o.To, o.Planner)
		if err != nil || repair.IsEmpty() {
			p.find(fallsShort(short, err)...)
			return p, nil
		}
		r.close()
		first := p.Plan
		p.Repaired = len(repair.Steps)
		p.Plan = &planner.Plan{Steps: slices.Concat(first.Steps, repair.Steps)}
		if r, err = p.run(ctx, o); err != nil {
			return nil, err
		}
		if r.failed != nil {
			p.find(stepFails(o, r.failed))
			p.find(fallsShort(short, nil)...)
			return p, nil
		}
		if short = o.short(r.reached); len(short) > 0 {
			p.Plan, p.Repaired = first, 0 // a repair that does not repair is no part of it
			p.find(fallsShort(short, nil)...)
			return p, nil
		}
	}
	p.Reached, p.Locks, p.Rewrites, p.Lost = r.reached, r.locks, r.rewrites, r.losses
	if again, err := planner.New(r.reached, o.To, o.Planner); err != nil || !again.IsEmpty() {
		p.find(notEmpty(again, err))
	}
	p.find(untoldRewrites(r.rewrites, p.Plan)...)
	p.find(untoldLosses(o.From, r.losses, p.Plan)...)
	if err := p.ask(ctx, o, r); err != nil {
		return nil, err
	}
	p.Proven = p.Err() == nil
	return p, nil
}

// short is what differs from what is wanted, without what is left as it is.
func (o *Options) short(is *catalog.Catalog) []catalog.Change {
	return slices.DeleteFunc(catalog.Diff(is, o.To), func(d catalog.Change) bool {
		return o.Planner.Leave != nil && o.Planner.Leave(cmp.Or(d.To, d.From))
	})
}

// read is how the catalog of a clone is read.
func (l *Place) read(ctx context.Context, s target.Session) (*catalog.Catalog, error) {
	if l.Read != nil {
		return l.Read(ctx, s)
	}
	return catalog.Read(ctx, s, kinds.All())
}

// ask has pg_dump compare the state reached with the one wanted.
func (p *Proof) ask(ctx context.Context, o Options, r *run) error {
	if o.Dump == nil || o.ToURL.IsZero() {
		return nil
	}
	type answer struct {
		dump *pgdump.Dump
		err  error
	}
	wanted := make(chan answer, 1)
	go func() {
		dump, err := o.Dump.Schema(ctx, o.ToURL)
		wanted <- answer{dump, err}
	}()
	is, err := o.Dump.Schema(ctx, r.clone.URL)
	want := <-wanted
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil {
		err = want.err
	}
	if err != nil {
		p.find(judgeSilent(err))
		return nil
	}
	p.Judge += " + pg_dump " + o.Dump.Version
	if more, missing := pgdump.Compare(is, want.dump); len(more)+len(missing) > 0 {
		p.find(judgeDiffers(o.Dump, more, missing))
	}
	return nil
}
