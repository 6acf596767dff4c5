package replay_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/replay"
)

// shown draws the causes of a result: "why object at file:line ← file:line + follow-ups".
func shown(r *replay.Result) []string {
	var all []string
	for _, c := range r.Causes {
		at := c.Finding.At
		s := fmt.Sprintf("%s %s at %s:%d", c.Why, c.Object, at.File.Name, at.Pos().Line)
		if c.Object == (replay.Object{}) {
			s = fmt.Sprintf("%s at %s:%d", c.Why, at.File.Name, at.Pos().Line)
		}
		if !c.At.IsZero() {
			s += fmt.Sprintf(" ← %s:%d", c.At.File.Name, c.At.Pos().Line)
		}
		for _, f := range c.Follow {
			s += " + " + f.File.File.Name
		}
		all = append(all, s)
	}
	return all
}

var causes = []struct {
	name  string
	files []file
	want  []string
}{
	{"sound", []file{
		{"1_a.sql", "create table a (id int primary key);"},
		{"2_empty.sql", "-- nothing\n"},
		{"3_b.sql", "begin;\nalter table a add column n int;\ncommit;\ncreate index concurrently a_n on a (n);"},
	}, nil},
	{"never created, and what follows", []file{
		{"1_a.sql", "create table a (id int primary key);"},
		{"2_b.sql", "create table b (id int primary key,\n  c_id int references c (id));"},
		{"3_more.sql", "create index on c (id);"},
		{"4_b.sql", "alter table b add column note text;"},
		{"5_view.sql", "create view noted as select note from b;"},
		{"6_a.sql", "alter table a add column n int;"},
	}, []string{`never_created table "c" at 2_b.sql:2 + 3_more.sql + 4_b.sql + 5_view.sql`}},
	{"created later", []file{
		{"01_a.sql", "select 1;\ninsert into chats values (1);"},
		{"02_b.sql", "create policy p on chats using (true);"},
		{"2024_init.sql", "-- the first\n\ncreate table chats (id int);\ncreate type mood as enum ('ok');"},
		{"2025_mood.sql", "alter table chats add column m mood;"},
	}, []string{`created_later table "chats" at 01_a.sql:2 ← 2024_init.sql:3 + 02_b.sql`}},
	{"created further down", []file{
		{"1_a.sql", "create view v as select 1 from t;\ncreate table t (id int);"},
	}, []string{`created_later table "t" at 1_a.sql:1 ← 1_a.sql:2`}},
	{"taken before it is made again", []file{
		{"1_a.sql", "create table a (id int);"},
		{"2_drop.sql", "drop policy p on a;\ncreate policy p on a using (true);"},
		{"3_origin.sql", "create policy p on a using (false);"},
		{"4_type.sql", "create table b (m mood);"},
		{"5_rename.sql", "alter type mood rename to old_mood;\ncreate type mood as enum ('ok');"},
	}, []string{`created_later policy "p" of "a" at 2_drop.sql:1 ← 3_origin.sql:1`, `never_created type "mood" at 4_type.sql:1 + 5_rename.sql`}},
	{"a column that a failed file would have added under a later name", []file{
		{"1_a.sql", "create table a (id int);"},
		{"2_b.sql", "alter table b add column n int;"},
		{"3_rename.sql", "alter table a rename to b;"},
		{"4_n.sql", "create index on b (n);"},
	}, []string{`created_later table "b" at 2_b.sql:1 ← 3_rename.sql:1 + 4_n.sql`}},
	{"dropped", []file{
		{"1_a.sql", "create table a (id int);\ncreate table b (id int);"},
		{"2_drop.sql", "select 1;\ndrop table if exists b, a cascade;"},
		{"3_use.sql", "alter table a add column n int;"},
		{"4_use.sql", "create index on b (id);"},
	}, []string{`dropped_before table "a" at 3_use.sql:1 ← 2_drop.sql:2`, `dropped_before table "b" at 4_use.sql:1 ← 2_drop.sql:2`}},
	{"dropped by cascade", []file{
		{"1_a.sql", "create table a (id int);\ncreate view v as select id from a;"},
		{"2_drop.sql", "drop table a cascade;"},
		{"3_use.sql", "create view w as select id from v;"},
	}, []string{`dropped_before view "v" at 3_use.sql:1 ← 2_drop.sql:1`}},
	{"renamed", []file{
		{"1_a.sql", "create table a (id int);\nalter table a add column old int;"},
		{"2_rename.sql", "alter table a rename to b;\nalter table b rename column old to new;"},
		{"3_use.sql", "create index on a (id);"},
		{"4_use.sql", "create index on b (old);"},
		{"5_use.sql", "create index on b (new);"},
	}, []string{`renamed_before table "a" at 3_use.sql:1 ← 2_rename.sql:1`, `renamed_before column "old" of "b" at 4_use.sql:1 ← 2_rename.sql:2`}},
	{"created twice", []file{
		{"1_a.sql", "select 1;\ncreate table a (id int, n int);\ncreate policy p on a using (true);\ncreate type t as enum ('x');"},
		{"2_table.sql", "create table a (id int);"},
		{"3_policy.sql", "create policy p on a using (false);"},
		{"4_type.sql", "create type t as enum ('y');"},
		{"5_column.sql", "alter table a add column n int;"},
		{"6_function.sql", "create function f(a int) returns int language sql as 'select 1';"},
		{"7_function.sql", "create function f(b int) returns int language sql as 'select 2';"},
		{"8_index.sql", "create index a_pkey on a (id);\nalter table a add constraint a_pkey primary key (id);"},
	}, []string{
		`created_before table "a" at 2_table.sql:1 ← 1_a.sql:2`, `created_before policy "p" of "a" at 3_policy.sql:1 ← 1_a.sql:3`,
		`created_before type "t" at 4_type.sql:1 ← 1_a.sql:4`, `created_before column "n" of "a" at 5_column.sql:1 ← 1_a.sql:2`,
		`created_before function "f" at 7_function.sql:1 ← 6_function.sql:1`,
		`created_before index "a_pkey" at 8_index.sql:2 ← 8_index.sql:1`,
	}},
	{"twice, since the drop did not run", []file{
		{"1_a.sql", "create view v as select 1 as a;"},
		{"2_drop.sql", "drop view v;\nselect * from nowhere;"},
		{"3_again.sql", "create view v as select 2 as b;"},
	}, []string{`never_created table "nowhere" at 2_drop.sql:2 + 3_again.sql`}},
	{"a guard passed over", []file{
		{"1_a.sql", "create table a (id int primary key);"},
		{"2_again.sql", "select 1;\ncreate table if not exists a (\n  id int primary key,\n  title text\n);"},
		{"3_use.sql", "create index on a (title);"},
		{"4_use.sql", "create view v as select x.title from a as x;"},
		{"5_use.sql", "update a set title = 'x';"},
	}, []string{`guard_skipped column "title" of "a" at 3_use.sql:1 ← 2_again.sql:2 + 4_use.sql + 5_use.sql`}},
	{"a guard passed over a key", []file{
		{"1_a.sql", "create table a (id int);"},
		{"2_again.sql", "create table if not exists a (id int primary key);"},
		{"3_use.sql", "create table b (a_id int references a (id));"},
	}, []string{`guard_skipped table "a" at 3_use.sql:1 ← 2_again.sql:1`}},
	{"a condition that did not hold", []file{
		{"1_a.sql", "do $$\nbegin\n  if false then\n    create type mood as enum ('ok');\n  end if;\nend $$;"},
		{"2_use.sql", "create table a (m mood);"},
	}, []string{`guard_skipped type "mood" at 2_use.sql:1 ← 1_a.sql:4`}},
	{"made in a DO block", []file{
		{"1_a.sql", "do $$ begin\n  create type mood as enum ('ok');\nexception when duplicate_object then null; end $$;"},
		{"2_again.sql", "create type mood as enum ('ok', 'bad');"},
		{"3_dynamic.sql", "do $$ begin\n  execute 'drop type mood';\nend $$;"},
		{"4_use.sql", "create table a (m mood);"},
	}, []string{`created_before type "mood" at 2_again.sql:1 ← 1_a.sql:2`, `dropped_before type "mood" at 4_use.sql:1 ← 3_dynamic.sql:2`}},
	{"never valid", []file{
		{"1_a.sql", "create table a (id int);"},
		{"2_policy.sql", "select 1;\n-- mine\ncreate policy if not exists p on a using (true);"},
		{"3_publication.sql", "alter publication x drop table if exists a;"},
		{"4_constraint.sql", "alter table a add constraint if not exists c check (id > 0);"},
		{"5_comment.sql", "/* one /* two */\nselect 1;"},
		{"6_policy.sql", "drop policy p on a;"},
	}, []string{
		"not_postgres at 2_policy.sql:3 + 6_policy.sql", "not_postgres at 3_publication.sql:1", "not_postgres at 4_constraint.sql:1",
		"not_postgres at 5_comment.sql:1",
	}},
	{"another shape", []file{
		{"1_a.sql", "create function f() returns int language sql as 'select 1';\ncreate view v as select 1 as a, 2 as b;"},
		{"2_function.sql", "create or replace function f() returns text language sql as $$ select 'x' $$;"},
		{"3_view.sql", "create or replace view v as select 1 as a;"},
	}, []string{`other_shape function "f" at 2_function.sql:1 ← 1_a.sql:1`, `other_shape view "v" at 3_view.sql:1 ← 1_a.sql:2`}},
	{"data", []file{
		{"1_a.sql", "create table a (id int primary key);\ncreate table b (a int references a);"},
		{"2_key.sql", "insert into b values (1);"},
		{"3_assert.sql", "do $$\nbegin\n  if not exists (select from a) then\n    raise exception 'no rows';\n  end if;\nend $$;"},
	}, []string{"data at 2_key.sql:1", "data at 3_assert.sql:4"}},
	{"data that a failed file would have brought", []file{
		{"1_a.sql", "create table a (id int primary key);\ncreate table b (a int references a);"},
		{"2_rows.sql", "insert into a values (1);\nselect nothing_here();"},
		{"3_key.sql", "insert into b values (1);"},
	}, []string{`never_created function "nothing_here" at 2_rows.sql:2 + 3_key.sql`}},
	{"data that have a column's name in common with a failed file", []file{
		{"1_a.sql", "create table a (id int primary key, status text);\ncreate table b (id int primary key, status text not null);"},
		{"2_a.sql", "alter table a alter column status set default 'new';\nselect nothing_here();"},
		{"3_b.sql", "insert into b (id, status) values (1, null);"},
		{"4_b.sql", "alter table b alter column status drop not null;\nselect nor_here();"},
		{"5_b.sql", "insert into b (id, status) values (1, null);"},
	}, []string{
		`never_created function "nothing_here" at 2_a.sql:2`, `data at 3_b.sql:1`,
		`never_created function "nor_here" at 4_b.sql:2 + 5_b.sql`,
	}},
	{"an extension", []file{
		{"1_a.sql", "create table a (id int, e vector(3));"},
		{"2_trgm.sql", "create table b (n text);\ncreate index on b using gin (n gin_trgm_ops);"},
		{"3_trgm.sql", "create extension pg_trgm;"},
		{"4_b.sql", "create index on b (n);"},
	}, []string{`extension extension "vector" at 1_a.sql:1`, `created_later extension "pg_trgm" at 2_trgm.sql:2 ← 3_trgm.sql:1 + 4_b.sql`}},
	{"an extension that the server lacks", []file{
		{"1_a.sql", "create extension if not exists nobody_has_this;"},
		{"2_b.sql", "comment on extension nobody_has_this is 'nothing';"},
	}, []string{`extension extension "nobody_has_this" at 1_a.sql:1 + 2_b.sql`}},
	{"a type of arguments", []file{
		{"1_a.sql", "create function f(a mood) returns int language sql as 'select 1';"},
		{"2_b.sql", "create function g() returns mood[] language sql as 'select null';"},
		{"3_type.sql", "create type mood as enum ('ok');"},
	}, []string{`created_later type "mood" at 1_a.sql:1 ← 3_type.sql:1 + 2_b.sql`}},
	{"a right that a failed file would have given", []file{
		{"1_a.sql", "create role replay_reader;\ncreate table a (id int);"},
		{"2_grant.sql", "grant select on table a to replay_reader;\nselect nothing_here();"},
		{"3_read.sql", "set local role replay_reader;\nselect * from a;"},
		{"4_role.sql", "drop role replay_reader;\ndrop role replay_writer;"},
	}, []string{`never_created function "nothing_here" at 2_grant.sql:2 + 3_read.sql`, `never_created role "replay_writer" at 4_role.sql:2`}},
	{"an enum value", []file{
		{"1_a.sql", "create type s as enum ('on', 'off');\ncreate table a (s s);"},
		{"2_use.sql", "insert into a values ('gone');"},
		{"3_value.sql", "alter type s add value if not exists 'gone';"},
	}, []string{`created_later enum value "gone" of "s" at 2_use.sql:1 ← 3_value.sql:1`}},
	{"needed still", []file{
		{"1_a.sql", "create table a (id int primary key);\ncreate view v as select id from a;"},
		{"2_drop.sql", "drop table a;"},
	}, []string{`still_needed view "v" at 2_drop.sql:1 ← 1_a.sql:2`}},
	{"elsewhere", []file{
		{"1_a.sql", "create schema s;\ncreate table s.t (id int);\ncreate table \"Chats\" (id int);\ncreate function f(a int, b int default 1) returns int language sql as 'select 1';"},
		{"2_schema.sql", "select * from t;"},
		{"3_case.sql", "select * from Chats;"},
		{"4_arguments.sql", "select f(1, 2, 3);"},
		{"5_dropped.sql", "drop schema s cascade;"},
		{"6_gone.sql", "select * from s.t;"},
	}, []string{
		`found_elsewhere table "t" at 2_schema.sql:1 ← 1_a.sql:2`, `found_elsewhere relation "chats" at 3_case.sql:1 ← 1_a.sql:3`,
		`found_elsewhere function "f" at 4_arguments.sql:1 ← 1_a.sql:4`, `dropped_before table "s.t" at 6_gone.sql:1 ← 5_dropped.sql:1`,
	}},
	{"what was committed stays", []file{
		{"1_a.sql", "begin;\ncreate table a (id int);\ncommit;\nbegin;\ncreate table b (id int);\nselect * from c;\ncommit;"},
		{"2_a.sql", "create index on a (id);"},
		{"3_b.sql", "create index on b (id);"},
	}, []string{`never_created table "c" at 1_a.sql:6 + 3_b.sql`}},
	{"one version twice", []file{
		{"1_a.sql", "create table a (id int);"},
		{"1_b.sql", "create table b (id int);"},
		{"10_c.sql", "create table a (id int);"},
	}, []string{`created_before table "a" at 10_c.sql:1 ← 1_a.sql:1`}},
	{"triggers and publications", []file{
		{"1_a.sql", "create table a (id int);\ncreate publication live;\nalter publication live add table a;"},
		{"2_member.sql", "alter publication live add table a;"},
		{"3_trigger.sql", "drop trigger touch on a;"},
		{"4_trigger.sql", "create trigger touch before update on a for each row execute function touched();"},
		{"5_trigger.sql", "create function touched() returns trigger language plpgsql as 'begin return new; end';"},
	}, []string{
		`created_before table "a" of "live" at 2_member.sql:1 ← 1_a.sql:3`, `created_later trigger "touch" of "a" at 3_trigger.sql:1 ← 4_trigger.sql:1`,
		`created_later function "touched" at 4_trigger.sql:1 ← 5_trigger.sql:1`,
	}},
	{"at the commit", []file{
		{"1_a.sql", "create table a (id int primary key);\ncreate table b (a int references a deferrable initially deferred);"},
		{"2_b.sql", "select 1;\ninsert into b values (1);"},
		{"3_c.sql", "create table c (id int);"},
	}, []string{"data at 2_b.sql:2"}},
	{"its own transaction", []file{
		{"1_a.sql", "create procedure p() language plpgsql as 'begin commit; end';"},
		{"2_call.sql", "call p();"},
		{"3_c.sql", "create table c (id int);"},
	}, []string{"refused at 2_call.sql:1"}},
}

