package cluster

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/pgbin"
)

// Template is a stopped data directory in the cache that clusters are copied from, made the first time it is wanted.
type Template struct {
	Superuser   string                                      // bootstrap superuser; "postgres" where empty
	Fingerprint string                                      // names what Lay makes; another text is another template
	Lay         func(ctx context.Context, url string) error // fills the database "postgres" as the superuser; nil leaves it empty
	Sink        event.Sink                                  // told while a template is made; nil tells nobody
	On          *Template                                   // what Lay goes on top of; nil is an empty cluster
	Phase       string                                      // what laying is called; "lay the platform" where empty
	Passing     bool                                        // one of many that come and go: only the last few are kept
}

// unused is how long a template stays that nobody copied.
const unused = 7 * 24 * time.Hour

// Template returns the template's data directory, for Copy. Two processes may want the same one at once. The error is
// a *finding.Finding, or Lay's.
func (h Host) Template(ctx context.Context, t Template) (string, error) {
	t.Superuser = cmp.Or(t.Superuser, "postgres")
	root := filepath.Join(h.Cache, "templates")
	dir := filepath.Join(root, h.templateName(t))
	if touch(dir) {
		return dir, nil
	}
	if err := pgbin.Folder(root); err != nil {
		return "", err
	}
	unlock, err := pgbin.Lock(ctx, dir+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if touch(dir) {
		return dir, nil
	}
	scratch, err := newScratch(ctx, filepath.Join(h.Cache, "run"), h.Account != nil) // on the cache's disk, for the rename
	if err != nil {
		return "", err
	}
	defer scratch.Remove()
	data := filepath.Join(scratch.Dir, "data")
	if t.Lay == nil {
		err = t.phase(fmt.Sprintf("initialise Postgres %s", h.Postgres.Version), func() error { return h.Init(ctx, data, t.Superuser) })
	} else {
		err = h.lay(ctx, t, scratch.Dir)
	}
	if err != nil {
		return "", err
	}
	if err := h.seal(data); err != nil {
		return "", unwritable(data, err)
	}
	if err := os.Rename(data, dir); err != nil {
		return "", unwritable(dir, err)
	}
	discard(root)
	return dir, nil
}

// HasTemplate reports whether a template is in the cache.
func (h Host) HasTemplate(t Template) bool {
	info, err := os.Stat(filepath.Join(h.Cache, "templates", h.templateName(t)))
	return err == nil && info.IsDir()
}

// lay copies the template that t goes on top of into home and has t fill it.
func (h Host) lay(ctx context.Context, t Template, home string) error {
	below := Template{Superuser: t.Superuser, Sink: t.Sink}
	if t.On != nil {
		below = *t.On
	}
	dir, err := h.Template(ctx, below)
	if err != nil {
		return err
	}
	if err := h.Copy(dir, filepath.Join(home, "data")); err != nil {
		return err
	}
	return t.phase(cmp.Or(t.Phase, "lay the platform"), func() error {
		server, err := h.Start(ctx, Config{Home: home})
		if err != nil {
			return err
		}
		if err := t.Lay(ctx, server.URL("postgres", t.Superuser)); err != nil {
			return err // the folder is thrown away, with the server in it
		}
		return server.Stop(ctx, Fast)
	})
}

// seal flushes a finished data directory and makes it ours, so that the account that runs servers cannot change what
// later clusters are made of.
func (h Host) seal(data string) error {
	if h.Account != nil {
		if err := give(data, os.Geteuid(), os.Getegid()); err != nil {
			return err
		}
	}
	return pgbin.Flush(data)
}

// phase runs do and tells that it started and ended.
func (t Template) phase(name string, do func() error) error {
	if t.Sink == nil {
		return do()
	}
	begin := time.Now()
	t.Sink(event.PhaseStarted{Name: name})
	err := do()
	if err == nil {
		t.Sink(event.PhaseDone{Name: name, Elapsed: time.Since(begin)})
	}
	return err
}

// templateName names a template by everything that its content depends on.
func (h Host) templateName(t Template) string {
	const layout = 1 // of what Init makes
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\n%s\n%s\n%s\n%t\n%s", layout, h.Postgres.Version, h.Postgres.Bin, cmp.Or(t.Superuser, "postgres"), t.Lay != nil, t.Fingerprint))
	name := h.Postgres.Version + "-" + hex.EncodeToString(sum[:8])
	if t.Passing {
		name += passing
	}
	return name
}

// touch reports whether the template is there, and notes that it is used.
func touch(dir string) bool {
	now := time.Now()
	return os.Chtimes(dir, now, now) == nil
}

// passing ends the names of templates of which only the last few are kept, and lastFew is how many these are.
const (
	passing = "-passing"
	lastFew = 8
)

// discard removes templates that were not used for long, and all but the last few of those that come and go.
func discard(root string) {
	entries, _ := os.ReadDir(root)
	var comeAndGo []fs.FileInfo
	for _, entry := range entries {
		info, err := entry.Info()
		switch {
		case err != nil || !entry.IsDir():
		case time.Since(info.ModTime()) > unused:
			_ = os.RemoveAll(filepath.Join(root, entry.Name()))
		case strings.HasSuffix(entry.Name(), passing):
			comeAndGo = append(comeAndGo, info)
		}
	}
	keepNewest(root, comeAndGo, lastFew)
}

// keepNewest removes all but the n of these entries of a folder that were used last.
func keepNewest(dir string, all []fs.FileInfo, n int) {
	slices.SortFunc(all, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	for _, info := range all[min(len(all), n):] {
		_ = os.RemoveAll(filepath.Join(dir, info.Name()))
	}
}
