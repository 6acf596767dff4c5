package blackbox

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/faulttest"
)

// in returns the site's URL with other parts: every argument changes the parsed URL.
func (s *site) in(change func(u *url.URL)) string {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	change(u)
	return u.String()
}

// closedPort is an address of this machine where nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// That no process of these tests shows the password is asserted for each site when its test ends.
func TestF11PasswordInNoOutput(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);", "002_b": "create table b (x nothing);"})
	raw := strings.Replace(s.url, url.UserPassword("", canary).String()[1:], canary, 1) // as a person types it
	unreachable := s.in(func(u *url.URL) { u.Host = closedPort(t) })

	for name, given := range map[string]struct {
		url  string
		exit int
	}{
		"a good one":           {s.url, 4},
		"no escapes":           {raw, 4}, // it can be read in one way only
		"half an escape":       {strings.Replace(s.url, "%20", "%2", 1), 2},
		"another scheme":       {strings.Replace(s.url, "postgresql:", "http:", 1), 2},
		"no scheme":            {strings.TrimPrefix(s.url, "postgresql://"), 2},
		"a broken scheme":      {strings.Replace(s.url, "://", ":/", 1), 2},
		"a space in the host":  {s.in(func(u *url.URL) { u.Host = "local host:5432" }), 2},
		"a port out of range":  {s.in(func(u *url.URL) { u.Host = "127.0.0.1:70000" }), 2},
		"an unknown parameter": {s.url + "?" + url.QueryEscape(canary) + "=1", 2},
		"a wrong parameter":    {s.url + "?sslmode=" + url.QueryEscape(canary), 2},
		"a control character":  {s.url + "\x1b[2J", 2},
		"a line break":         {s.url + "\n", 4},
		"pairs":                {"host=127.0.0.1 user=" + role + " password='" + canary + "' port=1", 8},
		"open quotes":          {"host=127.0.0.1 user=" + role + " password='" + canary, 2},
		"password as a query":  {strings.Replace(s.url, ":"+url.UserPassword("", canary).String()[1:], "", 1) + "?password=" + url.QueryEscape(canary), 4},
		"nobody listens":       {unreachable, 8},
		"no such host":         {s.in(func(u *url.URL) { u.Host = "nowhere.invalid:5432" }), 8},
		"a wrong password":     {s.in(func(u *url.URL) { u.User = url.UserPassword("postgres", canary) }), 8},
		"no such role":         {s.in(func(u *url.URL) { u.User = url.UserPassword("nobody at all", canary) }), 8},
		"no such database":     {s.in(func(u *url.URL) { u.Path = "/nothing" }), 8},
		"TLS demanded":         {s.url + "?sslmode=require", 8},
		"a certificate":        {s.url + "?sslmode=verify-full&sslrootcert=/nothing", 2},
	} {
		if name == "a certificate" {
			s.run("migration", "list", "--db-url", given.url).exits(2).says("/nothing", "cannot be read: no such file")
		}
		for _, mode := range [][]string{{}, {"--json"}, {"--events"}, {"--debug"}, {"--debug", "--json"}} {
			if o := s.run(append([]string{"db", "push", "--yes", "--db-url", given.url}, mode...)...); o.code != given.exit {
				t.Errorf("%s, %q: exit code %d, want %d\n%s", name, mode, o.code, given.exit, o.stderr)
			}
		}
		if given.exit == 4 {
			given.exit = 0 // nothing fails where nothing is applied
		}
		if o := s.run("migration", "list", "--debug", "--db-url", given.url); o.code != given.exit {
			t.Errorf("%s, list: exit code %d, want %d\n%s", name, o.code, given.exit, o.stderr)
		}
		s.run("migration", "list", "--debug", "--remote="+given.url)
		s.run("status", "--debug", "--json", "--db-url", given.url)
		s.run("db", "unlock", "--debug", "--yes", "--db-url", given.url)
	}
}

