package replay_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/replay"
)

// emulation sends another statement in place of one, and knows what one refusal lacks.
type emulation struct{}

func (emulation) Statement(s migration.Statement) (string, *finding.Finding) {
	if s.Text() == "create extension nobody_has_this" {
		return "select 1", &finding.Finding{Code: finding.Emulated, Message: "nobody_has_this is emulated here"}
	}
	return "", nil
}

func (emulation) Notice(*pgconn.Notice) *finding.Finding { return nil }

func (emulation) Missing(refusal *pgconn.PgError) (string, *finding.Finding) {
	if refusal.Code == "3F000" {
		return "create schema net", &finding.Finding{Code: finding.MissingEnabled, Message: "net was made"}
	}
	return "", nil
}

func opened(context.Context, string) (apply.Emulation, error) { return emulation{}, nil }

// TestEmulation holds that what the emulation does for a file is done on a replay too, and told.
func TestEmulation(t *testing.T) {
	files, _ := history(t, file{"1_a.sql", "create extension nobody_has_this;"}, file{"2_b.sql", "create table net.t (id int);"})
	var told []string
	r := run(t, server, replay.Replay{Files: files, Emulate: opened, Sink: func(e event.Event) {
		if found, ok := e.(event.Found); ok {
			told = append(told, found.Finding.Message)
		}
	}})
	if len(r.Failures) > 0 || !slices.Equal(told, []string{"nobody_has_this is emulated here", "net was made"}) {
		t.Errorf("failures %v, told %q", shown(r), told)
	}
}

// TestRoles holds that roles.sql runs before the first file, and that its failure is no cause but an error.
func TestRoles(t *testing.T) {
	roles, _ := history(t, file{"roles.sql", "create table before_all (id int);"})
	files, _ := history(t, file{"1_a.sql", "create index on before_all (id);"})
	r := run(t, server, replay.Replay{Files: files, Roles: &apply.Script{Path: "roles.sql", File: roles[0]}})
	if len(r.Failures) > 0 {
		t.Error(shown(r))
	}
	roles, _ = history(t, file{"roles.sql", "select nothing_here();"})
	bad := replay.Replay{
		Shadow: server, Database: "bad_roles", Files: files, Sink: event.Discard, Roles: &apply.Script{Path: "roles.sql", File: roles[0]},
	}
	if _, err := bad.Run(t.Context()); finding.As(err) == nil || finding.As(err).Code != "PG42883" {
		t.Errorf("error is %v", err)
	}
}

// TestInterrupted holds that an interruption is no failure of a file.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	files, _ := history(t, file{"1_a.sql", "select 1;"}, file{"2_long.sql", "select pg_sleep(60);"}, file{"3_c.sql", "select 1;"})
	r := replay.Replay{Shadow: server, Database: "interrupted", Files: files, Sink: event.Discard}
	time.AfterFunc(300*time.Millisecond, cancel)
	if result, err := r.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("result %+v, error %v", result, err)
	}
}

// TestSessionsEnd holds that a file which ends its own session ends the replay with what to look for, and blames nobody else.
func TestSessionsEnd(t *testing.T) {
	files, _ := history(t, file{"1_a.sql", "select 1;"}, file{"2_end.sql", "select pg_terminate_backend(pg_backend_pid());"})
	r := replay.Replay{Shadow: server, Database: "ended", Files: files, Sink: event.Discard}
	_, err := r.Run(t.Context())
	if f := finding.As(err); f == nil || f.Exit != finding.Unreachable {
		t.Errorf("error is %v", err)
	}
}
