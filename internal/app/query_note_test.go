package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
)

const stranger = `{"sub": "00000000-0000-0000-0000-000000000009"}`

// asText writes findings as the cases below expect them.
func asText(findings ...*finding.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s %s\n", f.Severity, f.Code, f.Message)
		for line := range strings.Lines(f.Detail) {
			fmt.Fprintf(&b, "| %s\n", strings.TrimSuffix(line, "\n"))
		}
		for line := range strings.Lines(f.Hint) {
			fmt.Fprintf(&b, "= %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	return b.String()
}

// TestQueryHidden holds what is told where row level security hides rows, and that nothing is told where it does not.
func TestQueryHidden(t *testing.T) {
	url := booth(t)
	execute(t, url, chat)
	execute(t, url, `
		create view titles as select title from encrypted_chats;
		create view own_titles with (security_invoker) as select title from encrypted_chats;
		create table logs (at date) partition by range (at);
		create table logs_2026 partition of logs for values from ('2026-01-01') to ('2027-01-01');
		alter table logs enable row level security;
		insert into logs values ('2026-05-05');
		create policy "not on Mondays" on styles_metadata as restrictive to anon using (extract(dow from now()) > 7);
	`)
	for _, c := range []struct {
		name string
		ask  asked
		want string
	}{
		{"claims are missing", asked{as: "authenticated", sql: "select * from encrypted_chats"}, `
note CA714 no rows: there are some, and row level security hides them from authenticated
| public.encrypted_chats: what authenticated may read is decided by
|   policy "Users can view own chats" for SELECT to public using (auth.uid() = user_id)
= auth.uid() is null: pass --claims '{"sub": "<a user's id>"}'
= without --as the same query shows what is there
`},
		{"the owner", asked{as: "authenticated", claims: claim, sql: "select * from encrypted_chats"}, ""},
		{"another user, two tables, a comment at the end", asked{
			as: "authenticated", claims: stranger,
			sql: "select 1 from encrypted_chats c join profiles p on p.id = c.user_id cross join styles_metadata -- all",
		}, `
note CA714 no rows: there are some, and row level security hides them from authenticated
| public.encrypted_chats: what authenticated may read is decided by
|   policy "Users can view own chats" for SELECT to public using (auth.uid() = user_id)
| public.profiles: what authenticated may read is decided by
|   policy "Users can view own profile" for SELECT to public using (auth.uid() = id)
= the policies compare with the claims: ` + "`select auth.uid(), auth.jwt()`" + ` with the same --as and --claims shows what they see
= without --as the same query shows what is there
`},
		{"no such row", asked{as: "authenticated", claims: stranger, sql: "select * from encrypted_chats where title = 'x'"}, ""},
		{"an empty table", asked{as: "authenticated", sql: "table favorites"}, ""},
		{"anon has no user", asked{as: "anon", sql: "with c as (select * from encrypted_chats) select * from c"}, `
note CA714 no rows: there are some, and row level security hides them from anon
| public.encrypted_chats: what anon may read is decided by
|   policy "Users can view own chats" for SELECT to public using (auth.uid() = user_id)
= auth.uid() is null for anon; as a user: --as authenticated --claims '{"sub": "<a user's id>"}'
= without --as the same query shows what is there
`},
		{"policies for others", asked{as: "anon", sql: "select 1; select api_key from api_key_pool"}, `
note CA714 no rows: there are some, and row level security hides them from anon
| public.api_key_pool: no policy allows SELECT to anon; there is
|   policy "Service role only" for ALL to service_role using true with check true
= if anon is meant to read rows of public.api_key_pool: CREATE POLICY … ON public.api_key_pool FOR SELECT TO anon …
= without --as the same query shows what is there
`},
		{"policies for nobody", asked{as: "authenticated", sql: "select * from partners"}, `
note CA714 no rows: there are some, and row level security hides them from authenticated
| public.partners: row level security is on, and there is no policy
= if authenticated is meant to read rows of public.partners: CREATE POLICY … ON public.partners FOR SELECT TO authenticated …
= without --as the same query shows what is there
`},
		{"a restrictive policy", asked{as: "anon", sql: "select * from styles_metadata"}, `
note CA714 no rows: there are some, and row level security hides them from anon
| public.styles_metadata: what anon may read is decided by
|   policy "Anyone can see styles" for SELECT to anon, authenticated using true
|   policy "not on Mondays" as restrictive for ALL to anon using (EXTRACT(dow FROM now()) > (7)::numeric)
= without --as the same query shows what is there
`},
		{"service_role", asked{as: "service_role", sql: "select * from partners where false"}, ""},
		{"a view as its owner", asked{as: "authenticated", sql: "select * from titles where title = 'x'"}, ""},
		{"a view as its caller", asked{as: "authenticated", sql: "select * from own_titles"}, `
note CA714 no rows: there are some, and row level security hides them from authenticated
| public.encrypted_chats: what authenticated may read is decided by
|   policy "Users can view own chats" for SELECT to public using (auth.uid() = user_id)
= auth.uid() is null: pass --claims '{"sub": "<a user's id>"}'
= without --as the same query shows what is there
`},
		{"partitions", asked{as: "anon", sql: "select * from logs"}, `
note CA714 no rows: there are some, and row level security hides them from anon
| public.logs: row level security is on, and there is no policy
= if anon is meant to read rows of public.logs: CREATE POLICY … ON public.logs FOR SELECT TO anon …
= without --as the same query shows what is there
`},
		{"update", asked{as: "anon", sql: "update encrypted_chats set title = 'x'"}, `
note CA714 no row was touched; row level security may have hidden rows from anon
| public.encrypted_chats: what anon may change is decided by
|   policy "Users can update own chats" for UPDATE to public using (auth.uid() = user_id) with check (auth.uid() = user_id)
|   policy "Users can view own chats" for SELECT to public using (auth.uid() = user_id)
= auth.uid() is null for anon; as a user: --as authenticated --claims '{"sub": "<a user's id>"}'
`},
		{"delete, with no policy for it", asked{as: "authenticated", claims: claim, sql: "delete from generations; delete from profiles where id is not null"}, `
note CA714 no row was touched; row level security may have hidden rows from authenticated
| public.profiles: no policy allows DELETE to authenticated; there is
|   policy "Users can update own profile" for UPDATE to public using (auth.uid() = id) with check (auth.uid() = id)
|   policy "Users can view own profile" for SELECT to public using (auth.uid() = id)
= if authenticated is meant to delete rows of public.profiles: CREATE POLICY … ON public.profiles FOR DELETE TO authenticated …
= the policies compare with the claims: ` + "`select auth.uid(), auth.jwt()`" + ` with the same --as and --claims shows what they see
`},
		{"the role that connects bypasses them", asked{sql: "select * from partners where false"}, ""},
		{"a role that the text takes", asked{ours: true, sql: "set role anon; select * from partners; reset role; select count(*) from partners"}, `
note CA714 no rows: there are some, and row level security hides them from anon
| public.partners: row level security is on, and there is no policy
= if anon is meant to read rows of public.partners: CREATE POLICY … ON public.partners FOR SELECT TO anon …
`},
	} {
		got := c.ask.on(t, url)
		if got.err != nil {
			t.Errorf("%s: %v", c.name, got.err)
			continue
		}
		if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), asText(got.findings...)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

// The look behind row level security changes nothing, not even what no rollback takes back.
func TestQueryHiddenChangesNothing(t *testing.T) {
	url := booth(t)
	execute(t, url, chat)
	execute(t, url, "create sequence visits; grant usage on sequence visits to anon")
	got := asked{as: "anon", sql: "select * from encrypted_chats where nextval('visits') > 0"}.on(t, url)
	if len(got.findings) != 1 || got.findings[0].Message != "no rows; row level security may have hidden some from anon" {
		t.Error(got.err, asText(got.findings...))
	}
	if called := one(t, url, "select is_called from visits"); called != "f" {
		t.Error("the sequence was used")
	}
}

// A table's owner is bound by its policies where they are forced, and then cannot look past them either.
func TestQueryHiddenFromOwner(t *testing.T) {
	server := pgtest.New(t, pgtest.Options{Major: 15})
	execute(t, server.URL("postgres", "postgres"), "create role shopkeeper login; grant all on schema public to shopkeeper")
	url := server.URL("postgres", "shopkeeper")
	execute(t, url, `
		create table stock (id int);
		insert into stock values (1);
		alter table stock enable row level security;
	`)
	if got := (asked{sql: "select * from stock"}).on(t, url); got.err != nil || len(got.Answers[0].Rows) != 1 {
		t.Errorf("not forced: %v", got.err)
	}
	execute(t, url, "alter table stock force row level security; create policy p on stock for select using (current_setting('app.user', true) = 'x')")
	want := `note CA714 no rows; row level security may have hidden some from shopkeeper
| public.stock: what shopkeeper may read is decided by
|   policy "p" for SELECT to public using (current_setting('app.user'::text, true) = 'x'::text)
`
	for _, ours := range []bool{true, false} {
		got := asked{ours: ours, sql: "select * from stock"}.on(t, url)
		if diff := cmp.Diff(want, asText(got.findings...)); diff != "" || got.err != nil {
			t.Errorf("forced: %v\n%s", got.err, diff)
		}
	}
}

// TestQueryDenied holds what is told where a right is lacking.
func TestQueryDenied(t *testing.T) {
	url := booth(t)
	execute(t, url, `
		create schema internal;
		create table internal.notes (id int);
		create view internal.all_notes as table internal.notes;
		create table plans (id int, name text);
		revoke all on plans from anon;
		grant select (id) on plans to anon;
	`)
	for _, c := range []struct {
		name string
		ask  asked
		want string
	}{
		{"schema and table", asked{as: "anon", sql: "select 1; select * from internal.notes"}, `
error PG42501 permission denied for schema internal
= if anon is meant to do this, a migration grants it; policies decide about the rows all the same:
= GRANT SELECT ON internal.notes TO anon;
= GRANT USAGE ON SCHEMA internal TO anon;
`},
		{"a view, not what is behind it", asked{as: "anon", sql: "select * from internal.all_notes"}, `
error PG42501 permission denied for schema internal
= if anon is meant to do this, a migration grants it; policies decide about the rows all the same:
= GRANT SELECT ON internal.all_notes TO anon;
= GRANT USAGE ON SCHEMA internal TO anon;
`},
		{"what an insert needs", asked{as: "anon", sql: "insert into plans select 1, 'x' from internal.notes"}, `
error PG42501 permission denied for schema internal
= if anon is meant to do this, a migration grants it; policies decide about the rows all the same:
= GRANT INSERT ON public.plans TO anon;
= GRANT SELECT ON internal.notes TO anon;
= GRANT USAGE ON SCHEMA internal TO anon;
`},
		{"what an update of all rows needs", asked{as: "anon", sql: "update plans set name = 'x'"}, `
error PG42501 permission denied for table plans
= if anon is meant to do this, a migration grants it; policies decide about the rows all the same:
= GRANT UPDATE ON public.plans TO anon;
`},
		{"the platform's own", asked{as: "authenticated", sql: "select email from auth.users"}, `
error PG42501 permission denied for table users
= auth.users belongs to the platform and is not meant for authenticated: keep what it needs in a table of your own, or give it out through a function that is SECURITY DEFINER
`},
		{"a policy that does not let it be written", asked{as: "authenticated", claims: stranger, sql: chat}, `
error PG42501 new row violates row-level security policy for table "encrypted_chats"
| public.encrypted_chats: what authenticated may insert is decided by
|   policy "Users can insert own chats" for INSERT to public with check (auth.uid() = user_id)
= No policy of the table lets the current role write this row: run data changes as the table's owner or service_role, or add a policy WITH CHECK.
= the policies compare with the claims: ` + "`select auth.uid(), auth.jwt()`" + ` with the same --as and --claims shows what they see
`},
	} {
		got := c.ask.on(t, url)
		f := finding.As(got.err)
		if f == nil || f.Exit != finding.Failed {
			t.Errorf("%s: %v", c.name, got.err)
			continue
		}
		if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), asText(f)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
	if n := one(t, url, "select count(*) from encrypted_chats"); n != "0" {
		t.Errorf("%s chats were written", n)
	}
}
