package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed pgdump.pl
var pgdumpScript string

// source is a folder with the source of Postgres, of which its own tests are read.
type source struct {
	dir     string
	library string // a folder with regress.so, autoinc.so and refint.so, "" where there is none
	psql    string
	major   int
}

// versioned is how configure says which version it is of.
var versioned = regexp.MustCompile(`(?m)^PACKAGE_VERSION='(\d+)`)

// openSource looks at the folder.
func openSource(dir, library string) (*source, error) {
	s := &source{}
	for to, from := range map[*string]string{&s.dir: dir, &s.library: library} {
		if from == "" {
			continue
		}
		abs, err := filepath.Abs(from)
		if err != nil {
			return nil, err
		}
		*to = abs
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "configure"))
	if err != nil {
		return nil, fmt.Errorf("%s is no source of Postgres: %w", dir, err)
	}
	m := versioned.FindSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("%s/configure does not say which Postgres it is of", dir)
	}
	s.major, err = strconv.Atoi(string(m[1]))
	return s, err
}

// regressed is the folder with the regression tests.
func (s *source) regressed() string { return filepath.Join(s.dir, "src/test/regress") }

// regression runs the regression tests in the database at a URL, in the order of the schedule, each as pg_regress does.
// It returns how many there are; what their statements print is not looked at. Those that end the connection or take
// long are cut off: the others go on.
func (s *source) regression(ctx context.Context, url, scratch string) (tests int, err error) {
	schedule, err := os.ReadFile(filepath.Join(s.regressed(), "parallel_schedule"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(schedule)) {
		list, ok := strings.CutPrefix(line, "test:")
		if !ok {
			continue
		}
		for _, name := range strings.Fields(list) {
			tests++
			text, err := os.ReadFile(filepath.Join(s.regressed(), "sql", name+".sql"))
			if err != nil {
				return tests, err
			}
			if err := s.run(ctx, url, scratch, text); err != nil {
				return tests, fmt.Errorf("the test %s: %w", name, err)
			}
		}
	}
	return tests, nil
}

// testLimit bounds one regression test.
const testLimit = 2 * time.Minute

// run runs a text in psql, past the statements that fail.
func (s *source) run(ctx context.Context, url, scratch string, text []byte) error {
	limited, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	cmd := exec.CommandContext(limited, s.psql, "--no-psqlrc", "--quiet", "--dbname", url)
	cmd.Dir, cmd.Stdin = scratch, bytes.NewReader(text)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "LC_MESSAGES=C", "PGTZ=PST8PDT", "PGDATESTYLE=Postgres, MDY",
		"PG_ABS_SRCDIR=" + s.regressed(), "PG_ABS_BUILDDIR=" + scratch, "PG_LIBDIR=" + s.library, "PG_DLSUFFIX=.so",
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, ok := errors.AsType[*exec.ExitError](err); ok { // what a test does to its connection, or its server, is its own affair
		return ready(ctx, url)
	}
	return err
}

// ready waits until the server takes connections: a test may have had it start anew.
func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// pgdumped runs what pg_dump's own test fills a database of that name with. It returns how many statements failed.
func (s *source) pgdumped(ctx context.Context, url, database string) (int, error) {
	script := exec.CommandContext(ctx, "perl", "-", filepath.Join(s.dir, "src/bin/pg_dump/t/002_pg_dump.pl"), database)
	script.Stdin = strings.NewReader(pgdumpScript)
	var complaint strings.Builder
	script.Stderr = &complaint
	text, err := script.Output()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, complaint.String())
	}
	psql := exec.CommandContext(ctx, s.psql, "--no-psqlrc", "--quiet", "--dbname", url)
	psql.Stdin = bytes.NewReader(text)
	psql.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_MESSAGES=C", "PGOPTIONS=-c client_min_messages=error"}
	out, err := psql.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return strings.Count(string(out), "ERROR:"), nil
}