// A URL that stands where it does not belong is not repeated.
func TestF11MisplacedURL(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	for _, args := range [][]string{
		{s.url},
		{"db", s.url},
		{"db", "push", s.url},
		{"db", "push", "--remote", s.url},
		{"db", "push", "--db-url=" + s.url, s.url},
		{"--workdir", s.url, "status"},
		{"--dir", s.url, "status"},
		{"db", "push", "--" + s.url},
		{"db", "push", "-x" + s.url},
		{"db", "push", "--lock-wait", s.url},
		{"db", "push", "--chain=" + s.url},
		{"--agent", s.url, "status"},
		{"--color=" + s.url, "status"},
		{"--profile", s.url, "status", "--local"},
		{"--output", s.url, "version"},
		{"migration", "repair", s.url, "--status", "applied", "--local"},
		{"migration", "repair", "--accept", s.url, "--reason", s.url, "--local"},
		{"migration", "repair", "001", "--status", s.url, "--local"},
		{"run", "show", s.url},
		{"run", "resolve", s.url, "--local"},
		{"template", "show", s.url},
		{"completion", s.url},
		{"db", "reset", "--version", s.url, "--local"},
		{"db", "seed", "--sql-paths", s.url, "--local"},
		{"help", s.url},
		{"migration", "down", s.url},
	} {
		for _, mode := range [][]string{{}, {"--json"}, {"--events", "--debug"}} {
			o := s.run(append(args, mode...)...)
			if o.code == 9 {
				t.Errorf("a bug of ours: %s\n%s", hidden(o.name), o.stderr)
			}
		}
	}
	s.env = append(s.env, "SUPABASE_WORKDIR="+s.url)
	s.run("status").exits(2)
}

