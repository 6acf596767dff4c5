package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// studio is a folder as the second seed describes it: most names carry no number, and their alphabetical order fails.
var studio = map[string]string{
	"00_base_schema.sql": `-- 00_base_schema.sql
create or replace function public.update_updated_at_column() returns trigger language plpgsql as $$
begin
  new.updated_at = now();
  return new;
end $$;
create table profiles (
  id uuid primary key references auth.users (id),
  display_name text,
  updated_at timestamptz default now()
);
create table encrypted_chats (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id));
alter table profiles enable row level security;
create policy "Users can view own profile" on profiles for select using (auth.uid() = id);
`,
	"free_messages.sql": `-- counts what people without credits may still ask
begin;
alter table profiles add column free_messages_used int not null default 0;
commit;
`,
	"image_gen_settings.sql": `create table image_gen_settings (
  project_id uuid primary key references projects (id) on delete cascade,
  model text not null default 'stones'
);
`,
	"images_storage.sql": `insert into storage.buckets (id, name, public, file_size_limit)
values ('images', 'images', false, 10485760) on conflict (id) do nothing;
create policy "images_select" on storage.objects for select using (
  bucket_id = 'images' and (auth.uid()::text = (storage.foldername(name))[1] or public.may_see_project((storage.foldername(name))[2]))
);
`,
	"project_files_markdown.sql": "alter table project_files add column markdown text;\n",
	"project_files_storage.sql": `create table project_files (
  id uuid primary key default gen_random_uuid(), project_id uuid references projects (id), path text
);
insert into storage.buckets (id, name) values ('files', 'files');
`,
	"projects.sql": `create table projects (
  id uuid primary key default gen_random_uuid(), user_id uuid references auth.users (id) not null, updated_at timestamptz
);
create trigger touch before update on projects for each row execute function update_updated_at_column();
create table project_chats (project_id uuid references projects (id), chat_id uuid references encrypted_chats (id));
create function may_see_project(project text) returns boolean language sql stable as
  $$ select exists (select from projects p where p.id::text = project and p.user_id = auth.uid()) $$;
`,
	"projects_down.sql": "drop table project_chats; drop function may_see_project; drop table projects;\n",
	"README.md":         "what lies here",
}

func (w *workshop) adopt(t *testing.T, req AdoptRequest) (*AdoptResult, error) {
	t.Helper()
	w.findings, w.written = nil, nil
	return w.Adopt(t.Context(), req, func(e event.Event) {
		switch e := e.(type) {
		case event.Found:
			w.findings = append(w.findings, e.Finding)
		case event.FileWritten:
			w.written = append(w.written, w.name(e.Path))
		}
	})
}

// order shows an order as "file → copy", with down files behind.
func (w *workshop) order(r *AdoptResult) []string {
	var all []string
	for _, o := range r.Order {
		line := w.name(o.From) + " → " + w.name(o.To)
		if o.Down != nil {
			line += ", " + w.name(o.Down.From) + " → " + w.name(o.Down.To)
		}
		all = append(all, line)
	}
	return all
}

