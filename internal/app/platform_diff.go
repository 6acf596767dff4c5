package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/fidelity"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// PlatformDiffRequest names what our platform is held against: a live project or a schema dump.
type PlatformDiffRequest struct {
	URL  secret.String
	Dump *source.File // nil where a live project is meant
}

// PlatformDiff says in what our platform is not another one.
type PlatformDiff struct {
	Version     string                `json:"version" jsonschema:"year and month that our platform stands for"`
	Exposure    string                `json:"exposure" jsonschema:"which default privileges were compared: classic or not exposed"`
	Major       int                   `json:"major" jsonschema:"of Postgres, on both sides"`
	Target      string                `json:"target" jsonschema:"what our platform was compared with"`
	New         int                   `json:"new" jsonschema:"objects that are there only"`
	Gone        int                   `json:"gone" jsonschema:"objects that are here only"`
	Changed     int                   `json:"changed" jsonschema:"objects on both sides with other properties"`
	Same        int                   `json:"same"`
	Bodies      int                   `json:"bodies" jsonschema:"those of the changed ones in which only the body of a function is written otherwise"`
	Differences []fidelity.Difference `json:"differences"`
	Purposed    []fidelity.Difference `json:"purposed" jsonschema:"differences that our platform has by decision, each with the reason"`
	Own         []string              `json:"own" jsonschema:"what is the project's own there, by name"`
	Unseen      []fidelity.Gap        `json:"unseen" jsonschema:"what could not be seen there and was not compared"`
	Failed      int                   `json:"failed_statements" jsonschema:"statements of the dump that did not run; each is a finding"`
}

// PlatformDiff compares the platform that our shadows hold with that of a live project, of which it only reads the
// catalog, or of a dump, which it restores into a server of its own. Differences are a finding with exit Findings.
func (a *App) PlatformDiff(ctx context.Context, req PlatformDiffRequest, s event.Sink) (_ *PlatformDiff, err error) {
	if req.Dump == nil && req.URL.IsZero() {
		return nil, &finding.Finding{
			Code: finding.NoTarget, Severity: finding.Error, Exit: finding.Usage,
			Message: "nothing to compare our platform with",
			Hint:    "name a project's database with --db-url URL, or a schema dump of one with --dump FILE",
		}
	}
	p, err := a.open(s)
	if err != nil {
		return nil, err
	}
	other := &otherPlatform{}
	var at *place
	if req.Dump != nil {
		other.label, other.dump = "the dump "+req.Dump.Name, &fidelity.Dump{File: req.Dump}
	} else {
		if at, err = placeAt(p, req.URL); err != nil {
			return nil, err
		}
		other.label = at.Name()
	}
	started := a.Now()
	run := apply.NewRun(started)
	s(event.RunStarted{Run: run, Verb: "dev platform-diff", Target: other.label, At: started})
	defer func() { s(event.RunDone{Run: run, Exit: ExitOf(err), Elapsed: a.Now().Sub(started)}) }()
	if req.Dump != nil {
		err = a.restore(ctx, p, other, s)
	} else {
		err = other.live(ctx, p, at)
	}
	if err != nil {
		return nil, err
	}
	if !other.reading.IsPlatform() {
		return nil, other.noPlatform()
	}
	ours, err := a.ourPlatform(ctx, p, other, s)
	if err != nil {
		return nil, err
	}
	if other.dump != nil {
		other.dump.Blind(other.reading, ours)
	}
	c := fidelity.Compare(ours, other.reading)
	r := &PlatformDiff{
		Version: platform.Version, Exposure: other.exposure.String(), Major: other.major, Target: other.label,
		Differences: c.Differences, Purposed: c.Purposed, Own: c.Own, Unseen: c.Gaps, Same: c.Same,
	}
	for _, d := range c.Differences {
		if d.IsBody() {
			r.Bodies++
		}
		switch d.Status {
		case fidelity.New:
			r.New++
		case fidelity.Gone:
			r.Gone++
		default:
			r.Changed++
		}
	}
	if other.dump != nil {
		r.Failed = len(other.dump.Failed())
	}
	if len(r.Differences) == 0 {
		return r, nil
	}
	return r, &finding.Finding{
		Code: finding.PlatformDiffers, Severity: finding.Error, Exit: finding.Findings,
		Message: fmt.Sprintf("our platform of %s is not that of %s: %d new there, %d here only, %d changed", r.Version, r.Target, r.New, r.Gone, r.Changed),
	}
}

