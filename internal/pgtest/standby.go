package pgtest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/cluster"
)

// Standby returns a physical standby of a New that streams from it. It can be read from; its PID, Stop and Start are its
// own.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	s.Stop(t, cluster.Fast) // so that its files are whole
	twin := &Server{Major: s.Major, options: s.options, host: s.host}
	twin.options.Settings = maps.Clone(s.options.Settings)
	if twin.options.Settings == nil {
		twin.options.Settings = map[string]string{}
	}
	twin.options.Settings["primary_conninfo"] = fmt.Sprintf("host=%s port=%d user=%s", s.Socket, s.Port, s.superuser())
	var err error
	if twin.scratch, err = s.host.Scratch(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(twin.close)
	data := filepath.Join(twin.scratch.Dir, "data")
	if err := s.host.Copy(filepath.Join(s.scratch.Dir, "data"), data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "standby.signal"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	if twin.Port, err = freePort(); err != nil {
		t.Fatal(err)
	}
	twin.Start(t)
	return twin
}

// Promote makes a standby a server of its own, and has it answer where old did, which has to be stopped.
func (s *Server) Promote(t testing.TB, old *Server) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL("postgres", s.superuser()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), "select pg_promote()")
	_ = conn.Close(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	s.Stop(t, cluster.Fast)
	s.Port = old.Port
	s.Start(t)
}
