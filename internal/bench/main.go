// Command bench measures cairn: how long it takes and how much memory, against psql and against those other tools that
// are installed, on a Postgres of its own. `make bench` runs it.
//
// Contenders run in turns, every other round backwards, so that what else the machine does hits all of them alike. A
// figure is the median of the rounds; a ratio is the median of the rounds' own ratios.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// options are what the command line says.
type options struct {
	cairn   string // the binary to measure
	example string // the project that db reset is measured with
	rounds  int
	only    []string // names of groups; none means all
	json    bool
	strict  bool // a limit that is exceeded ends with exit code 1
}

// group is a set of measurements that belong together.
type group struct {
	name    string
	measure func(*bench, context.Context) error
}

// groups in the order in which they run: start-up first, while this process is small.
var groups = []group{
	{"start", (*bench).start},
	{"list", (*bench).list},
	{"push", (*bench).push},
	{"link", (*bench).link},
	{"reset", (*bench).reset},
	{"shadow", (*bench).shadow},
	{"platform", (*bench).platform},
	{"replay", (*bench).replay},
	{"diff", (*bench).diff},
	{"kill", (*bench).kill},
	{"files", (*bench).files},
	{"large", (*bench).large},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == meterCommand {
		os.Exit(meter(os.Args[2:]))
	}
	o, err := parse()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	report, err := run(ctx, o)
	stop()
	if len(report.Rows) > 0 {
		write := report.table
		if o.json {
			write = report.json
		}
		err = errors.Join(err, write(os.Stdout))
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	case o.strict && report.over():
		os.Exit(1)
	}
}

func parse() (options, error) {
	o := options{}
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	only := ""
	flag.StringVar(&o.cairn, "cairn", "bin/cairn", "the `binary` to measure")
	flag.StringVar(&o.example, "example", "examples/photobooth", "the `project` that db reset is measured with")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each contender runs, at least; what takes milliseconds runs more often")
	flag.StringVar(&only, "only", "", "measure these `groups` only, separated by commas: "+strings.Join(names, ", "))
	flag.BoolVar(&o.json, "json", false, "write the report as JSON, with every round")
	flag.BoolVar(&o.strict, "strict", false, "exit with 1 where a limit is exceeded")
	flag.Parse()
	if flag.NArg() > 0 {
		return o, fmt.Errorf("one argument too many: %q", flag.Arg(0))
	}
	if o.rounds < 1 {
		return o, errors.New("-rounds must be at least 1")
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	for _, name := range o.only {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("there is no group %q; the groups are %s", name, strings.Join(names, ", "))
		}
	}
	for _, path := range []*string{&o.cairn, &o.example} {
		abs, err := filepath.Abs(*path)
		if err != nil {
			return o, err
		}
		*path = abs
	}
	if _, err := os.Stat(o.cairn); err != nil {
		return o, fmt.Errorf("%w; `make build` makes it", err)
	}
	return o, nil
}

// run measures every group that was asked for. What was measured before an error is in the report.
func run(ctx context.Context, o options) (*report, error) {
	b, err := open(ctx, o)
	if err != nil {
		return &report{}, err
	}
	defer b.close()
	var failures error
	for _, g := range groups {
		if len(o.only) > 0 && !slices.Contains(o.only, g.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s\n", g.name)
		if err := b.alone(ctx, g); err != nil {
			failures = errors.Join(failures, fmt.Errorf("%s: %w", g.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return &b.report, failures
}

// alone measures one group and undoes what it set up, however it ends.
func (b *bench) alone(ctx context.Context, g group) (err error) {
	defer func() {
		if v := recover(); v != nil {
			failure, ok := v.(fatal)
			if !ok {
				panic(v)
			}
			err = failure
		}
	}()
	defer b.cleanup()
	return g.measure(b, ctx)
}