// otherPlatform is what ours is compared with.
type otherPlatform struct {
	label    string
	major    int
	exposure platform.Exposure
	reading  *fidelity.Reading
	dump     *fidelity.Dump // nil for a live project
}

// noPlatform is the one finding about a database that is no Supabase project's.
func (o *otherPlatform) noPlatform() error {
	f := &finding.Finding{
		Code: finding.NoPlatform, Severity: finding.Error, Exit: finding.Findings,
		Message: o.label + " holds no Supabase platform: none of the schemas auth, storage and realtime is there",
		Hint:    "name the database of a Supabase project",
	}
	if o.dump != nil {
		f.Hint = "`supabase db dump` leaves the platform out: make the dump with `pg_dump --schema-only`, or name its schemas (--schema auth,storage,…)"
	}
	return f
}

// live reads the platform of a live project.
func (o *otherPlatform) live(ctx context.Context, p *project.Project, at *place) error {
	session, err := at.Open(ctx, target.Options{Application: "cairn platform-diff"})
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	if o.major = session.Facts().Server / 10000; !slices.Contains(pgbin.Majors, o.major) {
		return o.otherMajor()
	}
	return o.read(ctx, p, session, fidelity.Read)
}

// restore restores the dump into a bare server and reads the platform there.
func (a *App) restore(ctx context.Context, p *project.Project, o *otherPlatform, s event.Sink) error {
	o.major = cmp.Or(o.dump.Major(), p.Config.DB.MajorVersion)
	if !slices.Contains(pgbin.Majors, o.major) {
		return o.otherMajor()
	}
	finder, err := a.finder(s)
	if err != nil {
		return err
	}
	bare, err := shadow.Start(ctx, shadow.Options{Finder: finder, Major: o.major, Superuser: platform.Superuser, Sink: s})
	if err != nil {
		return err
	}
	defer bare.Close()
	session, err := onBase(ctx, bare)
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	began := a.Now()
	s(event.PhaseStarted{Name: "restore the dump", Detail: o.dump.File.Name})
	if err := o.dump.Restore(ctx, session); err != nil {
		return err
	}
	s(event.PhaseDone{Name: "restore the dump", Elapsed: a.Now().Sub(began)})
	if err := tellFindings(o.dump.Failed(), s); err != nil {
		return err
	}
	return o.read(ctx, p, session, o.dump.Read)
}

// read reads a platform, and which default privileges it has.
func (o *otherPlatform) read(
	ctx context.Context, p *project.Project, s target.Session, read func(context.Context, target.Session) (*fidelity.Reading, error),
) (err error) {
	if o.reading, err = read(ctx, s); err != nil {
		return err
	}
	o.exposure, err = exposure(ctx, p, s)
	return err
}

// ourPlatform reads the platform of a shadow that is like the other side.
func (a *App) ourPlatform(ctx context.Context, p *project.Project, like *otherPlatform, s event.Sink) (*fidelity.Reading, error) {
	same := onPlatform(p, like.major, like.exposure)
	same.Config.Cairn.Platform = project.PlatformSupabase
	ours, err := a.shadow(ctx, same, s)
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	session, err := onBase(ctx, ours)
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	return fidelity.Read(ctx, session)
}

// onBase connects to a shadow's base, of which nothing here makes copies: settings of the database are read too.
func onBase(ctx context.Context, s *shadow.Shadow) (target.Session, error) {
	base := &direct.Target{URL: secret.New(s.URL(shadow.Base, platform.Superuser)), Label: "the shadow", IsLocal: true}
	return base.Open(ctx, target.Options{Application: "cairn platform-diff"})
}

// exposure is the variant of default privileges that the session's database shows, or that of the configuration where
// it may not be read.
func exposure(ctx context.Context, p *project.Project, s target.Session) (platform.Exposure, error) {
	e, err := platform.ProbeExposure(ctx, s)
	if _, refused := errors.AsType[*target.StatementError](err); refused {
		e, err = configuredExposure(p), nil
	}
	if err != nil {
		return e, &finding.Finding{
			Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, Cause: err,
			Message: "the connection was lost while the platform was read", Hint: "nothing was changed: run it again",
		}
	}
	return e, nil
}

// otherMajor is the finding about a Postgres that our platform is not made for.
func (o *otherPlatform) otherMajor() error {
	return &finding.Finding{
		Code: finding.ServerVersion, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("%s is of Postgres %d, and our platform is made for %d to %d", o.label, o.major, pgbin.Majors[0], pgbin.Majors[len(pgbin.Majors)-1]),
	}
}
