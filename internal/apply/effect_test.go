package apply_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/target"
)

// holding opens a transaction that stays open until the function it returns is called.
func holding(t *testing.T, url, sql string) (end func()) {
	t.Helper()
	r := runner(t, url, &events{})
	s, err := r.Target.Open(t.Context(), target.Options{Application: "holder"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(t.Context(), []target.Segment{{{SQL: "begin"}, {SQL: sql}}}, nil); err != nil {
		t.Fatal(err)
	}
	return func() { _ = s.Close() }
}

// An index that somebody else builds beside ours is neither taken for ours nor dropped, named or not.
func TestEffectIndexBesideOurs(t *testing.T) {
	for _, theirs := range []string{"create index concurrently theirs on t0 (id)", "create index concurrently on t0 (id, id)"} {
		url := pgtest.Start(t, 17).Database(t)
		if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
			t.Fatal(err)
		}
		end := holding(t, url, "insert into t0 values (7)")
		told, done, begun := &events{}, make(chan error, 1), false
		r := runner(t, url, told)
		r.Target = sabotage{Target: r.Target, change: func(segments []target.Segment) []target.Segment {
			for _, segment := range segments {
				for _, step := range segment {
					if step.SQL != "create index concurrently on t0 (id)" || begun {
						continue
					}
					begun = true
					other, err := runner(t, url, &events{}).Target.Open(t.Context(), target.Options{Application: "other"})
					if err != nil {
						t.Error(err)
						return segments
					}
					go func() {
						done <- target.One(context.Background(), other, target.Step{SQL: theirs})
						_ = other.Close()
					}()
					for len(query(t, url, "select pid::text from pg_stat_progress_create_index where index_relid <> 0")) == 0 {
						time.Sleep(20 * time.Millisecond)
					}
				}
			}
			return segments
		}}
		r.Options.LockTimeout = 300 * time.Millisecond
		time.AfterFunc(1500*time.Millisecond, end)
		_, err := pushWith(t.Context(), r, parse(t, table(0), file{name: "001_i", text: "create index concurrently on t0 (id)"}))
		if err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatalf("the other's build: %v", err)
		}
		wantStrings(t, "all indexes are valid", query(t, url, "select count(*)::text || ' ' || bool_and(indisvalid)::text from pg_index where indrelid = 't0'::regclass"), "2 true")
		for _, f := range of[event.Found](told) {
			if strings.Contains(f.Finding.Message, "theirs") || strings.Contains(f.Finding.Message, "id_id1") {
				t.Errorf("told: %s", f.Finding.Message)
			}
		}
	}
}

// A DROP INDEX whose answer was lost has dropped the index of that oid; its namesake further down the search path stays.
func TestEffectDropNamesake(t *testing.T) {
	server := pgtest.Start(t, 17)
	name := server.DatabaseName(t)
	url := server.URL(name, "postgres")
	for _, sql := range []string{
		"create schema app", "create table app.t (id int)", "create table public.t (id int)",
		"create index ix on app.t (id)", "create index ix on public.t (id)",
	} {
		query(t, url, sql)
	}
	const left = "select relnamespace::regnamespace::text from pg_class where relname = 'ix'"
	drop := file{name: "001_drop", text: "set search_path = app, public;\ndrop index concurrently ix;\nselect 1 / (select count(*) from ready);"}
	_, err := push(t, url, &events{}, parse(t, drop))
	wantExit(t, err, "PG42P01", finding.Partial)
	wantStrings(t, "left", query(t, url, left), "public")
	query(t, url, "update supabase_migrations.cairn_steps set state = 'intent' where step = 1") // as if cut off before its answer was noted
	query(t, url, "create table ready as select 1")
	if _, err := push(t, url, &events{}, parse(t, drop)); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "left after the rerun", query(t, url, left), "public")
}

// Statements whose names are missing are refused by the server, run after run, and never anything worse.
func TestEffectWithoutName(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	for _, text := range []string{
		"create database", "drop database", "create tablespace", "create subscription", "create index concurrently",
		"drop index concurrently", "create index concurrently i on only",
	} {
		for range 2 {
			_, err := push(t, url, &events{}, parse(t, file{name: "001_x", text: text}))
			if wantExit(t, err, "PG42601", finding.Failed); t.Failed() {
				t.Fatal(text)
			}
		}
	}
}

