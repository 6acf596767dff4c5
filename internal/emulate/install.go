package emulate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
)

// Install returns an installation that is inst with the shims added for extensions that inst lacks. Nothing of inst is
// changed: what is returned is a folder in the cache that holds links to inst's files, its programs, which find the
// rest by where they lie, and the shims. It has a name of its own for every set of shims and extensions, so that two
// versions of cairn, or two processes, do not meet in it, and so that templates are made anew when a shim changes.
//
// Where it cannot be done, inst itself is returned with a note that says why.
func Install(ctx context.Context, f *pgbin.Finder, inst *pgbin.Installation) (*pgbin.Installation, *finding.Finding) {
	made, err := install(ctx, f, inst)
	if err == nil {
		return made, nil
	}
	return inst, &finding.Finding{
		Code: finding.NoEmulation, Severity: finding.Note, Cause: err,
		Message: fmt.Sprintf("extensions that the Postgres in %s lacks are not emulated", inst.Bin),
		Detail:  err.Error(),
		Hint:    "unset CAIRN_POSTGRES so that cairn takes a Postgres of its own, or install the extensions that the project needs",
	}
}

func install(ctx context.Context, f *pgbin.Finder, inst *pgbin.Installation) (*pgbin.Installation, error) {
	if inst.Share == "" {
		return nil, errors.New("its share folder was not found")
	}
	lacking, key, err := missing(inst)
	if err != nil {
		return nil, err
	}
	if len(lacking) == 0 {
		return inst, nil
	}
	bin, err := filepath.EvalSymlinks(inst.Bin)
	if err != nil {
		return nil, err
	}
	share, err := filepath.EvalSymlinks(inst.Share)
	if err != nil {
		return nil, err
	}
	o := overlay{bin: bin, share: share}
	o.base = common(filepath.Dir(bin), share)
	home := filepath.Join(f.Cache, "emulated", inst.Version+"-"+key)
	made := *inst
	made.Bin, made.Share = o.at(home, bin), o.at(home, share)
	if inst.Lib != "" {
		if !under(inst.Lib, filepath.Dir(bin)) {
			return nil, fmt.Errorf("its modules in %s do not lie beside its programs", inst.Lib)
		}
		made.Lib = o.at(home, inst.Lib)
	}
	if _, err := os.Stat(home); err == nil {
		return &made, nil
	}
	if err := pgbin.Folder(filepath.Dir(home)); err != nil {
		return nil, err
	}
	unlock, err := pgbin.Lock(ctx, home+".lock")
	if err != nil {
		return nil, err
	}
	defer unlock()
	if _, err := os.Stat(home); err == nil {
		return &made, nil
	}
	part := home + ".part" // of a process that was killed, or none's: we hold the lock
	if err := os.RemoveAll(part); err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(part) }()
	if err := o.build(part, lacking); err != nil {
		return nil, err
	}
	if err := o.check(ctx, part, f.Account); err != nil {
		return nil, err
	}
	if err := os.Rename(part, home); err != nil {
		return nil, err
	}
	return &made, nil
}

// missing returns the shims for what the installation lacks, and a key that changes with everything that an overlay
// is made of.
func missing(inst *pgbin.Installation) ([]shim, string, error) {
	all, err := shims(inst.Major)
	if err != nil {
		return nil, "", err
	}
	folder := filepath.Join(inst.Share, "extension")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, "", err
	}
	program, err := os.Stat(inst.Program("postgres"))
	if err != nil {
		return nil, "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, inst.Bin, inst.Share, program.Size(), program.ModTime().UnixNano(), fingerprint(all))
	for _, e := range entries {
		fmt.Fprintln(h, e.Name())
	}
	var lacking []shim
	for _, s := range all {
		control, err := os.ReadFile(filepath.Join(folder, s.name+".control"))
		if errors.Is(err, os.ErrNotExist) || err == nil && bytes.Contains(control, []byte(mark)) {
			lacking = append(lacking, s)
		}
	}
	return lacking, hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// names returns the names of the shim's files in order.
func (s shim) names() []string { return slices.Sorted(maps.Keys(s.files)) }

// overlay says where an installation lies. A server finds its files by the way from its program to them, so that way
// is kept: what lies at base/x lies at home/x.
type overlay struct{ bin, share, base string }

func (o overlay) at(home, dir string) string {
	rest, _ := filepath.Rel(o.base, dir)
	return filepath.Join(home, rest)
}

// build makes the overlay in the new folder home.
func (o overlay) build(home string, lacking []shim) error {
	root, extensions := filepath.Dir(o.bin), filepath.Join(o.share, "extension")
	real := map[string]bool{o.bin: true, root: true, o.share: true, extensions: true} // folders, not links to one
	for dir := filepath.Dir(o.share); under(dir, root); dir = filepath.Dir(dir) {
		real[dir] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(real)) {
		if err := o.mirror(home, dir, real); err != nil {
			return err
		}
	}
	for _, s := range lacking {
		for _, name := range s.names() {
			file := filepath.Join(o.at(home, extensions), name)
			if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			if err := os.WriteFile(file, s.files[name], 0o644); err != nil {
				return err
			}
			if err := os.Chmod(file, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// mirror makes one folder with links to what it holds, save for what is made by itself.
func (o overlay) mirror(home, dir string, real map[string]bool) error {
	to := o.at(home, dir)
	if err := pgbin.Folder(to); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		from, link := filepath.Join(dir, e.Name()), filepath.Join(to, e.Name())
		switch {
		case real[from]:
			continue
		case dir == o.bin && (e.Name() == "postgres" || e.Name() == "initdb"):
			err = program(from, link)
		default:
			err = os.Symlink(from, link)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// program puts a program at another place. A link would lead back: programs follow it before they look around.
func program(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(0o755), out.Close())
}

// check asks the programs in home whether that is where they look for the rest.
func (o overlay) check(ctx context.Context, home string, account *pgbin.Account) error {
	cmd := exec.CommandContext(ctx, filepath.Join(o.at(home, o.bin), "initdb"), "--show", "--pgdata="+filepath.Join(home, "none"))
	cmd.Dir, cmd.Env = "/", []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
	account.Apply(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("a copy of it does not run: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if !strings.Contains(string(out), "share_path="+o.at(home, o.share)+"\n") {
		return errors.New("a copy of it still looks for extensions in the folder of the original")
	}
	return nil
}

// common returns the innermost folder that holds both.
func common(a, b string) string {
	for !under(b, a) {
		a = filepath.Dir(a)
	}
	return a
}

// under reports whether path is dir or lies below it.
func under(path, dir string) bool {
	rest, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rest)
}
