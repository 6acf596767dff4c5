package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
)

// BaselineRequest asks to mark as applied what a database holds already.
type BaselineRequest struct {
	Where
	DryRun bool // --dry-run: say what is there, and record nothing
}

// BaselineResult says what the database holds of the migrations.
type BaselineResult struct {
	Target     string      `json:"target"`
	Migrations []Baselined `json:"migrations"`
	Recorded   []string    `json:"recorded" jsonschema:"the versions that are marked as applied since"`
	DryRun     bool        `json:"dry_run,omitempty"`
}

// Baselined is what a database holds of one migration.
type Baselined struct {
	Version string   `json:"version"`
	File    string   `json:"file"`
	State   Presence `json:"state" jsonschema:"applied: in the history already; present: proven; unseen: it leaves nothing to see; absent: something of it is missing or different"`
	Lacks   []string `json:"lacks,omitempty" jsonschema:"what is missing or different"`
}

// Presence says whether a database holds what a migration makes.
type Presence string

// The presences.
const (
	IsApplied Presence = "applied"
	IsPresent Presence = "present"
	IsUnseen  Presence = "unseen"
	IsAbsent  Presence = "absent"
)

// Baseline replays the migrations one by one on a shadow, looks for what each leaves behind in the database, and marks
// those as applied that are proven there: all from the first on, up to the last before one of which something is missing.
// What leaves nothing to see, a change of rows, counts as done where something behind it is proven.
func (a *App) Baseline(ctx context.Context, req BaselineRequest, s event.Sink) (_ *BaselineResult, err error) {
	s, rest := targetFirst(s)
	defer rest()
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	from, to, err := a.ends(ctx, p, DiffRequest{Where: req.Where}, defaults["migration baseline"], s)
	if err != nil {
		return nil, err
	}
	t := a.tell("migration baseline", to.label, s)
	defer func() { t.done(err) }()
	w := &comparison{app: a, sink: s, from: from, to: to}
	defer w.close()
	if err := to.open(ctx, p); err != nil {
		return nil, err
	}
	w.project = onPlatform(p, to.major, to.variant)
	if err := w.load(ctx, from, to); err != nil {
		return nil, err
	}
	h, err := a.readHistory(ctx, to.at, s)
	if err != nil {
		return nil, err
	}
	if err := w.read(ctx, to); err != nil {
		return nil, err
	}
	first := slices.IndexFunc(w.files, func(m *migration.Migration) bool { return h.Version(m.Version) == nil })
	if first < 0 {
		first = len(w.files)
	}
	steps, err := w.stepByStep(ctx, first)
	if err != nil {
		return nil, err
	}
	result := &BaselineResult{Target: to.label, DryRun: req.DryRun, Migrations: []Baselined{}, Recorded: []string{}}
	for i, m := range w.files {
		b := Baselined{Version: m.Version, File: m.File.Name, State: IsApplied}
		if h.Version(m.Version) == nil {
			b.State, b.Lacks = presence(steps, i, to.catalog)
		}
		result.Migrations = append(result.Migrations, b)
	}
	proven := result.proven()
	switch {
	case len(w.files) == 0 || len(proven) == 0 && result.complete():
		return result, nil
	case len(proven) == 0:
		return result, result.nothing()
	case req.DryRun:
		return result, nil
	}
	result.Recorded = proven
	_, err = a.Repair(ctx, RepairRequest{Where: req.Where, Versions: proven, Status: "applied"}, asPart(s))
	if err != nil {
		result.Recorded = []string{}
	}
	return result, aim(err, req.Where, defaults["migration baseline"])
}

// stepByStep returns what each migration changes in the catalog, from the one numbered first on; those before it have no
// changes here.
func (w *comparison) stepByStep(ctx context.Context, first int) ([][]catalog.Change, error) {
	steps := make([][]catalog.Change, len(w.files))
	if first == len(w.files) {
		return steps, nil
	}
	before, err := w.platform(ctx)
	if err != nil {
		return nil, err
	}
	server, err := w.shadow(ctx)
	if err != nil {
		return nil, err
	}
	if err := server.Drop(ctx, migrationsState); err != nil { // it may be kept as it is at the end
		return nil, err
	}
	files := w.files
	defer func() { w.files = files }()
	ran := 0
	for i := max(first-1, 0); i < len(files); i++ {
		w.files = files[:i+1]
		if err := w.run(ctx, server, ran); err != nil {
			return nil, err
		}
		ran = i + 1
		after, err := w.inShadow(ctx, migrationsState)
		if err != nil {
			return nil, err
		}
		after = after.Without(isHistory)
		if i >= first {
			steps[i] = catalog.Diff(before, after)
		}
		before = after
	}
	return steps, nil
}

