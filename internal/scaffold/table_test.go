package scaffold

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// lines returns the columns of a table as they stand in CREATE TABLE, without those that every table has.
func lines(t *Table) string {
	var b []string
	for _, c := range t.Columns {
		b = append(b, c.SQL())
	}
	return t.Name.String() + "|" + strings.Join(b, "|")
}

func TestParseTable(t *testing.T) {
	for text, want := range map[string]string{
		"products":                                             `public.products|`,
		"Shop.Products ( )":                                    `shop.products|`,
		`"My Table"("a ""b""" text)`:                           `public."My Table"|"a ""b""" text`,
		"t(name text!, price numeric)":                         `public.t|name text NOT NULL|price numeric`,
		"t(a text?, b text ! unique)":                          `public.t|a text|b text NOT NULL UNIQUE`,
		"t(a numeric(10, 2)=0!, b text[])":                     `public.t|a numeric(10, 2) NOT NULL DEFAULT 0|b text[]`,
		"t(a int!=1,b int=-1)":                                 `public.t|a int NOT NULL DEFAULT 1|b int DEFAULT -1`,
		"t(a text = 'x,y)!' !)":                                `public.t|a text NOT NULL DEFAULT 'x,y)!'`,
		"t(a text[] = array['a','b'])":                         `public.t|a text[] DEFAULT array['a','b']`,
		"t(a timestamptz = now() - '1d'::interval, b int)":     `public.t|a timestamptz DEFAULT now() - '1d'::interval|b int`,
		"t(a timestamp(3) with time zone!)":                    `public.t|a timestamp(3) with time zone NOT NULL`,
		"t(a extensions.vector(3))":                            `public.t|a extensions.vector(3)`,
		`t(a "My Type")`:                                       `public.t|a "My Type"`,
		"t(p uuid -> parents)":                                 `public.t|p uuid REFERENCES public.parents (id)`,
		"t(p uuid!->s.p(key) on delete cascade)":               `public.t|p uuid NOT NULL REFERENCES s.p (key) ON DELETE CASCADE`,
		"t(p uuid references p(id) on delete set null, q int)": `public.t|p uuid REFERENCES public.p (id) ON DELETE SET NULL|q int`,
		"t(a text not null default 'x' unique, b bool default a is not null)": `public.t|a text NOT NULL UNIQUE DEFAULT 'x'|b bool DEFAULT a is not null`,
		"t(a int default 5 not null)":                                         `public.t|a int NOT NULL DEFAULT 5`,
		"t(order text, user uuid)":                                            `public.t|"order" text|"user" uuid`,
		"t(größe text)":                                                       `public.t|"größe" text`,
		"t(\n a text,\n b int\n)":                                             `public.t|a text|b int`,
	} {
		table, err := ParseTable(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := lines(table); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestParseTablePointsAtTheError(t *testing.T) {
	long := strings.Repeat("x", 64)
	for _, c := range []struct{ text, under, says string }{
		{"", "", "the name of the table is missing"},
		{"1t(a text)", "1t", "the name of the table is missing"},
		{"t(a text", "", `a ")" is missing`},
		{"t(a)", ")", "the type of the column is missing"},
		{"t(a string)", "string", "did you mean text?"},
		{"t(é string)", "string", "did you mean text?"},
		{"t(a text, a int)", "a", "twice"},
		{"t(a text &)", "&", "cannot stand here"},
		{"t(a text) x", "x", "cannot stand here"},
		{"t(a text,)", ")", "the name of a column is missing"},
		{"t(a text = )", ")", "an expression is missing"},
		{"t(a text = !)", "!", "an expression is missing"},
		{"t(a text = 'x)", "'", "unterminated string"},
		{"t(a text = 1; drop table x)", ";", "one expression"},
		{"t(a text = 1 -- x\n)", "-- x", "a comment"},
		{"t(a text = 1 /* x */)", "/* x */", "a comment"},
		{"t(a text = f(1)", "", `a ")" is missing`},
		{"t(a text = 1])", "]", `no "["`},
		{"t(a text = 'a\nb')", "'a\nb'", "line break"},
		{`t("" text)`, `""`, "empty"},
		{"t(" + long + " text)", long, "64 bytes"},
		{"t(\"a\x01\" text)", "\"a\x01\"", "control character"},
		{`t(U&"a" text)`, `U&"a"`, "double quotes"},
		{"t(a numeric(1;2))", ";", `")" is missing`},
		{"t(a uuid -> )", ")", "the name of a table is missing"},
		{"t(a uuid -> x(y)", "", `a ")" is missing`},
		{`t(a text \x)`, `\`, "cannot stand here"},
	} {
		_, err := ParseTable(c.text)
		f := finding.As(err)
		if f == nil || f.Code != finding.BadUsage || f.Exit != finding.Usage {
			t.Errorf("%q: got %v", c.text, err)
			continue
		}
		if !strings.Contains(f.Error(), c.says) || f.At.Text() != c.under || f.At.File.Name != "argument" {
			t.Errorf("%q: points at %q: %v", c.text, f.At.Text(), f)
		}
	}
}

func TestTableCompletes(t *testing.T) {
	for _, c := range []struct{ name, text, owner, want string }{
		{"nothing", "t", "", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()|created_at timestamptz NOT NULL DEFAULT now()"},
		{"owner", "t(a text)", "user_id", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()|user_id uuid NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE|a text|created_at timestamptz NOT NULL DEFAULT now()"},
		{"own id", "t(id bigint, created_at date)", "", "id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY|created_at date"},
		{"own uuid", "t(a text, id uuid!)", "", "a text|id uuid PRIMARY KEY DEFAULT gen_random_uuid()|created_at timestamptz NOT NULL DEFAULT now()"},
		{"text id", "t(id text)", "", "id text PRIMARY KEY|created_at timestamptz NOT NULL DEFAULT now()"},
		{"owner written", "t(user_id uuid -> profiles on delete cascade)", "user_id", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()|user_id uuid NOT NULL REFERENCES public.profiles (id) ON DELETE CASCADE|created_at timestamptz NOT NULL DEFAULT now()"},
		{"a row is a user", "profiles(name text)", "id", "id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE|name text|created_at timestamptz NOT NULL DEFAULT now()"},
	} {
		table, err := ParseTable(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if c.owner != "" {
			if err := table.SetOwner(c.owner); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, column := range table.complete() {
			got = append(got, column.SQL())
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s: got %s", c.name, s)
		}
	}
}

func TestAddIndex(t *testing.T) {
	table, err := ParseTable("t(name text, price numeric, c uuid -> c)")
	if err != nil {
		t.Fatal(err)
	}
	if err := table.AddIndex("name, price DESC nulls last"); err != nil {
		t.Fatal(err)
	}
	if got := table.Indexes[0].SQL(); got != "name, price DESC NULLS LAST" {
		t.Errorf("got %s", got)
	}
	err = table.AddIndex("name, pric")
	if f := finding.As(err); f == nil || f.At.Text() != "pric" || !strings.Contains(f.Hint, "price") {
		t.Errorf("got %v", err)
	}
	if err := table.AddIndex("name desc x"); err == nil {
		t.Error("text behind the index is taken")
	}
	if err := table.SetOwner("a b"); err == nil {
		t.Error("text behind the owner is taken")
	}
	// The foreign key gets an index of its own, unless one that begins with it is there.
	if n := len(table.indexes(table.complete())); n != 2 {
		t.Errorf("%d indexes", n)
	}
	if err := table.AddIndex("c, name"); err != nil || len(table.indexes(table.complete())) != 2 {
		t.Errorf("%v, %d indexes", err, len(table.indexes(table.complete())))
	}
}

// TestTableIsOneTable: whatever a person gives, an error points into it, and SQL that comes out has no more statements
// than the pattern does.
func TestTableIsOneTable(t *testing.T) {
	plain, err := ParseTable("t(a text)")
	if err != nil {
		t.Fatal(err)
	}
	want, err := plain.SQL()
	if err != nil {
		t.Fatal(err)
	}
	count := func(sql string) int {
		pieces, err := sqltext.Split(sql)
		if err != nil {
			return -1
		}
		n := 0
		for _, p := range pieces {
			if !p.IsEmpty() {
				n++
			}
		}
		return n
	}
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{
			"a", "text", "b", "int", "'", "''", `"`, "(", ")", "[", "]", ",", ";", "--", "/*", "*/", "$$", "$a$", "=", "!", "?", "unique",
			"not null", "default", "1", "'x'", "\\", "\n", "é", "x.y", "numeric(1,2)", "U&\"", "E'\\'", "{{", "}}", "{{.table}}", "check", "%s",
		})
		text := "t(" + strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), " ") + ")"
		table, err := ParseTable(text)
		if err != nil {
			if f := finding.As(err); f == nil || f.At.File == nil || f.At.File.Text != text {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for i := range table.Columns {
			table.Columns[i].References = nil // an index for each is a statement for each
		}
		sql, err := table.SQL()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got := count(sql); got != count(want) {
			t.Fatalf("%q gives %d statements instead of %d:\n%s", text, got, count(want), sql)
		}
	})
}