func TestAdopt(t *testing.T) {
	w := newWorkshop(t, in("sql", studio))
	want := []string{
		"sql/00_base_schema.sql → supabase/migrations/20260115103000_base_schema.sql",
		"sql/free_messages.sql → supabase/migrations/20260115103001_free_messages.sql",
		"sql/projects.sql → supabase/migrations/20260115103002_projects.sql, sql/projects_down.sql → supabase/rollbacks/20260115103002_projects_down.sql",
		"sql/image_gen_settings.sql → supabase/migrations/20260115103003_image_gen_settings.sql",
		"sql/images_storage.sql → supabase/migrations/20260115103004_images_storage.sql",
		"sql/project_files_storage.sql → supabase/migrations/20260115103005_project_files_storage.sql",
		"sql/project_files_markdown.sql → supabase/migrations/20260115103006_project_files_markdown.sql",
	}
	r, err := w.adopt(t, AdoptRequest{Dir: "sql", DryRun: true})
	if err != nil {
		t.Fatal(err, asText(w.findings...))
	}
	if diff := cmp.Diff(want, w.order(r)); diff != "" {
		t.Errorf("dry run:\n%s", diff)
	}
	if got := w.files(t, "supabase"); !slices.Equal(got, []string{"supabase/config.toml"}) || len(w.written) > 0 {
		t.Errorf("a dry run wrote %v, told of %v", got, w.written)
	}
	if len(w.findings) != 1 || !strings.Contains(w.findings[0].Message, "README.md") {
		t.Errorf("told %v", w.findings)
	}
	if r, err = w.adopt(t, AdoptRequest{Dir: "sql"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, w.order(r)); diff != "" {
		t.Error(diff)
	}
	if len(w.written) != 8 || len(w.files(t, "sql")) != len(studio) {
		t.Errorf("wrote %v, left %v", w.written, w.files(t, "sql"))
	}
	copied, err := os.ReadFile(r.Order[2].Down.To)
	if err != nil || string(copied) != studio["projects_down.sql"] {
		t.Errorf("the copy of the down file is %q, %v", copied, err)
	}
	// A second run finds nothing to do, a further file goes behind the others.
	if r, err = w.adopt(t, AdoptRequest{Dir: "sql"}); err != nil || len(r.Order) > 0 || len(r.Already) != 7 {
		t.Errorf("again: %+v, %v", r, err)
	}
	w.put(t, map[string]string{"sql/a_last_one.sql": "alter table project_files add column size bigint;"})
	r, err = w.adopt(t, AdoptRequest{Dir: filepath.Join(w.root, "sql")})
	if err != nil || len(r.Order) != 1 || r.Order[0].Version != "20260115103007" {
		t.Errorf("one more: %+v, %v", r, err)
	}
}

// In the migrations folder itself, what has a version stays what it is.
func TestAdoptInPlace(t *testing.T) {
	w := newWorkshop(t, in("supabase/migrations", studio))
	w.put(t, map[string]string{
		"supabase/roles.sql": "create role reporter; grant reporter to postgres;",
		"supabase/migrations/reports.sql": `create table reports (id int);
grant select on reports to reporter;
`,
	})
	r, err := w.adopt(t, AdoptRequest{Dir: "supabase/migrations"})
	if err != nil {
		t.Fatal(err, asText(w.findings...))
	}
	if len(r.Order) != 7 || r.Order[0].Name != "free_messages" || len(w.findings) > 0 {
		t.Errorf("order %v, told %v", w.order(r), w.findings)
	}
	if got := w.files(t, "supabase/migrations"); !slices.Contains(got, "supabase/migrations/00_base_schema.sql") || len(got) != len(studio)+1+7 {
		t.Errorf("the folder holds %v", got)
	}
}

// Statements that run only alone leave something behind where they fail; that must not stand in the way.
func TestAdoptSteps(t *testing.T) {
	w := newWorkshop(t, in("sql", map[string]string{
		"10_alone.sql": `create role guide;
create index concurrently on stones (height);
create table heaps (id int);
`,
		"9_two.sql":  "begin; create table two (id int); commit; begin; create table two_b (like heaps); commit;",
		"stones.sql": "create table stones (height int); copy stones from stdin;\n1\n2\n\\.\n",
	}))
	r, err := w.adopt(t, AdoptRequest{Dir: "sql"})
	if err != nil {
		t.Fatal(err, asText(w.findings...))
	}
	want := []string{
		"sql/stones.sql → supabase/migrations/20260115103000_stones.sql",
		"sql/10_alone.sql → supabase/migrations/20260115103001_alone.sql",
		"sql/9_two.sql → supabase/migrations/20260115103002_two.sql",
	}
	if diff := cmp.Diff(want, w.order(r)); diff != "" {
		t.Error(diff)
	}
}

// IF EXISTS lets a file run where it does nothing yet; it is meant to run behind what it is about, if it can.
func TestAdoptPassesOver(t *testing.T) {
	w := newWorkshop(t, in("sql", map[string]string{
		"add_size.sql": "alter table if exists stones add column size int;",
		"drop_old.sql": "drop policy if exists p on stones; drop function if exists weigh(int); create table old (id int);",
		"stones.sql":   "drop table if exists stones; create table stones (id int);",
		"weigh.sql":    "drop table if exists old; create function weigh(int) returns int language sql return 1;",
	}))
	r, err := w.adopt(t, AdoptRequest{Dir: "sql"})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, o := range r.Order {
		order = append(order, o.Name)
	}
	if want := []string{"stones", "add_size", "drop_old", "weigh"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	want := `warning CA614 sql/drop_old.sql runs before sql/weigh.sql, and so passes over weigh with IF EXISTS
= if it is meant to find weigh, part the file in two
`
	if diff := cmp.Diff(want, asText(w.findings...)); diff != "" {
		t.Error(diff)
	}
}

func TestAdoptKeepsNumbers(t *testing.T) {
	files := map[string]string{
		"01_tables.sql": "create table a (id int);",
		"02_views.sql":  "create view v as table a;",
	}
	w := newWorkshop(t, in("sql", files))
	r, err := w.adopt(t, AdoptRequest{Dir: "sql", KeepNumbers: true})
	if err != nil || r.Order[1].Version != "02" || w.name(r.Order[1].To) != "supabase/migrations/02_views.sql" {
		t.Errorf("got %+v, %v", r, err)
	}
	// Numbers that would put a file ahead of what it needs are found out before anything is written.
	w = newWorkshop(t, in("sql", files))
	w.put(t, map[string]string{"supabase/migrations/20250101000000_base.sql": "create table b (id int);", "sql/03_more.sql": "alter table b add column x int;"})
	_, err = w.adopt(t, AdoptRequest{Dir: "sql", KeepNumbers: true})
	f := finding.As(err)
	if f == nil || f.Code != finding.NoOrder || f.Exit != finding.Usage || f.At.String() != "sql/03_more.sql:1:1" || !strings.Contains(f.Message, "not as version 03") {
		t.Errorf("got %v", err)
	}
	if got := w.files(t, "supabase/migrations"); len(got) != 1 {
		t.Errorf("wrote %v", got)
	}
}

// TestAdoptNoOrder holds what is told where files run in no order, and that then nothing is written.
func TestAdoptNoOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a circle", map[string]string{
			"authors.sql": "create table authors (id int primary key,\n  best int references books (id));",
			"books.sql":   "create table books (id int primary key, author int references authors (id));",
			"covers.sql":  "create table covers (book int references books (id));",
			"fine.sql":    "create table fine ();",
		}, `
error CA614 sql/authors.sql:1:1 sql/authors.sql runs in no order: relation "books" does not exist
| books is made by sql/books.sql, and they wait for each other: sql/authors.sql → sql/books.sql → sql/authors.sql
= part one of them: what points back, a foreign key or a policy, goes into a file of its own
error CA614 sql/books.sql:1:1 sql/books.sql runs in no order: relation "authors" does not exist
| authors is made by sql/authors.sql, and they wait for each other: sql/books.sql → sql/authors.sql → sql/books.sql
= part one of them: what points back, a foreign key or a policy, goes into a file of its own
error CA614 sql/covers.sql:1:1 sql/covers.sql runs in no order: relation "books" does not exist
| books is made by sql/books.sql, which does not run either
= look at sql/books.sql first
`},
		{"an object that nobody makes", map[string]string{
			"a.sql": "create view v as select 'é', name from public.shops;",
			"b.sql": "select 1;\nselect missing_function(1, 'x');",
			"c.sql": "select * from late; create table late (id int);",
			"d.sql": "alter table t rename column no_such to it;",
			"e.sql": "do $$ begin create table t (id int); end $$;",
		}, `
error CA614 sql/a.sql:1:40 sql/a.sql runs in no order: relation "public.shops" does not exist
| no file of the folder makes shops
= put the file that makes it into the folder, or correct the name
error CA614 sql/b.sql:2:8 sql/b.sql runs in no order: function missing_function(integer, unknown) does not exist
| no file of the folder makes missing_function
= put the file that makes it into the folder, or correct the name
error CA614 sql/c.sql:1:15 sql/c.sql runs in no order: relation "late" does not exist
| late is made in the file itself, further down
= move what makes it up
error CA614 sql/d.sql:1:1 sql/d.sql runs in no order: column "no_such" does not exist
| no file of the folder makes no_such
= put the file that makes it into the folder, or correct the name
`},
		{"twice the same", map[string]string{
			"1_first.sql": "do $$ begin create table public.t (id int); end $$;",
			"other.sql":   "create table t (id int);",
			"wrong.sql":   "create table u (id int primry key);",
		}, `
error CA614 sql/other.sql:1:1 sql/other.sql runs in no order: relation "t" already exists
| sql/1_first.sql makes it, and runs before
error CA614 sql/wrong.sql:1:24 sql/wrong.sql runs in no order: syntax error at or near "primry"
`},
	} {
		w := newWorkshop(t, in("sql", c.files))
		r, err := w.adopt(t, AdoptRequest{Dir: "sql"})
		f := finding.As(err)
		if f == nil || f.Exit != finding.Usage || r != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var b strings.Builder
		for _, f := range append([]*finding.Finding{f}, w.findings...) {
			told := *f
			told.Message = f.At.String() + " " + f.Message
			if !strings.HasPrefix(f.Hint, "part ") && !strings.HasPrefix(f.Hint, "look ") && !strings.HasPrefix(f.Hint, "move ") {
				told.Hint, _, _ = strings.Cut(f.Hint, "\n") // behind it diagnose's, which its own tests hold
				if !strings.HasPrefix(told.Hint, "put ") {
					told.Hint = ""
				}
			}
			b.WriteString(asText(&told))
		}
		if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), b.String()); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		if got := w.files(t, "supabase"); len(got) != 1 {
			t.Errorf("%s: wrote %v", c.name, got)
		}
	}
}

