package replay_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/replay"
	"github.com/cairndb/cairn/internal/shadow"
)

// server is the one that all tests replay on, each in a database of its own. It is plain: histories name no platform,
// except where a test starts its own.
var (
	server    *shadow.Shadow
	databases atomic.Int64
)

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if server, err = start(nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	server.Close()
	os.Exit(code)
}

// start starts a shadow: a plain one, or one with a platform.
func start(b *platform.Baseline) (*shadow.Shadow, error) {
	account, err := pgbin.Unprivileged(os.Getenv)
	if err != nil {
		return nil, err
	}
	cache, err := pgbin.Cache(os.Getenv, account)
	if err != nil {
		return nil, err
	}
	o := shadow.Options{
		Finder: &pgbin.Finder{Cache: cache, Account: account, Getenv: os.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH},
		Major:  17, Fingerprint: "plain",
	}
	if b != nil {
		o.Superuser, o.Fingerprint, o.Lay = platform.Superuser, b.Fingerprint(), b.LayURL
	}
	return shadow.Start(context.Background(), o)
}

// file is a migration as a test writes it.
type file struct{ name, text string }

// history parses files; findings that keep some of them from running come with them.
func history(t testing.TB, files ...file) ([]*migration.Migration, []*finding.Finding) {
	t.Helper()
	var all []*migration.Migration
	var broken []*finding.Finding
	for _, f := range files {
		m, findings := migration.Parse(f.name, []byte(f.text))
		m.Version, m.Name, _ = strings.Cut(strings.TrimSuffix(f.name, ".sql"), "_")
		all, broken = append(all, m), append(broken, findings...)
	}
	return all, broken
}

// run replays in a database of its own. It is dropped before the next but one is made: until then the server may still
// be busy with ending the session, for which a DROP waits a tenth of a second.
func run(t testing.TB, s *shadow.Shadow, r replay.Replay) *replay.Result {
	t.Helper()
	n := databases.Add(1)
	r.Shadow, r.Database = s, fmt.Sprintf("r%d", n)
	if r.Sink == nil {
		r.Sink = event.Discard
	}
	if err := s.Drop(t.Context(), fmt.Sprintf("r%d", n-2)); err != nil {
		t.Fatal(err)
	}
	result, err := r.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return result
}
