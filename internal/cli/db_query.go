package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/render"
	"github.com/cairndb/cairn/internal/source"
)

// queryInput says where the SQL of a query comes from.
type queryInput struct {
	app.QueryRequest
	argument []string // the one that was given, or none
	path     string
}

func queryCommand(c *console) *cobra.Command {
	var q queryInput
	cmd := &cobra.Command{
		Use:   "query [SQL]",
		Short: "Run SQL and print the rows",
		Long: `Run the SQL of the argument, of a file or of standard input, statement by statement, and print what each one gives.
On a database that cairn did not start, statements that may change it are asked about first.

With --as the SQL runs as another role, with the claims of a user's token where --claims gives them, and all that it
did is rolled back. Where row level security hides every row, the policies that did so are named.`,
		Example: `  cairn db query 'select * from profiles limit 5'
  cairn db query --as anon 'table projects'
  cairn db query --as authenticated --claims '{"sub": "11111111-1111-1111-1111-111111111111"}' 'table projects'
  cairn db query -f report.sql --db-url "$DATABASE_URL" --read-only
  cairn db push --local --dry-run --with-history | cairn db query --db-url "$OTHER_DATABASE_URL"`,
		Args: inQuotes("[SQL]", "the SQL"),
	}
	f := cmd.Flags()
	f.StringVarP(&q.path, "file", "f", "", "run the SQL of this `FILE`; - is standard input")
	f.StringVar(&q.As, "as", "", "run as this `ROLE` and roll back: anon, authenticated, service_role or any other")
	f.StringVar(&q.Claims, "claims", "", "with --as: the claims of the user's token, a `JSON` object; its sub is what auth.uid() gives")
	f.BoolVar(&q.ReadOnly, "read-only", false, "let nothing be changed, and so ask nothing")
	f.IntVar(&q.Limit, "limit", 0, "the most `ROWS` to keep of each result (default 10000)")
	t := targetsOf(cmd, "db query")
	cmd.PreRunE = func(cmd *cobra.Command, args []string) (err error) {
		switch {
		case len(args) > 0 && cmd.Flags().Changed("file"):
			return usage(cmd, "the SQL comes from an argument or from a file, not from both")
		case len(args) == 0 && !cmd.Flags().Changed("file") && term.IsTerminal(int(c.Stdin.Fd())):
			return usage(cmd, "the SQL is missing: give it as an argument, with -f FILE, or on standard input")
		case cmd.Flags().Changed("limit") && q.Limit < 1:
			return usage(cmd, "--limit must be greater than 0")
		}
		q.argument = args
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, func(a *app.App, ctx context.Context, q queryInput, s event.Sink) (_ *app.QueryResult, err error) {
		if q.Source, err = c.querySource(ctx, q); err != nil {
			return nil, err
		}
		return a.Query(ctx, q.QueryRequest, s)
	}, showQuery)
}

// querySource reads the SQL of a query.
func (c *console) querySource(ctx context.Context, q queryInput) (*source.File, error) {
	if len(q.argument) > 0 {
		return &source.File{Name: "argument", Text: q.argument[0]}, nil
	}
	name, read := "stdin", c.standardInput
	if q.path != "" && q.path != "-" {
		name, read = q.path, func(ctx context.Context, what string) ([]byte, error) { return c.file(ctx, q.path, what) }
	}
	text, err := read(ctx, "SQL")
	return &source.File{Name: name, Text: string(text)}, err
}

func showQuery(s *render.Screen, r *app.QueryResult) {
	for i, a := range r.Answers {
		if a.Columns == nil {
			s.Printf("%s\n", a.Tag)
			continue
		}
		if i > 0 {
			s.Printf("\n")
		}
		showRows(s, a)
		if !strings.HasPrefix(a.Tag, "SELECT") && a.Tag != "" {
			s.Printf("%s\n", a.Tag)
		}
	}
	if r.As != "" && slices.ContainsFunc(r.Answers, changes) {
		s.Printf("All of this ran as %s and was rolled back.\n", r.As)
	}
}

// changes reports whether a statement did more than look, by what Postgres says it did.
func changes(a app.Answer) bool {
	verb, _, _ := strings.Cut(a.Tag, " ")
	return !slices.Contains([]string{"", "SELECT", "SHOW", "EXPLAIN", "SET", "FETCH"}, verb)
}

// showRows draws a table of rows and says how many there are. A value of several lines takes as many lines of the
// table, each but the last with a "+" at its end, as psql does it.
func showRows(s *render.Screen, a app.Answer) {
	t := render.Table{}
	for _, c := range a.Columns {
		t.Head = append(t.Head, c.Name)
	}
	for _, row := range a.Rows {
		cells, height := make([][]string, len(row)), 1
		for i, v := range row {
			text := "NULL"
			if v != nil {
				text = strings.ReplaceAll(*v, "\r\n", "\n")
			}
			cells[i] = strings.Split(text, "\n")
			height = max(height, len(cells[i]))
		}
		for n := range height {
			line := make([]string, len(row))
			for i, lines := range cells {
				if n < len(lines) {
					line[i] = strings.ReplaceAll(lines[n], "\t", "    ")
				}
				if n < len(lines)-1 {
					line[i] += " +"
				}
			}
			t.Rows = append(t.Rows, line)
		}
	}
	if len(t.Head) > 0 {
		s.Table(t)
	}
	rows := number(len(a.Rows), "row")
	if a.Truncated {
		rows = "the first " + rows + "; there are more"
	}
	s.Printf("(%s)\n", rows)
}
