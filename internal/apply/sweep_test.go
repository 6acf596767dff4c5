package apply_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

var sweepMode = flag.String("sweep", "short", "how much of the fault sweeps to run: short (every few messages), full, soak")

// childEnv makes the test binary a runner: it holds what to run, as JSON.
const childEnv = "CAIRN_TEST_RUNNER"

// canary is a password that must never show (invariant I7).
const canary = "c4n4ry-p4ssw0rd"

// order is what a child runs.
type order struct {
	URL     string
	Dir     string      // journals
	Files   [][2]string // name and text
	Break   string      // a deliberately broken protocol: "lock", "history last", "commit together"
	Chain   bool
	DoubtMS int
}

// report is what a child says of its run.
type report struct {
	Run     string
	Applied []string
	ByOther []string
	Exit    finding.Exit
	Code    finding.Code
	Message string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		child(text)
		return
	}
	os.Exit(pgtest.Main(m))
}

// child does one run and reports it on standard output.
func child(text string) {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	var local []*migration.Migration
	for _, f := range o.Files {
		m, _ := migration.Parse("supabase/migrations/"+f[0]+".sql", []byte(f[1]))
		m.Version, m.Name, _ = strings.Cut(f[0], "_")
		local = append(local, m)
	}
	r := &apply.Runner{
		Target:  &direct.Target{URL: secret.New(o.URL), Label: "test database"},
		Options: apply.Defaults(), Run: apply.NewRun(time.Now()), Verb: "sweep", Who: "sweep@test", Sink: (&events{}).sink,
	}
	r.Options.Chain, r.Options.DoubtWait, r.Options.WatchAfter = o.Chain, time.Duration(o.DoubtMS)*time.Millisecond, 0
	if o.Break != "" {
		r.Target = sabotage{Target: r.Target, change: breaks(o.Break), lies: o.Break == "commit together"}
	}
	out := report{Run: r.Run}
	var err error
	if r.Journal, err = apply.OpenJournal(o.Dir, apply.Line{What: "run", Run: r.Run}); err == nil {
		var result *apply.Result
		if result, err = pushWith(context.Background(), r, local); result != nil {
			out.Applied, out.ByOther = versions(result.Applied), versions(result.ByOther)
		}
	}
	if f := finding.As(err); f != nil {
		out.Exit, out.Code, out.Message = f.Exit, f.Code, fmt.Sprint(f, " ", f.Detail)
	} else if err != nil {
		out.Exit, out.Message = finding.Bug, err.Error()
	}
	_ = json.NewEncoder(os.Stdout).Encode(out)
}

// breaks returns a protocol that is broken in one way: what the sweep has to find.
func breaks(how string) func([]target.Segment) []target.Segment {
	is := func(s target.Step, text string) bool { return strings.Contains(s.SQL, text) }
	return func(segments []target.Segment) []target.Segment {
		for i, segment := range segments {
			switch how {
			case "lock":
				for j, s := range segment {
					if is(s, "pg_try_advisory") {
						segment[j].SQL = "select 1"
					}
				}
			case "history last":
				from := slices.IndexFunc(segment, func(s target.Step) bool { return is(s, "-- Claims a version") })
				to := slices.IndexFunc(segment, func(s target.Step) bool { return s.SQL == "reset role" })
				if from >= 0 && to > from {
					claim := segment[from]
					copy(segment[from:], segment[from+1:to+1])
					segment[to] = claim
				}
			case "commit together":
				if len(segment) > 3 && is(segment[len(segment)-1], "insert into supabase_migrations.cairn_seals") {
					segments[i] = append(segment, target.Step{SQL: "commit"})
				}
			}
		}
		return segments
	}
}

// scenario is a run that the sweep breaks at every message.
type scenario struct {
	name    string
	major   int
	files   []file
	pooled  bool
	chain   bool
	steps   bool // the file is more than one transaction: in between there are other states than the files'
	fresh   bool // there is no history yet
	sampled bool // every few messages are enough
}

var scenarios = []scenario{
	{name: "transaction", major: 17, files: []file{
		{name: "001_a", text: "create table a (id int primary key, s text);\ninsert into a values (1, 'é'), (2, null);\ncreate index on a (s);"},
		{name: "002_b", text: "create function f() returns int language sql as 'select 1';"},
	}},
	{name: "transaction through PgBouncer", major: 17, pooled: true, files: []file{
		{name: "001_a", text: "create table a (id int primary key, s text);\ninsert into a values (1, 'é');"},
		{name: "002_b", text: "alter table a add column n int not null default 7;"},
	}},
	{name: "steps", major: 17, steps: true, files: []file{
		{name: "001_a", text: "create table a (id int);\ncreate unique index concurrently a_id on a (id);\ninsert into a values (3);"},
	}},
	{name: "first run", major: 15, fresh: true, sampled: true, files: []file{
		{name: "001_a", text: "create table a (id int);\ninsert into a values (1);"},
	}},
	{name: "chained", major: 17, chain: true, sampled: true, files: []file{
		{name: "001_a", text: "create table a (id int);"},
		{name: "002_b", text: "create table b (id int);"},
		{name: "003_c", text: "create table c (id int);"},
	}},
}

