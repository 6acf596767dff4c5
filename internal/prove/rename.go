package prove

import (
	"context"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/rename"
)

// Renamed is what renaming makes of the state that a plan starts from.
type Renamed struct {
	From  *catalog.Catalog // the state with the new names, to plan from
	Steps []planner.Step   // what leads to it, to stand before that plan
	Taken []rename.Candidate
	Left  []rename.Candidate // what came into question and was not taken
}

// Findings tell of what may have been renamed and is planned otherwise.
func (r *Renamed) Findings() []*finding.Finding {
	var all []*finding.Finding
	for _, c := range r.Left {
		why := c.Note
		if why == "" {
			why = "it was not taken"
		}
		all = append(all, &finding.Finding{
			Code: finding.MaybeRenamed, Severity: finding.Note,
			Message: "may have been renamed: " + c.String(), Detail: why,
			Hint: "if it was, rename it first, or answer so with --renames ask; else one is dropped and the other made",
		})
	}
	return all
}

// Sure chooses the candidates that are sure: --renames auto.
func Sure(all []rename.Candidate) []rename.Candidate {
	return slices.DeleteFunc(slices.Clone(all), func(c rename.Candidate) bool { return !c.Sure })
}

// rounds is how deep what is renamed may lie in what is renamed: a label of a type in a schema.
const rounds = 5

// Renames finds what was renamed on the way from one state to another: choose says which candidates are to be tried, and
// those are taken with which the plan for the rest is smaller and loses no more. Postgres itself carries the names on to
// what mentions them.
func Renames(ctx context.Context, l Place, from, to *catalog.Catalog, choose func([]rename.Candidate) []rename.Candidate) (*Renamed, error) {
	if l.Planner.Role == "" {
		l.Planner.Role = from.Role
	}
	r := &Renamed{From: from}
	refused := map[string]bool{}
	for range rounds {
		var open []rename.Candidate
		for _, c := range rename.Candidates(r.From, to) {
			if !refused[c.String()] {
				open = append(open, c)
			}
		}
		chosen := open
		if len(open) > 0 {
			chosen = choose(open)
		}
		if len(chosen) == 0 {
			break
		}
		took, err := r.tried(ctx, l, to, chosen)
		if err != nil {
			return nil, err
		}
		if took {
			continue
		}
		for _, c := range chosen {
			better := false
			if len(chosen) > 1 {
				if better, err = r.tried(ctx, l, to, []rename.Candidate{c}); err != nil {
					return nil, err
				}
			}
			took = took || better
			refused[c.String()] = !better
		}
		if !took {
			break
		}
	}
	r.Left = rename.Candidates(r.From, to)
	return r, nil
}

// tried takes candidates together, if that makes the plan for the rest better.
func (r *Renamed) tried(ctx context.Context, l Place, to *catalog.Catalog, some []rename.Candidate) (bool, error) {
	c := &catalog.Context{Server: l.Planner.Server, Role: l.Planner.Role, Database: l.Planner.Database, From: r.From, To: to, Online: l.Planner.Online}
	if c.Server == 0 {
		c.Server = r.From.Server
	}
	steps := slices.Clone(r.Steps)
	for _, candidate := range some {
		steps = append(steps, candidate.Step(c)...)
	}
	way, err := l.try(ctx, Options{Place: l, From: r.From, To: to}, &planner.Plan{Steps: steps}, seeding{none: true})
	defer way.close()
	if err != nil || way.failed != nil {
		return false, err
	}
	after, err := planner.New(way.reached, to, l.Planner)
	if err != nil {
		return false, nil
	}
	before, err := planner.New(r.From, to, l.Planner)
	if err == nil && !better(before, after, len(steps)-len(r.Steps)) { // without the names there may be no plan at all
		return false, nil
	}
	r.From, r.Steps, r.Taken = way.reached, steps, append(r.Taken, some...)
	return true, nil
}

// better reports whether a plan after so many renames is smaller than the one without them, and loses no more.
func better(before, after *planner.Plan, renames int) bool {
	was, is := len(before.Hazards(catalog.Loss)), len(after.Hazards(catalog.Loss))
	return is < was || is == was && len(after.Steps)+renames < len(before.Steps)
}
