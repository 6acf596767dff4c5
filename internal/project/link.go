package project

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
)

// Link is what a project knows of the hosted one that it belongs to. It is kept in the files of the Supabase CLI,
// supabase/.temp/…, so that each tool finds what the other linked.
type Link struct {
	Ref              string
	Name             string // of the hosted project; "" where not known
	OrganizationID   string
	OrganizationSlug string
	PoolerURL        string // without a password, in session mode; "" where there is none
	PostgresVersion  string // "17.4.1.054"
	Host             string // host:port of the database, where it is not the one that the ref says
}

// temp is where link files are, relative to the root; linkFile is the newer form of the Supabase CLI, which is read only.
const (
	temp      = "supabase/.temp"
	linkFile  = "supabase/.link.json"
	linkLimit = 64 << 10
)

// The files of a link. The last one is ours.
const (
	refFile     = "project-ref"
	poolerFile  = "pooler-url"
	versionFile = "postgres-version"
	linkedFile  = "linked-project.json"
	hostFile    = "cairn-database-host"
)

// linked is the form of linkedFile, and of a part of linkFile.
type linked struct {
	Ref              string `json:"ref"`
	Name             string `json:"name,omitempty"`
	OrganizationID   string `json:"organization_id,omitempty"`
	OrganizationSlug string `json:"organization_slug,omitempty"`
}

// Link returns the hosted project that this one is linked to, or nil where it is to none. The error is a finding.
func (p *Project) Link() (*Link, error) {
	tree, err := folder.Open(p.Root)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	read := func(name string) (string, error) {
		data, err := tree.Read(name, linkLimit)
		if errors.Is(err, fs.ErrNotExist) || notAFolder(err) {
			return "", nil
		}
		return strings.TrimSpace(string(data)), err
	}
	l := &Link{}
	for _, f := range []struct {
		name string
		to   *string
	}{{refFile, &l.Ref}, {poolerFile, &l.PoolerURL}, {versionFile, &l.PostgresVersion}, {hostFile, &l.Host}} {
		if *f.to, err = read(path.Join(temp, f.name)); err != nil {
			return nil, err
		}
	}
	text, err := read(path.Join(temp, linkedFile))
	if err != nil {
		return nil, err
	}
	var about linked
	if json.Unmarshal([]byte(text), &about) == nil && about.Ref == l.Ref {
		l.Name, l.OrganizationID, l.OrganizationSlug = about.Name, about.OrganizationID, about.OrganizationSlug
	}
	if l.Ref == "" {
		return readLinkFile(read)
	}
	if !ref.MatchString(l.Ref) {
		return nil, &finding.Finding{
			Code: finding.BadConfig, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("%s/%s holds %q, which is no project ref", temp, refFile, l.Ref),
			Hint:    "a ref is 20 small letters: `cairn link --project-ref REF` writes it anew",
		}
	}
	return l, nil
}

// readLinkFile reads the newer form.
func readLinkFile(read func(string) (string, error)) (*Link, error) {
	text, err := read(linkFile)
	if err != nil || text == "" {
		return nil, err
	}
	var file struct {
		Project linked `json:"project"`
		Active  struct {
			Ref       string `json:"ref"`
			PoolerURL string `json:"pooler_url"`
		} `json:"active_branch"`
	}
	if err := json.Unmarshal([]byte(text), &file); err != nil || !ref.MatchString(file.Project.Ref) {
		return nil, &finding.Finding{
			Code: finding.BadConfig, Severity: finding.Error, Exit: finding.Usage, Cause: err,
			Message: linkFile + " names no project", Hint: "`cairn link --project-ref REF` links it anew",
		}
	}
	l := &Link{
		Ref: file.Project.Ref, Name: file.Project.Name, PoolerURL: file.Active.PoolerURL,
		OrganizationID: file.Project.OrganizationID, OrganizationSlug: file.Project.OrganizationSlug,
	}
	if ref.MatchString(file.Active.Ref) {
		l.Ref = file.Active.Ref
	}
	return l, nil
}

// SetLink keeps l as the hosted project that this one is linked to.
func (p *Project) SetLink(l *Link) error {
	about, err := json.Marshal(linked{l.Ref, l.Name, l.OrganizationID, l.OrganizationSlug})
	if err != nil {
		return err
	}
	dir := filepath.Join(p.Root, filepath.FromSlash(temp))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return notWritten(err)
	}
	for _, f := range []struct{ name, text string }{
		{poolerFile, l.PoolerURL}, {versionFile, l.PostgresVersion}, {hostFile, l.Host}, {linkedFile, string(about)}, {refFile, l.Ref},
	} {
		name := filepath.Join(dir, f.name)
		if f.text == "" {
			err = os.Remove(name)
		} else {
			err = os.WriteFile(name, []byte(f.text), 0o644)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return notWritten(err)
		}
	}
	return p.ignoreTemp()
}

// ignoreTemp makes git leave the link files alone where nothing does yet, as the Supabase CLI's init does.
func (p *Project) ignoreTemp() error {
	name := filepath.Join(p.Root, "supabase", ".gitignore")
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || strings.Contains(string(text), ".temp") {
		return nil
	}
	if len(text) > 0 && !strings.HasSuffix(string(text), "\n") {
		text = append(text, '\n')
	}
	if err := os.WriteFile(name, append(text, "# Supabase\n.branches\n.temp\n"...), 0o644); err != nil {
		return notWritten(err)
	}
	return nil
}

// Unlink forgets the hosted project; it reports whether there was one.
func (p *Project) Unlink() (was bool, err error) {
	for _, name := range []string{
		refFile, poolerFile, versionFile, linkedFile, hostFile,
		"rest-version", "gotrue-version", "storage-version", "storage-migration", "../.link.json",
	} {
		err := os.Remove(filepath.Join(p.Root, filepath.FromSlash(path.Join(temp, name))))
		switch {
		case err == nil:
			was = true
		case !errors.Is(err, fs.ErrNotExist) && !notAFolder(err):
			return was, notWritten(err)
		}
	}
	return was, nil
}

func notWritten(err error) error {
	return &finding.Finding{
		Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: "the link cannot be kept: " + err.Error(), Hint: "make " + temp + " a folder that can be written",
	}
}