// Passwords come by other ways than the URL, and stay as quiet.
func TestRow95PasswordsFromElsewhere(t *testing.T) {
	t.Parallel()
	bare := func(s *site) string {
		return s.in(func(u *url.URL) { u.User = url.User(role) })
	}
	for name, give := range map[string]func(s *site){
		"SUPABASE_DB_PASSWORD": func(s *site) { s.env = append(s.env, "SUPABASE_DB_PASSWORD="+canary) },
		"PGPASSWORD":           func(s *site) { s.env = append(s.env, "PGPASSWORD="+canary) },
		".env":                 func(s *site) { s.write(".env", "SUPABASE_DB_PASSWORD='"+canary+"'\n") },
		"supabase/.env.local":  func(s *site) { s.write("supabase/.env.local", "SUPABASE_DB_PASSWORD='"+canary+"'\n") },
		".pgpass": func(s *site) {
			line := "*:*:*:" + role + ":" + strings.NewReplacer(`\`, `\\`, ":", `\:`).Replace(canary) + "\n"
			if err := os.WriteFile(filepath.Join(s.home, ".pgpass"), []byte(line), 0o600); err != nil {
				s.t.Fatal(err)
			}
		},
		"PGPASSFILE": func(s *site) {
			s.write("pass", "*:*:*:*:"+strings.ReplaceAll(canary, ":", `\:`)+"\n")
			s.env = append(s.env, "PGPASSFILE="+s.path("pass"))
		},
		"PGSERVICEFILE": func(s *site) {
			s.write("services", "[shop]\npassword="+canary+"\n")
			s.env = append(s.env, "PGSERVICEFILE="+s.path("services"), "PGSERVICE=shop")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, map[string]string{"001_a": "create table a (id int);", "002_b": "create table b (x nothing);"})
			give(s)
			good, wrong := bare(s), s.in(func(u *url.URL) { u.User = url.User("postgres") })
			for _, mode := range []string{"--json", "--events", "--debug", "--no-color"} {
				s.run("db", "push", "--yes", "--db-url", good, mode).exits(4)
				s.run("db", "push", "--yes", "--db-url", wrong, mode).exits(8).says("password")
			}
			s.wantHistory("001")
			s.run("run", "show", "nothing", "--debug").exits(2)
			s.run("db", "push", "--nonsense", "--debug").exits(2)
		})
	}
}

// What the server is told, it may tell others.
func TestRow95PasswordNotOnTheServer(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_slow": slow})
	s.exec("create table gate ()")
	p := s.start(s.pushArgs()...)
	s.sleeping()
	seen := s.query("select concat_ws(' ', application_name, query) from pg_stat_activity where datname = current_database()")
	s.exec("drop table gate; select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")
	p.wait().exits(4)
	s.push().exits(0)
	for _, table := range s.query("select c.oid::regclass::text from pg_class c where relkind = 'r' and relnamespace = 'supabase_migrations'::regnamespace") {
		seen = append(seen, s.query("select x::text from "+table+" x")...)
	}
	for _, text := range seen {
		if form := shows(text, canary); form != "" {
			t.Errorf("the server knows %q: %s", form, text)
		}
	}
}

// Secrets of a configuration that cannot be read are not repeated with it.
func TestRow95SecretsOfABrokenConfiguration(t *testing.T) {
	t.Parallel()
	for name, files := range map[string][2]string{
		"a vault":          {"supabase/config.toml", "[db.vault]\nkey = \"" + canary + "\nother = 1\n"},
		"a vault's type":   {"supabase/config.toml", "[db.vault]\nkey = [\"" + canary + "\"]\n"},
		"a root key":       {"supabase/config.toml", "[db]\nroot_key = " + canary + "\n"},
		"a password":       {"supabase/config.toml", "[db]\npassword = '" + canary + "' oops\n"},
		"a setting of our": {"supabase/config.toml", "[cairn]\ntoken_" + "x = \"" + canary + "\"\n"},
		"a .env":           {".env", "SUPABASE_DB_PASSWORD=\"" + canary + "\n" + canary + "\n"},
		"a .env's name":    {".env", canary + "\n=" + canary + "\nDB-PASSWORD " + canary + "\n"},
		"a .env's port":    {".env", "SUPABASE_DB_PORT='" + canary + "'\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFolder(t, nil)
			s.write(files[0], files[1])
			for _, mode := range []string{"--json", "--events", "--debug", "--no-color"} {
				o := s.run("status", mode)
				if o.code != 0 && o.code != 2 {
					t.Errorf("exit code %d\n%s", o.code, o.stderr)
				}
			}
		})
	}
}

// Every character that is special somewhere is read as itself, or refused without an echo.
func TestRow96PasswordCharacters(t *testing.T) {
	t.Parallel()
	server := postgres(t)
	s := newSiteOn(t, server, map[string]string{"001_a": "create table a (id int);"})
	for i, password := range []string{
		"p@ssw0rd-one", "pass:word-two", "pass/word-three", "pass?word-four", "pass#word-five", "pass word-six", "pass%zzword-seven", "pass%40word-eight",
		"pass+word-nine", "pässwörd-ten", "pass'word-eleven", `pass"word-twelve`, `pass\word-thirteen`, "p@s:s/w?o#r d%-fourteen", "[pass]-fifteen", "{pass}$HOME`id`-sixteen",
		"pass=word&x-seventeen", "密码-eighteen", "postgres://a:b@c-nineteen",
	} {
		name := "chars" + strconv.Itoa(i)
		s.exec("create role " + name + " superuser login password '" + strings.ReplaceAll(password, "'", "''") + "'")
		encoded := s.in(func(u *url.URL) { u.User = url.UserPassword(name, password) })
		s.run("migration", "list", "--db-url", encoded).exits(0)
		s.run("migration", "list", "--db-url", strings.Join([]string{
			"host=127.0.0.1 port=" + strconv.Itoa(server.Port), "user=" + name,
			"dbname=" + strings.TrimPrefix(mustParse(t, s.url).Path, "/"), "password='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(password) + "'",
		}, " ")).exits(0)
		// As it is, it may be read in more than one way. Then that is said, and never which.
		o := s.run("migration", "list", "--debug", "--db-url", strings.Replace(encoded, url.UserPassword("", password).String()[1:], password, 1))
		if o.code != 0 && o.code != 2 && o.code != 8 {
			t.Errorf("%s unescaped ends with %d:\n%s", name, o.code, o.stderr)
		}
		if form := shows(o.stdout+o.stderr, password); form != "" {
			t.Errorf("the password shows as %q in\n%s%s", form, o.stdout, o.stderr)
		}
		// Taken for a password that is wrong.
		o = s.run("migration", "list", "--debug", "--db-url", s.in(func(u *url.URL) { u.User = url.UserPassword(role, password) })).exits(8)
		if form := shows(o.stdout+o.stderr, password); form != "" {
			t.Errorf("the password shows as %q in\n%s%s", form, o.stdout, o.stderr)
		}
	}
}

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// A pooler that refuses says so in words of its own.
func TestF11PasswordAtAPooler(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_a": "create table a (id int);"})
	s.pooled = true
	pooler := faulttest.StartPgBouncer(t, s.admin, faulttest.BouncerOptions{Settings: map[string]string{"auth_type": "scram-sha-256"}})
	given := mustParse(t, pooler.URL("", ""))
	given.User = url.UserPassword("postgres", canary)
	s.run("db", "push", "--yes", "--debug", "--db-url", given.String()).exits(8)
}
