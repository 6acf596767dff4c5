package folder

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/cairndb/cairn/internal/finding"
)

// File is a file to write: a name relative to the folder, with slashes, and its bytes.
type File struct {
	Name string
	Data []byte
}

const tempPrefix, tempSuffix = ".cairn-", ".tmp"

// IsTemp reports whether a file of that name is what an interrupted Create or Replace left behind.
func IsTemp(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, tempPrefix) && strings.HasSuffix(base, tempSuffix)
}

// Create writes files that must not exist yet, all of them or none. Each appears under its name whole and synced to
// the disk, by a hard link from a temporary file, so that no other file is ever overwritten. Folders on the way are
// made. Its errors are findings with exit Usage: FileExists, OutsideProject, Unreadable.
func (f *Folder) Create(files ...File) (err error) {
	made := []string{}
	defer func() {
		if err != nil {
			for _, name := range made {
				_ = f.root.Remove(name)
			}
		}
	}()
	temps := make([]string, len(files))
	defer func() {
		for _, temp := range temps {
			if temp != "" {
				_ = f.root.Remove(temp)
			}
		}
	}()
	for i, file := range files {
		if temps[i], err = f.temp(file); err != nil {
			return err
		}
	}
	for i, file := range files {
		if err = f.link(temps[i], file.Name); err != nil {
			return err
		}
		made = append(made, file.Name)
	}
	return f.syncFolders(files)
}

// Replace writes a file, in place of one that may be there, in one step.
func (f *Folder) Replace(file File) error {
	temp, err := f.temp(file)
	if err != nil {
		return err
	}
	if err := f.root.Rename(temp, file.Name); err != nil {
		_ = f.root.Remove(temp)
		return failed(file.Name, "write", err)
	}
	return f.syncFolders([]File{file})
}

// temp writes the bytes of file to a new temporary file beside it and returns its name.
func (f *Folder) temp(file File) (string, error) {
	if !fs.ValidPath(file.Name) || file.Name == "." {
		return "", outside(file.Name, file.Name)
	}
	dir := path.Dir(file.Name)
	if err := f.root.MkdirAll(dir, 0o755); err != nil {
		return "", f.unwritable(dir, err)
	}
	name := path.Join(dir, tempPrefix+rand.Text()+tempSuffix)
	out, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", f.unwritable(file.Name, err)
	}
	_, err = out.Write(file.Data)
	err = errors.Join(err, out.Sync(), out.Close())
	if err != nil {
		_ = f.root.Remove(name)
		return "", failed(file.Name, "write", err)
	}
	return name, nil
}

// link gives temp its name. Where the file system knows no hard links, looking and renaming is the best there is.
func (f *Folder) link(temp, name string) error {
	err := f.hardLink(temp, name)
	if err == nil {
		return nil
	}
	if noLinks(err) {
		if _, look := f.root.Lstat(name); errors.Is(look, fs.ErrNotExist) {
			if err = f.root.Rename(temp, name); err == nil {
				return nil
			}
		} else if look == nil {
			err = fs.ErrExist
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return &finding.Finding{
			Code: finding.FileExists, Severity: finding.Error, Exit: finding.Usage, Cause: err,
			Message: fmt.Sprintf("%s is there already", Shown(name)),
			Hint:    "choose another name or remove the file",
		}
	}
	return failed(name, "write", err)
}

func noLinks(err error) bool {
	for _, no := range []syscall.Errno{syscall.EPERM, syscall.ENOSYS, syscall.ENOTSUP, syscall.EMLINK} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// syncFolders makes the new names as lasting as the bytes behind them.
func (f *Folder) syncFolders(files []File) error {
	done := map[string]bool{}
	for _, file := range files {
		dir := path.Dir(file.Name)
		if done[dir] {
			continue
		}
		done[dir] = true
		d, err := f.root.Open(dir)
		if err != nil {
			return failed(dir, "write", err)
		}
		_ = d.Sync() // some file systems cannot; the files themselves are synced
		_ = d.Close()
	}
	return nil
}

// unwritable tells a link that leads out of the folder from other reasons not to write.
func (f *Folder) unwritable(name string, err error) error {
	if _, found := f.resolve(name); found != nil && finding.As(found).Code == finding.OutsideProject {
		return found
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, found := f.resolve(dir); found != nil && finding.As(found).Code == finding.OutsideProject {
			return found
		}
	}
	return failed(name, "write", err)
}

// ErrReserved is what Reserve returns where somebody else holds the name.
var ErrReserved = errors.New("reserved by another process")

// Reserve keeps other processes that ask from using a name until release is called. It holds the name by a temporary
// file, so that what a killed process held shows up as one, and makes the folder on the way.
func (f *Folder) Reserve(name string) (release func(), err error) {
	dir, base := path.Split(name)
	if err := f.root.MkdirAll(path.Join(".", dir), 0o755); err != nil {
		return nil, f.unwritable(name, err)
	}
	held := path.Join(dir, tempPrefix+base+tempSuffix)
	file, err := f.root.OpenFile(held, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, ErrReserved
	}
	if err != nil {
		return nil, f.unwritable(name, err)
	}
	_ = file.Close()
	return func() { _ = f.root.Remove(held) }, nil
}

// Make makes a folder and those on the way to it.
func (f *Folder) Make(name string) error {
	if err := f.root.MkdirAll(name, 0o755); err != nil {
		return f.unwritable(name, err)
	}
	return nil
}