// What is wrong with the folder is told before a server is started.
func TestAdoptRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		code  finding.Code
		at    string
	}{
		{"no folder", nil, finding.Unreadable, ""},
		{"nothing to adopt", map[string]string{"README.md": "x"}, finding.BadUsage, ""},
		{"an open quote", map[string]string{"a.sql": "select 1;", "b.sql": "select 'x"}, finding.Unterminated, "sql/b.sql:1:8"},
		{"a command of psql", map[string]string{"a.sql": `\i b.sql`}, finding.MetaCommand, "sql/a.sql:1:1"},
		{"a broken down file", map[string]string{"a.sql": "select 1", "a_down.sql": "rollback"}, finding.TransactionControl, "sql/a_down.sql:1:1"},
		{"two down files", map[string]string{"a.sql": "select 1", "a_down.sql": "select 2", "a.down.sql": "select 3"}, finding.DuplicateVersion, ""},
	} {
		w := newWorkshop(t, in("sql", c.files))
		_, err := w.adopt(t, AdoptRequest{Dir: "sql"})
		if f := finding.As(err); f == nil || f.Code != c.code || f.Exit != finding.Usage || f.At.String() != c.at {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// A migration that is there already and does not run is in nobody's way but its own.
	w := newWorkshop(t, map[string]string{"supabase/migrations/01_x.sql": "select\n  nothing;", "sql/a.sql": "select 1"})
	_, err := w.adopt(t, AdoptRequest{Dir: "sql"})
	if f := finding.As(err); f == nil || f.Code != "PG42703" || f.At.String() != "supabase/migrations/01_x.sql:2:3" || !strings.Contains(f.Hint, "a migration already") {
		t.Errorf("a broken migration: %v", err)
	}
}

// Where the last copy cannot be written, none stays.
func TestAdoptAllOrNone(t *testing.T) {
	w := newWorkshop(t, in("sql", map[string]string{"a.sql": "create table a (id int);", "b.sql": "create table b (id int);", "b_down.sql": "drop table b;"}))
	w.put(t, map[string]string{"supabase/rollbacks": "a file in the place of the folder"})
	if _, err := w.adopt(t, AdoptRequest{Dir: "sql"}); finding.As(err) == nil {
		t.Errorf("got %v", err)
	}
	if got := w.files(t, "supabase/migrations"); len(got) > 0 || len(w.written) > 0 {
		t.Errorf("left %v, told of %v", got, w.written)
	}
}

func TestNatural(t *testing.T) {
	names := []string{"projects", "part_10", "part_9", "2_b", "010_c", "2_a", "a", "0001_z", "Part_1", "part_09"}
	slices.SortFunc(names, natural)
	want := []string{"0001_z", "2_a", "2_b", "010_c", "Part_1", "a", "part_09", "part_9", "part_10", "projects"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestMade(t *testing.T) {
	got := made(`create table if not exists public.a (x int); CREATE OR REPLACE FUNCTION f() returns void as $f$ create temp table b () $f$ language sql;
		do $$ begin execute 'create table hidden ()'; alter table a add column if not exists "C c" int; end $$;
		create unique index concurrently i on a (x); alter table a rename to d; alter table d rename x to y; create materialized view m as select 'create table no ()';`)
	want := []string{"a", "f", "b", "C c", "i", "d", "y", "m"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Plain Postgres projects have no platform to run on.
func TestAdoptPlain(t *testing.T) {
	w := newWorkshop(t, map[string]string{
		"supabase/config.toml": "[db]\nmajor_version = 15\n[cairn]\nplatform = \"none\"\n",
		"sql/b.sql":            "create table b (id int);",
		"sql/a.sql":            "insert into b select 1 where to_regnamespace('auth') is null returning 1/id;",
	})
	if r, err := w.adopt(t, AdoptRequest{Dir: "sql"}); err != nil || w.name(r.Order[0].From) != "sql/b.sql" {
		t.Errorf("got %+v, %v", r, err)
	}
}
