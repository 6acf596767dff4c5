package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// findPsql returns the newest psql of this machine, "" where there is none. Debian's /usr/bin/psql is a Perl script
// that looks for the program and costs more than it, so scripts are passed over.
func findPsql() string {
	var found []string
	if path, err := exec.LookPath("psql"); err == nil {
		found = append(found, path)
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		found = append(found, filepath.Join(strings.TrimSpace(string(out)), "psql"))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin/psql", "/usr/pgsql-*/bin/psql",
		"/opt/homebrew/opt/*/bin/psql", "/usr/local/opt/*/bin/psql",
		"/Applications/Postgres.app/Contents/Versions/*/bin/psql",
	} {
		matches, _ := filepath.Glob(pattern)
		found = append(found, matches...)
	}
	best, newest := "", 0
	for _, path := range found {
		if isScript(path) {
			continue
		}
		out, err := exec.Command(path, "--version").Output()
		if match := psqlVersion.FindSubmatch(out); err == nil && match != nil {
			if n, _ := strconv.Atoi(string(match[1])); n > newest {
				best, newest = path, n
			}
		}
	}
	return best
}

var psqlVersion = regexp.MustCompile(`^psql \(PostgreSQL\) (\d+)`)

func isScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer func() { _ = f.Close() }()
	start := make([]byte, 2)
	_, err = f.Read(start)
	return err != nil || string(start) == "#!"
}

// peer is another tool that applies a folder of SQL files.
type peer struct {
	name string
	path string // where it was found
	file string // what it calls a migration, with %s for its version
	text string // what it wants in the file, with %s for the SQL
	args func(url, dir string) []string
}

// allPeers are the tools that we compare with where they are on PATH. None is ever installed.
var allPeers = []peer{
	{
		name: "goose", file: "%s_items.sql", text: "-- +goose Up\n%s",
		args: func(url, dir string) []string { return []string{"-dir", dir, "postgres", url, "up"} },
	},
	{
		name: "migrate", file: "%s_items.up.sql", text: "%s",
		args: func(url, dir string) []string { return []string{"-path", dir, "-database", url, "up"} },
	},
	{
		name: "dbmate", file: "%s_items.sql", text: "-- migrate:up\n%s\n-- migrate:down\n",
		args: func(url, dir string) []string { return []string{"--url", url, "-d", dir, "--no-dump-schema", "up"} },
	},
	{
		name: "supabase", file: "supabase/migrations/%s_items.sql", text: "%s",
		args: func(url, dir string) []string {
			return []string{"db", "push", "--yes", "--workdir", dir, "--db-url", url}
		},
	},
}

// findPeers returns the peers that are installed.
func findPeers() []peer {
	var found []peer
	for _, p := range allPeers {
		if path, err := exec.LookPath(p.name); err == nil {
			p.path = path
			found = append(found, p)
		}
	}
	return slices.Clip(found)
}
