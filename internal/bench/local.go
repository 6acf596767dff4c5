package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"time"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/shadow"
)

// coldIs says what a cold cache of ours lacks.
const coldIs = "cold: initdb and the platform are done in the time; the Postgres programs are there already"

// cold makes a cache that holds the Postgres programs and nothing else.
func (b *bench) cold() (string, error) {
	cache, err := os.MkdirTemp(b.dir, "cache-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(cache, 0o755); err != nil {
		return "", err
	}
	b.later(func() { _ = os.RemoveAll(cache) })
	return cache, os.Symlink(filepath.Join(b.host.Cache, "postgres"), filepath.Join(cache, "postgres"))
}

// reset measures db reset of the example: once with a cold cache, then with what that left, the server running.
func (b *bench) reset(ctx context.Context) error {
	dir, err := b.copyExample()
	if err != nil {
		return err
	}
	var cold, first, warm []usage
	for range b.rounds {
		cache, err := b.cold()
		if err != nil {
			return err
		}
		cairn := func(args ...string) program {
			return program{
				path: b.cairn, args: append(args, "--workdir", dir, "--yes", "--agent", "no"), env: b.environment("CAIRN_CACHE=" + cache),
			}
		}
		stop := func() { _, _ = cairn("db", "stop").run(context.WithoutCancel(ctx), b.dir) }
		b.later(stop)
		for i, times := range []*[]usage{&cold, &warm, &first} {
			if i == 2 {
				stop()
			}
			u, err := cairn("db", "reset").run(ctx, b.dir)
			if err != nil {
				return err
			}
			*times = append(*times, u)
		}
		stop()
	}
	b.report.add(row{What: "db reset of the example, warm cache", Unit: seconds, Ours: walls(warm), Most: 1.5})
	b.report.add(row{What: "db reset of the example, warm cache, server not running", Unit: seconds, Ours: walls(first), Most: 1.5})
	b.report.add(row{What: "db reset of the example, cold cache", Unit: seconds, Ours: walls(cold)})
	b.report.note("db reset, %s", coldIs)
	return nil
}

var portLine = regexp.MustCompile(`(?m)^port *= *\d+`)

// copyExample returns a copy of the example with a port that nobody uses.
func (b *bench) copyExample() (string, error) {
	dir := filepath.Join(b.dir, "example")
	if err := os.CopyFS(dir, os.DirFS(b.example)); err != nil {
		return "", err
	}
	b.later(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "supabase", "config.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		return "", err
	}
	if !portLine.Match(text) {
		return "", fmt.Errorf("%s names no port", config)
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(config, portLine.ReplaceAll(text, []byte("port = "+strconv.Itoa(port))), 0o644)
}

// shadow measures a throwaway server with the platform, as the verbs start it, and copies of its database.
func (b *bench) shadow(ctx context.Context) error {
	const clones = 20
	var cold, warm, project, cloned sample
	for range b.rounds {
		cache, err := b.cold()
		if err != nil {
			return err
		}
		baseline := platform.Baseline{Major: major}
		o := shadow.Options{
			Finder: b.finder(cache),
			Major:  major, Superuser: platform.Superuser, Fingerprint: baseline.Fingerprint(), Lay: baseline.LayURL,
		}
		began := time.Now()
		s, err := shadow.Start(ctx, o)
		if err != nil {
			return err
		}
		cold = append(cold, time.Since(began).Seconds())
		s.Close()
		began = time.Now()
		if s, err = shadow.Start(ctx, o); err != nil {
			return err
		}
		warm = append(warm, time.Since(began).Seconds())
		if err := s.Clone(ctx, "project"); err != nil {
			s.Close()
			return err
		}
		project = append(project, time.Since(began).Seconds())
		began = time.Now()
		for i := range clones {
			if err := s.Clone(ctx, "clone"+strconv.Itoa(i)); err != nil {
				s.Close()
				return err
			}
		}
		cloned = append(cloned, time.Since(began).Seconds())
		s.Close()
	}
	b.report.add(row{What: "shadow ready, warm cache", Unit: seconds, Ours: warm, Most: 0.15})
	b.report.add(row{What: "shadow ready, cold cache", Unit: seconds, Ours: cold})
	b.report.add(row{What: "shadow and a project's database in it, warm cache", Unit: seconds, Ours: project, Most: 0.3})
	b.report.add(row{What: fmt.Sprintf("%d clones of the shadow's database", clones), Unit: seconds, Ours: cloned, Most: 0.5})
	b.report.note("shadow, %s", coldIs)
	return nil
}

// finder finds the Postgres that everything is measured on, in a cache.
func (b *bench) finder(cache string) *pgbin.Finder {
	return &pgbin.Finder{Cache: cache, Account: b.host.Account, Getenv: os.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH, Extend: emulate.Install}
}

// platform measures how long it takes to lay the platform into a server that holds nothing.
func (b *bench) platform(ctx context.Context) error {
	template, err := b.host.Template(ctx, cluster.Template{Superuser: platform.Superuser})
	if err != nil {
		return err
	}
	var took sample
	for range b.rounds {
		scratch, err := b.host.Scratch(ctx)
		if err != nil {
			return err
		}
		b.later(scratch.Remove)
		if err := b.host.Copy(template, filepath.Join(scratch.Dir, "data")); err != nil {
			return err
		}
		server, err := b.host.Start(ctx, cluster.Config{Home: scratch.Dir})
		if err != nil {
			return err
		}
		began := time.Now()
		if err := (platform.Baseline{Major: major}).LayURL(ctx, server.URL("postgres", platform.Superuser)); err != nil {
			return err
		}
		took = append(took, time.Since(began).Seconds())
		scratch.Remove()
	}
	b.report.add(row{What: "platform into an empty server", Unit: seconds, Ours: took, Most: 1.5})
	return nil
}
