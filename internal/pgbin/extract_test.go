package pgbin

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// tarball writes an npm tarball of these entries and returns its path. An entry without a type is a file, and its
// Linkname is the file's text.
func tarball(t *testing.T, entries ...tar.Header) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "package.tgz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	zipped := gzip.NewWriter(file)
	w := tar.NewWriter(zipped)
	for _, header := range entries {
		var text string
		if header.Typeflag == 0 {
			text, header.Linkname, header.Typeflag = header.Linkname, "", tar.TypeReg
			header.Size = int64(len(text))
		}
		if header.Mode == 0 {
			header.Mode = 0o600
		}
		if err := w.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Flush(), zipped.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExtract(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "server")
	err := extract(tarball(t,
		tar.Header{Name: "package/package.json", Linkname: "{}"},
		tar.Header{Name: "package/native/", Typeflag: tar.TypeDir},
		tar.Header{Name: "package/native/bin/postgres", Linkname: "program", Mode: 0o700},
		tar.Header{Name: "package/native/lib/libpq.so.5.17", Linkname: "library"},
		tar.Header{Name: "package/native/pg-symlinks.json", Linkname: `[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"}]`},
	), dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"bin/postgres": 0o755, "lib/libpq.so.5.17": 0o644, "bin": 0o755 | os.ModeDir, "lib": 0o755 | os.ModeDir} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %v", name, info, err, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "lib/libpq.so.5")); err != nil || string(text) != "library" {
		t.Errorf("through the link: %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "package.json")); err == nil {
		t.Error("what is not below native was unpacked too")
	}
}

func TestExtractStaysInside(t *testing.T) {
	const victim = "victim"
	for name, entries := range map[string][]tar.Header{
		"up":            {{Name: "package/native/../../" + victim, Linkname: "x"}},
		"up in names":   {{Name: "package/native/bin/../../" + victim, Linkname: "x"}},
		"absolute":      {{Name: "package/native//" + victim, Linkname: "x"}},
		"link":          {{Name: "package/native/a", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "package/native/a/" + victim, Linkname: "x"}},
		"hard link":     {{Name: "package/native/a", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}},
		"device":        {{Name: "package/native/a", Typeflag: tar.TypeChar}},
		"twice":         {{Name: "package/native/a", Linkname: "x"}, {Name: "package/native/a", Linkname: "y"}},
		"listed out":    {{Name: "package/native/pg-symlinks.json", Linkname: `[{"source":"native/../../x","target":"native/a"}]`}},
		"listed from":   {{Name: "package/native/pg-symlinks.json", Linkname: `[{"source":"native/a","target":"native/../../victim"}]`}},
		"listed rooted": {{Name: "package/native/pg-symlinks.json", Linkname: `[{"source":"/etc/passwd","target":"native/a"}]`}},
		"no list":       {{Name: "package/native/pg-symlinks.json", Linkname: `{`}},
		"too large":     {{Name: "package/native/a", Typeflag: tar.TypeReg, Size: sizeLimit + 1}},
	} {
		t.Run(name, func(t *testing.T) {
			outer := t.TempDir()
			if err := extractPadded(t, entries, filepath.Join(outer, "server")); err == nil {
				t.Error("it was unpacked")
			}
			left, err := os.ReadDir(outer)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range left {
				if entry.Name() != "server" {
					t.Errorf("%s was written outside", entry.Name())
				}
			}
			if _, err := os.Stat("/" + victim); err == nil {
				t.Error("/victim was written")
			}
		})
	}
}

// extractPadded unpacks a tarball of the entries; one whose size is only claimed is cut off there.
func extractPadded(t *testing.T, entries []tar.Header, dir string) error {
	t.Helper()
	if entries[0].Size == 0 {
		return extract(tarball(t, entries...), dir)
	}
	path := filepath.Join(t.TempDir(), "package.tgz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	zipped := gzip.NewWriter(file)
	entries[0].Mode = 0o600
	if err := tar.NewWriter(zipped).WriteHeader(&entries[0]); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(zipped.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return extract(path, dir)
}
