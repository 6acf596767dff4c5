package app

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/watch"
)

// elsewhere returns the URL of a new database that nothing shows to be on this machine, and that of the same by its socket.
func elsewhere(t *testing.T) (away secret.String, here string) {
	t.Helper()
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	straight, err := pgconn.ParseConfig(server.TCP(name, "postgres", cluster.Password))
	if err != nil {
		t.Fatal(err)
	}
	tunnel := forward(t, "tcp", "127.0.0.1:0", net.JoinHostPort(straight.Host, strconv.Itoa(int(straight.Port)))).(*net.TCPAddr).Port
	return secret.New("postgresql://postgres:" + cluster.Password + "@127.0.0.1:" + strconv.Itoa(tunnel) + "/" + name + "?sslmode=disable"), server.URL(name, "postgres")
}

// lookout is a watch on a project without a local database.
type lookout struct {
	*workshop
	t      *testing.T
	where  Where
	events chan event.Event
	end    func() (*WatchResult, error)
}

// newLookout makes a project of plain Postgres, without a local database.
func newLookout(t *testing.T, where Where) *lookout {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	w := newWorkshop(t, map[string]string{"supabase/config.toml": "[db]\nport = " + port + "\n[cairn]\nplatform = \"none\"\n"})
	w.Now, w.StateDir = time.Now, t.TempDir()
	return &lookout{workshop: w, t: t, where: where, events: make(chan event.Event, 1000)}
}

func (l *lookout) file(name, text string) {
	l.t.Helper()
	l.put(l.t, map[string]string{"supabase/migrations/" + name: text})
}

// start begins to watch, and returns once it does, with the findings until then.
func (l *lookout) start() []*finding.Finding {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	var result *WatchResult
	var err error
	over := make(chan struct{})
	go func() {
		defer close(over)
		result, err = l.Watch(ctx, WatchRequest{Where: l.where}, func(e event.Event) { l.events <- e })
	}()
	l.end = sync.OnceValues(func() (*WatchResult, error) {
		cancel()
		<-over
		return result, err
	})
	l.t.Cleanup(func() { _, _ = l.end() })
	return l.sees(func(e event.Watched) bool { return e.Outcome == event.Watching })
}

// sees waits for a line about a file, and returns the findings and answers before it.
func (l *lookout) sees(is func(event.Watched) bool) (told []*finding.Finding) {
	l.t.Helper()
	var all []event.Event
	for timeout := time.After(time.Minute); ; {
		select {
		case e := <-l.events:
			all = append(all, e)
			switch e := e.(type) {
			case event.Found:
				told = append(told, e.Finding)
			case event.Watched:
				if is(e) {
					return told
				}
			}
		case <-timeout:
			l.t.Fatalf("never seen; there was %+v", all)
		}
	}
}

func watched(o event.Outcome, file string) func(event.Watched) bool {
	return func(e event.Watched) bool { return e.Outcome == o && filepath.Base(e.File) == file }
}

const tables = "select coalesce(string_agg(relname, ' ' order by relname), '') from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"

