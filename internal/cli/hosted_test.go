package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/standin"
	"github.com/cairndb/cairn/internal/targettest"
)

// refs are those of the projects that a script's platform has, by their names.
var refs = map[string]string{"production": targettest.Ref, "staging": "stagingstagingstagin"}

// stage is a stand-in for the platform for one script, with the ways to its projects.
type stage struct {
	*standin.Server
	url     string
	later   atomic.Int64 // how many minutes its clock is ahead
	poolers map[string]*faulttest.Supavisor
	logins  int // that were counted before
}

// stages holds those of the scripts that run, by their work folders.
type stages struct {
	sync.Mutex
	all map[string]*stage
}

// startStage starts a platform with two projects. With direct the server itself can be reached, with pooler the session
// pooler; with bouncer there is a transaction pooler too, of production.
func startStage(t testing.TB, direct, pooler, bouncer bool) *stage {
	t.Helper()
	st := &stage{Server: &standin.Server{Token: secret.New(targettest.Token), PerMinute: 100_000}, poolers: map[string]*faulttest.Supavisor{}}
	st.Now = func() time.Time { return time.Now().Add(time.Duration(st.later.Load()) * time.Minute) }
	b := platform.Baseline{Major: 17}
	for _, name := range []string{"production", "staging"} {
		server := pgtest.New(t, pgtest.Options{Major: 17, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL, Extend: emulate.Install})
		admin := server.URL("postgres", platform.Superuser)
		conn, err := pgx.Connect(t.Context(), admin)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "alter role postgres password 'hunter2secret'"); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close(t.Context())
		p := &standin.Project{
			Ref: refs[name], Name: name, Region: "eu-central-1", Version: server.Version(), Host: "db." + refs[name] + ".standin.invalid",
			URL: secret.New(server.URL("postgres", "postgres")), Admin: secret.New(admin),
		}
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(server.Port))
		if direct {
			p.Host = address
		}
		if pooler {
			front := faulttest.StartSupavisor(t, address, p.Ref)
			st.poolers[name] = front
			p.Poolers = []standin.Pooler{{
				Identifier: p.Ref, Type: "PRIMARY", User: "postgres." + p.Ref, Host: front.Host, Port: front.Port, Database: "postgres", Mode: "session",
				Connection: fmt.Sprintf("postgresql://postgres.%s:[YOUR-PASSWORD]@%s:%d/postgres", p.Ref, front.Host, front.Port),
			}}
		}
		if bouncer && name == "production" {
			b := faulttest.StartPgBouncer(t, admin, faulttest.BouncerOptions{Pooling: faulttest.Transaction})
			behind, err := pgx.ParseConfig(b.URL("postgres", "postgres"))
			if err != nil {
				t.Fatal(err)
			}
			front := faulttest.StartSupavisor(t, net.JoinHostPort(behind.Host, strconv.Itoa(int(behind.Port))), p.Ref)
			p.Poolers = append(p.Poolers, standin.Pooler{
				Identifier: p.Ref, Type: "PRIMARY", User: "postgres." + p.Ref, Host: front.Host, Port: front.Port, Database: "postgres", Mode: "transaction",
			})
		}
		st.Add(p)
	}
	web := httptest.NewServer(st.Server)
	t.Cleanup(web.Close)
	st.url = web.URL
	return st
}

// profile writes a profile that names the stage as the platform.
func (st *stage) profile(t testing.TB, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "profile.yaml")
	text := "name: standin\napi_url: " + st.url + "\ndashboard_url: https://dashboard.invalid\nproject_host: standin.invalid\npooler_host: 127.0.0.1\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// platformCommand is the command of scripts that starts a platform: platform [direct] [pooler] [bouncer]. It sets
// SUPABASE_PROFILE, TOKEN, REF, STAGING and DATA, the address of production's data API, and unsets what the test's own environment may have.
func (all *stages) platformCommand(t testing.TB) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		st := startStage(t, slices.Contains(args, "direct"), slices.Contains(args, "pooler"), slices.Contains(args, "bouncer"))
		all.Lock()
		all.all[ts.Getenv("WORK")] = st
		all.Unlock()
		ts.Setenv("SUPABASE_PROFILE", st.profile(t, ts.Getenv("WORK")))
		ts.Setenv("TOKEN", targettest.Token)
		ts.Setenv("REF", targettest.Ref)
		ts.Setenv("STAGING", refs["staging"])
		ts.Setenv("DATA", st.url+standin.DataURL(targettest.Ref))
	}
}