func TestSweep(t *testing.T) {
	for _, sc := range scenarios {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			s := newSweep(t, sc, "")
			for _, v := range s.all() {
				t.Error(v)
			}
		})
	}
}

// A sweep that finds nothing in a broken build proves nothing: each of these has to turn it red.
func TestSweepBites(t *testing.T) {
	builds := []string{"lock", "history last"}
	if *sweepMode != "short" {
		builds = append(builds, "commit together") // found at a few messages only: half a minute's search
	}
	for _, how := range builds {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := newSweep(t, scenarios[0], how)
			found := s.some()
			if len(found) == 0 {
				t.Fatalf("the sweep finds nothing wrong with a build whose protocol is broken: %s", how)
			}
			t.Logf("%d violations, the first: %s", len(found), found[0])
		})
	}
}

// sweep runs a scenario with a fault at each message of its protocol.
type sweep struct {
	*testing.T
	scenario
	how      string // broken
	server   *pgtest.Server
	role     string // whom the runner logs in as
	bouncer  *faulttest.PgBouncer
	admin    *pgx.Conn
	base     string // the database that each fault gets a copy of
	copies   int
	states   []string // fingerprint after so many files
	messages int      // of a clean run
	bad      []string
}

func newSweep(t *testing.T, sc scenario, how string) *sweep {
	s := &sweep{T: t, scenario: sc, how: how, server: pgtest.Start(t, sc.major), role: "sweeper"}
	query(t, s.server.URL("template1", "postgres"), "do $$ begin create role sweeper superuser login password '"+canary+"'; exception when duplicate_object or unique_violation then null; end $$")
	if sc.pooled {
		s.role = "postgres"
		s.bouncer = faulttest.StartPgBouncer(t, s.server.URL("postgres", "postgres"), faulttest.BouncerOptions{})
	}
	s.admin = s.connect(s.server.URL("template1", "postgres"))
	t.Cleanup(func() { _ = s.admin.Close(context.Background()) })
	s.base = s.server.DatabaseName(t)
	if !sc.fresh {
		if _, err := push(t, s.server.URL(s.base, s.role), &events{}, parse(t, file{name: "000_base", text: "create schema base"})); err != nil {
			t.Fatal(err)
		}
		s.files = append([]file{{name: "000_base", text: "create schema base"}}, s.files...)
	}
	for n := range len(s.files) + 1 {
		url := s.database()
		if n > 0 {
			if _, err := push(t, url, &events{}, parse(t, s.files[:n]...)); err != nil {
				t.Fatal(err)
			}
		}
		s.states = append(s.states, s.fingerprint(url))
		s.drop(url)
	}
	return s
}

// database makes a copy of the base and returns its URL for the runner's role, past any proxy.
func (s *sweep) database() string {
	s.copies++
	name := fmt.Sprintf("%s_%d", s.base, s.copies)
	if _, err := s.admin.Exec(s.Context(), "create database "+name+" template "+s.base+" strategy file_copy"); err != nil {
		s.Fatal(err)
	}
	return s.server.URL(name, s.role)
}

func (s *sweep) drop(url string) {
	if _, err := s.admin.Exec(s.Context(), "drop database "+databaseOf(url)+" with (force)"); err != nil {
		s.Error(err)
	}
}

func databaseOf(url string) string {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		panic(err)
	}
	return config.Database
}

// sparse is how many messages lie between two that a short sweep breaks.
const sparse = 79

// some runs faults all over the protocol, closer and closer, until the first violation.
func (s *sweep) some() []string {
	s.clean()
	for first := range sparse {
		for k := first + 1; k <= s.messages; k += sparse {
			s.kill(k)
			s.cut(k, faulttest.RST)
			if len(s.bad) > 0 {
				return s.bad
			}
		}
	}
	return nil
}

