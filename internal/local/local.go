// Package local runs the persistent local database of a project: a Postgres of its own below the cache, on a port of
// 127.0.0.1, that outlives the command which started it. Two commands at once take turns; a command that is killed
// leaves the old database or the new one, never half of one.
package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/event"
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
	Filling     bool      // it was made, and Filled was not called since

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
	if _, err := s.root(); err != nil {
		return nil, err
	}
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

// Stop stops the server, writing everything down; false where it does not run. Sessions are ended. The project's folder
// need not be there any more.
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
	if _, err := s.root(); err != nil {
		return nil, err
	}
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
		removed := make(chan struct{})
		go func() {
			defer close(removed)
			if old.Data != "" {
				_ = os.RemoveAll(filepath.Join(home, old.Data)) // what it leaves, the next command removes
			}
		}()
		status, err := s.run(ctx, host, home, st)
		<-removed
		return status, err
	})
}

// Occupy keeps every other command from making the database or filling it until release is called, or this process
// dies. Where another is at it already, waiting is called once and the other's end awaited.
func (s *Server) Occupy(ctx context.Context, waiting func()) (release func(), err error) {
	home, err := s.home()
	if err != nil {
		return nil, err
	}
	if err := pgbin.Folder(home); err != nil {
		return nil, err
	}
	lock := filepath.Join(home, "filling")
	if release, err = pgbin.TryLock(lock); err != nil || release != nil {
		return release, err
	}
	waiting()
	return pgbin.Lock(ctx, lock)
}

// Filled notes that a database which was made holds what it was made for.
func (s *Server) Filled(ctx context.Context) error {
	_, err := s.alone(ctx, func(home string, st *state) (*Status, error) {
		st.Filling = false
		return nil, st.save(home)
	})
	return err
}

// Status says how the local database is, without waiting for a command that works on it.
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
