package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/scaffold"
	"github.com/cairndb/cairn/internal/target"
)

// InitFrom says what a project has from the database that it was made from.
type InitFrom struct {
	Target   string   `json:"target"`
	Ref      string   `json:"ref,omitempty" jsonschema:"the hosted project that this one is linked to"`
	Platform string   `json:"platform" jsonschema:"what the database stands on: supabase, or none"`
	Major    int      `json:"postgres_major"`
	Fetched  []string `json:"fetched" jsonschema:"the files that the database's history was written to"`
	Pulled   []string `json:"pulled" jsonschema:"the files of what no recorded migration makes"`
	Objects  int      `json:"objects" jsonschema:"how many objects these make or change"`
	Proven   bool     `json:"proven" jsonschema:"the files were replayed and make what the database holds"`
	Recorded []string `json:"recorded" jsonschema:"the versions that the database's history holds since"`

	later string // the command that records what nobody said yes to
}

// baseline is the name of the first migration of a project whose database came before it.
const baseline = "baseline"

// initFrom makes a project of a database that is in use already: its configuration, the migrations that it remembers, and
// one for the rest; proves that they make what is there; and enters that one into the database's history. Every step finds
// what an earlier run has done, so that a run that was cut short is gone on with by running it again.
func (a *App) initFrom(ctx context.Context, req InitRequest, s event.Sink) (_ *InitResult, err error) {
	if req.Plain {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: "--plain and --from exclude each other", Hint: "what the project is for is seen in the database",
		}
	}
	unlock, err := a.alone()
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, rest := targetFirst(eachOnce(s))
	defer rest()
	p, err := a.open(event.Discard) // its findings are told once it is laid
	if err != nil {
		return nil, err
	}
	from := &InitFrom{Fetched: []string{}, Pulled: []string{}, Recorded: []string{}}
	w := req.From
	if w.URL.IsZero() {
		if w, err = a.linkFirst(ctx, p, w, from, s); err != nil {
			return nil, err
		}
	}
	at, err := a.place(ctx, p, w, LinkedByDefault, s)
	if err != nil {
		return nil, err
	}
	from.Target = at.Name()
	t := a.tell("init", from.Target, s)
	defer func() { t.done(err) }()
	f, err := a.look(ctx, p, at)
	if err != nil {
		return nil, err
	}
	from.Platform, from.Major = f.kind(), f.major
	result, p, err := a.lay(scaffold.InitRequest{
		Root: p.Root, Name: req.Name, Force: req.Force, Plain: !f.platform, Major: f.major, Private: f.exposure == platform.NotExposed,
	}, s)
	if err != nil {
		return result, err
	}
	result.From = from
	warnMajor(p, f.major, s)
	take := &takeover{App: a, project: p, at: at, where: w, InitFrom: from, sink: s}
	if err := take.all(ctx, req.Baseline); err != nil {
		return result, aim(err, w, LinkedByDefault)
	}
	if from.later != "" {
		command := onTarget("`"+from.later+"`", w, LinkedByDefault)
		result.Next = append(result.Next, Next{strings.Trim(command, "`"), "records what the database holds"})
	}
	result.Next = append(result.Next, next(p, s)...)
	return result, nil
}

// alone keeps a second run out of the folder until unlock is called, or this process ends.
func (a *App) alone() (unlock func(), err error) {
	dir := filepath.Join(a.StateDir, "init")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritableFolder(dir, err)
	}
	name := sha256.Sum256([]byte(a.Workdir))
	unlock, err = pgbin.TryLock(filepath.Join(dir, hex.EncodeToString(name[:8])))
	if err == nil && unlock == nil {
		err = &finding.Finding{
			Code: finding.InitBusy, Severity: finding.Error, Exit: finding.Locked,
			Message: "another cairn makes a project in " + folder.Shown(a.Workdir) + " now", Hint: "wait for it; what it has done needs no second run",
		}
	}
	return unlock, err
}

// linkFirst links the folder to the hosted project that is meant, which is how the project is reached from then on.
func (a *App) linkFirst(ctx context.Context, p *project.Project, w Where, from *InitFrom, s event.Sink) (Where, error) {
	if _, _, err := refOf(p, w.Project); err != nil { // before anything is asked for
		return w, err
	}
	h, found, err := a.toLink(ctx, p, w.Project, s)
	if err != nil {
		return w, err
	}
	l, err := p.Link()
	if err != nil {
		return w, err
	}
	if l != nil && l.Ref != found.Ref {
		return w, &finding.Finding{
			Code: finding.OtherProject, Severity: finding.Error, Exit: finding.Usage,
			Message: "this folder is linked to " + hostedName(l.Name, l.Ref) + ", and not to " + hostedName(found.Name, found.Ref),
			Hint:    "make the project in another folder, or `cairn unlink` first",
		}
	}
	_, err = a.linkTo(ctx, p, h, found, false, s)
	from.Ref = found.Ref
	return Where{Linked: true, Via: w.Via, Password: w.Password}, err
}

// look finds out what a database stands on.
func (a *App) look(ctx context.Context, p *project.Project, at *place) (*foundation, error) {
	session, err := at.Open(ctx, target.Options{Application: "cairn"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	return foundationOf(ctx, p, session, at.Name())
}
