// Command corpus checks a folder of projects with cairn and says how many of their histories replay: public projects as
// a measure from outside. `make corpus CORPUS=folder` runs it. Nothing of the projects is in this repository, and
// nothing of them is changed.
//
// What each project came to, every finding of its check with its place, is written to cairn-corpus.txt in the folder the
// first time and compared with it from then on: what was swallowed, or is told anew, ends with exit code 1.
//
// `make corpus POSTGRES=source` measures with Postgres' own tests instead: the databases that its regression tests and
// pg_dump's test leave are dumped by cairn, loaded, and compared by catalog and by pg_dump; plans from an empty database
// and back to one are proven. What impossible.txt gives a reason for does not count. LIBRARY names a folder with the
// tests' regress.so, autoinc.so and refint.so, built for that major.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	udiff "github.com/aymanbagabas/go-udiff"
)

// recordName is the file with what the projects came to.
const recordName = "cairn-corpus.txt"

// limit bounds the check of one project.
const limit = 5 * time.Minute

// outcome is what one check printed, as far as it is read here.
type outcome struct {
	Result struct {
		Replay *struct {
			Files    int `json:"files"`
			Replayed int `json:"replayed"`
			Causes   []struct {
				Why string `json:"why"`
			} `json:"causes"`
		} `json:"replay"`
		Proof *struct {
			Proven   bool `json:"proven"`
			Repaired int  `json:"repaired"`
		} `json:"proof"`
	} `json:"result"`
	Findings []told `json:"findings"`
	Error    *told  `json:"error"`
}

// told is a finding.
type told struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Detail   string `json:"detail"`
	At       struct {
		File string `json:"file"`
		Line int    `json:"line"`
	} `json:"at"`
}

func (t *told) String() string {
	return strings.TrimSpace(t.Code + " " + t.Message + "\n" + t.Detail)
}

func main() {
	cairn := flag.String("cairn", "bin/cairn", "the `binary` to check with")
	update := flag.Bool("update", false, "write what the projects came to, whatever it was before")
	source := flag.String("postgres", "", "measure with Postgres' own tests, from the `folder` with its source, in place of projects")
	library := flag.String("library", "", "the `folder` with the regression tests' regress.so, autoinc.so and refint.so")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var same bool
	var err error
	if *source != "" {
		same, err = postgres(ctx, *cairn, *source, *library)
	} else {
		same, err = run(ctx, *cairn, flag.Arg(0), *update)
	}
	stop()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(2)
	case !same:
		os.Exit(1)
	}
}

// run checks every project below dir and reports whether they came to what is on record.
func run(ctx context.Context, cairn, dir string, update bool) (same bool, err error) {
	if dir == "" {
		return false, errors.New("name the folder with the projects: make corpus CORPUS=folder")
	}
	if cairn, err = filepath.Abs(cairn); err != nil {
		return false, err
	}
	projects, err := find(dir)
	if err != nil {
		return false, err
	}
	var record strings.Builder
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "project\tfiles\treplayed\tcauses\ttime")
	whole := 0
	for _, project := range projects {
		began := time.Now()
		o, err := check(ctx, cairn, filepath.Join(dir, project))
		if err != nil {
			return false, fmt.Errorf("%s: %w", project, err)
		}
		var causes []string
		for _, c := range o.Result.Replay.Causes {
			causes = append(causes, c.Why)
		}
		if len(causes) == 0 {
			whole++
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", project, o.Result.Replay.Files, o.Result.Replay.Replayed,
			strings.Join(causes, ", "), time.Since(began).Round(time.Millisecond))
		fmt.Fprintf(&record, "%s: %d of %d files replay\n", project, o.Result.Replay.Replayed, o.Result.Replay.Files)
		for _, f := range o.Findings {
			fmt.Fprintf(&record, "\t%s %s %s:%d %s\n", f.Severity, f.Code, f.At.File, f.At.Line, f.Message)
		}
	}
	if err := table.Flush(); err != nil {
		return false, err
	}
	fmt.Printf("%d of %d histories replay whole\n", whole, len(projects))
	return compare(filepath.Join(dir, recordName), record.String(), update)
}

// find returns the folders below dir that hold supabase/migrations, by name.
func find(dir string) ([]string, error) {
	var projects []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() || d.Name() != "migrations" || filepath.Base(filepath.Dir(path)) != "supabase" {
			return nil
		}
		project, err := filepath.Rel(dir, filepath.Dir(filepath.Dir(path)))
		if err != nil {
			return err
		}
		projects = append(projects, project)
		return fs.SkipDir
	})
	if err == nil && len(projects) == 0 {
		err = fmt.Errorf("no folder below %s holds supabase/migrations", dir)
	}
	slices.Sort(projects)
	return projects, err
}

// check runs the check on one project.
func check(ctx context.Context, cairn, project string) (*outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, cairn, "migration", "check", "--json", "--workdir", project)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if exit, ok := errors.AsType[*exec.ExitError](cmd.Run()); ok && exit.ExitCode() > 1 {
		return nil, fmt.Errorf("%w\n%s%s", exit, out.String(), errs.String())
	}
	o := &outcome{}
	if err := json.Unmarshal(out.Bytes(), o); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, errs.String())
	}
	if o.Result.Replay == nil {
		return nil, fmt.Errorf("the check ran nothing\n%s", errs.String())
	}
	return o, nil
}

// compare holds what the projects came to against the record, which it writes where there is none yet.
func compare(path, now string, update bool) (bool, error) {
	before, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || update {
		return true, os.WriteFile(path, []byte(now), 0o644)
	}
	if err != nil {
		return false, err
	}
	if diff := udiff.Unified("on record", "now", string(before), now); diff != "" {
		fmt.Print(diff)
		return false, nil
	}
	return true, nil
}
