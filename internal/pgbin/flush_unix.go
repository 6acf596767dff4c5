//go:build unix && !linux

package pgbin

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Flush makes what lies below dir safe from a power cut.
func Flush(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&os.ModeSymlink != 0 {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(unix.Fsync(int(file.Fd())), file.Close()) // not File.Sync, which takes 5 ms a file on macOS
	})
}
