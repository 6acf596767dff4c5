package scaffold

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/migration"
)

// AdoptRequest says which files get versions, and how.
type AdoptRequest struct {
	Dir         migration.Dir          // where the copies go
	Files       []*migration.Migration // in the order in which they are to run, as migration.Dir.Loose reads them
	KeepNumbers bool                   // the number that a file's name begins with becomes its version
	Now         time.Time
	Existing    []string // versions that are taken besides those of the folder
}

// Adoption is a file and the copy with a version.
type Adoption struct {
	From    string `json:"from"` // absolute
	To      string `json:"to"`   // absolute
	Version string `json:"version"`
	Name    string `json:"name"`
}

// PlanAdopt says what Adopt would write: 00_base_schema.sql becomes <moment>_base_schema.sql, and the next file has a
// version a second later, since only the order counts and moments keep it among migrations of every age. With
// KeepNumbers 00_base_schema.sql keeps its name; then every file must begin with a number and the numbers must have the
// order of the files. The error is a finding with exit Usage.
func PlanAdopt(r AdoptRequest) ([]Adoption, error) {
	taken, err := r.Dir.Versions()
	if err != nil {
		return nil, err
	}
	taken = append(taken, r.Existing...)
	plan := make([]Adoption, 0, len(r.Files))
	moments := migration.NextVersions(r.Now, taken, len(r.Files))
	for i, m := range r.Files {
		number, rest := cutNumber(m.Name)
		a := Adoption{From: m.Path, Version: moments[i], Name: migration.Slug(rest)}
		if r.KeepNumbers {
			if err := numberFits(m, number, plan, taken); err != nil {
				return nil, err
			}
			a.Version = number
		}
		a.To = filepath.Join(r.Dir.Path, migration.FileName(a.Version, a.Name))
		plan = append(plan, a)
	}
	return plan, nil
}

// cutNumber parts a name into the digits it begins with and what stands behind them.
func cutNumber(name string) (number, rest string) {
	rest = strings.TrimLeft(name, "0123456789")
	number = name[:len(name)-len(rest)]
	if rest = strings.TrimLeft(rest, "_-. "); rest == "" {
		rest = name
	}
	return number, rest
}

func numberFits(m *migration.Migration, number string, before []Adoption, taken []string) error {
	f := &finding.Finding{Code: finding.BadName, Severity: finding.Error, Exit: finding.Usage, Hint: "leave --keep-numbers out: new versions keep the order"}
	switch {
	case number == "":
		f.Message = m.File.Name + " begins with no number"
		return f
	case len(before) > 0 && number <= before[len(before)-1].Version:
		f.Message = fmt.Sprintf("%s runs behind number %s, but as text its number is not larger", m.File.Name, before[len(before)-1].Version)
		return f
	}
	for _, version := range taken {
		if version == number {
			f.Code = finding.DuplicateVersion
			f.Message = fmt.Sprintf("%s has the number of a migration that is there already", m.File.Name)
			return f
		}
	}
	return nil
}

// Adopt writes the copies, all or none, with the bytes of the files that were read: a file that has changed since is a
// finding. The files themselves stay where they are.
func Adopt(r AdoptRequest) ([]Adoption, error) {
	plan, err := PlanAdopt(r)
	if err != nil {
		return nil, err
	}
	w, err := openWriter(r.Dir)
	if err != nil {
		return nil, err
	}
	defer w.close()
	files := make([]folder.File, len(plan))
	for i, m := range r.Files {
		data, err := again(m)
		if err != nil {
			return nil, err
		}
		files[i] = folder.File{Name: path.Join(w.rel, filepath.Base(plan[i].To)), Data: data}
	}
	return plan, w.tree.Create(files...)
}

// again reads the bytes of a file that was read before, and makes sure that they are the same.
func again(m *migration.Migration) ([]byte, error) {
	info, err := os.Stat(m.Path)
	if err == nil && info.Mode().IsRegular() {
		var data []byte
		if data, err = os.ReadFile(m.Path); err == nil {
			if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) == m.Checksum {
				return data, nil
			}
		}
	}
	return nil, &finding.Finding{
		Code: finding.Unreadable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: m.File.Name + " changed while it was being adopted", Hint: "run the command again",
	}
}

// Write writes one file of that name into the migrations folder: a migration that a target's history holds, say. With
// replace it takes the place of one that is there; without, that is a finding with code FileExists.
func Write(dir migration.Dir, name string, data []byte, replace bool) error {
	if err := migration.CheckFileName(name); err != nil {
		return err
	}
	w, err := openWriter(dir)
	if err != nil {
		return err
	}
	defer w.close()
	file := folder.File{Name: path.Join(w.rel, name), Data: data}
	if replace {
		return w.tree.Replace(file)
	}
	return w.tree.Create(file)
}
