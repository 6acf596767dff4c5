// Package local runs the persistent local database of a project: a Postgres of its own below the cache, on a port of
// 127.0.0.1, that outlives the command which started it. Two commands at once take turns; a command that is killed
// leaves the old database or the new one, never half of one.
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
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
)

// Server is a project's local database, running or not.
type Server struct {
	Project     string // root folder of the project
	Port        int    // [db] port
	Major       int    // [db] major_version
	Finder      *pgbin.Finder
	Superuser   string                                      // bootstrap superuser; "postgres" where empty
	Fingerprint string                                      // names what Lay makes
	Lay         func(ctx context.Context, url string) error // lays the platform, as the superuser; nil leaves it plain
	Sink        event.Sink                                  // may be nil
}

// Status is what there is to know about a local database.
type Status struct {
	Running     bool
	Project     string
	Port        int
	PID         int       // of the server; 0 where it does not run
	Started     time.Time // zero where it does not run
	Version     string    // "17.10"
	Fingerprint string    // of the platform that it was made with
	Data        string    // data directory; "" where none was made yet
	Log         string    // file that the server writes to

	server *cluster.Server
}

// URL returns the libpq URL for clients: 127.0.0.1, user and password "postgres". It is the same while the server
// does not run.
func (s *Status) URL() string {
	return fmt.Sprintf("postgresql://postgres:%s@127.0.0.1:%d/postgres", cluster.Password, s.Port)
}

// SocketURL returns the libpq URL of a database for a role that needs no password: over the unix socket, which only
// we can reach. "" where the server does not run.
func (s *Status) SocketURL(database, role string) string {
	if s.server == nil {
		return ""
	}
	return s.server.URL(database, role)
}

// Start starts the server unless it runs, and makes its data directory the first time. Where it runs on another port
// than the project says now, it is started anew. The error is a *finding.Finding, or Lay's.
func (s *Server) Start(ctx context.Context) (*Status, error) {
	return s.alone(ctx, func(home string, st *state) (*Status, error) {
		if st.Data != "" {
			if err := s.sameMajor(home, st); err != nil {
				return nil, err
			}
			server, err := cluster.Attach(ctx, home, filepath.Join(home, st.Data))
			if err != nil {
				return nil, err
			}
			if server != nil && server.Port == s.Port {
				return st.status(home, server), nil
			}
			if err := s.portFree(home); err != nil {
				return nil, err
			}
			if server != nil {
				if err := server.Stop(ctx, cluster.Fast); err != nil {
					return nil, stuck(err)
				}
			}
		} else if err := s.portFree(home); err != nil {
			return nil, err
		}
		host, err := s.host(ctx)
		if err != nil {
			return nil, err
		}
		if st.Data == "" {
			if err := s.prepare(ctx, host, home, st); err != nil {
				return nil, err
			}
			if err := st.save(home); err != nil {
				return nil, err
			}
		}
		return s.run(ctx, host, home, st)
	})
}

// Stop stops the server, writing everything down; false where it does not run. Sessions are ended.
func (s *Server) Stop(ctx context.Context) (bool, error) {
	ran := false
	_, err := s.alone(ctx, func(home string, st *state) (*Status, error) {
		if st.Data == "" {
			return nil, nil
		}
		server, err := cluster.Attach(ctx, home, filepath.Join(home, st.Data))
		if server == nil {
			return nil, err
		}
		ran = true
		if err := server.Stop(ctx, cluster.Fast); err != nil {
			return nil, stuck(err)
		}
		st.PID, st.Started = 0, time.Time{}
		return nil, st.save(home)
	})
	return ran, err
}

// Reset replaces the database by a new one as the template has it, and starts it. What the old one held is lost. The
// new data directory is made while the old server still runs; one rename decides which of them counts.
func (s *Server) Reset(ctx context.Context) (*Status, error) {
	return s.alone(ctx, func(home string, st *state) (*Status, error) {
		var server *cluster.Server
		if st.Data != "" {
			var err error
			if server, err = cluster.Attach(ctx, home, filepath.Join(home, st.Data)); err != nil {
				return nil, err
			}
		}
		if server == nil || server.Port != s.Port {
			if err := s.portFree(home); err != nil {
				return nil, err
			}
		}
		host, err := s.host(ctx)
		if err != nil {
			return nil, err
		}
		old := *st
		if err := s.prepare(ctx, host, home, st); err != nil {
			return nil, err
		}
		if server != nil {
			// What it holds is about to go, and should we die before, the next start recovers it.
			if err := server.Stop(ctx, cluster.Immediate); err != nil {
				return nil, stuck(err)
			}
		}
		if err := st.save(home); err != nil {
			return nil, err
		}
		status, err := s.run(ctx, host, home, st)
		if err == nil && old.Data != "" {
			_ = os.RemoveAll(filepath.Join(home, old.Data)) // else the next command does it
		}
		return status, err
	})
}

// Status says how the local database is. It waits for nobody.
func (s *Server) Status(ctx context.Context) (*Status, error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	st, err := load(home)
	if err != nil {
		return nil, err
	}
	if st.Project == "" {
		st.Project, st.Port = s.Project, s.Port
	}
	if st.Data == "" {
		return st.status(home, nil), nil
	}
	server, err := cluster.Attach(ctx, home, filepath.Join(home, st.Data))
	if err != nil {
		return nil, err
	}
	return st.status(home, server), nil
}

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
		Major: host.Postgres.Major, Version: host.Postgres.Version, Fingerprint: s.Fingerprint,
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