func TestCauses(t *testing.T) {
	for _, test := range causes {
		t.Run(test.name, func(t *testing.T) {
			files, broken := history(t, test.files...)
			r := run(t, server, replay.Replay{Files: files, Broken: broken})
			if diff := cmp.Diff(test.want, shown(r)); diff != "" {
				t.Error(diff)
			}
			counted := 0
			for _, c := range r.Causes {
				counted += 1 + len(c.Follow)
				if c.Finding.Message == "" || c.Finding.Severity != finding.Error || c.Finding.Exit != finding.Findings {
					t.Errorf("told as %+v", c.Finding)
				}
				if !c.At.IsZero() && !strings.Contains(c.Finding.Detail, c.At.String()) {
					t.Errorf("the place %s is not in %q", c.At, c.Finding.Detail)
				}
			}
			if counted != len(r.Failures) || r.Files != len(files) || r.Replayed() != len(files)-counted {
				t.Errorf("%d files, %d failures, %d of them have a cause, %d replayed", r.Files, len(r.Failures), counted, r.Replayed())
			}
		})
	}
}

// TestWords holds what a person reads.
func TestWords(t *testing.T) {
	files, _ := history(t,
		file{"01_use.sql", "insert into chats values (1);"},
		file{"02_chats.sql", "create table chats (id int);"},
		file{"03_again.sql", "create table if not exists chats (id int, title text);"},
		file{"04_use.sql", "create index on chats (title);"},
		file{"05_more.sql", "create index on chats (title, id);"},
		file{"06_aside.sql", "select * from notes;"},
	)
	aside, _ := history(t, file{"notes.sql", "create table notes (id int);"})
	var got []string
	for _, c := range run(t, server, replay.Replay{Files: files, Aside: aside}).Causes {
		got = append(got, c.Finding.Message+"\n"+c.Finding.Detail+"\n"+c.Finding.Hint)
	}
	want := []string{
		"table \"chats\" is created later, in 02_chats.sql, line 1\n" +
			"Postgres says: relation \"chats\" does not exist\nsee 02_chats.sql:1:1\n" +
			"rename 02_chats.sql so that it sorts before 01_use.sql, or 01_use.sql so that it sorts behind; where they ran already, `cairn migration repair` records the new versions",
		"column \"title\" of \"chats\" is not there: IF NOT EXISTS in 03_again.sql, line 1 passed over what makes it\n" +
			"Postgres says: column \"title\" does not exist\nsee 03_again.sql:1:1\nthere since 02_chats.sql:1:1\n1 more file fails with it: 05_more.sql\n" +
			"IF NOT EXISTS does not compare columns: write ALTER TABLE … ADD COLUMN IF NOT EXISTS for those that differ, or make the table once",
		"table \"notes\" is created in notes.sql, line 1, which is no migration by its name and does not run\n" +
			"Postgres says: relation \"notes\" does not exist\nsee notes.sql:1:1\n" +
			"rename that file to <version>_<name>.sql with a version that sorts before 06_aside.sql",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPlatform replays on what a Supabase project holds, as its role.
func TestPlatform(t *testing.T) {
	s, err := start(&platform.Baseline{Major: 17})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	files, _ := history(t,
		file{"1_a.sql", "create table profiles (id uuid references auth.users (id));"},
		file{"2_twice.sql", "create schema storage;"},
		file{"3_never.sql", "select * from auth.nothing;"},
		file{"4_b.sql", "create policy p on storage.objects using (auth.uid() is not null);"},
	)
	r := run(t, s, replay.Replay{Files: files})
	want := []string{`created_before schema "storage" at 2_twice.sql:1`, `never_created table "auth.nothing" at 3_never.sql:1`}
	if diff := cmp.Diff(want, shown(r)); diff != "" {
		t.Error(diff)
	}
}

// TestNothing replays a folder without files.
func TestNothing(t *testing.T) {
	if r := run(t, server, replay.Replay{Files: []*migration.Migration{}}); r.Files != 0 || r.Replayed() != 0 || len(r.Causes) != 0 {
		t.Errorf("got %+v", r)
	}
}
