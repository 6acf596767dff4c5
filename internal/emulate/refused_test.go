package emulate_test

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
)

// What a hosted project refuses since its postgres is no member of the services' roles runs, with a warning that names it.
func TestHostedRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		conn := database(t, s)
		run(t, conn, setup)
		e := emulator(t, conn)
		for sql, says := range map[string]string{
			`alter table auth.users add column x int`:                                                             "ALTER TABLE auth.users ran here, and a hosted project refuses it",
			`ALTER TABLE ONLY "storage"."objects" ENABLE ROW LEVEL SECURITY`:                                      "ALTER TABLE storage.objects ",
			`create table auth.mine (id int)`:                                                                     "CREATE TABLE auth.mine ",
			`create or replace function auth.own() returns int language sql as 'select 1'`:                        "CREATE FUNCTION auth.own ",
			`create unique index on auth.users (last_sign_in_at)`:                                                 "CREATE INDEX ON auth.users ",
			`create materialized view storage.mine as select 1 as x`:                                              "CREATE MATERIALIZED VIEW storage.mine ",
			`drop function if exists auth.email()`:                                                                "DROP FUNCTION auth.email ",
			`comment on table storage.buckets is 'x'`:                                                             "COMMENT ON TABLE storage.buckets ",
			`comment on column auth.users.email is 'x'`:                                                           "COMMENT ON COLUMN auth.users.email ",
			`set role supabase_storage_admin`:                                                                     "SET ROLE supabase_storage_admin ",
			`set local role 'supabase_auth_admin'`:                                                                "SET ROLE supabase_auth_admin ",
			`create policy p on storage.migrations using (true)`:                                                  "CREATE POLICY ON storage.migrations ",
			`alter publication supabase_realtime add table only t, auth.users`:                                    "publishing auth.users ",
			`alter default privileges for role supabase_auth_admin in schema auth grant select on tables to anon`: "ALTER DEFAULT PRIVILEGES FOR ROLE supabase_auth_admin ",
			`do $$ begin alter table auth.users add column y int; end $$`:                                         "ALTER TABLE auth.users ",
		} {
			run(t, conn, "BEGIN")
			code, told, err := send(t, e, conn, sql)
			if err != nil || code != finding.HostedRefuses || !strings.HasPrefix(told, says) {
				t.Errorf("%s: %s %q: %v", sql, code, told, err)
			}
			run(t, conn, "ROLLBACK")
		}
		for _, sql := range []string{
			`create trigger tr after insert on auth.users for each row execute function guarded()`,
			`drop trigger tr on auth.users`,
			`create policy p on storage.objects using (true)`, `drop policy if exists p on storage.objects`,
			`create policy p on realtime.messages using (true)`, `comment on policy p on realtime.messages is 'x'`,
			`create table mine (id uuid references auth.users)`, `create view seen as select id from auth.users`,
			`grant select on auth.users to service_role`, `insert into storage.buckets (id, name) values ('a', 'a')`,
			`comment on schema public is 'x'`, `set role authenticated`, `reset role`, `drop table if exists auth.nothing`,
			`alter publication supabase_realtime add table mine`, `alter table t add column auth int`,
		} {
			if code, told, err := send(t, e, conn, sql); err != nil || code != "" {
				t.Errorf("%s: %s %s: %v", sql, code, told, err)
			}
		}
		// What the history made there itself is its own.
		run(t, conn, `create table auth.kept (id int)`)
		if code, _, err := send(t, e, conn, `alter table auth.kept add column n int`); err != nil || code != "" {
			t.Errorf("a table of the history's own: %s %v", code, err)
		}
	})
}
