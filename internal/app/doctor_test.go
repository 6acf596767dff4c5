package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/account"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target/direct"
)

// sick is a database with one of each thing that the doctor looks for in a catalog, and as many that only look like it.
const sick = `
do $$ begin create role anon; exception when duplicate_object then null; end $$;
do $$ begin create role authenticated; exception when duplicate_object then null; end $$;
do $$ begin create role service_role; exception when duplicate_object then null; end $$;
create schema "Shop";
grant usage on schema "Shop" to anon;
create table "Shop"."Open" (id int, secret text);
grant select (id) on "Shop"."Open" to anon;
create table "Shop".guarded (id int);
grant all on "Shop".guarded to anon;
alter table "Shop".guarded enable row level security;
create table "Shop".closed (id int);
create schema other;
grant usage on schema other to anon;
create table other.unserved (id int);
grant all on other.unserved to anon;
create policy p on other.unserved using (true);
create table "Shop".parts (id int) partition by range (id);
create table "Shop".part partition of "Shop".parts for values from (0) to (9);
create index parts_id on only "Shop".parts (id);
alter table "Shop".part add constraint small check (id < 5) not valid;
insert into "Shop".closed values (1), (1);
create function "Shop"."Exec"(in "Query" text, out n int) language plpgsql as $$ begin execute "Query" into n; end $$;
create procedure "Shop".run(n int, text) language plpgsql security definer as $$ begin execute $2; end $$;
create function "Shop".counted(t text) returns int language plpgsql as $$ begin execute format('analyze %I', t); return 1; end $$;
revoke execute on procedure "Shop".run(int, text) from public;
create schema supabase_migrations;
create table supabase_migrations.schema_migrations (version text);
`

// TestDoctorCatalog holds what is seen in a catalog, on all majors.
func TestDoctorCatalog(t *testing.T) {
	t.Parallel()
	for _, major := range pgbin.Majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			t.Parallel()
			url := pgtest.Start(t, major).Database(t)
			conn, err := pgx.Connect(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(t.Context()) }()
			if _, err := conn.Exec(t.Context(), sick); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Exec(t.Context(), `create unique index concurrently closed_id on "Shop".closed (id)`); err == nil {
				t.Fatal("the index was built")
			}
			if major >= 18 {
				if _, err := conn.Exec(t.Context(), `alter table "Shop".closed add constraint unenforced check (id > 9) not enforced`); err != nil {
					t.Fatal(err)
				}
			}
			e := &examination{
				project: &project.Project{Config: &project.Config{}}, served: []string{"Shop", "nowhere, or {odd}"}, result: &Doctor{},
				at: placeOn(&direct.Target{URL: secret.New(url), Label: "sick"}, "sick"),
			}
			look := func() (lines, cures []string) {
				t.Helper()
				seen, err := e.catalog(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range []DoctorCheck{seen.rights(), seen.indexes(), seen.constraints(), seen.rowSecurity(), e.functions(seen)} {
					if c.Check != "" && c.State != CheckOK {
						lines = append(lines, fmt.Sprintf("%s %s: %s", c.Check, c.State, strings.Join(c.Objects, "; ")))
						cures = append(cures, strings.Split(c.Do, "\n")...)
					}
				}
				return lines, cures
			}
			e.at.route.Role = "anon"
			if poor, _ := look(); len(poor) == 0 || poor[0] != "rights problem: " {
				t.Errorf("as one who may not write the history: %q", poor)
			}
			e.at.route.Role = ""
			got, cures := look()
			want := []string{
				`indexes problem: "Shop".closed_id on "Shop".closed`,
				`constraints warning: small on "Shop".part`,
				`row level security problem: "Shop"."Open" is open to anon; other.unserved has policies (1) that do nothing`,
				`functions warning: "Shop"."Exec"("Query" text, OUT n integer) runs as the caller, for anon; ` +
					`"Shop".run(IN n integer, IN text) runs as postgres, for nobody over the data API`,
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if e.function.State != WayNotTried || e.function.At == "" {
				t.Errorf("the way: %+v", e.function)
			}
			for _, sql := range cures {
				if !strings.HasSuffix(sql, ";") {
					continue
				}
				if _, err := conn.Exec(t.Context(), sql); err != nil {
					t.Errorf("%s: %v", sql, err)
				}
			}
			if left, _ := look(); len(left) > 0 {
				t.Errorf("what is left when all that was said is done: %q", left)
			}
		})
	}
}

// TestDoctorDataAPI holds which address is asked with which key: a key goes to no other project, no local stack, and over
// no open wire, and the platform's goes to the project's own address alone.
func TestDoctorDataAPI(t *testing.T) {
	t.Parallel()
	const ref, own = "abcdefghijklmnopqrst", "https://abcdefghijklmnopqrst.supabase.co"
	for _, c := range []struct{ url, key, api, wantURL, wantKey string }{
		{"", "", "", own, "theirs"},
		{"", "mine", "", own, "mine"},
		{own + "/", "mine", "", own, "mine"},
		{own, "", "", own, "theirs"},
		{"https://api.example.com", "mine", "", "https://api.example.com", "mine"},
		{"https://api.example.com", "", "", "https://api.example.com", ""},
		{"https://zzzzzzzzzzzzzzzzzzzz.supabase.co", "mine", "", own, "theirs"},
		{"http://127.0.0.1:54321", "mine", "", own, "theirs"},
		{"http://abcdefghijklmnopqrst.supabase.co", "mine", "", own, "theirs"},
		{"https://ann:secret@api.example.com", "mine", "", own, "theirs"},
		{"http://127.0.0.1:54321", "", "http://127.0.0.1:8080", "http://127.0.0.1:54321", "theirs"},
	} {
		env := map[string]string{"SUPABASE_URL": c.url, "SUPABASE_SERVICE_ROLE_KEY": c.key}
		p, err := project.Open(project.Options{Cwd: t.TempDir(), Getenv: func(name string) string { return env[name] }})
		if err != nil {
			t.Fatal(err)
		}
		profile := &account.Profile{APIURL: "https://api.supabase.com", ProjectHost: "supabase.co"}
		if c.api != "" {
			profile.APIURL = c.api
		}
		e := &examination{
			app: &App{}, project: p, hosted: &remoteProject{ref: ref, hosting: &hosting{profile: profile}},
			platform: &platformSeen{keys: []management.Key{
				{Name: "anon", Type: "legacy", Key: secret.New("public")},
				{Name: "default", Type: "secret", Key: secret.New("sb_secret_abc···")},
				{Name: "service_role", Type: "legacy", Key: secret.New("theirs")},
			}},
		}
		if got := e.dataAPI(); got.URL != c.wantURL || got.Key.Reveal() != c.wantKey {
			t.Errorf("with %q and %q: %s with %q", c.url, c.key, got.URL, got.Key.Reveal())
		}
	}
}
