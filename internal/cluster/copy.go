package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/cairndb/cairn/internal/pgbin"
)

// Copy copies the data directory of a stopped server to the new folder to, which belongs to the account once it is
// whole. The kernel shares the blocks where the file system can. Nothing is flushed to disk.
func (h Host) Copy(from, to string) error {
	if err := copyTree(from, to, h.Account); err != nil {
		return unwritable(to, err)
	}
	return nil
}

// copyTree copies the files below from with a few workers, since most of the time goes into opening and making them.
func copyTree(from, to string, owner *pgbin.Account) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	files := make(chan string, 256)
	failures := make(chan error, 8)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), cap(failures)) {
		workers.Go(func() {
			buffer := make([]byte, 1<<20)
			var failure error
			for name := range files {
				if failure == nil {
					failure = copyFile(filepath.Join(from, name), filepath.Join(to, name), owner, buffer)
				}
			}
			failures <- failure
		})
	}
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == from {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			if err := os.Mkdir(filepath.Join(to, name), 0o700); err != nil {
				return err
			}
			return owner.Chown(filepath.Join(to, name))
		case d.Type().IsRegular():
			files <- name
			return nil
		default: // a tablespace is a link; a copy of it would write into the original
			return fmt.Errorf("%s is neither a file nor a folder", path)
		}
	})
	close(files)
	workers.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(to))
	}
	return owner.Chown(to)
}

// copyFile copies one file; the buffer serves where the kernel cannot copy.
func copyFile(from, to string, owner *pgbin.Account, buffer []byte) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if owner != nil {
		err = out.Chown(int(owner.UID), int(owner.GID))
	}
	if err == nil {
		err = contents(in, out, buffer)
	}
	return errors.Join(err, out.Close())
}

// contents copies through a buffer. Of a file that is larger, the blocks are shared where the file system can (btrfs, xfs),
// and what is zero for a whole buffer becomes a hole: most of a WAL segment of a new cluster is.
func contents(in, out *os.File, buffer []byte) error {
	n, err := io.ReadFull(in, buffer)
	if err == nil && share(in, out) {
		return nil
	}
	for size, hole := int64(0), false; ; n, err = io.ReadFull(in, buffer) {
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		size += int64(n)
		if hole = n == len(buffer) && isZero(buffer) || hole && n == 0; hole {
			_, err = out.Seek(int64(n), io.SeekCurrent)
		} else {
			_, err = out.Write(buffer[:n])
		}
		switch {
		case err != nil:
			return err
		case last && hole:
			return out.Truncate(size)
		case last:
			return nil
		}
	}
}

func isZero(b []byte) bool { return b[0] == 0 && bytes.Equal(b[:len(b)-1], b[1:]) }

// give hands every file below dir to the user with these ids.
func give(dir string, uid, gid int) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}
