// Package shadow starts throwaway Postgres servers in which migrations are tried: copied from a template that already
// holds the platform, ready in a fraction of a second, gone without a trace.
package shadow

import (
	"context"
	_ "embed"
	"path/filepath"
	"sync"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/jackc/pgx/v5"
)

// Base is the database that holds the platform, as the template has it. Clones are made of it; nobody but the shadow
// connects to it, since Postgres does not copy a database that is in use.
const Base = "postgres"

// cloneSettings gives a new database what CREATE DATABASE does not copy: ALTER DATABASE … SET, and grants on it.
//
//go:embed clone_settings.sql
var cloneSettings string

// Options say what a shadow holds.
type Options struct {
	Finder      *pgbin.Finder
	Major       int
	Superuser   string                                      // bootstrap superuser; "postgres" where empty
	Fingerprint string                                      // names what Lay makes; another text, another template
	Lay         func(ctx context.Context, url string) error // lays the platform into Base, as the superuser; nil leaves it plain
	Sink        event.Sink                                  // told when a server is fetched and a template made; may be nil
	State       *State                                      // what it holds beside Base; nil is nothing
}

// Shadow is a running throwaway server. Its methods may be called from several goroutines.
type Shadow struct {
	Major   int
	Version string // "17.10"
	Laid    int    // how many steps of Options.State it holds

	superuser string
	scratch   *cluster.Scratch
	server    *cluster.Server
	one       sync.Mutex // held while admin is used
	admin     *pgx.Conn  // to Base: the one connection that may be open while Base is copied
}

// Start starts a shadow: without TCP, without fsync. Close ends it; should this process die, the kernel does, and the
// next start clears its folder away. The error is a *finding.Finding, or Lay's.
func Start(ctx context.Context, o Options) (*Shadow, error) {
	if o.Superuser == "" {
		o.Superuser = "postgres"
	}
	host, err := o.host(ctx)
	if err != nil {
		return nil, err
	}
	wanted, laid := o.template(host)
	template, err := host.Template(ctx, wanted)
	if err != nil {
		return nil, err
	}
	scratch, err := host.Scratch(ctx)
	if err != nil {
		return nil, err
	}
	s := &Shadow{Major: host.Postgres.Major, Version: host.Postgres.Version, Laid: laid, superuser: o.Superuser, scratch: scratch}
	if err := s.start(ctx, host, template); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// host is where shadows of the version run.
func (o Options) host(ctx context.Context) (cluster.Host, error) {
	installation, err := o.Finder.Find(ctx, o.Major)
	if err != nil {
		return cluster.Host{}, err
	}
	return cluster.Host{Postgres: installation, Account: o.Finder.Account, Cache: o.Finder.Cache}, nil
}

// base is the template that Base is of.
func (o Options) base() cluster.Template {
	return cluster.Template{Superuser: o.Superuser, Fingerprint: o.Fingerprint, Lay: o.Lay, Sink: o.Sink}
}

// Note returns what SetNote has kept about Base under that name, nil where nothing is. No server is started for it.
func (o Options) Note(ctx context.Context, name string) ([]byte, error) {
	host, err := o.host(ctx)
	if err != nil {
		return nil, err
	}
	return host.Note(o.base(), name), nil
}

// SetNote keeps in the cache what was found out about Base.
func (o Options) SetNote(ctx context.Context, name string, data []byte) error {
	host, err := o.host(ctx)
	if err != nil {
		return err
	}
	return host.SetNote(o.base(), name, data)
}

func (s *Shadow) start(ctx context.Context, host cluster.Host, template string) error {
	if err := host.Copy(template, filepath.Join(s.scratch.Dir, "data")); err != nil {
		return err
	}
	server, err := host.Start(ctx, cluster.Config{
		Home: s.scratch.Dir,
		// As on the platform, where its view can be read; here there is nobody to count for.
		Preload:  []string{"pg_stat_statements"},
		Settings: map[string]string{"pg_stat_statements.track": "none", "pg_stat_statements.save": "off", "pg_stat_statements.max": "100"},
	})
	if err != nil {
		return err
	}
	s.server = server
	if s.admin, err = pgx.Connect(ctx, s.URL(Base, s.superuser)); err != nil {
		return failed("connect to the shadow", err)
	}
	return nil
}

// URL returns the libpq URL of a database for a role; no role needs a password.
func (s *Shadow) URL(database, role string) string { return s.server.URL(database, role) }

// Clone makes the database name as a copy of Base.
func (s *Shadow) Clone(ctx context.Context, name string) error { return s.CloneOf(ctx, Base, name) }

// CloneOf makes the database name as a copy of another, to which nobody may be connected, with its owner, settings
// and grants.
func (s *Shadow) CloneOf(ctx context.Context, database, name string) error {
	s.one.Lock()
	defer s.one.Unlock()
	var owner string
	if err := s.admin.QueryRow(ctx, "SELECT datdba::regrole::text FROM pg_database WHERE datname = $1", database).Scan(&owner); err != nil {
		return failed("clone the database "+database, err)
	}
	if err := cluster.Deserted(ctx, s.admin, database); err != nil {
		return failed("clone the database "+database, err)
	}
	create := "CREATE DATABASE " + quote(name) + " TEMPLATE " + quote(database) + " OWNER " + owner + " STRATEGY file_copy"
	if _, err := s.admin.Exec(ctx, create); err != nil {
		return failed("clone the database "+database, err)
	}
	if _, err := s.admin.Exec(ctx, cloneSettings, database, name); err != nil {
		return failed("copy the settings of the database "+database, err)
	}
	return nil
}

// Drop removes a database, whoever is connected; one that is not there is no error.
func (s *Shadow) Drop(ctx context.Context, name string) error {
	s.one.Lock()
	defer s.one.Unlock()
	if err := cluster.Desert(ctx, s.admin, name); err != nil {
		return failed("drop the database "+name, err)
	}
	if _, err := s.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)"); err != nil {
		return failed("drop the database "+name, err)
	}
	return nil
}

// Close ends the server at once and removes everything that it held. What cannot be removed, the next start removes.
func (s *Shadow) Close() {
	if s.admin != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.admin.Close(ctx)
	}
	s.scratch.Remove()
}

// failed is the finding for something that the shadow's server did not do.
func failed(what string, err error) error {
	return &finding.Finding{
		Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Failed, Cause: err,
		Message: "cannot " + what, Detail: err.Error(),
	}
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
