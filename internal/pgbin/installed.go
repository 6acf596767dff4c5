package pgbin

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// versionLine is what `postgres --version` prints: "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
var versionLine = regexp.MustCompile(`^postgres \(PostgreSQL\) ((\d+)[.\w]*)`)

// knownFolders is where packages put a server's programs; %d is the major.
var knownFolders = []string{
	"/usr/lib/postgresql/%d/bin", // Debian, Ubuntu
	"/usr/pgsql-%d/bin",          // Red Hat, from the Postgres project
	"/opt/homebrew/opt/postgresql@%d/bin",
	"/usr/local/opt/postgresql@%d/bin",
	"/home/linuxbrew/.linuxbrew/opt/postgresql@%d/bin",
	"/Applications/Postgres.app/Contents/Versions/%d/bin",
}

// installed returns an installed server of the major, or nil. One without the contrib extensions is passed over: the
// platform needs them.
func (f *Finder) installed(ctx context.Context, major int) *Installation {
	var dirs []string
	if config := f.look("pg_config"); config != "" {
		if out, err := f.run(ctx, config, "--bindir"); err == nil {
			dirs = append(dirs, strings.TrimSpace(out))
		}
	}
	known := f.known
	if known == nil {
		known = knownFolders
	}
	for _, dir := range known {
		dirs = append(dirs, fmt.Sprintf(dir, major))
	}
	for _, dir := range dirs {
		inst, err := f.inspect(ctx, dir, "installed")
		if err != nil || inst.Major != major || inst.Share == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(inst.Share, "extension", "pgcrypto.control")); err == nil {
			return inst
		}
	}
	return nil
}

// inspect says what the bin folder holds; an error where it is not that of a server that runs here.
func (f *Finder) inspect(ctx context.Context, bin, from string) (*Installation, error) {
	for _, program := range []string{"initdb", "postgres"} {
		if _, err := os.Stat(filepath.Join(bin, program)); err != nil {
			return nil, err
		}
	}
	out, err := f.run(ctx, filepath.Join(bin, "postgres"), "--version")
	if err != nil {
		return nil, err
	}
	match := versionLine.FindStringSubmatch(out)
	if match == nil {
		return nil, fmt.Errorf("%s --version says %q", filepath.Join(bin, "postgres"), strings.TrimSpace(out))
	}
	major, err := strconv.Atoi(match[2])
	if err != nil {
		return nil, err
	}
	return located(bin, match[1], major, from), nil
}

// located fills in the folders that belong to a bin folder.
func located(bin, version string, major int, from string) *Installation {
	inst := &Installation{Major: major, Version: version, Bin: bin, Source: from}
	real := bin
	if resolved, err := filepath.EvalSymlinks(bin); err == nil {
		real = resolved
	}
	root := filepath.Dir(real)
	first := func(file string, dirs ...string) string {
		for _, dir := range dirs {
			if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
				return dir
			}
		}
		return ""
	}
	inst.Share = first("postgres.bki", filepath.Join(root, "share", "postgresql"), filepath.Join(root, "share"),
		fmt.Sprintf("/usr/share/postgresql/%d", major), filepath.Join(root, "share", fmt.Sprintf("postgresql@%d", major)))
	for _, ending := range []string{".so", ".dylib"} {
		if inst.Lib == "" {
			inst.Lib = first("plpgsql"+ending, filepath.Join(root, "lib", "postgresql"), filepath.Join(root, "lib"))
		}
	}
	return inst
}

// run runs a server program as the account that servers run as, and returns what it printed. The error holds what it
// complained of.
func (f *Finder) run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	f.Account.Apply(cmd)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", program, err, tail(complaint.String(), 10))
	}
	return string(out), nil
}

// tail returns the last n lines of text that hold anything.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
