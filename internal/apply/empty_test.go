package apply_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
)

// zoo holds one of everything that a project without special rights makes. None of it says "if not exists", so it can
// be applied again only where all of it is gone.
var zoo = []file{
	{name: "001_types", text: `
create extension citext;
create type mood as enum ('sad', 'ok');
create domain positive as int check (value > 0);
create type pair as (a int, b mood);
create type span as range (subtype = float8);
create type "Odd Name" as enum ('x');
create collation german (provider = icu, locale = 'de');
create conversion latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create text search dictionary plain (template = simple);
create text search configuration words (copy = simple);
alter text search configuration words alter mapping for word with plain;
`},
	{name: "002_relations", text: `
create schema app;
create table app.things (id int primary key, m mood, name citext);
create table "Users" (id serial primary key, number int generated always as identity, p pair, during span, n positive);
create table parts (id int, at date, primary key (id, at)) partition by range (at);
create table parts_old partition of parts for values from ('2020-01-01') to ('2021-01-01');
create sequence numbers;
create view names as select id from "Users";
create view more_names as select * from names;
create materialized view kept as select count(*) as n from "Users";
create statistics parts_stats on id, at from parts;
alter table app.things enable row level security;
create policy see on app.things for select using (true);
insert into "Users" (n) values (1);
`},
	{name: "003_routines", text: `
create function of_mood(m mood) returns text language sql as $$ select m::text $$;
create function "With Space"("Odd Name", variadic int[]) returns int language sql as $$ select 1 $$;
create procedure work(a int, out b int) language plpgsql as $$ begin b := a; end $$;
create function gather(int, mood) returns int language sql immutable as $$ select $1 $$;
create aggregate gathered(mood) (sfunc = gather, stype = int, initcond = '0');
create function one_more(int) returns int language sql immutable as $$ select $1 + 1 $$;
create aggregate counted(*) (sfunc = one_more, stype = int, initcond = '0');
create function same(pair, pair) returns bool language sql immutable as $$ select ($1).a = ($2).a $$;
create operator === (function = same, leftarg = pair, rightarg = pair, commutator = ===);
create function order_of(pair, pair) returns int language sql immutable as $$ select ($1).a - ($2).a $$;
create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touched before update on "Users" for each row execute function touch();
create cast (mood as positive) with inout;
create publication changes for table "Users";
select lo_create(0);
`},
}

// superZoo is what only a superuser makes, who owns all of the plain server: its schemas may have any name.
var superZoo = file{name: "004_super", text: `
create schema auth;
create table auth.users (id int);
create schema storage;
create schema cron;
create schema extensions;
create extension pgcrypto with schema extensions;
create extension hstore;
create operator class pairs for type pair using hash as operator 1 ===, function 1 of_pair(pair);
create operator family spare using btree;
create text search parser parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
create text search template template (lexize = dsimple_lexize);
create foreign data wrapper wrapper;
create server far foreign data wrapper wrapper;
create user mapping for current_user server far;
create foreign table remote (id int) server far;
create publication supabase_realtime;
create publication everything for all tables;
create subscription feed connection 'dbname=nowhere' publication p with (connect = false);
create function watch() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger pgrst_ddl_watch on ddl_command_end execute function watch();
`}

// hostedZoo is what a project adds to the platform, as the role postgres.
var hostedZoo = file{name: "004_platform", text: `
create extension hstore with schema extensions;
create schema cron;
create table profiles (id uuid primary key references auth.users on delete cascade);
create function handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.profiles values (new.id); return new; end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function handle_new_user();
create trigger unchanged before update on storage.objects for each row execute function suppress_redundant_updates_trigger();
create policy mine on storage.objects for select using (owner = auth.uid());
insert into storage.buckets (id, name) values ('pictures', 'pictures');
insert into auth.users (id) values ('00000000-0000-0000-0000-000000000001');
alter publication supabase_realtime add table profiles;
alter publication supabase_realtime add table storage.buckets;
`}

// TestEmptyPlain empties plain databases of everything, and applies the same files again.
func TestEmptyPlain(t *testing.T) {
	hash := file{name: "0035_hash", text: "create function of_pair(pair) returns int language sql immutable as $$ select ($1).a $$;"}
	for _, major := range []int{15, 17} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			t.Parallel()
			url := pgtest.Start(t, major).Database(t)
			replays(t, url, url, append(slices.Clone(zoo), hash, superZoo))
		})
	}
}

