package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/replay"
	"github.com/cairndb/cairn/internal/source"
)

// FileProof says what was shown of files by running them on a throwaway server, behind the migrations that the target has
// recorded.
type FileProof struct {
	Behind  int           `json:"behind" jsonschema:"the migrations that ran before them"`
	Files   []string      `json:"files" jsonschema:"what ran to its end"`
	Open    []string      `json:"open,omitempty" jsonschema:"what can only be seen on the target: it needs rows that no migration makes"`
	Elapsed time.Duration `json:"elapsed_ns"`
}

// proof runs pending files on a shadow like the runner's target. The error is the finding about the first file that does
// not run there, or about what is recorded on the target and does not replay.
func (a *App) proof(
	ctx context.Context, p *project.Project, at *place, r *apply.Runner, local, pending []*migration.Migration, s event.Sink,
) (*FileProof, error) {
	before := recorded(r.History(), local, nil)
	began, phase := a.Now(), "prove "+count(len(pending), "file")+" behind "+count(len(r.History().Rows), "migration")
	s(event.PhaseStarted{Name: phase})
	defer func() { s(event.PhaseDone{Name: phase, Elapsed: a.Now().Sub(began)}) }()
	w := &comparison{app: a, sink: about(pending, at, s), files: before}
	defer w.close()
	variant, err := configuredExposure(p), error(nil)
	if p.Config.Cairn.Platform == project.PlatformSupabase {
		if variant, err = exposure(ctx, p, r.Session()); err != nil {
			return nil, err
		}
	}
	w.project = onPlatform(p, r.Session().Facts().Server/10000, variant)
	if w.roles, err = a.rolesFile(p, w.sink); err != nil {
		return nil, err
	}
	server, err := w.lay(ctx)
	if errors.Is(err, errAbsent) {
		w.close()
		w.server, w.past = nil, true
		s(event.Found{Finding: passedBy(finding.As(err))})
		server, err = w.lay(ctx)
	}
	var result *replay.Result
	if err == nil {
		result, err = w.replayed(ctx, server, slices.Concat(before, pending), true)
	}
	switch {
	case ctx.Err() != nil: // whatever a statement that was cut off looks like
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, unprovable(err, at)
	}
	proof := &FileProof{Behind: len(before), Files: []string{}}
	var wrong []*finding.Finding
	failed := map[*migration.Migration]bool{}
	for _, failure := range result.Failures {
		cause, f := failure.Cause, failure.Finding
		if !slices.Contains(pending, failure.File) {
			continue
		}
		failed[failure.File] = true
		if cause.Absent() {
			proof.Open = append(proof.Open, failure.File.File.Name)
		}
		switch {
		case cause.Failure == failure:
			f = cause.Finding
		case slices.Contains(pending, cause.Failure.File):
			continue // that one's finding names this file
		}
		wrong = append(wrong, disproof(f, cause.Absent()))
	}
	for _, m := range pending {
		if !failed[m] {
			proof.Files = append(proof.Files, m.File.Name)
		}
	}
	proof.Elapsed = a.Now().Sub(began)
	return proof, tellFindings(wrong, s)
}

// about leaves out of the stream of a proof what there is to tell of other files than those that are proven. On a database of ours applying them will tell it again.
func about(files []*migration.Migration, at *place, s event.Sink) event.Sink {
	proven := map[*source.File]bool{}
	for _, m := range files {
		proven[m.File] = !at.ours
	}
	return func(e event.Event) {
		if found, ok := e.(event.Found); !ok || proven[found.Finding.At.File] {
			s(e)
		}
	}
}

// disproof is the finding about a file that does not run on the shadow. Where rows may be all that it lacks, that is no
// more than a warning.
func disproof(cause *finding.Finding, absent bool) *finding.Finding {
	f := *cause
	f.Exit = finding.Refused
	if absent {
		f.Severity = finding.Warning
		f.Detail = paragraphs(f.Detail, "it fails on a copy without rows: whether it runs on the target, only the target shows")
	} else {
		f.Detail = paragraphs(f.Detail, "it was tried on a copy; nothing was changed")
	}
	return &f
}

// passedBy is the note about a file in the target's history that the copy goes without.
func passedBy(f *finding.Finding) *finding.Finding {
	return &finding.Finding{
		Code: finding.Unprovable, Severity: finding.Note, At: f.At, Cause: f,
		Message: "this file, which the target has, fails on a copy without rows: the proof goes without it", Detail: f.Detail,
	}
}

// unprovable is the finding for a target behind whose history nothing can be tried.
func unprovable(err error, at *place) error {
	f := finding.As(err)
	if f == nil || f.Exit != finding.Refused && f.Code != finding.ServerVersion {
		return err
	}
	return &finding.Finding{
		Code: finding.Unprovable, Severity: finding.Error, Exit: finding.Refused, At: f.At, Cause: err,
		Message: "nothing can be proven behind what is applied on " + at.Name() + ": " + f.Message, Detail: f.Detail,
		Hint: "`cairn migration check` says what to mend; --no-proof applies without a proof; nothing was changed",
	}
}
