package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
)

// files measures what needs no server, or hardly any: splitting SQL, reading a folder, telling where a project stands.
func (b *bench) files(ctx context.Context) error {
	if err := b.split(); err != nil {
		return err
	}
	for _, n := range []int{1000, 10000} {
		if err := b.load(ctx, n); err != nil {
			return err
		}
	}
	return b.status(ctx)
}

// split measures the splitter on 64 MB of small migrations.
func (b *bench) split() error {
	var text strings.Builder
	for i := 0; text.Len() < 64<<20; i++ {
		text.WriteString(small(i))
	}
	var speed sample
	for range b.rounds {
		began := time.Now()
		if _, err := sqltext.Split(text.String()); err != nil {
			return err
		}
		speed = append(speed, float64(text.Len())/time.Since(began).Seconds())
	}
	b.report.add(row{What: "splitting SQL into statements", Unit: rate, Ours: speed})
	return nil
}

// load measures reading a folder of n small migrations.
func (b *bench) load(ctx context.Context, n int) error {
	dir, err := b.project(n)
	if err != nil {
		return err
	}
	var took sample
	for range b.rounds {
		began := time.Now()
		listing, err := migration.Dir{Root: dir, Path: filepath.Join(dir, "supabase", "migrations")}.Load(ctx)
		if err != nil {
			return err
		}
		took = append(took, time.Since(began).Seconds())
		if len(listing.Migrations) != n {
			return fmt.Errorf("%d migrations were read of %d", len(listing.Migrations), n)
		}
	}
	b.report.add(row{What: fmt.Sprintf("reading a folder of %d migrations", n), Unit: seconds, Ours: took})
	return nil
}

// status measures `cairn status` with 10,000 files, against a database that has seen none of them and one that has
// seen all.
func (b *bench) status(ctx context.Context) error {
	const n = 10000
	dir, err := b.project(n)
	if err != nil {
		return err
	}
	database, err := b.newDatabase(ctx)
	if err != nil {
		return err
	}
	b.later(func() { b.drop(database) })
	status := b.simply("cairn", b.command("status", "--workdir", dir, "--db-url", b.socket(database)))
	for _, seen := range []string{"none applied", "all applied"} {
		took, err := b.race(ctx, b.rounds, status)
		if err != nil {
			return err
		}
		b.report.add(row{What: fmt.Sprintf("status, %d files, %s", n, seen), Unit: seconds, Ours: walls(took["cairn"]), Most: 2})
		b.report.add(row{What: fmt.Sprintf("status, %d files, %s: memory at its peak", n, seen), Unit: memory, Ours: memories(took["cairn"])})
		if seen == "none applied" {
			mark := b.command("migration", "repair", "--status", "applied", "--workdir", dir, "--db-url", b.socket(database))
			if _, err := mark.run(ctx, b.dir); err != nil {
				return err
			}
		}
	}
	return nil
}