// all runs every fault and returns what was violated.
func (s *sweep) all() []string {
	s.clean()
	step := 1
	switch {
	case *sweepMode == "short":
		step = sparse
	case s.sampled && *sweepMode == "full":
		step = 7
	}
	rounds := 1
	if *sweepMode == "soak" {
		rounds = 5
	}
	covered := 0
	for range rounds {
		for k := 1; k <= s.messages; k += step {
			covered++
			s.kill(k)
			s.cut(k, faulttest.RST)
			if *sweepMode == "soak" {
				s.cut(k, faulttest.FIN)
			}
		}
	}
	if want := rounds * ((s.messages + step - 1) / step); covered != want {
		s.Fatalf("%d messages were covered, want %d", covered, want)
	}
	s.Logf("%s: %d messages in a clean run, a fault at %d of them", s.name, s.messages, covered)
	return s.bad
}

func (s *sweep) violated(at, format string, args ...any) {
	s.bad = append(s.bad, fmt.Sprintf("%s, %s: %s", s.name, at, fmt.Sprintf(format, args...)))
}

// start prepares a database and a proxy before it, or before the pooler.
func (s *sweep) start() (url string, proxy *faulttest.Proxy) {
	url = s.database()
	front := s.server.TCP(databaseOf(url), s.role, canary)
	if s.bouncer != nil {
		front = s.bouncer.URL(databaseOf(url), s.role)
	}
	return url, faulttest.Start(s, front, faulttest.Options{})
}

// run runs the child against a URL until it ends; kill, if not nil, is called with its process first.
func (s *sweep) run(url, dir string, started func(*os.Process)) (report, string) {
	var files [][2]string
	for _, f := range s.files {
		files = append(files, [2]string{f.name, f.text})
	}
	o, err := json.Marshal(order{URL: url, Dir: dir, Files: files, Break: s.how, Chain: s.chain, DoubtMS: 5000})
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(o))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		s.Fatal(err)
	}
	if started != nil {
		started(cmd.Process)
	}
	_ = cmd.Wait()
	var r report
	_ = json.Unmarshal(stdout.Bytes(), &r)
	return r, stdout.String() + stderr.String()
}

// clean runs without a fault and counts the messages.
func (s *sweep) clean() {
	s.claim()
	url, proxy := s.start()
	r, text := s.run(proxy.URL(), s.TempDir(), nil)
	if done := len(r.Applied) + len(r.ByOther); r.Exit != finding.OK || done == 0 {
		s.Fatalf("the clean run failed: %s", text)
	}
	s.messages = proxy.Count()
	proxy.Close()
	if got := s.fingerprint(url); got != s.states[len(s.files)] {
		s.Fatal("the clean run did not end in the last state")
	}
	s.drop(url)
}

// claim probes what a run must hold while the statements of its file run. The second one waits, so that the server
// cannot be further than the proxy sees.
func (s *sweep) claim() {
	if s.steps {
		return
	}
	files, url := slices.Clone(s.files), ""
	last := &s.files[len(s.files)-1]
	last.text = "create view probed as select 1;\nselect pg_sleep(0.3);\n" + last.text
	var proxy *faulttest.Proxy
	url, proxy = s.start()
	version, _, _ := strings.Cut(last.name, "_")
	proxy.When(func(m faulttest.Message) bool { return m.Side == faulttest.Backend && m.Text == "CREATE VIEW" },
		faulttest.Call(func() { s.probe(url, version) }))
	if r, text := s.run(proxy.URL(), s.TempDir(), nil); r.Exit != finding.OK && s.how == "" {
		s.Fatalf("the probed run failed: %s", text)
	}
	if !proxy.Done() {
		s.Fatal("the probe never ran")
	}
	proxy.Close()
	s.drop(url)
	s.files = files
}

