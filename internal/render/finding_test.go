package render

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/source"
)

func at(name, text, what string) source.Span {
	f := &source.File{Name: name, Text: text}
	i := strings.Index(text, what)
	return f.Span(i, i+len(what))
}

func TestFinding(t *testing.T) {
	chats := "create table chats (id int);\n\tselect 'é漢🎉', x from chat;\n"
	for _, c := range []struct {
		name  string
		f     finding.Finding
		color bool
		want  string
	}{
		{
			name: "a failed statement",
			f: finding.Finding{
				Code: "PG42703", Severity: finding.Error, At: at("supabase/migrations/20240115_x.sql", chats, "x from"),
				Message: `column "x" does not exist`, Detail: "There is a column\nof another name.", Hint: "look at the table",
			},
			want: `error PG42703 supabase/migrations/20240115_x.sql:2:16
  column "x" does not exist
    2 |     select 'é漢🎉', x from chat;
      |                     ^~~~~~
  DETAIL: There is a column
  of another name.
  hint: look at the table
`,
		},
		{
			name: "no place",
			f:    finding.Finding{Code: finding.NoTarget, Severity: finding.Error, Message: "nothing is linked", Detail: "- a\n+ b\n", Hint: "say --local"},
			want: "error CA804: nothing is linked\n  - a\n  + b\n  hint: say --local\n",
		},
		{
			name: "no code",
			f:    finding.Finding{Severity: finding.Note, Message: "--output is ignored"},
			want: "note: --output is ignored\n",
		},
		{
			name: "hostile",
			f: finding.Finding{
				Code: finding.SkippedName, Severity: finding.Warning, At: (&source.File{Name: "a\nb\x1b[2J.sql", Text: "\x1b[31mdrop\u202e"}).Span(5, 9),
				Message: "the name \x1b]0;pwned\x07 is skipped", Detail: "\u202edetail\x00", Hint: "rename\r it",
			},
			want: `warning CA001 a\nb\x1b[2J.sql:1:6
  the name \x1b]0;pwned\x07 is skipped
    1 | \x1b[31mdrop\u202e
      |         ^~~~
  \u202edetail\x00
  hint: rename\r it
`,
		},
		{
			name: "an empty line is not drawn",
			f:    finding.Finding{Code: finding.NoStatements, Severity: finding.Warning, At: (&source.File{Name: "a.sql"}).Whole(), Message: "no statements"},
			want: "warning CA005 a.sql:1:1\n  no statements\n",
		},
		{
			name:  "colours",
			f:     finding.Finding{Code: "PG42601", Severity: finding.Error, At: at("a.sql", "selec 1", "selec"), Message: "syntax error", Hint: "h"},
			color: true,
			want: "\x1b[1;31merror\x1b[0m PG42601 \x1b[1ma.sql:1:1\x1b[0m\n  syntax error\n" +
				"\x1b[2m    1 | \x1b[0mselec 1\n\x1b[2m      | \x1b[0m\x1b[1;31m^~~~~\x1b[0m\n  \x1b[36mhint: \x1b[0mh\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			s := &Screen{Out: &b, Color: c.color}
			s.Finding(&c.f)
			if diff := cmp.Diff(c.want, b.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCausesHideSecrets(t *testing.T) {
	var b strings.Builder
	hide := func(s string) string { return strings.ReplaceAll(s, "hunter2", "***") }
	(&Screen{Out: &b}).Causes(&finding.Finding{Cause: errors.Join(errors.New("password hunter2 is wrong"))}, hide)
	if want := "  caused by: password *** is wrong (*errors.joinError)\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	(&Screen{Out: &b}).Table(Table{
		Head: []string{"Version", "Name", "Applied"},
		Rows: [][]string{{"00100", "users", "yes"}, {"20240115103000", "漢字_é", "no"}, {"1", "a\n\x1b[2J", ""}},
	})
	want := `Version        | Name       | Applied
---------------|------------|--------
00100          | users      | yes
20240115103000 | 漢字_é     | no
1              | a\n\x1b[2J |
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVerbatim(t *testing.T) {
	const sql = "select '\x1b[2J';\r\n"
	for _, c := range []struct {
		tty  bool
		want string
	}{{false, sql}, {true, "select '\\x1b[2J';\n"}} {
		var b strings.Builder
		(&Screen{Out: &b, TTY: c.tty}).Verbatim(sql)
		if b.String() != c.want {
			t.Errorf("terminal %t: %q, want %q", c.tty, b.String(), c.want)
		}
	}
}

func TestScreenKeepsTheFirstError(t *testing.T) {
	s := &Screen{Out: failing{errors.New("disk full"), errors.New("later")}}
	s.Printf("a")
	s.Printf("b")
	if s.Err() == nil || s.Err().Error() != "disk full" {
		t.Errorf("error %v", s.Err())
	}
}

type failing []error

func (f failing) Write([]byte) (int, error) { return 0, f[0] }

var _ io.Writer = failing{}
