package declarative_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/declarative"
	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// What is written as files and loaded is the same, in whichever order the files come.
func TestRoundTrip(t *testing.T) {
	for _, state := range kindtest.States(t, "../kinds", 1) {
		for _, major := range kindtest.On(state.Name, state.Majors) {
			t.Run(fmt.Sprintf("%s/%d", state.Name, major), func(t *testing.T) {
				t.Parallel()
				server := pgtest.Start(t, major)
				source, goal := server.Database(t), server.Database(t)
				state.Make(t, source)
				d := dump.Schema{From: kindtest.ReadWith(t, goal, kinds.Database()), To: kindtest.ReadWith(t, source, kinds.Database()), ByObject: true}
				d.Role = d.To.Role
				plan, err := d.Plan()
				if err != nil {
					t.Fatal(err)
				}
				files := declarative.Files(plan, d.From, d.To)
				for _, f := range files {
					if !declarative.IsOne(f.Name) {
						t.Errorf("%s is not known as one of the files", f.Name)
					}
				}
				some := shuffled(files)
				if err := load(t, goal, some); err != nil {
					t.Fatalf("%v\n%s", err, text(some))
				}
				for _, c := range catalog.Diff(kindtest.ReadWith(t, goal, kinds.Database()), d.To) {
					t.Errorf("%s differs in %v\n%s", c.ID(), c.Attrs, text(some))
				}
			})
		}
	}
}

// shuffled has the files in another order, but those of default privileges: what is made behind these is made with them.
func shuffled(files []declarative.File) []declarative.File {
	some := slices.Clone(files)
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	slices.SortStableFunc(some, func(a, b declarative.File) int { return last(a) - last(b) })
	return some
}

func last(f declarative.File) int {
	if strings.HasSuffix(f.Name, "default_privileges.sql") {
		return 1
	}
	return 0
}

func text(files []declarative.File) string {
	var b strings.Builder
	for _, f := range files {
		b.WriteString("-- " + f.Name + "\n" + f.Text)
	}
	return b.String()
}

func load(t *testing.T, url string, files []declarative.File) error {
	t.Helper()
	at := &direct.Target{URL: secret.New(url), Label: "the test's database", IsLocal: true}
	s, err := at.Open(t.Context(), target.Options{Application: "declarative"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var all []*migration.Migration
	for _, f := range files {
		m, findings := migration.Parse(f.Name, []byte(f.Text))
		for _, f := range findings {
			t.Fatal(f)
		}
		all = append(all, m)
	}
	return declarative.Load(t.Context(), s, nil, all, func(event.Event) {})
}

// Files by hand need no order either, and may need each other.
func TestLoad(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	err := load(t, url, []declarative.File{
		{"a.sql", "create view v as select total(t) from t;"},
		{"b.sql", "create table t (id int primary key default first_free(), u int);\nalter table t add foreign key (u) references u;\ncomment on table t is 'x';"},
		{"c.sql", "create function total(t) returns int language sql as 'select $1.id';"},
		{"d.sql", "create function first_free() returns int language sql begin atomic select max(id) from u; end;"},
		{"e.sql", "create table u (id int primary key, t int);\nalter table u add foreign key (t) references t;"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := kindtest.ReadWith(t, url, kinds.Database()); c.Get("table", "public", "t") == nil || c.Get("constraint", "public", "u", "u_t_fkey") == nil {
		t.Error("not everything is there")
	}
}

// What never runs is told by the statement that is to blame, before those that only lack what it would have made.
func TestLoadStuck(t *testing.T) {
	for name, c := range map[string]struct {
		files []declarative.File
		at    string
		words string
	}{
		"a mistake and what follows": {
			[]declarative.File{{"a.sql", "create view v as select * from t;"}, {"b.sql", "\ncreate table t (id nonsense(3) int);"}},
			"b.sql:2:", "syntax error",
		},
		"something missing": {[]declarative.File{{"a.sql", "create view v as select * from nowhere;"}}, "a.sql:1:", "nowhere"},
		"twice":             {[]declarative.File{{"a.sql", "create table t (id int);"}, {"b.sql", "create table t (id int);"}}, "b.sql:1:", "already exists"},
		"rows":              {[]declarative.File{{"a.sql", "create table t (id int);\ncopy t from stdin;\n1\n\\.\n"}}, "a.sql:2:", "holds rows"},
	} {
		t.Run(name, func(t *testing.T) {
			err := load(t, pgtest.Start(t, 17).Database(t), c.files)
			f := finding.As(err)
			if f == nil || !strings.HasPrefix(f.At.String(), c.at) || !strings.Contains(f.Message, c.words) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	server := pgtest.Start(t, 17)
	source := server.Database(t)
	kindtest.State{SQL: []string{`
		create schema "Odd / Schema";
		create table "Odd / Schema"."..\up" (id int);
		create table "Odd / Schema".Users (id int);
		create table "Odd / Schema"."Users" (id int);
		create table "Odd / Schema"."f(x)" (id int);
		create table "Odd / Schema"."ünï" (id int);
		alter default privileges in schema "Odd / Schema" grant select on tables to public;
		alter default privileges revoke execute on functions from public;`}}.Make(t, source)
	d := dump.Schema{From: kindtest.ReadWith(t, server.Database(t), kinds.Database()), To: kindtest.ReadWith(t, source, kinds.Database()), ByObject: true, Role: "postgres"}
	plan, err := d.Plan()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range declarative.Files(plan, d.From, d.To) {
		names = append(names, f.Name)
	}
	want := []string{
		"odd%20%2F%20schema/schema.sql", "odd%20%2F%20schema/tables/%2E.%5Cup.sql", "odd%20%2F%20schema/tables/f.sql",
		"odd%20%2F%20schema/tables/users.sql", "odd%20%2F%20schema/tables/ünï.sql",
		"_database/default_privileges.sql", "odd%20%2F%20schema/default_privileges.sql",
	}
	if !slices.Equal(names, want) {
		t.Errorf("the files are %q, want %q", names, want)
	}
	for name, is := range map[string]bool{
		"public/tables/a.sql": true, "public/schema.sql": true, "_database/default_privileges.sql": true, "public/indices/a.sql": false,
		"all.sql": false, "public/tables/a/b.sql": false, "public/tables/a.txt": false, "public/own.sql": false,
	} {
		if declarative.IsOne(name) != is {
			t.Errorf("%s is one: %t", name, !is)
		}
	}
}
