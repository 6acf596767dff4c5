// Package pgbin finds the programs of a Postgres server of a wanted major, or fetches them, and knows the two facts
// about the machine that everything else which starts Postgres needs: where the cache is and whom to run it as.
package pgbin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// Majors are the Postgres majors that cairn works with, oldest first.
var Majors = []int{15, 16, 17, 18}

// Installation is a Postgres server's programs on this machine.
type Installation struct {
	Major   int
	Version string // "17.10", as `postgres --version` says it
	Bin     string // folder of postgres and initdb
	Share   string // folder with postgres.bki and extension/; "" where it was not found
	Lib     string // folder of the loadable modules; "" where it was not found
	Source  string // where it came from: "CAIRN_POSTGRES", "cache", "installed", "npm"
}

// Program returns the path of one of the installation's programs: "postgres", "initdb".
func (i *Installation) Program(name string) string { return filepath.Join(i.Bin, name) }

// Finder finds Postgres installations. Two processes may look for the same one at once.
type Finder struct {
	Cache    string              // folder of fetched servers, see Cache
	Account  *Account            // whom to run a found server as; nil is whom we are
	Getenv   func(string) string // os.Getenv
	OS, Arch string              // runtime.GOOS, runtime.GOARCH
	Sink     event.Sink          // told when a server is fetched; nil tells nobody

	// Extend returns what is used in place of an installation that was found, such as one with more extensions, and
	// what is to be told of that; nil leaves all as they are found.
	Extend func(context.Context, *Finder, *Installation) (*Installation, *finding.Finding)

	known []string // folders to look into for an installed server; nil stands for knownFolders
}

// Find returns a server of the major: the one that CAIRN_POSTGRES names, else one from the cache, else one that is
// installed, else the pinned npm package; in each case as Extend makes it. The error is a *finding.Finding.
func (f *Finder) Find(ctx context.Context, major int) (*Installation, error) {
	inst, err := f.find(ctx, major)
	if err != nil || f.Extend == nil {
		return inst, err
	}
	inst, note := f.Extend(ctx, f, inst)
	if note != nil && f.Sink != nil {
		f.Sink(event.Found{Finding: note})
	}
	return inst, nil
}

func (f *Finder) find(ctx context.Context, major int) (*Installation, error) {
	if !slices.Contains(Majors, major) {
		return nil, &finding.Finding{
			Code: finding.ServerVersion, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("Postgres %d is not a version that cairn works with", major),
			Hint:    "set [db] major_version to 15, 16, 17 or 18",
		}
	}
	if dir := f.Getenv("CAIRN_POSTGRES"); dir != "" {
		return f.named(ctx, dir, major)
	}
	pin, pinned := f.pin(major)
	if pinned {
		if inst := f.cached(pin); inst != nil {
			return inst, nil
		}
	}
	if inst := f.installed(ctx, major); inst != nil {
		return inst, nil
	}
	if !pinned {
		return nil, f.missing(major, fmt.Sprintf("there is no package for %s on %s", f.OS, f.Arch), nil)
	}
	return f.fetch(ctx, pin)
}

// named looks into the folder that CAIRN_POSTGRES names: a bin folder or its parent.
func (f *Finder) named(ctx context.Context, dir string, major int) (*Installation, error) {
	refuse := func(message, detail string) error {
		return &finding.Finding{
			Code: finding.NoPostgres, Severity: finding.Error, Exit: finding.Usage, Message: message, Detail: detail,
			Hint: fmt.Sprintf("point CAIRN_POSTGRES at the bin folder of a Postgres %d server, or unset it", major),
		}
	}
	var last error
	for _, bin := range []string{dir, filepath.Join(dir, "bin")} {
		inst, err := f.inspect(ctx, bin, "CAIRN_POSTGRES")
		if err != nil {
			if last == nil || !errors.Is(err, os.ErrNotExist) {
				last = err
			}
			continue
		}
		if inst.Major != major {
			return nil, refuse(fmt.Sprintf("CAIRN_POSTGRES is Postgres %s, the project needs Postgres %d", inst.Version, major), inst.Bin)
		}
		return inst, nil
	}
	return nil, refuse(fmt.Sprintf("CAIRN_POSTGRES (%s) holds no Postgres server", dir), last.Error())
}

// missing is the finding for a major that could not be had.
func (f *Finder) missing(major int, detail string, cause error) error {
	var install string
	switch f.OS {
	case "darwin":
		install = fmt.Sprintf("install it with `brew install postgresql@%d`", major)
	default:
		install = fmt.Sprintf("install it (Debian, Ubuntu: `apt install postgresql-%d`)", major)
	}
	return &finding.Finding{
		Code: finding.NoPostgres, Severity: finding.Error, Exit: finding.Usage, Cause: cause,
		Message: fmt.Sprintf("no Postgres %d server on this machine, and none could be fetched", major),
		Detail:  detail,
		Hint:    install + ", or npm so that cairn can fetch one, or set CAIRN_POSTGRES to the bin folder of one",
	}
}

// phase tells that name started and returns what tells that it is done.
func (f *Finder) phase(name, detail string) (done func()) {
	if f.Sink == nil {
		return func() {}
	}
	begin := time.Now()
	f.Sink(event.PhaseStarted{Name: name, Detail: detail})
	return func() { f.Sink(event.PhaseDone{Name: name, Elapsed: time.Since(begin)}) }
}

// look returns the path of a program on PATH, or "".
func (f *Finder) look(program string) string {
	for dir := range strings.SplitSeq(f.Getenv("PATH"), string(os.PathListSeparator)) {
		if !filepath.IsAbs(dir) {
			continue // a relative entry would run whatever the present folder holds
		}
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}