// TestEmptyPlatform empties databases with the platform, which keeps all that it had.
func TestEmptyPlatform(t *testing.T) {
	for _, major := range []int{15, 17} {
		for _, role := range []string{"postgres", platform.Superuser} {
			t.Run(fmt.Sprint(major, " ", role), func(t *testing.T) {
				t.Parallel()
				b := platform.Baseline{Major: major}
				s := pgtest.StartWith(t, pgtest.Options{Major: major, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL})
				name := s.DatabaseName(t)
				files := append(slices.Clone(zoo), hostedZoo)
				if role == platform.Superuser {
					files = append(files, file{name: "005_super", text: `
						create extension moddatetime with schema extensions;
						create trigger moved before update on auth.users for each row execute function extensions.moddatetime(updated_at);
						alter publication supabase_realtime add tables in schema app;
						create function watch() returns event_trigger language plpgsql as $$ begin end $$;
						create event trigger pgrst_watch on ddl_command_end execute function watch();`})
				}
				replays(t, s.URL(name, platform.Superuser), s.URL(name, role), files)
			})
		}
	}
}

// replays applies the files, empties the database, and does both again: as empty as it was, both times.
func replays(t *testing.T, admin, url string, files []file) {
	t.Helper()
	if _, err := push(t, url, &events{}, nil); err != nil {
		t.Fatal(err)
	}
	before := inventory(t, admin)
	for round := range 2 {
		if _, err := push(t, url, &events{}, parse(t, files...)); err != nil {
			t.Fatalf("round %d: %v %+v", round, err, err)
		}
		if slices.Equal(before, inventory(t, admin)) {
			t.Fatal("the zoo left no trace")
		}
		empty(t, url)
		if diff := difference(before, inventory(t, admin)); diff != "" {
			t.Fatalf("round %d: not as before:\n%s", round, diff)
		}
		wantStrings(t, "history", query(t, url, historySQL))
		if got := query(t, url, "select count(*) > 0 from supabase_migrations.cairn_runs"); got[0] != "t" {
			t.Error("who ran what is gone")
		}
	}
}

// Others' schemas and objects in public stay, whatever their names.
func TestEmptyLeavesOthers(t *testing.T) {
	for _, major := range []int{15, 17} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			t.Parallel()
			s := pgtest.New(t, pgtest.Options{Major: major})
			name := s.DatabaseName(t)
			admin := s.URL(name, "postgres")
			execute(t, admin, `create role owner login; create role other; grant create on database `+name+` to owner; grant create on schema public to owner, other;
				set role other; create table theirs (id int); create function their() returns int language sql as 'select 1'; create type their_type as enum ('a');
				reset role; create schema cron; create extension citext with schema cron; create extension hstore`)
			url := s.URL(name, "owner")
			if _, err := push(t, url, &events{}, nil); err != nil {
				t.Fatal(err)
			}
			before := inventory(t, admin)
			mine := file{name: "001_mine", text: "create schema auth; create table auth.users (id int); create table mine (id int); create function my() returns int language sql as 'select 1';"}
			for range 2 {
				if _, err := push(t, url, &events{}, parse(t, mine)); err != nil {
					t.Fatal(err)
				}
				empty(t, url)
				if diff := difference(before, inventory(t, admin)); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
}

func empty(t *testing.T, url string) {
	t.Helper()
	r := runner(t, url, &events{})
	defer r.Close()
	if _, err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Begin(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := r.Empty(t.Context()); err != nil {
		t.Fatalf("%v %+v", err, err)
	}
}

// inventory lists the database, and what Inventory does not tell of it.
func inventory(t *testing.T, url string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	lines, err := faulttest.Inventory(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), `select 'conversion ' || conname from pg_conversion where oid >= 16384
		union all select 'dictionary ' || dictname from pg_ts_dict where oid >= 16384
		union all select 'parser ' || prsname from pg_ts_parser where oid >= 16384
		union all select 'template ' || tmplname from pg_ts_template where oid >= 16384
		union all select 'operator family ' || opfname from pg_opfamily f where oid >= 16384
			and not exists (select from pg_depend where objid = f.oid and deptype = 'e')
		union all select 'subscription ' || subname from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())
		order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	more, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(append(lines, more...), func(l string) bool { return strings.Contains(l, "supabase_migrations") })
}

// difference lists what is only in one of them: "" where there is nothing.
func difference(before, after []string) string {
	var b strings.Builder
	for _, l := range before {
		if !slices.Contains(after, l) {
			b.WriteString("\n- " + l)
		}
	}
	for _, l := range after {
		if !slices.Contains(before, l) {
			b.WriteString("\n+ " + l)
		}
	}
	return b.String()
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
