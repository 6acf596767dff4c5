package replay

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/sqltext"
)

// tell makes the finding of a cause: at the place that fails, with the one that is to blame in its Detail.
func (d *doctor) tell(c *Cause) *finding.Finding {
	f := c.Failure
	out := *f.Finding
	out.Severity, out.Exit = finding.Error, finding.Findings
	if out.At.Start == first(f.statement()).Start {
		out.At = spoken(f.statement(), c.Object, out.At)
	}
	message, hint := d.words(c)
	if message != "" {
		out.Message = message
	}
	if hint != "" {
		out.Hint = hint
	}
	var detail []string
	if f.Refusal != nil && message != "" {
		detail = append(detail, "Postgres says: "+f.Refusal.Message)
	}
	if !c.At.IsZero() {
		detail = append(detail, "see "+c.At.String())
	}
	if made := d.standing(c); made != nil {
		detail = append(detail, "there since "+made.at.String())
	}
	if message == "" && out.Detail != "" {
		detail = append(detail, out.Detail)
	}
	if n := len(c.Follow); n > 0 {
		detail = append(detail, followed(c.Follow))
	}
	out.Detail = strings.Join(detail, "\n")
	return &out
}

// spoken is where a statement first speaks of what a cause is about; at where it does not.
func spoken(statement source.Span, o Object, at source.Span) source.Span {
	for c := sqltext.NewCursor(statement.Text()); o.Name != "" && !c.Done(); {
		t, _ := c.Token()
		if name := c.Name(); last(name) == o.Name {
			return statement.File.Span(statement.Start+t.Start, statement.Start+t.End)
		} else if name == nil {
			c.Next()
		}
	}
	return at
}

// followed counts the files that fail for the same reason.
func followed(all []*Failure) string {
	names := make([]string, 0, 3)
	for _, f := range all[:min(len(all), 3)] {
		names = append(names, path.Base(f.File.File.Name))
	}
	s := strings.Join(names, ", ")
	if more := len(all) - len(names); more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	if len(all) == 1 {
		return "1 more file fails with it: " + s
	}
	return fmt.Sprintf("%d more files fail with it: %s", len(all), s)
}

// standing is what made the table that a guard was passed over for.
func (d *doctor) standing(c *Cause) *happening {
	if c.Why != Skipped || c.blamed.maybe {
		return nil
	}
	o := c.Object
	if o.child() {
		o = c.blamed.Object
	}
	return d.trace(o, -1, c.Failure).made
}

// place is "file, line N", for a sentence.
func place(at source.Span) string { return fmt.Sprintf("%s, line %d", at.File.Name, at.Pos().Line) }

// words say what the cause is and what can be done; "" leaves it to what is said of the failure itself.
func (d *doctor) words(c *Cause) (message, hint string) {
	file := path.Base(c.Failure.File.File.Name)
	switch c.Why {
	case Never:
		return c.Object.String() + " is not created in any migration", d.neverHint(c)
	case Later:
		blamed := path.Base(c.At.File.Name)
		if c.blamed.file == c.Failure.index {
			return fmt.Sprintf("%s is created further down in this file, in line %d", c.Object, c.At.Pos().Line), "move what creates it up"
		}
		return fmt.Sprintf("%s is created later, in %s", c.Object, place(c.At)),
			fmt.Sprintf("rename %s so that it sorts before %s, or %s so that it sorts behind; where they ran already, "+
				"`cairn migration repair` records the new versions", blamed, file, file)
	case Dropped:
		return fmt.Sprintf("%s was dropped by %s", c.Object, place(c.At)),
			fmt.Sprintf("move the DROP into a migration that sorts behind %s, or take out of %s what still needs it", file, file)
	case Renamed:
		to := c.blamed.to
		return fmt.Sprintf("%s was renamed to %q by %s", c.Object, qualified(to), place(c.At)), fmt.Sprintf("write %q here", qualified(to))
	case Twice:
		if c.At.IsZero() {
			return c.Object.String() + " is there before the first migration: the platform brings it",
				"take the statement out, or guard it with IF NOT EXISTS where Postgres has that form"
		}
		return fmt.Sprintf("%s was created before by %s", c.Object, place(c.At)),
			"keep one of the two: take this one out, or write DROP … IF EXISTS before it; if two histories were put together, one baseline file " +
				"(a dump of the target's schema) in place of both is simpler"
	case Skipped:
		return d.skippedWords(c)
	case Elsewhere:
		return fmt.Sprintf("%s is not found as it is written here; %s made %s", c.Object, place(c.At), c.blamed.made()),
			"write its name as it was made, with its schema, quotes and the types of its arguments"
	case Unread:
		return fmt.Sprintf("%s is created in %s, which is no migration by its name and does not run", c.Object, place(c.At)),
			"rename that file to <version>_<name>.sql with a version that sorts before " + file
	case Addon:
		if c.Failure.Refusal != nil && strings.Contains(c.Failure.Refusal.Message, "extension") && !strings.Contains(c.Failure.Refusal.Message, "does not exist") {
			return fmt.Sprintf("the extension %q is not available on the server that this was tried on", c.Object.Name), ""
		}
		return fmt.Sprintf("the extension %q is not there, and no migration before this one creates it", c.Object.Name),
			fmt.Sprintf("write CREATE EXTENSION IF NOT EXISTS %s in a migration before this one; a dashboard that enabled it leaves no file", identifier(c.Object.Name))
	case Reshaped:
		return fmt.Sprintf("%s was made in another form by %s, which OR REPLACE cannot change", c.Object, place(c.At)),
			fmt.Sprintf("write DROP %s %s before it", strings.ToUpper(c.Object.Kind), c.Object.Name)
	case Needed:
		if c.At.IsZero() {
			return "", ""
		}
		return fmt.Sprintf("what is dropped here is still needed by %s, made by %s", c.Object, place(c.At)),
			"drop that first, in this file or one before it; CASCADE drops it as well"
	case Data:
		if !absent(c.Failure.Refusal) {
			return "", "" // the server's own words and what is said of them elsewhere fit better
		}
		return "", "a replay starts without rows: guard the statement so that it does nothing where they are missing, insert them in a migration before this one, " +
			"or start from a baseline file"
	case Syntax:
		return syntaxWords(c.Failure)
	}
	return "", ""
}

