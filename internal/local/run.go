package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
)

// alone runs do while no other command works on the project's database, after clearing away what a killed one left.
func (s *Server) alone(ctx context.Context, do func(home string, st *state) (*Status, error)) (*Status, error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	if err := pgbin.Folder(home); err != nil {
		return nil, err
	}
	unlock, err := pgbin.Lock(ctx, filepath.Join(home, "lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	st, err := load(home)
	if err != nil {
		return nil, err
	}
	if err := tidy(ctx, home, st.Data); err != nil {
		return nil, err
	}
	return do(home, st)
}

// tidy removes data directories that do not count: of a reset that was killed, before or after its rename.
func tidy(ctx context.Context, home, current string) error {
	left, err := filepath.Glob(filepath.Join(home, "data-*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		if filepath.Base(dir) == current {
			continue
		}
		if server, err := cluster.Attach(ctx, home, dir); err == nil && server != nil {
			if err := server.Stop(ctx, cluster.Immediate); err != nil {
				return stuck(err)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			return stuck(err)
		}
	}
	return nil
}

// prepare copies the template to a new data directory and puts its name into st.
func (s *Server) prepare(ctx context.Context, host cluster.Host, home string, st *state) error {
	template, err := host.Template(ctx, cluster.Template{Superuser: s.Superuser, Fingerprint: s.Fingerprint, Lay: s.Lay, Sink: s.Sink})
	if err != nil {
		return err
	}
	project, err := s.root()
	if err != nil {
		return err
	}
	name := "data-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	if err := host.Copy(template, filepath.Join(home, name)); err != nil {
		return err
	}
	*st = state{
		Project: project, Port: s.Port, Data: name,
		Major: host.Postgres.Major, Version: host.Postgres.Version, Fingerprint: s.Fingerprint, Filling: true,
	}
	return nil
}

// run starts the server on the data directory that counts.
func (s *Server) run(ctx context.Context, host cluster.Host, home string, st *state) (*Status, error) {
	data := filepath.Join(home, st.Data)
	if host.Account != nil { // who called sudo this time may be another than the last
		owner, err := pgbin.OwnerOf(data)
		if err != nil {
			return nil, err
		}
		host.Account = owner
	}
	server, err := host.Start(ctx, cluster.Config{
		Home: home, Data: data, Port: s.Port, Listen: true, Durable: true, Detached: true,
		// Copies of one template have one system identifier: this tells a database from the one before a reset.
		Settings: map[string]string{"cairn.instance": st.Data},
		Preload:  []string{"pg_stat_statements"}, // as on the platform: without, its view cannot be read
	})
	if err != nil {
		if taken := s.portFree(home); taken != nil { // since we looked
			return nil, taken
		}
		return nil, err
	}
	st.Port, st.PID, st.Started, st.Version = s.Port, server.PID, server.Started, host.Postgres.Version
	if err := st.save(home); err != nil {
		return nil, err
	}
	return st.status(home, server), nil
}

// host finds the Postgres that the project wants.
func (s *Server) host(ctx context.Context) (cluster.Host, error) {
	installation, err := s.Finder.Find(ctx, s.Major)
	if err != nil {
		return cluster.Host{}, err
	}
	return cluster.Host{Postgres: installation, Account: s.Finder.Account, Cache: s.Finder.Cache}, nil
}

// sameMajor refuses a data directory that another major made.
func (s *Server) sameMajor(home string, st *state) error {
	text, err := os.ReadFile(filepath.Join(home, st.Data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return &finding.Finding{
			Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Refused, Cause: err,
			Message: "the files of the local database are gone", Detail: filepath.Join(home, st.Data),
			Hint: "run `cairn db reset` to make it anew",
		}
	}
	if err != nil {
		return stuck(err)
	}
	if major := strings.TrimSpace(string(text)); major != strconv.Itoa(s.Major) {
		return &finding.Finding{
			Code: finding.ServerVersion, Severity: finding.Error, Exit: finding.Refused,
			Message: fmt.Sprintf("the local database was made by Postgres %s, the project says %d", major, s.Major),
			Detail:  "Postgres cannot read the files of another major",
			Hint: fmt.Sprintf("set [db] major_version = %s to keep what it holds, or run `cairn db reset` to make it anew with Postgres %d",
				major, s.Major),
		}
	}
	return nil
}

// stuck is the finding for a server or folder that does not do as it is told.
func stuck(err error) error {
	return &finding.Finding{
		Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Failed, Cause: err,
		Message: "the local database is stuck", Detail: err.Error(),
	}
}
