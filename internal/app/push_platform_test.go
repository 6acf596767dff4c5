package app

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/account"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/standin"
	"github.com/cairndb/cairn/internal/targettest"
)

// following calls a function once the platform has done what was sent.
type following func(*http.Request)

func (f following) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	f(r)
	return answer, err
}

// platformPush is a push of two files by the endpoint of a stand-in.
type platformPush struct {
	*byPlatform
	*workshop
	url    string
	client *management.Client
	server *standin.Server
}

func newPlatformPush(t *testing.T) *platformPush {
	t.Helper()
	w := newWorkshop(t, in("supabase/migrations", map[string]string{"20200101000000_a.sql": "create table a ();\n", "20200102000000_b.sql": "create table b ();\n"}))
	w.Yes = true
	p, err := w.open(event.Discard)
	if err != nil {
		t.Fatal(err)
	}
	server := pgtest.Start(t, 17)
	url := server.URL(server.DatabaseName(t), "postgres")
	to, s := targettest.API(t, url)
	to.Client.Retries = -1
	remote := &remoteProject{hosting: &hosting{client: to.Client, profile: &account.Profile{}}, ref: to.Ref}
	b := &byPlatform{App: w.App, project: p, at: &place{Target: to, hosted: remote, confirm: to.Ref, looked: true}, remote: remote, sink: event.Discard, result: &PushResult{}}
	return &platformPush{byPlatform: b, workshop: w, url: url, client: to.Client, server: s}
}

// sent calls do behind the first migration that is sent.
func (p *platformPush) sent(do func()) {
	p.client.HTTP = &http.Client{Transport: following(func(r *http.Request) {
		if r.Method == http.MethodPost && do != nil {
			do()
			do = nil
		}
	})}
}

func (p *platformPush) run(ctx context.Context, t *testing.T) error {
	t.Helper()
	listing, err := p.workshop.listing(ctx, p.project, true)
	if err != nil {
		t.Fatal(err)
	}
	return p.push(ctx, push{verb: "db push", local: listing.Migrations})
}

// wants checks what the result says, and that the files have the versions that are recorded.
func (p *platformPush) wants(t *testing.T, applied, left string) {
	t.Helper()
	var names []string
	for _, d := range p.result.Applied {
		names = append(names, d.Name)
	}
	if got := strings.Join(names, " "); got != applied || strings.Join(p.result.Left, " ") != left {
		t.Errorf("applied %q, left %v, want %q and %q", got, p.result.Left, applied, left)
	}
	if got := one(t, p.url, tables); got != applied {
		t.Errorf("there are the tables %q, want %q", got, applied)
	}
}

// TestPlatformPushInterrupted: what was sent is looked up, recorded and renamed; what comes behind it is not sent.
func TestPlatformPushInterrupted(t *testing.T) {
	t.Parallel()
	p := newPlatformPush(t)
	ctx, cancel := context.WithCancel(t.Context())
	p.sent(cancel)
	if err := p.run(ctx, t); ExitOf(err) != finding.Interrupted {
		t.Errorf("ended with %v", err)
	}
	p.wants(t, "a", "20200102000000")
	if got := p.files(t, "supabase/migrations"); len(got) != 2 || strings.HasSuffix(got[0], "0101000000_a.sql") {
		t.Errorf("the files are %v", got)
	}
}

// TestPlatformPushUnlisted: where the platform has run a file and does not say more, that is a doubt.
func TestPlatformPushUnlisted(t *testing.T) {
	t.Parallel()
	p := newPlatformPush(t)
	p.sent(func() { p.server.Fail(standin.Fault{Match: "GET .*/database/migrations$", Status: 502}) })
	err := p.run(t.Context(), t)
	if f := finding.As(err); f == nil || f.Code != finding.CommitInDoubt || f.Exit != finding.InDoubt || !strings.Contains(f.Message, "the platform ran") {
		t.Errorf("ended with %v", err)
	}
	if len(p.result.Applied) > 0 || len(p.result.Left) != 2 {
		t.Errorf("the result is %+v", p.result)
	}
}

// TestPlatformPushUnrenamed: a file that cannot get its version is applied for all that.
func TestPlatformPushUnrenamed(t *testing.T) {
	t.Parallel()
	p := newPlatformPush(t)
	p.sent(func() {
		if err := os.Remove(filepath.Join(p.root, "supabase/migrations/20200101000000_a.sql")); err != nil {
			t.Error(err)
		}
	})
	if err := p.run(t.Context(), t); ExitOf(err) != finding.Partial {
		t.Errorf("ended with %v", err)
	}
	p.wants(t, "a", "20200102000000")
	if d := p.result.Applied; len(d) == 1 && (filepath.Base(d[0].File) != "20200101000000_a.sql" || d[0].Version == "20200101000000") {
		t.Errorf("applied %+v", d)
	}
}

// TestPlatformPushOfOthers: a row of another tool with the same name and text is not the one that was sent.
func TestPlatformPushOfOthers(t *testing.T) {
	t.Parallel()
	p := newPlatformPush(t)
	sent := management.NewMigration{Name: "a", SQL: "select 1", Key: "ours"}
	other := sent
	other.Key = ""
	if err := p.client.ApplyMigration(t.Context(), p.remote.ref, other); err != nil {
		t.Fatal(err)
	}
	if version, err := p.recorded(t.Context(), sent, false); err != nil || version != "" {
		t.Errorf("taken for %q, %v", version, err)
	}
}