// presence says whether a database holds what step i leaves behind: of each object that no later step changes again.
func presence(steps [][]catalog.Change, i int, is *catalog.Catalog) (Presence, []string) {
	seen := 0
	var lacks []string
	for _, c := range steps[i] {
		id := c.ID()
		again := slices.ContainsFunc(steps[i+1:], func(later []catalog.Change) bool {
			return slices.ContainsFunc(later, func(d catalog.Change) bool { return d.ID() == id })
		})
		if again {
			continue
		}
		seen++
		there := is.Objects[id]
		if up := cmp.Or(c.To, c.From).Up(); c.To != nil && there == nil && up != nil && is.Objects[up.ID] == nil {
			continue // it is said of the whole
		}
		switch {
		case c.To == nil && there != nil:
			lacks = append(lacks, id.String()+" is still there")
		case c.To != nil && there == nil:
			lacks = append(lacks, id.String()+" is missing")
		case c.To != nil && len(c.To.Differing(there)) > 0:
			lacks = append(lacks, fmt.Sprintf("%s differs in %s", id, strings.Join(c.To.Differing(there), ", ")))
		}
	}
	switch {
	case len(lacks) > 0:
		return IsAbsent, lacks
	case seen == 0:
		return IsUnseen, nil
	}
	return IsPresent, nil
}

// proven are the versions to record.
func (r *BaselineResult) proven() []string {
	end := slices.IndexFunc(r.Migrations, func(b Baselined) bool { return b.State == IsAbsent })
	if end < 0 {
		end = len(r.Migrations)
	}
	for end > 0 && r.Migrations[end-1].State == IsUnseen {
		end--
	}
	var versions []string
	for _, b := range r.Migrations[:end] {
		if b.State != IsApplied {
			versions = append(versions, b.Version)
		}
	}
	return versions
}

// complete reports whether everything is in the history already.
func (r *BaselineResult) complete() bool {
	return !slices.ContainsFunc(r.Migrations, func(b Baselined) bool { return b.State != IsApplied })
}

// nothing is the finding for a database in which the first migration that is not recorded is not there.
func (r *BaselineResult) nothing() error {
	f := &finding.Finding{
		Code: finding.EffectMissing, Severity: finding.Error, Exit: finding.Refused,
		Message: "nothing was recorded: " + r.Target + " does not hold what the next migration makes",
		Hint:    "`cairn db diff --to …` shows the whole difference; `cairn db push` applies what is missing",
	}
	for _, b := range r.Migrations {
		switch b.State {
		case IsAbsent:
			f.Detail = b.File + ":\n  " + strings.Join(b.Lacks[:min(len(b.Lacks), shownLacks)], "\n  ")
			return f
		case IsUnseen:
			f.Message = "nothing was recorded: the migrations leave nothing to see in " + r.Target
			f.Hint = "`cairn migration repair --status applied VERSION` takes your word for it"
		}
	}
	return f
}

// shownLacks is how many objects a finding names.
const shownLacks = 10

// verify says whether the database holds what the migrations make that its history records, and nothing else.
func (a *App) verify(ctx context.Context, w Where, s event.Sink) error {
	p, err := a.open(event.Discard)
	if err != nil {
		return err
	}
	from, to, err := a.ends(ctx, p, DiffRequest{Where: w, From: EndHistory}, defaults["status"], s)
	if err != nil {
		return err
	}
	return aim(a.drift(ctx, p, from, to, s), w, defaults["status"])
}

// drift is the finding about a database that is not what its history says, which the end from is; nil where it is.
func (a *App) drift(ctx context.Context, p *project.Project, from, to *end, s event.Sink) error {
	d, err := a.diff(ctx, p, DiffRequest{NoProof: true}, from, to, s)
	if d == nil || len(d.Changes) == 0 { // that no plan leads from one to the other does not count here
		return err
	}
	var lines []string
	changes := slices.DeleteFunc(slices.Clone(d.Changes), func(c DiffChange) bool { return c.isPart })
	for i, c := range changes {
		if i == shownLacks {
			lines = append(lines, fmt.Sprintf("  … and %d more", len(changes)-i))
			break
		}
		words := map[string]string{"added": "is there, and no migration makes it", "removed": "is missing", "changed": "differs in " + strings.Join(c.Attributes, ", ")}
		lines = append(lines, fmt.Sprintf("  %s %s %s", c.Kind, c.Object, words[c.What]))
	}
	return &finding.Finding{
		Code: finding.Drift, Severity: finding.Error, Exit: finding.Findings,
		Message: fmt.Sprintf("%s is not what its history says: %s", to.label, count(len(changes), "difference")), Detail: strings.Join(lines, "\n"),
		Hint: "`cairn db pull` writes what is there as a migration; `cairn db diff --from history` shows the statements",
	}
}