func (d *doctor) neverHint(c *Cause) string {
	base := "add the statement that creates it to a migration before this one"
	if c.Object.Class == Column {
		base = "add it with ALTER TABLE … ADD COLUMN in a migration before this one"
	}
	return base + "; if it was made in a dashboard or by another tool, a dump of the target's schema as the first migration (a baseline) holds it; " +
		"if it is in SQL files of another folder, `cairn migration adopt` makes migrations of them"
}

func (d *doctor) skippedWords(c *Cause) (message, hint string) {
	if c.blamed.maybe {
		return fmt.Sprintf("%s is created only under a condition, which did not hold, by the DO block in %s", c.Object, place(c.At)),
			"create it without the condition, or look at what the condition asks for"
	}
	if c.Object.Class == Relation {
		return fmt.Sprintf("%s has other columns than meant here: IF NOT EXISTS in %s passed over it", c.Object, place(c.At)), skippedHint
	}
	return fmt.Sprintf("%s is not there: IF NOT EXISTS in %s passed over what makes it", c.Object, place(c.At)), skippedHint
}

const skippedHint = "IF NOT EXISTS does not compare columns: write ALTER TABLE … ADD COLUMN IF NOT EXISTS for those that differ, or make the table once"

// made says what a happening made, by its whole name.
func (h *happening) made() string {
	if h.act == renames {
		return h.to.String()
	}
	return h.String()
}

func qualified(o Object) string {
	if o.Schema != "" {
		return o.Schema + "." + o.Name
	}
	return o.Name
}

func identifier(name string) string {
	if strings.ContainsAny(name, "- ") {
		return `"` + name + `"`
	}
	return name
}

// neverValid are forms that look like Postgres' and never were.
var neverValid = []struct {
	message, hint string
	is            func(c *sqltext.Cursor) bool
}{
	{"CREATE POLICY knows no IF NOT EXISTS, in any version of Postgres", "write DROP POLICY IF EXISTS name ON table before it", func(c *sqltext.Cursor) bool {
		return c.Take("CREATE", "POLICY", "IF", "NOT", "EXISTS")
	}},
	{"CREATE TRIGGER knows no IF NOT EXISTS, in any version of Postgres", "write CREATE OR REPLACE TRIGGER, or DROP TRIGGER IF EXISTS name ON table before it", func(c *sqltext.Cursor) bool {
		return c.Take("CREATE", "TRIGGER", "IF", "NOT", "EXISTS")
	}},
	{"CREATE TYPE knows no IF NOT EXISTS, in any version of Postgres", "wrap it: DO $$ BEGIN CREATE TYPE …; EXCEPTION WHEN duplicate_object THEN NULL; END $$", func(c *sqltext.Cursor) bool {
		return c.Take("CREATE", "TYPE", "IF", "NOT", "EXISTS")
	}},
	{"ALTER PUBLICATION … DROP TABLE knows no IF EXISTS, in any version of Postgres", "ask pg_publication_tables in a DO block whether the table is there", func(c *sqltext.Cursor) bool {
		return c.Take("ALTER", "PUBLICATION") && c.Name() != nil && c.TakeAny("DROP", "ADD") && c.Take("TABLE", "IF")
	}},
	{"ADD CONSTRAINT knows no IF NOT EXISTS, in any version of Postgres", "write DROP CONSTRAINT IF EXISTS name, ADD CONSTRAINT name …", func(c *sqltext.Cursor) bool {
		for ; !c.Done(); c.Skip() {
			if c.Take("ADD", "CONSTRAINT", "IF") {
				return true
			}
		}
		return false
	}},
}

// syntaxWords name the forms that were never valid.
func syntaxWords(f *Failure) (message, hint string) {
	if f.Refusal == nil {
		return "", "" // the file was not read to its end, and its finding says why
	}
	text := first(f.statement()).Text()
	for _, n := range neverValid {
		c := sqltext.NewCursor(text)
		if n.is(&c) {
			return n.message, n.hint
		}
	}
	return "", ""
}

// Absent reports whether the failure may come of nothing but rows that a replay does not have.
func (c *Cause) Absent() bool { return c.Why == Data && absent(c.Failure.Refusal) }

// absent reports whether a refusal may come of rows that are elsewhere and not in a replay: a foreign key without its
// row, no data found, or code that raises an error of its own.
func absent(refusal *pgconn.PgError) bool {
	return refusal != nil && slices.Contains([]string{"23503", "P0001", "P0002", "P0003", "P0004", "02000"}, refusal.Code)
}
