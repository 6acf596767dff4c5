package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// maxKept is how many bytes of rows a result may hold.
const maxKept = 64 << 20

// write has fill write the dump to where it goes: the file, Out, or the result. What fails on the way leaves nothing
// there, neither half a file nor half an output.
func (d *dumping) write(fill func(io.Writer) error) error {
	switch {
	case d.File != "":
		return d.writeFile(fill)
	case d.Out == nil:
		kept := &bounded{}
		if err := fill(kept); err != nil {
			return err
		}
		d.result.SQL = kept.String()
		return nil
	}
	spool, err := os.CreateTemp("", "cairn-*.sql")
	if err != nil {
		return unwritten("a temporary file", err)
	}
	defer func() {
		_ = spool.Close()
		_ = os.Remove(spool.Name())
	}()
	if err := filled(fill, spool, spool.Name()); err != nil {
		return err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return unwritten(spool.Name(), err)
	}
	_, err = io.Copy(d.Out, spool)
	return err
}

// writeFile puts a file in place once it is complete. What is no regular file, such as a pipe, is written to as it is.
func (d *dumping) writeFile(fill func(io.Writer) error) error {
	path := d.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.Cwd, path)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		out, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return unwritten(path, err)
		}
		if err := errors.Join(filled(fill, out, path), out.Close()); err != nil {
			return err
		}
		d.result.File = path
		return nil
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // what a link leads to is written, not the link
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".cairn-*.tmp")
	if err != nil {
		return unwritten(path, err)
	}
	err = filled(fill, temp, path)
	if err == nil {
		err = wrong(path, errors.Join(temp.Chmod(0o644), temp.Sync()))
	}
	err = errors.Join(err, wrong(path, temp.Close()))
	if err == nil {
		err = wrong(path, os.Rename(temp.Name(), path))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return err
	}
	d.result.File = path
	d.sink(event.FileWritten{Path: path})
	return nil
}

// filled runs fill; an error of the file is told apart from one of the database.
func filled(fill func(io.Writer) error, file *os.File, path string) error {
	err := fill(file)
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return unwritten(path, at)
	}
	return err
}

func wrong(path string, err error) error {
	if err == nil {
		return nil
	}
	return unwritten(path, err)
}

func unwritten(path string, err error) error {
	why := err
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		why = at.Err
	}
	return &finding.Finding{
		Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: fmt.Sprintf("%s cannot be written: %v", folder.Shown(path), why), Hint: "nothing is left of it; make room, or name another file with -f",
	}
}

// bounded keeps what it is given, up to a limit.
type bounded struct{ bytes.Buffer }

// Write keeps p.
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxKept {
		return 0, &finding.Finding{
			Code: finding.TooLarge, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("the rows take more than %d MB, too much for one JSON object", maxKept>>20), Hint: "write them to a file with -f",
		}
	}
	return b.Buffer.Write(p)
}
