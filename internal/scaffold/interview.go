package scaffold

import (
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
)

// Interview asks for a table one question at a time: its columns, its policies, its indexes, its trigger. It reads and
// prints nothing itself; whoever drives it shows each Question and gives back what the person answered.
type Interview struct {
	table    Table
	step     step
	suggests string // the table's name as SQL, guessed from the migration's
}

// Question is what to ask next.
type Question struct {
	Key     string   // "table", "column", "access", "owner", "index", "updated_at"; "column" and "index" come again
	Text    string   // "Column"
	Help    string   // how to answer
	Default string   // what an empty answer means; "" goes on to the next question for those that come again
	Choices []string // the answers there are; nil is any text
}

// step is where an interview stands.
type step int

const (
	askTable step = iota
	askColumn
	askAccess
	askOwner
	askIndex
	askUpdatedAt
	asked
)

// NewInterview begins an interview for a migration of that name, for a project on plain Postgres or on Supabase.
func NewInterview(name string, plain bool) *Interview {
	guess := migration.Slug(name)
	for _, verb := range []string{"create_", "add_", "new_"} {
		guess = strings.TrimPrefix(guess, verb)
	}
	return &Interview{table: Table{Plain: plain}, suggests: sqltext.Ident(strings.TrimSuffix(guess, "_table"))}
}

// Next returns the question to ask now, or false where all are answered.
func (i *Interview) Next() (Question, bool) {
	switch i.step {
	case askTable:
		return Question{Key: "table", Text: "Table", Help: "its name, with or without a schema", Default: i.suggests}, true
	case askColumn:
		return Question{
			Key: "column", Text: "Column",
			Help: `name and type, then "!" for not null, "unique", "->table" for a reference, "=" and a default; empty to go on`,
		}, true
	case askAccess:
		return Question{
			Key: "access", Text: "Who may read the rows",
			Help:    "owner: each user their own · signed-in, everyone: all rows, changed by their owners alone · service: the service role alone",
			Default: "owner", Choices: []string{"owner", "signed-in", "everyone", "service"},
		}, true
	case askOwner:
		return Question{Key: "owner", Text: "Owner", Help: "the column that holds the user a row belongs to", Default: "user_id"}, true
	case askIndex:
		return Question{
			Key: "index", Text: "Index", Help: `columns, parted by commas, each with "desc" if so; empty to go on`,
		}, true
	case askUpdatedAt:
		return Question{
			Key: "updated_at", Text: "Keep updated_at", Help: "a column with the time of the last change, and the trigger that sets it",
			Default: "yes", Choices: []string{"yes", "no"},
		}, true
	}
	return Question{}, false
}

// Answer takes the answer to the question that Next returned. An answer that cannot be is a finding that points into
// it, and the question stands.
func (i *Interview) Answer(text string) error {
	q, more := i.Next()
	if !more {
		return &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage, Message: "all questions are answered",
		}
	}
	if text = strings.TrimSpace(text); text == "" {
		text = q.Default
	}
	choice := ""
	for _, c := range q.Choices {
		if text != "" && strings.HasPrefix(c, strings.ToLower(text)) {
			choice = c
			break
		}
	}
	if q.Choices != nil && choice == "" {
		return newArgument(text).fail(0, len(text), "", "answer with one of %s", strings.Join(q.Choices, ", "))
	}
	switch i.step {
	case askTable:
		return i.answerTable(text)
	case askColumn:
		return i.answerColumn(text)
	case askAccess:
		i.step = askOwner
		if choice == "service" {
			i.step = askIndex
		} else {
			i.table.Read = Access(choice)
		}
	case askOwner:
		if err := i.table.SetOwner(text); err != nil {
			return err
		}
		i.step = askIndex
	case askIndex:
		if text == "" {
			i.step = askUpdatedAt
			return nil
		}
		return i.table.AddIndex(text)
	case askUpdatedAt:
		i.table.UpdatedAt = choice == "yes"
		i.step = asked
	}
	return nil
}

func (i *Interview) answerTable(text string) error {
	t, err := ParseTable(text)
	if err != nil {
		return err
	}
	i.table.Name, i.table.Columns = t.Name, t.Columns
	i.step = askColumn
	return nil
}

func (i *Interview) answerColumn(text string) error {
	if text == "" {
		i.step = askAccess
		if i.table.Plain {
			i.step = askIndex
		}
		return nil
	}
	columns, err := ParseColumns(text)
	if err != nil {
		return err
	}
	for _, c := range columns {
		for _, o := range i.table.Columns {
			if c.Name == o.Name {
				return newArgument(text).fail(0, len(text), "", "the table has a column %s already", sqltext.Ident(c.Name))
			}
		}
	}
	i.table.Columns = append(i.table.Columns, columns...)
	return nil
}

// Table returns the table as it was answered so far.
func (i *Interview) Table() *Table {
	t := i.table
	return &t
}