// A statement of unknown effect whose answer is lost is not sent again; a person has to say whether it ran.
func TestEffectUnknown(t *testing.T) {
	server := pgtest.New(t, pgtest.Options{Major: 17, Settings: map[string]string{"wal_level": "logical"}})
	publisher, name := server.DatabaseName(t), server.DatabaseName(t)
	from, url := server.URL(publisher, "postgres"), server.URL(name, "postgres")
	query(t, from, "create publication p1")
	query(t, from, "create publication p2")
	query(t, from, "select pg_create_logical_replication_slot('s', 'pgoutput')::text")
	query(t, url, fmt.Sprintf("create subscription s connection 'host=%s port=%d user=postgres dbname=%s' publication p1 with (create_slot = false, slot_name = 's')", server.Socket, server.Port, publisher))
	t.Cleanup(func() {
		query(t, url, "alter subscription s disable")
		query(t, url, "alter subscription s set (slot_name = none)")
		query(t, url, "drop subscription s")
	})
	proxy := faulttest.Start(t, server.TCP(name, "postgres", pgtest.Password), faulttest.Options{})
	proxy.When(func(m faulttest.Message) bool {
		return m.Side == faulttest.Backend && m.Name == "CommandComplete" && m.Text == "ALTER SUBSCRIPTION"
	}, faulttest.CutBefore(faulttest.RST))
	local := parse(t, file{name: "001_s", text: "alter subscription s add publication p2"})
	for _, at := range []string{proxy.URL(), url} {
		_, err := push(t, at, &events{}, local)
		f := wantExit(t, err, finding.PartlyApplied, finding.Partial)
		for _, way := range []string{"cairn migration repair --status applied 001", "where version = '001' and direction = 'up' and step = 0"} {
			if !strings.Contains(f.Hint, way) {
				t.Errorf("the hint lacks %q: %s", way, f.Hint)
			}
		}
	}
	wantStrings(t, "publications", query(t, url, "select array_to_string(subpublications, ' ') from pg_subscription where subname = 's'"), "p1 p2")
	// It did run here; had it not, this is the way on. The server refuses a second time, which is certain again.
	query(t, url, "delete from supabase_migrations.cairn_steps where version = '001' and direction = 'up' and step = 0")
	for range 2 {
		_, err := push(t, url, &events{}, local)
		wantExit(t, err, "PG42710", finding.Failed)
	}
}

// An interruption does not wait for what blocks the clearing away; the next run does it.
func TestEffectInterruptedBehindOld(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
		t.Fatal(err)
	}
	end := holding(t, url, "select * from t0")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(700*time.Millisecond, cancel)
	r := runner(t, url, &events{})
	r.Options.LockTimeout = 0 // unbounded, it would wait for as long as the old transaction lives
	local := parse(t, table(0), file{name: "001_i", text: "create index concurrently i on t0 (id)"})
	if _, err := pushWith(ctx, r, local); !errors.Is(err, context.Canceled) {
		t.Fatalf("want the interruption, got %v", err)
	}
	r.Close()
	wantStrings(t, "left", query(t, url, validSQL), "i false")
	end()
	if _, err := push(t, url, &events{}, local); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "built", query(t, url, validSQL), "i true")
}

// A DETACH that was cut off is finished under the run's lock timeout.
func TestEffectDetachFinalize(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	query(t, url, "create table p (id int) partition by range (id)")
	query(t, url, "create table p1 partition of p for values from (0) to (10)")
	end := holding(t, url, "select * from p")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	time.AfterFunc(700*time.Millisecond, cancel)
	local := parse(t, file{name: "001_d", text: "alter table p detach partition p1 concurrently"})
	r := runner(t, url, &events{})
	if _, err := pushWith(ctx, r, local); !errors.Is(err, context.Canceled) {
		t.Fatalf("want the interruption, got %v", err)
	}
	r.Close()
	wantStrings(t, "pending", query(t, url, "select inhdetachpending::text from pg_inherits where inhparent = 'p'::regclass"), "true")
	r = runner(t, url, &events{})
	r.Options.LockTimeout = 100 * time.Millisecond
	_, err := pushWith(t.Context(), r, local)
	if f := finding.As(err); f == nil || f.Code != finding.LockTimeout {
		t.Fatalf("want a lock that is not free, got %v (%+v)", err, f)
	}
	r.Close()
	end()
	if _, err := push(t, url, &events{}, local); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "partitions", query(t, url, "select inhrelid::regclass::text from pg_inherits where inhparent = 'p'::regclass"))
}
