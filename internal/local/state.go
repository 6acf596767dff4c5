package local

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/finding"
)

// state is what state.json holds about a local database. Its Data names the directory that counts: writing the file is
// the moment at which a reset happens. PID and Started are for people; the truth about them is in the data directory.
type state struct {
	Project     string    `json:"project"`
	Port        int       `json:"port"`
	PID         int       `json:"pid"`
	Started     time.Time `json:"started"`
	Major       int       `json:"major"`
	Version     string    `json:"version"`
	Fingerprint string    `json:"fingerprint"`
	Data        string    `json:"data"`
	Filling     bool      `json:"filling,omitempty"` // whoever made it has not yet run the migrations and the seed
}

// root returns the project's folder as an absolute path without links.
func (s *Server) root() (string, error) {
	path, err := filepath.Abs(s.Project)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", &finding.Finding{
			Code: finding.NoProject, Severity: finding.Error, Exit: finding.Usage, Cause: err,
			Message: fmt.Sprintf("the project's folder %s cannot be found", s.Project), Detail: err.Error(),
		}
	}
	return path, nil
}

// home is the folder of the project's local database: the same for every way to write the project's path, and still
// that one when the project is gone.
func (s *Server) home() (string, error) {
	path, err := filepath.Abs(s.Project)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(resolved(path)))
	return filepath.Join(projects(s.Finder.Cache), hex.EncodeToString(sum[:8])), nil
}

// resolved is an absolute path without links, as far as it is there.
func resolved(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if up := filepath.Dir(path); err != nil && up != path {
		return filepath.Join(resolved(up), filepath.Base(path))
	}
	return real
}

// projects is the folder below which every project's local database lives.
func projects(cache string) string { return filepath.Join(cache, "projects") }

// load reads the state; the zero state where there is none.
func load(home string) (*state, error) {
	st := &state{}
	text, err := os.ReadFile(filepath.Join(home, "state.json"))
	if errors.Is(err, os.ErrNotExist) {
		return st, nil
	}
	if err == nil {
		err = json.Unmarshal(text, st)
	}
	if err == nil && (st.Data == "" || filepath.Base(st.Data) != st.Data) {
		err = fmt.Errorf("it names no data directory")
	}
	if err != nil {
		return nil, &finding.Finding{
			Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Refused, Cause: err,
			Message: fmt.Sprintf("%s cannot be read", filepath.Join(home, "state.json")), Detail: err.Error(),
			Hint: "it says which data directory counts; remove the folder around it to begin anew, and all that the local database holds",
		}
	}
	return st, nil
}

// save writes the state: as a whole, safe from a power cut, or not at all.
func (st *state) save(home string) error {
	path := filepath.Join(home, "state.json")
	fail := func(err error) error {
		return &finding.Finding{
			Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Failed, Cause: err,
			Message: fmt.Sprintf("%s cannot be written", path), Detail: err.Error(), Hint: "make room or make it writable",
		}
	}
	text, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return fail(err)
	}
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fail(err)
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fail(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fail(err)
	}
	return nil
}

// status says how the database is; server is nil where it does not run.
func (st *state) status(home string, server *cluster.Server) *Status {
	s := &Status{Project: st.Project, Port: st.Port, Version: st.Version, Fingerprint: st.Fingerprint, Filling: st.Filling, Log: filepath.Join(home, "log"), server: server}
	if st.Data != "" {
		s.Data = filepath.Join(home, st.Data)
	}
	if server != nil {
		s.Running, s.PID, s.Started, s.Port = true, server.PID, server.Started, server.Port
	}
	return s
}

// portFree refuses a port on which somebody listens, naming who it is where it is one of ours.
func (s *Server) portFree(home string) error {
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(s.Port))
	if err == nil {
		_ = l.Close()
		return nil
	}
	if f := s.neighbour(home); f != nil {
		return f
	}
	return &finding.Finding{
		Code: finding.PortTaken, Severity: finding.Error, Exit: finding.Refused, Cause: err,
		Message: fmt.Sprintf("port %d is taken by another program", s.Port),
		Hint:    "stop that program, or set another [db] port in config.toml",
	}
}

// neighbour is the finding for a port that the running local database of another project has, or nil.
func (s *Server) neighbour(home string) error {
	states, _ := filepath.Glob(filepath.Join(projects(s.Finder.Cache), "*", "state.json"))
	for _, path := range states {
		other := filepath.Dir(path)
		st, err := load(other)
		if err != nil || other == home || st.Port != s.Port || !cluster.Running(filepath.Join(other, st.Data)) {
			continue
		}
		return &finding.Finding{
			Code: finding.PortTaken, Severity: finding.Error, Exit: finding.Refused,
			Message: fmt.Sprintf("port %d is taken by the local database of %s", s.Port, st.Project),
			Hint:    fmt.Sprintf("run `cairn db stop --workdir %s`, or set another [db] port in config.toml", st.Project),
		}
	}
	return nil
}

// Neighbour returns a finding where the port belongs to the running local database of another project of ours: what
// listens there must not be taken for this project's.
func (s *Server) Neighbour() error {
	home, err := s.home()
	if err != nil {
		return err
	}
	return s.neighbour(home)
}
