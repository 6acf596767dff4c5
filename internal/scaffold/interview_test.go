package scaffold

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
)

func TestInterview(t *testing.T) {
	for _, c := range []struct {
		name, migration string
		plain           bool
		answers         []string // "!" in front of one that is refused
		asked           string
	}{
		{
			"owner", "create products table", false,
			[]string{"", "name text!", "!price", "price numeric =0, tag text", "!name int", "", "", "", "name", "!nam", "", ""},
			"table column column column column column access owner index index index updated_at",
		},
		{
			"service", "api keys", false,
			[]string{"!1x", "secret.keys", "", "service", "", "no"},
			"table table column access index updated_at",
		},
		{
			"everyone", "x", false,
			[]string{"events(title text)", "", "e", "author", "title desc, created_at", "", "y"},
			"table column access owner index index updated_at",
		},
		{"plain", "add order", true, []string{"", "a int", "", "", "!maybe", "n"}, "table column column index updated_at updated_at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			i := NewInterview(c.migration, c.plain)
			var asked []string
			for _, answer := range c.answers {
				q, more := i.Next()
				if !more {
					t.Fatalf("nothing is asked for %q", answer)
				}
				if q.Text == "" || q.Help == "" {
					t.Errorf("%+v says too little", q)
				}
				asked = append(asked, q.Key)
				text, refused := strings.CutPrefix(answer, "!")
				err := i.Answer(text)
				if refused != (err != nil) || err != nil && (finding.As(err) == nil || finding.As(err).At.File.Text != text) {
					t.Errorf("%s: %q: %v", q.Key, answer, err)
				}
			}
			if got := strings.Join(asked, " "); got != c.asked {
				t.Errorf("asked %s", got)
			}
			if _, more := i.Next(); more {
				t.Error("there are more questions")
			}
			if i.Answer("x") == nil {
				t.Error("an answer to nothing is taken")
			}
			if got, want := sql(t, i.Table()), sql(t, wanted(t, c.name)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func sql(t *testing.T, table *Table) string {
	t.Helper()
	text, err := table.SQL()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wanted is the table of an interview as the flags would give it.
func wanted(t *testing.T, name string) *Table {
	t.Helper()
	w := map[string]struct {
		table, owner, index string
		read                Access
		updatedAt, plain    bool
	}{
		"owner":    {"products(name text!, price numeric =0, tag text)", "user_id", "name", OwnerReads, true, false},
		"service":  {"secret.keys", "", "", "", false, false},
		"everyone": {"events(title text)", "author", "title desc, created_at", EveryoneReads, true, false},
		"plain":    {`"order"(a int)`, "", "", "", false, true},
	}[name]
	table, err := ParseTable(w.table)
	if err != nil {
		t.Fatal(err)
	}
	if w.owner != "" {
		if err := table.SetOwner(w.owner); err != nil {
			t.Fatal(err)
		}
	}
	if w.index != "" {
		if err := table.AddIndex(w.index); err != nil {
			t.Fatal(err)
		}
	}
	table.Read, table.UpdatedAt, table.Plain = w.read, w.updatedAt, w.plain
	return table
}
