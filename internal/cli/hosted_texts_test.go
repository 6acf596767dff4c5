package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/standin"
	"github.com/cairndb/cairn/internal/targettest"
)

// trouble is one way in which work on a hosted project fails, with what is told of it.
type trouble struct {
	name     string // where it stands: the first document's list, or the failure stories and the fault catalogue by number
	file     string // a migration to push
	fault    standin.Fault
	status   string // of the project
	pooler   string // what the pooler says no with, by its code
	args     string
	env      []string
	exit     int
	text     string // what happened
	cause    string // why
	next     string // what to do now
	replayed bool   // only the real platform can confirm what it said
}

// Each trouble that the documents list is told with what happened, why, and what to do now, when the platform says it.
func TestTroubles(t *testing.T) {
	t.Parallel()
	st := startStage(t, "pooler")
	profile := st.profile(t, t.TempDir())
	token, password := "SUPABASE_ACCESS_TOKEN="+targettest.Token, "SUPABASE_DB_PASSWORD=hunter2secret"
	query := "POST .*/database/query$"
	says := func(match, body string, status int, message string) standin.Fault {
		return standin.Fault{Match: match, Body: body, Status: status, Text: `{"message":"` + message + `"}`}
	}
	const push, list, pooled = "db push --yes --via api", "migration list --via api", "migration list --via pooler"
	for _, c := range []trouble{
		{
			name: "list: Access Token and Project ID required, no ID", args: "db push --project-ref abcdefghijklmnop", env: []string{token}, exit: 2,
			text: "names no project", cause: `"abcdefghijklmnop"`, next: "20 small letters",
		},
		{
			name: "list: Access Token and Project ID required, no token", args: push, exit: 2,
			text: "Access token not provided", next: "cairn login",
		},
		{
			name: "list: Table already exists", args: push, env: []string{token}, exit: 4, file: "create table auth.users (id int);",
			text: "PG42P07 supabase/migrations/20260102000000_x.sql:1:1", cause: `relation "users" already exists`, next: "IF NOT EXISTS",
		},
		{
			name: "list: Permission issues, row 112: 401", args: push, env: []string{"SUPABASE_ACCESS_TOKEN=sbp_" + strings.Repeat("1", 40)}, exit: 8, replayed: true,
			text: "does not accept the access token from SUPABASE_ACCESS_TOKEN", cause: "JWT could not be decoded", next: "cairn login",
		},
		{
			name: "list: Permission issues, row 112: 403", args: list, env: []string{token}, exit: 8, replayed: true,
			fault: standin.Fault{Match: "(POST .*/database/query|GET .*/database/migrations)", Times: 3, Status: 403, Text: `{"message":"Forbidden resource"}`},
			text:  "may not do this", cause: "Forbidden resource", next: "database_write",
		},
		{
			name: "list: Invalid Project ID, row 112: 404", args: list + " --project-ref nosuchprojectnosuchp", env: []string{token}, exit: 8, replayed: true,
			text: "there is no project nosuchprojectnosuchp", cause: "Project not found", next: "cairn projects list",
		},
		{
			name: "list: verify your Supabase project is online, row 112: paused", args: push, env: []string{token}, status: "INACTIVE", exit: 3,
			text: "CA734", cause: "is paused", next: "resume it in the dashboard",
		},
		{
			name: "list: check your Supabase project status", args: push, env: []string{token}, status: "RESTORING", exit: 3,
			text: "CA734", cause: "the platform says RESTORING", next: "run this again",
		},
		{
			name: "row 112: 410", args: list, env: []string{token}, exit: 8, replayed: true, fault: says(query, "", 410, "Gone"),
			text: "is gone", cause: "Gone", next: "deleted, or paused for so long",
		},
		{
			name: "list: SQL syntax error", args: push, env: []string{token}, exit: 4, file: "create table x (\n  id int,,\n  b int);",
			text: "PG42601 supabase/migrations/20260102000000_x.sql:2:10", cause: `syntax error at or near ","`, next: "by hand",
		},
		{
			name: "list: Connection timeout, S9", args: push, env: []string{token}, exit: 4, file: "set local statement_timeout = '50ms';\nselect pg_sleep(5);",
			text: "CA736", cause: "statement timeout", next: "--via direct or --via pooler, where a statement may take any time",
		},
		{
			name: "list: try running the SQL manually in Supabase Dashboard", args: push, env: []string{token}, exit: 4, file: "select 1 / 0;",
			text: "PG22012", cause: "division by zero", next: "https://dashboard.invalid/project/abcdefghijklmnopqrst/sql/new",
		},
		{
			name: "row 113: 429 for longer than a window", args: list, env: []string{token}, exit: 8, replayed: true,
			fault: standin.Fault{Match: query, Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "3600"}, Text: `{"message":"ThrottlerException: Too Many Requests"}`},
			text:  "CA735", cause: "ThrottlerException: Too Many Requests", next: "wait a minute",
		},
		{
			name: "row 114: HTML", args: list, env: []string{token}, exit: 8,
			fault: standin.Fault{Match: query, Status: 400, Text: "<html><head><title>Sign in to the network</title></head></html>"},
			text:  "status 400", cause: `a web page titled "Sign in to the network"`, next: "something between",
		},
		{
			name: "row 114: 502", args: list, env: []string{token, "SUPABASE_API_MAX_RETRIES=0"}, exit: 8,
			fault: standin.Fault{Match: query, Times: 9, Status: 502, Text: "<html><head><title>502 Bad Gateway</title></head></html>"},
			text:  "status 502", cause: `titled "502 Bad Gateway"`, next: "status page",
		},
		{
			name: "row 114: truncated JSON", args: list, env: []string{token, "SUPABASE_API_MAX_RETRIES=0"}, exit: 8,
			fault: standin.Fault{Match: query, Times: 9, Done: true, Short: 10},
			text:  "no complete JSON", cause: "status 201", next: "run it again",
		},
		{
			name: "S7: Tenant or user not found", args: pooled, env: []string{token, password}, pooler: "ENOTFOUND before", exit: 8, replayed: true,
			text: "does not know this project or user", cause: "Tenant or user not found", next: "dashboard > Connect",
		},
		{
			name: "S7: tenant/user not found", args: pooled, env: []string{token, password}, pooler: "ENOTFOUND", exit: 8, replayed: true,
			text: "does not know this project or user", cause: "(ENOTFOUND)", next: "paused or deleted",
		},
		{
			name: "S11: Address not in tenant allow_list", args: pooled, env: []string{token, password}, pooler: "EADDRNOTALLOWED", exit: 8, replayed: true,
			text: "network restrictions", cause: "203.0.113.7, as the server sees it", next: "Network Restrictions",
		},
		{
			name: "S12: MaxClientsInSessionMode", args: pooled, env: []string{token}, pooler: "EMAXCONNSESSION before", exit: 8, replayed: true,
			text: "has no connection free", cause: "a role that is made for one run", next: "SUPABASE_DB_PASSWORD",
		},
		{
			name: "S13: circuit breaker", args: pooled, env: []string{token, password}, pooler: "ECIRCUITBREAKER auth_error", exit: 8, replayed: true,
			text: "blocks new connections", cause: "too many authentication failures", next: "wait some minutes",
		},
		{
			name: "S13: wrong password", args: "migration list", env: []string{token, "SUPABASE_DB_PASSWORD=wrongsecret"}, exit: 8,
			text: "CA702", cause: "No other way was tried", next: "not tried again by itself",
		},
		{
			name: "row 22: nobody listens", args: "migration list --db-url postgres://u:hunter2secret@127.0.0.1:1/x", exit: 8,
			text: "cannot connect to 127.0.0.1:1", cause: "nothing listens there", next: "check the port",
		},
		{
			name: "row 22, S8: ENOTFOUND", args: "migration list --via direct", env: []string{token, password}, exit: 8,
			text: "cannot connect to db.abcdefghijklmnopqrst.standin.invalid:5432", cause: "not known (DNS)", next: "check the",
		},
	} {
		name := c.name
		if c.replayed {
			name += ", replayed"
		}
		t.Run(name, func(t *testing.T) {
			root := project(t, c.file)
			if c.fault.Match != "" {
				st.Fail(c.fault)
			}
			if c.status != "" {
				st.Change(targettest.Ref, func(p *standin.Project) { p.Status = c.status })
			}
			if c.pooler != "" {
				no, ok := faulttest.SupavisorTexts()[c.pooler]
				if !ok {
					t.Fatalf("no text %q", c.pooler)
				}
				st.poolers["production"].Refuse(&no)
			}
			defer func() {
				st.Mend()
				st.Change(targettest.Ref, func(p *standin.Project) { p.Status = "ACTIVE_HEALTHY" })
				st.poolers["production"].Refuse(nil)
			}()
			out, exit := runStep(t, root, "cairn "+c.args, slices.Concat([]string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "SUPABASE_PROFILE=" + profile}, c.env))
			if exit != c.exit {
				t.Errorf("exit %d, want %d", exit, c.exit)
			}
			for _, part := range []string{c.text, c.cause, c.next} {
				if !strings.Contains(out, part) {
					t.Errorf("%q is not told", part)
				}
			}
			for _, secret := range []string{targettest.Token, strings.Repeat("1", 40), "hunter2secret", "wrongsecret"} {
				if strings.Contains(out, secret) {
					t.Errorf("%q is told", secret)
				}
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// project is a project that is linked to the stage's, with one migration if there is a text for it.
func project(t *testing.T, text string) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{"supabase/config.toml": "project_id = \"shop\"\n", "supabase/.temp/project-ref": targettest.Ref}
	if text != "" {
		files["supabase/migrations/20260102000000_x.sql"] = text
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}
