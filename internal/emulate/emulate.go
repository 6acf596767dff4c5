// Package emulate makes a server of ours take what a Supabase project's server takes: extensions that the server lacks,
// written in SQL (shims), and statements that the platform lets a project's owner run though no superuser is.
package emulate

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// The shims: a folder for each extension, with its control file and script as Postgres wants them. Files in a folder
// that is called as a major are for that major, in place of those of the same name.
//
//go:embed shims
var embedded embed.FS

// mark begins the comment of every shim, by which one is known on a running server; what it cannot do follows.
const mark = "emulated by cairn: "

// shim is one extension as files of share/extension, by their names.
type shim struct {
	name  string
	files map[string][]byte
}

// shims returns the extensions for a major, in the order of their names.
func shims(major int) ([]shim, error) {
	folders, err := embedded.ReadDir("shims")
	if err != nil {
		return nil, err
	}
	var all []shim
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		s := shim{name: folder.Name(), files: map[string][]byte{}}
		for _, dir := range []string{"", strconv.Itoa(major)} {
			if err := s.read(path.Join("shims", s.name, dir)); err != nil {
				return nil, err
			}
		}
		if s.files[s.name+".control"] == nil {
			continue
		}
		all = append(all, s)
	}
	return all, nil
}

// read takes the files of a folder, which need not be there.
func (s *shim) read(dir string) error {
	entries, err := fs.ReadDir(embedded, dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		ours := strings.HasPrefix(e.Name(), s.name) && (strings.HasSuffix(e.Name(), ".control") || strings.HasSuffix(e.Name(), ".sql"))
		if e.IsDir() || !ours {
			continue
		}
		if s.files[e.Name()], err = embedded.ReadFile(path.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Fingerprint returns a hash, in hex, of the shims for a major, for the keys of caches.
func Fingerprint(major int) string {
	all, err := shims(major)
	if err != nil {
		panic(err) // the files are part of the program
	}
	return fingerprint(all)
}

func fingerprint(all []shim) string {
	h := sha256.New()
	for _, s := range all {
		for _, name := range s.names() {
			fmt.Fprintf(h, "%s %d\n%s", name, len(s.files[name]), s.files[name])
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