// probe tries to do what a second runner does while the first one's statements run: take the lock, claim the version.
func (s *sweep) probe(url, version string) {
	conn := s.connect(url)
	defer func() { _ = conn.Close(context.Background()) }()
	var free bool
	if err := conn.QueryRow(s.Context(), "select pg_try_advisory_lock(1667328370, 1)").Scan(&free); err != nil || free {
		s.violated("probe", "the migration lock is free while a migration runs (%v)", err)
	}
	_, err := conn.Exec(s.Context(), "set lock_timeout = '20ms'")
	if err == nil {
		_, err = conn.Exec(s.Context(), "insert into supabase_migrations.schema_migrations (version) values ('"+version+"')")
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "55P03" && pg.Code != "23505" {
		s.violated("probe", "another tool could claim version %s while its statements run (%v)", version, err)
		_, _ = conn.Exec(s.Context(), "delete from supabase_migrations.schema_migrations where version = '"+version+"'")
	}
}

// kill ends the runner's process at message k.
func (s *sweep) kill(k int) {
	at := fmt.Sprintf("kill -9 at message %d", k)
	url, proxy := s.start()
	dir := s.TempDir()
	ready := make(chan *os.Process, 1)
	proxy.At(k, faulttest.KillAfter(func() { _ = (<-ready).Kill() }))
	_, text := s.run(proxy.URL(), dir, func(p *os.Process) { ready <- p })
	if !proxy.Done() {
		s.violated(at, "the fault never struck")
	}
	proxy.Close()
	s.check(at, url, dir, text, nil)
	s.drop(url)
}

// cut ends the runner's connection behind message k; the runner lives and has to say how it went.
func (s *sweep) cut(k int, how faulttest.End) {
	at := fmt.Sprintf("cut (%v) behind message %d", how, k)
	url, proxy := s.start()
	dir := s.TempDir()
	proxy.At(k, faulttest.CutAfter(how))
	r, text := s.run(proxy.URL(), dir, nil)
	proxy.Close()
	s.check(at, url, dir, text, &r)
	s.drop(url)
}

// check holds the invariants of reliability §4 after a fault, and again after a plain rerun.
func (s *sweep) check(at, url, dir, text string, r *report) {
	conn := s.connect(url)
	defer func() { _ = conn.Close(context.Background()) }()
	if err := faulttest.Left(s.Context(), conn, faulttest.Grace, s.pooled); err != nil { // I4
		s.violated(at, "%v", err)
	}
	recorded := s.recorded(conn)
	if !s.steps && s.fingerprint(url) != s.states[len(recorded)] { // I1, I2
		s.violated(at, "the database is not in the state after %v, which the history holds", recorded)
	}
	if strings.Contains(text, canary) || strings.Contains(text, "goroutine ") { // I7
		s.violated(at, "output: %s", text)
	}
	if s.how == "" || s.how == "commit together" {
		s.checkJournal(at, conn, dir, recorded)
	}
	if r != nil { // I6: what the runner says is true
		all := append(slices.Clone(r.Applied), r.ByOther...)
		switch {
		case r.Exit == finding.OK && len(all)+s.before() != len(s.files), r.Exit == finding.Bug, r.Run == "":
			s.violated(at, "exit %d: %s", r.Exit, text)
		case r.Exit != finding.InDoubt && len(all)+s.before() != len(recorded):
			s.violated(at, "the runner says %v (exit %d %s), the history %v", all, r.Exit, r.Message, recorded)
		}
	}
	again, text := s.run(url, s.TempDir(), nil) // I3
	if again.Exit != finding.OK || s.fingerprint(url) != s.states[len(s.files)] || len(s.recorded(conn)) != len(s.files) {
		s.violated(at, "the rerun ended with exit %d in history %v: %s", again.Exit, s.recorded(conn), text)
	}
	if invalid, err := faulttest.InvalidIndexes(s.Context(), conn); err != nil || len(invalid) > 0 { // I5
		s.violated(at, "invalid indexes after the rerun: %v %v", invalid, err)
	}
}

// checkJournal holds that no transaction is committed that the journal does not know: a commit is announced first.
func (s *sweep) checkJournal(at string, conn *pgx.Conn, dir string, recorded []string) {
	if len(recorded) == s.before() {
		return
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(paths) != 1 {
		s.violated(at, "%d journals (%v)", len(paths), err)
		return
	}
	lines, err := apply.ReadJournal(dir, strings.TrimSuffix(filepath.Base(paths[0]), ".jsonl"))
	if err != nil {
		s.Fatal(err)
	}
	rows, err := conn.Query(s.Context(), "select xid::text from supabase_migrations.cairn_applied where version <> '000'")
	if err != nil {
		s.Fatal(err)
	}
	xids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		s.Fatal(err)
	}
	for _, xid := range xids {
		if !slices.ContainsFunc(lines, func(l apply.Line) bool { return l.What == "committing" && l.XID == xid }) {
			s.violated(at, "transaction %s is committed, and the journal does not know it", xid)
		}
	}
}

// before is how many of the files were applied before the run.
func (s *sweep) before() int {
	if s.fresh {
		return 0
	}
	return 1
}

func (s *sweep) connect(url string) *pgx.Conn {
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		s.Fatal(err)
	}
	return conn
}

func (s *sweep) fingerprint(url string) string {
	conn := s.connect(url)
	defer func() { _ = conn.Close(context.Background()) }()
	f, err := faulttest.Fingerprint(context.Background(), conn)
	if err != nil {
		s.Fatal(err)
	}
	return f
}

func (s *sweep) recorded(conn *pgx.Conn) []string {
	rows, err := conn.Query(s.Context(), historySQL)
	if err == nil {
		var all []string
		if all, err = pgx.CollectRows(rows, pgx.RowTo[string]); err == nil {
			return all
		}
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42P01" {
		s.Fatal(err)
	}
	return nil
}