// TestWatchElsewhere: on a database elsewhere only an answer to a question about these very files is a yes.
func TestWatchElsewhere(t *testing.T) {
	t.Parallel()
	away, here := elsewhere(t)
	l := newLookout(t, Where{URL: away})
	questions, answers := make(chan Question), make(chan string)
	l.Yes = true // is no yes
	l.Ask = func(ctx context.Context, q Question) (string, error) {
		select {
		case questions <- q:
			return <-answers, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
	answer := func(text string) Question {
		t.Helper()
		select {
		case q := <-questions:
			answers <- text
			return q
		case <-time.After(time.Minute):
			t.Fatal("nobody asks")
		}
		panic("unreachable")
	}
	l.start()
	l.file("001_a.sql", "create table a (id int);")
	if q := answer("yes"); q.Kind != YesNo || q.Default != "no" || !q.Fresh || !strings.Contains(q.Detail, "001_a.sql") {
		t.Errorf("the question is %+v", q)
	}
	l.sees(watched(event.Applied, "001_a.sql"))

	// A no stands until there is something new.
	l.file("002_b.sql", "create table b (id int);")
	answer("no")
	l.sees(watched(event.Kept, "002_b.sql"))
	l.file("notes.txt", "")
	l.file("003_c.sql", "create table c (id int)") // and no ";"
	l.sees(watched(event.Unfinished, "003_c.sql"))
	l.file("003_c.sql", "create table c (id int);")
	if q := answer("yes"); !strings.Contains(q.Detail, "002_b.sql") || !strings.Contains(q.Detail, "003_c.sql") {
		t.Errorf("the question is %+v", q)
	}
	l.sees(watched(event.Applied, "003_c.sql"))

	// What a person said yes to is what they saw.
	l.file("004_d.sql", "create table d (id int);")
	select {
	case <-questions:
	case <-time.After(time.Minute):
		t.Fatal("nobody asks")
	}
	l.file("004_d.sql", "create table other (id int);")
	answers <- "yes"
	if q := answer("no"); !strings.Contains(q.Detail, "004_d.sql") {
		t.Errorf("the question is %+v", q)
	}
	l.sees(watched(event.Kept, "004_d.sql"))

	result, err := l.end()
	if err != nil || len(result.Applied) != 3 || len(result.Pending) != 1 || result.Pending[0] != "supabase/migrations/004_d.sql" {
		t.Errorf("ended with %+v, %v", result, err)
	}
	if got := one(t, here, tables); got != "a b c" {
		t.Errorf("there are the tables %s", got)
	}
}

// TestWatchNobodyToAsk: without a terminal, and in a coding agent's shell, files are proven and no more.
func TestWatchNobodyToAsk(t *testing.T) {
	t.Parallel()
	for name, agent := range map[string]AgentMode{"no terminal": AgentNo, "an agent": AgentYes} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			away, here := elsewhere(t)
			l := newLookout(t, Where{URL: away})
			l.Agent, l.Yes = agent, true
			l.Getenv = func(name string) string {
				if name == "CI" {
					return "true"
				}
				return os.Getenv(name)
			}
			if agent == AgentYes {
				l.Ask = func(context.Context, Question) (string, error) { return "yes", nil }
			}
			l.file("001_a.sql", "create table a (id int);")
			l.file("002_wrong.sql", "alter table nowhere add x int;")
			told := l.start()
			codes := map[finding.Code]int{}
			for _, f := range told {
				codes[f.Code]++
			}
			if codes[finding.NeedsConsent] != 1 || codes["PG42P01"] != 1 {
				t.Errorf("told %v", told)
			}
			if _, err := l.end(); err != nil {
				t.Error(err)
			}
			if got := one(t, here, tables); got != "" {
				t.Errorf("there are the tables %s", got)
			}
		})
	}
}

// TestWatchTwo: two watchers of one project do not disturb each other.
func TestWatchTwo(t *testing.T) {
	t.Parallel()
	away, here := elsewhere(t)
	yes := func(context.Context, Question) (string, error) { return "yes", nil }
	x, y := newLookout(t, Where{URL: away}), newLookout(t, Where{URL: away})
	y.root, y.Cwd = x.root, x.root
	x.Ask, y.Ask = yes, yes
	x.start()
	y.start()
	for i := range 20 {
		x.file("0"+strconv.Itoa(10+i)+"_t.sql", "create table t"+strconv.Itoa(10+i)+" (id int);")
	}
	var applied int
	for _, l := range []*lookout{x, y} {
		for {
			if one(t, here, "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'") == "20" {
				break
			}
			time.Sleep(20 * time.Millisecond) // the database says when
		}
		result, err := l.end()
		if err != nil {
			t.Fatal(err)
		}
		applied += len(result.Applied)
	}
	if applied != 20 {
		t.Errorf("%d files were applied, want 20, each once", applied)
	}
}

// TestWatchThereAndBack: a file that is another one while it is read, or at the answer, and then the one that it was, is
// looked at again.
func TestWatchThereAndBack(t *testing.T) {
	t.Parallel()
	l := newLookout(t, Where{})
	l.file("001_a.sql", "select 1;")
	p, err := l.open(event.Discard)
	if err != nil {
		t.Fatal(err)
	}
	f := &watch.Folder{Root: p.Root, Path: p.Migrations, Match: func(string) bool { return true }, Quiet: time.Millisecond}
	defer f.Close()
	w := &watching{app: l.App, project: p, folder: f, sink: event.Discard, told: map[string]string{}}
	rests := func() watch.State {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		state, err := f.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return state
	}
	state := rests()
	l.file("001_a.sql", "select 2;")
	if err := w.look(t.Context(), state); err != nil || w.files != nil {
		t.Fatalf("a file is taken for another one: %v, %v", w.files, err)
	}
	l.file("001_a.sql", "select 1;")
	rests()
	b := &bringing{watching: w, target: &watchTarget{}, listing: &migration.Listing{}}
	if again, err := b.failed(t.Context(), &finding.Finding{Code: finding.FileMoved, Exit: finding.Refused}); again || err != nil {
		t.Fatal(again, err)
	}
	rests()
}
