package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/replay"
	"github.com/cairndb/cairn/internal/shadow"
)

// replay measures the replay of a history on a shadow, the copy of the platform's database included, against psql, which
// gets its copy for nothing and runs the same files over one connection.
func (b *bench) replay(ctx context.Context) error {
	const n = 300
	dir, err := b.project(n)
	if err != nil {
		return err
	}
	listing, err := migration.Dir{Root: dir, Path: filepath.Join(dir, "supabase", "migrations")}.Load(ctx)
	if err != nil {
		return err
	}
	baseline := platform.Baseline{Major: major}
	s, err := shadow.Start(ctx, shadow.Options{
		Finder: b.finder(b.host.Cache), Major: major,
		Superuser: platform.Superuser, Fingerprint: baseline.Fingerprint(), Lay: baseline.LayURL,
	})
	if err != nil {
		return err
	}
	defer s.Close()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // as the binary does
	var arguments []string
	for _, m := range listing.Migrations {
		arguments = append(arguments, "-f", filepath.Join(dir, filepath.FromSlash(m.File.Name)))
	}
	copies := 0
	name := func() string { copies++; return "replay" + strconv.Itoa(copies) }
	contenders := []contender{{"cairn", func(ctx context.Context) (usage, error) {
		database := name()
		defer func() { _ = s.Drop(context.WithoutCancel(ctx), database) }()
		began := time.Now()
		result, err := (&replay.Replay{Shadow: s, Database: database, Files: listing.Migrations, Sink: func(event.Event) {}}).Run(ctx)
		took := time.Since(began)
		if err == nil && result.Replayed() != n {
			err = fmt.Errorf("%d of %d files replayed", result.Replayed(), n)
		}
		return usage{Wall: took}, err
	}}}
	if b.psql != "" {
		contenders = append(contenders, contender{"psql", func(ctx context.Context) (usage, error) {
			database := name()
			if err := s.Clone(ctx, database); err != nil {
				return usage{}, err
			}
			defer func() { _ = s.Drop(context.WithoutCancel(ctx), database) }()
			args := append([]string{"-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.DevNull}, arguments...)
			return program{path: b.psql, env: b.environment(), args: append(args, s.URL(database, platform.Owner))}.run(ctx, b.dir)
		}})
	}
	took, err := b.race(ctx, b.rounds, contenders...)
	if err != nil {
		return err
	}
	b.against(fmt.Sprintf("replay of %d migrations on a shadow", n), took, row{Unit: seconds, Times: 1.2}, walls)
	return nil
}
