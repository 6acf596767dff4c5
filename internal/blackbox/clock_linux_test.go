package blackbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/pgtest"
)

// elsewhen starts a server whose clock is off by so much, and returns it.
func elsewhen(t *testing.T, off time.Duration) *cluster.Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "cairn-clock-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // the server runs as another user where we are root
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	library := filepath.Join(dir, "clock.so")
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-O1", "-o", library, filepath.Join("testdata", "clock.c"), "-ldl").CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	host, err := pgtest.Host(t.Context(), 17)
	if err != nil {
		t.Fatal(err)
	}
	data, err := host.Template(t.Context(), cluster.Template{Superuser: "postgres"})
	if err != nil {
		t.Fatal(err)
	}
	scratch, err := host.Scratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(scratch.Remove)
	if err := host.Copy(data, filepath.Join(scratch.Dir, "data")); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\nLD_PRELOAD=%s CLOCK_OFFSET=%d exec %s \"$@\"\n", library, int(off.Seconds()), host.Postgres.Program("postgres"))
	if err := os.WriteFile(filepath.Join(dir, "postgres"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	wrapped := *host.Postgres
	wrapped.Bin = dir
	host.Postgres = &wrapped
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	server, err := host.Start(t.Context(), cluster.Config{Home: scratch.Dir, Port: port, Listen: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background(), cluster.Fast) })
	return server
}

// The order of migrations is that of their versions, whatever the time is on the server, and what takes time takes as
// long as it takes.
func TestRow124ServerClockWrong(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	version := func(d time.Duration) string { return now.Add(d).Format("20060102150405") }
	for name, off := range map[string]time.Duration{"six years behind": -6 * 365 * 24 * time.Hour, "a day ahead": 25 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := elsewhen(t, off)
			s := newFolder(t, nil)
			makeRole(t, server.URL("postgres", "postgres"))
			s.url, s.admin = server.TCP("postgres", role, canary), server.URL("postgres", "postgres")
			t.Cleanup(s.nothingLeft)
			s.wantQuery(fmt.Sprintf("select (abs(extract(epoch from clock_timestamp()) - %d) < 600)::text", now.Add(off).Unix()), "true")

			first, second, third := version(-time.Hour), version(-time.Minute), version(-time.Second)
			s.migration(first+"_a", "create table a (id int);")
			s.migration(second+"_b", "create table b (id int);")
			pushed := s.push().exits(0).says("Applied 2 migrations")
			if off < 0 { // the clock that counts is the server's, which all share
				pushed.says("warning CA613", "the server's clock says ", ", this machine's ")
			} else {
				pushed.keepsQuiet("CA613")
			}
			s.migration(third+"_c", "create table c (id int);\nselect pg_sleep(0.01);")
			s.push().exits(0).says("Applied 1 migration ")
			s.push().exits(0).says("is up to date")
			s.wantHistory(first, second, third)

			var listing struct {
				Migrations []struct {
					Applied struct {
						Started time.Time
						Elapsed time.Duration `json:"elapsed_ns"`
					}
				}
			}
			if err := json.Unmarshal(s.run("migration", "list", "--json", "--db-url", s.url).exits(0).report().Result, &listing); err != nil {
				t.Fatal(err)
			}
			for _, m := range listing.Migrations {
				if d := m.Applied.Elapsed; d <= 0 || d > patience {
					t.Errorf("a migration took %s", d)
				}
				if d := m.Applied.Started.Sub(now.Add(off)); d < -time.Minute || d > patience {
					t.Errorf("a migration is said to have run at %s", m.Applied.Started)
				}
			}
			s.mkdir("supabase/rollbacks")
			s.write("supabase/rollbacks/"+third+"_c_down.sql", "drop table c;")
			s.run("migration", "down", "--yes", "--db-url", s.url).exits(0)
			s.wantHistory(first, second)
		})
	}
}

// A version that this machine dated in the future is told of; made at one moment, versions differ all the same.
func TestRow125ClientClockWrong(t *testing.T) {
	t.Parallel()
	future, soon := time.Now().UTC().Add(80*time.Hour).Format("20060102150405"), time.Now().UTC().Add(20*time.Hour).Format("20060102150405")
	s := newSite(t, map[string]string{soon + "_a": "create table a (id int);", "001_x": "create table x (id int);"})
	s.push("--dry-run").exits(0).keepsQuiet("CA613")
	s.migration(future+"_b", "create table b (id int);")
	s.push("--dry-run").exits(0).says("warning CA613", future+"_b.sql")
	s.push().exits(0).says("warning CA613")
	s.push().exits(0).keepsQuiet("CA613")

	folder := newFolder(t, nil)
	var running []*process
	for range 6 {
		running = append(running, folder.start("migration", "new", "made at once"))
	}
	for _, p := range running {
		p.wait().exits(0)
	}
	seen := map[string]bool{}
	for _, name := range folder.names("supabase/migrations") {
		seen[name[:14]] = true
	}
	if len(seen) != len(running) {
		t.Errorf("%d versions for %d migrations: %v", len(seen), len(running), seen)
	}
}
