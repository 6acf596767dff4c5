package pgbin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// env returns a Getenv that knows these variables alone.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// open returns a new temporary folder that every user can pass into, whoever runs the tests.
func open(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cairn-pgbin-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// script writes a program.
func script(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// server lays out what a package of a server looks like to a Finder.
func server(t *testing.T, root, version string, contrib bool) {
	t.Helper()
	script(t, filepath.Join(root, "bin", "postgres"), fmt.Sprintf("echo 'postgres (PostgreSQL) %s'", version))
	script(t, filepath.Join(root, "bin", "initdb"), "exit 1")
	script(t, filepath.Join(root, "share", "postgresql", "postgres.bki"), "")
	if contrib {
		script(t, filepath.Join(root, "share", "postgresql", "extension", "pgcrypto.control"), "")
	}
}

func someone(t *testing.T) *Account {
	t.Helper()
	a, err := Unprivileged(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFindPlaces(t *testing.T) {
	root := open(t)
	server(t, filepath.Join(root, "named"), "17.3", false)
	server(t, filepath.Join(root, "debian/17"), "17.4 (Debian 17.4-1.pgdg120+2)", true)
	server(t, filepath.Join(root, "bare/17"), "17.5", false)
	server(t, filepath.Join(root, "beta/17"), "17beta2", true)
	server(t, filepath.Join(root, "config"), "17.6", true)
	server(t, filepath.Join(root, "oldconfig"), "16.2", true)
	script(t, filepath.Join(root, "path1/pg_config"), "echo "+filepath.Join(root, "config/bin"))
	script(t, filepath.Join(root, "path2/pg_config"), "echo "+filepath.Join(root, "oldconfig/bin"))
	script(t, filepath.Join(root, "broken/bin/postgres"), "echo no such library >&2; exit 127")
	script(t, filepath.Join(root, "broken/bin/initdb"), "")

	tests := map[string]struct {
		named, path   string
		known         string
		major         int
		version, from string // where one is found
		code          finding.Code
		says          []string // in message, detail or hint
	}{
		"named bin folder":       {named: "named/bin", major: 17, version: "17.3", from: "CAIRN_POSTGRES"},
		"named parent":           {named: "named", major: 17, version: "17.3", from: "CAIRN_POSTGRES"},
		"named before installed": {named: "named", known: "debian/%d", major: 17, version: "17.3", from: "CAIRN_POSTGRES"},
		"named of another major": {named: "named", major: 16, code: finding.NoPostgres, says: []string{"Postgres 17.3", "needs Postgres 16", "unset"}},
		"named without server":   {named: "path1", major: 17, code: finding.NoPostgres, says: []string{"holds no Postgres server"}},
		"named that cannot run":  {named: "broken", major: 17, code: finding.NoPostgres, says: []string{"no such library"}},
		"installed":              {known: "debian/%d/bin", major: 17, version: "17.4", from: "installed"},
		"installed beta":         {known: "beta/%d/bin", major: 17, version: "17beta2", from: "installed"},
		"pg_config":              {path: "path1", known: "debian/%d/bin", major: 17, version: "17.6", from: "installed"},
		"pg_config of another":   {path: "path2", known: "debian/%d/bin", major: 17, version: "17.4", from: "installed"},
		"without contrib":        {known: "bare/%d/bin", major: 17, code: finding.NoPostgres, says: []string{"npm is not on PATH", "postgresql-17", "CAIRN_POSTGRES"}},
		"nothing":                {known: "none/%d", major: 18, code: finding.NoPostgres, says: []string{"no Postgres 18 server", "postgresql-18"}},
		"old major":              {major: 14, code: finding.ServerVersion, says: []string{"Postgres 14", "15, 16, 17 or 18"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			vars := []string{"PATH", filepath.Join(root, test.path)}
			if test.named != "" {
				vars = append(vars, "CAIRN_POSTGRES", filepath.Join(root, test.named))
			}
			f := &Finder{Cache: open(t), Account: someone(t), Getenv: env(vars...), OS: "linux", Arch: "amd64", known: []string{filepath.Join(root, test.known)}}
			inst, err := f.Find(t.Context(), test.major)
			if test.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				if inst.Version != test.version || inst.Source != test.from || inst.Major != test.major || inst.Share == "" {
					t.Errorf("found %+v, want %s from %s", inst, test.version, test.from)
				}
				return
			}
			f2 := finding.As(err)
			if f2 == nil || f2.Code != test.code || f2.Exit != finding.Usage {
				t.Fatalf("error is %#v, want a finding %s", err, test.code)
			}
			for _, part := range test.says {
				if text := f2.Message + "\n" + f2.Detail + "\n" + f2.Hint; !strings.Contains(text, part) {
					t.Errorf("the finding does not say %q:\n%s", part, text)
				}
			}
		})
	}
}

func TestFindWithoutPackage(t *testing.T) {
	f := &Finder{Cache: open(t), Getenv: env(), OS: "plan9", Arch: "mips", known: []string{"/nowhere/%d"}}
	_, err := f.Find(t.Context(), 17)
	if got := finding.As(err); got == nil || got.Code != finding.NoPostgres || !strings.Contains(got.Detail, "plan9") {
		t.Errorf("error is %v", err)
	}
}

func TestPinsAreComplete(t *testing.T) {
	hashes := map[string]string{}
	for system := range platforms {
		goos, goarch, _ := strings.Cut(system, "/")
		f := &Finder{OS: goos, Arch: goarch}
		for _, major := range Majors {
			p, ok := f.pin(major)
			if !ok || !strings.HasPrefix(p.Integrity, "sha512-") || len(p.Integrity) != len("sha512-")+88 {
				t.Errorf("%s, Postgres %d: no usable pin %+v", system, major, p)
			}
			if other := hashes[p.Integrity]; other != "" {
				t.Errorf("%s and %s have one hash", p.Package, other)
			}
			hashes[p.Integrity] = p.Package
		}
	}
	if _, ok := (&Finder{OS: runtime.GOOS, Arch: runtime.GOARCH}).pin(17); !ok {
		t.Errorf("no package for this machine, %s/%s", runtime.GOOS, runtime.GOARCH)
	}
}

func TestLookSkipsRelativeFolders(t *testing.T) {
	dir := open(t)
	script(t, filepath.Join(dir, "npm"), "exit 0")
	t.Chdir(dir)
	if got := (&Finder{Getenv: env("PATH", ".:"+":rel")}).look("npm"); got != "" {
		t.Errorf("found %s in the present folder", got)
	}
	if got := (&Finder{Getenv: env("PATH", ".:"+dir)}).look("npm"); got != filepath.Join(dir, "npm") {
		t.Errorf("found %q", got)
	}
}

// What is found is handed on as Extend makes it, and its note is told.
func TestExtend(t *testing.T) {
	dir := open(t)
	server(t, dir, "17.4", true)
	var told []event.Event
	f := &Finder{
		Cache: open(t), Account: someone(t), Getenv: env("CAIRN_POSTGRES", dir), OS: "linux", Arch: "amd64",
		Sink: func(e event.Event) { told = append(told, e) },
		Extend: func(_ context.Context, _ *Finder, inst *Installation) (*Installation, *finding.Finding) {
			more := *inst
			more.Share = "/more"
			return &more, &finding.Finding{Message: "more of " + inst.Version}
		},
	}
	inst, err := f.Find(t.Context(), 17)
	if err != nil || inst.Share != "/more" || inst.Version != "17.4" {
		t.Errorf("found %+v, %v", inst, err)
	}
	if len(told) != 1 || told[0].(event.Found).Finding.Message != "more of 17.4" {
		t.Errorf("told %v", told)
	}
	if _, err := f.Find(t.Context(), 16); err == nil {
		t.Error("a Postgres 17 passes for 16 once it is extended")
	}
}