// platformDoes is the command of scripts that changes their platform: platform-does pause|resume|lock|unlock NAME,
// platform-does fail STATUS MATCH [BODY], platform-does lose BODY, platform-does refuse NAME CODE, platform-does accept NAME,
// platform-does hide NAME, after which its own host is not known, platform-does logins NAME [N], which fails unless so
// many came to its pooler since the last time.
// platform-does migrate NAME MIGRATION FILE, as an AI tool does: the version is the platform's, a minute after the last one.
func (all *stages) platformDoes(ts *testscript.TestScript, _ bool, args []string) {
	all.Lock()
	st := all.all[ts.Getenv("WORK")]
	all.Unlock()
	args = append(args, "", "", "")
	switch args[0] {
	case "pause":
		st.Change(refs[args[1]], func(p *standin.Project) { p.Status = "INACTIVE" })
	case "resume":
		st.Change(refs[args[1]], func(p *standin.Project) { p.Status = "ACTIVE_HEALTHY" })
	case "lock", "unlock":
		st.Change(refs[args[1]], func(p *standin.Project) { p.ReadOnly = args[0] == "lock" })
	case "fail":
		status, err := strconv.Atoi(args[1])
		ts.Check(err)
		f := standin.Fault{Status: status, Match: args[2], Body: args[3], Text: `{"message":"` + http.StatusText(status) + `"}`}
		if status == http.StatusTooManyRequests {
			f.Header = map[string]string{"Retry-After": "1"}
		}
		st.Fail(f)
	case "lose":
		st.Fail(standin.Fault{Match: "POST .*/database/query$", Body: args[1], Done: true, Cut: true})
	case "migrate":
		st.later.Add(1)
		body, err := json.Marshal(map[string]string{"name": args[2], "query": ts.ReadFile(args[3])})
		ts.Check(err)
		req, err := http.NewRequest(http.MethodPost, st.url+"/v1/projects/"+refs[args[1]]+"/database/migrations", bytes.NewReader(body))
		ts.Check(err)
		req.Header.Set("Authorization", "Bearer "+targettest.Token)
		answer, err := http.DefaultClient.Do(req)
		ts.Check(err)
		ts.Check(answer.Body.Close())
		if answer.StatusCode != http.StatusOK {
			ts.Fatalf("the platform answers %s", answer.Status)
		}
	case "refuse":
		no := faulttest.SupavisorTexts()[args[2]]
		st.poolers[args[1]].Refuse(&no)
	case "hide":
		st.Change(refs[args[1]], func(p *standin.Project) { p.Host = "db." + p.Ref + ".standin.invalid" })
	case "logins":
		all := st.poolers[args[1]].Logins()
		if n := len(all) - st.logins; args[2] != "" && strconv.Itoa(n) != args[2] {
			ts.Fatalf("%d logins, not %s", n, args[2])
		}
		st.logins = len(all)
	case "accept":
		st.poolers[args[1]].Refuse(nil)
	default:
		ts.Fatalf("platform-does what? %q", args[0])
	}
}

// step is a step of a GitHub workflow: its command, and the environment that it alone is given.
type step struct {
	run string
	env []string
}

// The two workflows of the documents that cairn was made from, with cairn in supabase's place: each step gets exactly
// its own env, and what a runner gives all steps. The link step alone is given the token.
func TestWorkflows(t *testing.T) {
	st := startStage(t, false, false, false)
	folders := map[string]string{"migrations": "supabase/migrations", "deploy": "migrations"}
	for _, name := range []string{"migrations", "deploy"} { // in this order: the second finds what the first did
		folder := folders[name]
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
				t.Fatal(err)
			}
			version := map[string]string{"migrations": "20260210", "deploy": "20260211"}[name]
			file := filepath.Join(root, folder, version+"_"+name+".sql")
			if err := os.WriteFile(file, []byte("create table public."+name+" (id int);\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if name == "deploy" { // the second is run where the first was already
				if err := os.WriteFile(filepath.Join(root, folder, "20260210_migrations.sql"), []byte("create table public.migrations (id int);\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			home, temp := t.TempDir(), t.TempDir()
			runner := []string{
				"CI=true", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=42", "GITHUB_JOB=migrate", "RUNNER_TEMP=" + temp, "HOME=" + home,
				"PATH=" + os.Getenv("PATH"), "XDG_STATE_HOME=" + filepath.Join(home, "state"), "SUPABASE_PROFILE=" + st.profile(t, t.TempDir()),
			}
			link := step{
				run: "cairn link --project-ref " + targettest.Ref, // ${{ secrets.SUPABASE_PROJECT_REF }}, which the runner puts in
				env: []string{"SUPABASE_ACCESS_TOKEN=" + targettest.Token},
			}
			for _, s := range []step{link, {run: "cairn db push"}} {
				out, exit := runStep(t, root, s.run, slices.Concat(runner, s.env))
				if exit != 0 {
					t.Fatalf("%s: exit %d\n%s", s.run, exit, out)
				}
				if strings.Contains(out, targettest.Token) {
					t.Errorf("%s shows the token", s.run)
				}
				if s.run == link.run && (!strings.Contains(out, "sealed in") || !strings.Contains(out, "0600")) {
					t.Errorf("the link does not say what it keeps:\n%s", out)
				}
			}
			err := filepath.WalkDir(home, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				text, err := os.ReadFile(path)
				if strings.Contains(string(text), targettest.Token) {
					t.Errorf("%s holds the token", path)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
			// Another job finds nothing of it.
			other := slices.Clone(runner)
			other[2] = "GITHUB_RUN_ID=43"
			if out, exit := runStep(t, root, "cairn db push", other); exit != 2 || !strings.Contains(out, "Access token not provided") {
				t.Errorf("another job: exit %d\n%s", exit, out)
			}
		})
	}
}

// runStep runs a step's command in this test binary, which is cairn too under that name.
func runStep(t *testing.T, dir, command string, env []string) (string, int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "cairn")
	if err := os.Symlink(self, bin); err != nil {
		t.Fatal(err)
	}
	return shell(t, dir, strings.Replace(command, "cairn", bin, 1), env)
}

func shell(t *testing.T, dir, command string, env []string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-e", "-o", "pipefail", "-c", command)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), e.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}
