// Package folder reads and writes the files of one folder tree and never leaves it: a link that leads out, a device,
// a FIFO and a file past the size limit are findings, and a file appears whole under its name or not at all.
package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/cairndb/cairn/internal/finding"
)

// Folder is an open folder tree. Names given to its methods are relative to it, with slashes.
type Folder struct {
	root     *os.Root
	path     string                              // absolute
	hardLink func(oldname, newname string) error // root.Link

	mu      sync.Mutex
	parents map[string]*os.Root // folders that files were read from, so that each of many files is one step away
}

// Open opens the folder at path. Its errors are findings with exit Usage; errors.Is(err, fs.ErrNotExist) holds for a
// folder that is not there.
func Open(path string) (*Folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, failed(path, "open", err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &finding.Finding{
			Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
			Message: "there is no folder " + Shown(path),
		}
	case err != nil:
		return nil, failed(path, "open", err)
	case !info.IsDir():
		return nil, &finding.Finding{
			Code: finding.NotRegular, Severity: finding.Error, Exit: finding.Usage,
			Message: Shown(path) + " is a file where a folder belongs",
		}
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, failed(path, "open", err)
	}
	return &Folder{root: root, path: path, hardLink: root.Link}, nil
}

// Close closes the folder.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, parent := range f.parents {
		_ = parent.Close()
	}
	clear(f.parents)
	return f.root.Close()
}

// parent returns the folder that the file name stands in, and the file's name there.
func (f *Folder) parent(name string) (*os.Root, string) {
	dir, base := filepath.Split(filepath.FromSlash(name))
	if dir == "" || !filepath.IsLocal(name) {
		return f.root, name
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	parent := f.parents[dir]
	if parent == nil {
		var err error
		if parent, err = f.root.OpenRoot(dir); err != nil {
			return f.root, name // where the way there goes wrong shows when it is gone
		}
		if f.parents == nil {
			f.parents = map[string]*os.Root{}
		}
		f.parents[dir] = parent
	}
	return parent, base
}

// Path returns the folder's absolute path.
func (f *Folder) Path() string { return f.path }

// FS returns the tree for fs.Glob and fs.WalkDir; what links lead out of it cannot be reached.
func (f *Folder) FS() fs.FS { return f.root.FS() }

// Within returns path, which is absolute, relative to the folder, and whether it lies in it by name.
func (f *Folder) Within(path string) (string, bool) {
	rel, err := filepath.Rel(f.path, path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// Entries lists the direct children of the folder name, sorted by the bytes of their names.
func (f *Folder) Entries(name string) ([]fs.DirEntry, error) {
	within, err := f.resolve(name)
	if err != nil {
		return nil, err
	}
	info, err := f.root.Stat(within)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &finding.Finding{
			Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
			Message: "there is no folder " + Shown(name),
		}
	}
	if err == nil && !info.IsDir() {
		return nil, &finding.Finding{
			Code: finding.NotRegular, Severity: finding.Error, Exit: finding.Usage,
			Message: Shown(name) + " is a file where a folder belongs",
		}
	}
	if err != nil {
		return nil, failed(name, "read", err)
	}
	entries, err := fs.ReadDir(f.root.FS(), within)
	if err != nil {
		return nil, failed(name, "read", err)
	}
	return entries, nil
}

// Read returns the bytes of the regular file name, which it opens once and reads once. A link is followed where it
// stays in the tree. Its errors are findings with exit Usage: OutsideProject, NotRegular, TooLarge, Unreadable.
func (f *Folder) Read(name string, limit int64) ([]byte, error) {
	root, within := f.parent(name)
	// A device may act on being opened, so look first; the look after opening is the one that counts.
	if info, err := root.Lstat(within); err != nil || !info.Mode().IsRegular() {
		root = f.root
		if within, err = f.resolve(name); err != nil {
			return nil, err
		}
		if info, err = f.root.Stat(within); err != nil {
			return nil, failed(name, "read", err)
		}
		if err := regular(name, info); err != nil {
			return nil, err
		}
	}
	file, err := root.OpenFile(within, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, failed(name, "read", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, failed(name, "read", err)
	}
	if err := regular(name, info); err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, tooLarge(name, limit)
	}
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := file.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, tooLarge(name, limit)
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, failed(name, "read", err)
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

// resolve follows links by hand where os.Root would not, since it takes every absolute link for one that leads out.
// What it returns is only a name: os.Root holds the border whatever happens to the links meanwhile.
func (f *Folder) resolve(name string) (string, error) {
	local := filepath.FromSlash(name)
	if !filepath.IsLocal(local) {
		return "", outside(name, name)
	}
	full := filepath.Join(f.path, local)
	target, err := filepath.EvalSymlinks(full)
	if errors.Is(err, fs.ErrNotExist) {
		if to, err := os.Readlink(full); err == nil {
			if !filepath.IsLocal(filepath.Join(filepath.Dir(local), to)) && !strings.HasPrefix(to, f.path+string(filepath.Separator)) {
				return "", outside(name, to)
			}
			return "", &finding.Finding{
				Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: fs.ErrNotExist,
				Message: fmt.Sprintf("%s is a link to %s, which is not there", Shown(name), Shown(to)),
			}
		}
		return local, nil // the caller's own look says so
	}
	if err != nil {
		return "", failed(name, "read", err)
	}
	home, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		return "", failed(name, "read", err)
	}
	rel, err := filepath.Rel(home, target)
	if err != nil || !filepath.IsLocal(rel) {
		return "", outside(name, target)
	}
	return rel, nil
}

func regular(name string, info fs.FileInfo) error {
	what := ""
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		what = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		what = "a FIFO"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	default:
		what = "no regular file"
	}
	return &finding.Finding{
		Code: finding.NotRegular, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("%s is %s where a file belongs", Shown(name), what),
		Hint:    "remove it or give it a name that does not end in .sql",
	}
}

func tooLarge(name string, limit int64) error {
	return &finding.Finding{
		Code: finding.TooLarge, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("%s is larger than %d bytes", Shown(name), limit),
		Hint:    "part it into several files, or load the data with COPY outside the migrations",
	}
}

func outside(name, target string) error {
	return &finding.Finding{
		Code: finding.OutsideProject, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("%s leads out of the project, to %s", Shown(name), Shown(target)),
		Hint:    "put a copy of the file in its place, or name the real folder with --workdir or --dir",
	}
}

func failed(name, verb string, err error) error {
	why := err
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		why = path.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		why = link.Err
	}
	f := &finding.Finding{
		Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: fmt.Sprintf("cannot %s %s: %v", verb, Shown(name), why),
	}
	if errors.Is(err, fs.ErrPermission) {
		f.Hint = "give the user that runs cairn the right to it"
	}
	return f
}

// Shown returns name as a person may see it: line breaks, escape sequences, invisible characters and bytes that are
// not UTF-8 appear as escapes.
func Shown(name string) string {
	quoted := strconv.QuoteToGraphic(name)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
