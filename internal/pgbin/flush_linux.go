package pgbin

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Flush makes what lies below dir safe from a power cut, by flushing its file system: a thousand files at once.
func Flush(dir string) error {
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(file.Fd())), file.Close())
}
