package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/target"
)

// Journal is a run's own account, kept on the machine that runs it: what is about to be committed is written before
// the commit is sent, so that a commit whose answer never came can be looked up later.
type Journal struct {
	file *os.File
	path string
}

// Line is one line of a journal, as JSON. Which fields are set depends on What.
type Line struct {
	What     string    `json:"what"` // "run", "committing", "committed", "aborted", "done"
	At       time.Time `json:"at"`
	Run      string    `json:"run,omitempty"`
	Verb     string    `json:"verb,omitempty"`
	Target   string    `json:"target,omitempty"` // without credentials
	Who      string    `json:"who,omitempty"`
	Restore  string    `json:"restore_to,omitempty"`
	Version  string    `json:"version,omitempty"`
	Step     int       `json:"step,omitempty"` // from 1 in a migration of several units
	Action   string    `json:"action,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	XID      string    `json:"xid,omitempty"`
	PID      string    `json:"pid,omitempty"`
	System   string    `json:"system,omitempty"`   // the server's system identifier
	Timeline int       `json:"timeline,omitempty"` // the server's, at the commit
	Database string    `json:"database,omitempty"` // its name on that server
	Expires  time.Time `json:"expires,omitzero"`   // of a request: the server does not begin with it later
	Exit     int       `json:"exit,omitempty"`
}

// IsOf reports whether a line is known to be of the database of f, whatever its server is called by now.
func (l Line) IsOf(f target.Facts) bool {
	return l.System != "" && l.System == f.System && l.Database == f.Database
}

// OpenJournal makes the journal of run in dir and writes its first line to disk. Where that cannot be done nothing
// should be started: the error is a finding with exit Usage.
func OpenJournal(dir string, first Line) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	path := filepath.Join(dir, first.Run+".jsonl")
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, unwritable(path, err)
	}
	j := &Journal{file: file, path: path}
	if err := errors.Join(j.Write(first), file.Sync()); err != nil {
		_ = file.Close()
		return nil, unwritable(path, err)
	}
	return j, nil
}

// Write appends a line. It reaches the file before Write returns; the disk, when the system sees fit: what a crash of
// this machine loses, the target's own history still knows.
func (j *Journal) Write(l Line) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(text, '\n')); err != nil {
		return unwritable(j.path, err)
	}
	return nil
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }

// ReadJournal returns the lines of a run's journal in dir. An unknown run is a finding with exit Usage.
func ReadJournal(dir, run string) ([]Line, error) {
	unknown := &finding.Finding{
		Code: finding.UnknownRun, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("no run %q is known on this machine", run),
		Detail:  "journals are kept in " + dir,
		Hint:    "run ids stand in the output of push, up and down, and in supabase_migrations.cairn_runs on the target",
	}
	if run == "" || strings.ContainsAny(run, "/\\\x00") || strings.HasPrefix(run, ".") {
		return nil, unknown
	}
	lines, err := readJournal(filepath.Join(dir, run+".jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, unknown
	}
	return lines, err
}

// readJournal returns the lines of a file.
func readJournal(path string) ([]Line, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &finding.Finding{
			Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Usage,
			Message: "a run's journal cannot be read", Detail: err.Error(), Cause: err,
			Hint: "make it readable, or set CAIRN_STATE to the folder of another state",
		}
	}
	var lines []Line
	for line := range bytes.Lines(text) {
		var l Line
		// A line that was being written when the machine died says nothing.
		if json.Unmarshal(line, &l) == nil {
			lines = append(lines, l)
		}
	}
	return lines, nil
}

func unwritable(path string, err error) error {
	return &finding.Finding{
		Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Usage,
		Message: "the run's journal cannot be kept",
		Detail:  fmt.Sprintf("%s: %v", path, err),
		Hint:    "free some space or set CAIRN_STATE to a folder that can be written; what was about to be committed was rolled back",
		Cause:   err,
	}
}

// AppendJournal opens the journal of an earlier run to add to it.
func AppendJournal(dir, run string) (*Journal, error) {
	path := filepath.Join(dir, run+".jsonl")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, unwritable(path, err)
	}
	return &Journal{file: file, path: path}, nil
}
