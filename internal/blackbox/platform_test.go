package blackbox

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/targettest"
)

// The Supabase CLI takes our stand-in for the platform: it links to it, lists its projects and queries its database,
// and what one of the two has linked, the other finds.
func TestSupabaseCLIOnTheStandIn(t *testing.T) {
	program := supabase(t)
	s := newSite(t, map[string]string{"20260101000000_one.sql": "create table one (id int);"})
	// The role that the platform runs read-only queries as; only a project has it.
	s.asAdmin("create role supabase_read_only_user nologin in role pg_read_all_data")
	t.Cleanup(func() { s.asAdmin("drop role supabase_read_only_user") })
	_, address := targettest.Platform(t, s.admin, "")
	s.write("supabase/config.toml", "project_id = \"shop\"\n")
	s.write("profile.yaml", "name: standin\napi_url: "+address+"\ndashboard_url: "+address+"\nproject_host: standin.invalid\npooler_host: 127.0.0.1\n")
	s.env = append(s.env, "SUPABASE_ACCESS_TOKEN="+targettest.Token, "SUPABASE_PROFILE="+s.path("profile.yaml"))
	peer := func(args ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, append(args, "--profile", s.path("profile.yaml"))...)
		cmd.Dir, cmd.Env = s.dir, append(s.env, "DO_NOT_TRACK=1", "SUPABASE_TELEMETRY=false", "CI=true")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("supabase %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	if out := peer("projects", "list"); !strings.Contains(out, targettest.Ref) {
		t.Errorf("projects list: %s", out)
	}
	peer("link", "--project-ref", targettest.Ref)
	if text, err := os.ReadFile(s.path("supabase/.temp/project-ref")); err != nil || string(text) != targettest.Ref {
		t.Fatalf("the link: %q, %v", text, err)
	}
	s.start("db", "push", "--via", "api", "--yes").wait().exits(0)
	if out := peer("db", "query", "--linked", "--read-only", "select version from supabase_migrations.schema_migrations"); !strings.Contains(out, "20260101000000") {
		t.Errorf("db query: %s", out)
	}
	if err := os.RemoveAll(s.path("supabase/.temp")); err != nil {
		t.Fatal(err)
	}
	s.start("link", "--project-ref", targettest.Ref).wait().exits(0)
	if out := peer("db", "query", "--linked", "--read-only", "select count(*) from one"); !strings.Contains(out, "0") {
		t.Errorf("db query after our link: %s", out)
	}
}

// asAdmin runs a statement as the server's superuser.
func (s *site) asAdmin(sql string) {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, sql); err != nil {
		s.t.Fatal(err)
	}
}
