package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/pgdump"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/sqltext"
)

// measure is the round trip of the databases that Postgres' own tests leave: dumped by cairn, loaded, and compared.
type measure struct {
	cairn  string
	source *source
	tool   *pgdump.Tool // nil where none reads that major
	server *pgtest.Server
	dir    string // of ours, where everybody may write
}

// postgres measures with a folder of Postgres' source and reports whether everything came out equal, but for what is
// known to be impossible.
func postgres(ctx context.Context, cairn, dir, library string) (equal bool, err error) {
	m := &measure{}
	if m.cairn, err = filepath.Abs(cairn); err != nil {
		return false, err
	}
	if m.source, err = openSource(dir, library); err != nil {
		return false, err
	}
	finder := pgdump.Finder{Environ: os.Environ()}
	var why string
	if m.tool, why = finder.Find(ctx, m.source.major); m.tool == nil {
		fmt.Printf("skipped: what pg_dump says, for %s\n", why)
	}
	nearest := m.tool
	if nearest == nil {
		if nearest, why = finder.Find(ctx, 0); nearest == nil {
			return false, errors.New(why)
		}
	}
	m.source.psql = filepath.Join(filepath.Dir(nearest.Path), "psql")
	if library == "" {
		fmt.Println("skipped: what needs regress.so: LIBRARY names no folder with it")
	}
	m.server, err = pgtest.Open(pgtest.Options{Major: m.source.major, Settings: map[string]string{
		"allow_in_place_tablespaces": "on", "max_prepared_transactions": "2", "wal_level": "logical",
	}})
	if err != nil {
		return false, err
	}
	defer m.server.Close()
	if m.dir, err = os.MkdirTemp("", "cairn-corpus-"); err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(m.dir) }()
	for _, folder := range []string{m.dir, filepath.Join(m.dir, "results")} { // the server writes there, as another user
		if err := errors.Join(os.MkdirAll(folder, 0o777), os.Chmod(folder, 0o777)); err != nil {
			return false, err
		}
	}
	if err := m.configure(); err != nil {
		return false, err
	}
	return m.run(ctx)
}

// configure writes the project that cairn runs in: it says that the databases are no Supabase project's.
func (m *measure) configure() error {
	if err := os.Mkdir(filepath.Join(m.dir, "supabase"), 0o755); err != nil {
		return err
	}
	text := fmt.Sprintf("project_id = \"corpus\"\n[db]\nmajor_version = %d\n[cairn]\nplatform = \"none\"\n", m.source.major)
	return os.WriteFile(filepath.Join(m.dir, "supabase", "config.toml"), []byte(text), 0o644)
}

// run fills one database after the other and measures it.
func (m *measure) run(ctx context.Context) (equal bool, err error) {
	equal = true
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "database\tobjects\tleft out\trefused\tdiffer\tpg_dump\tplans\ttime")
	for _, f := range []struct {
		name string
		fill func(url string) error
	}{
		{"regression", m.regression},
		{"postgres", m.pgdumped("postgres")},
		{"regress_pg_dump_test", m.pgdumped("regress_pg_dump_test")},
		{"regress_public_owner", m.pgdumped("regress_public_owner")},
	} {
		name := "a_" + f.name
		if err := m.create(ctx, name); err != nil {
			return false, err
		}
		if err := f.fill(m.server.URL(name, "postgres")); err != nil {
			return false, err
		}
		began := time.Now()
		r, err := m.roundTrip(ctx, name, "b_"+f.name)
		if err != nil {
			return false, fmt.Errorf("%s: %w", f.name, err)
		}
		r.excuse(f.name)
		r.report(f.name)
		equal = equal && r.isEqual()
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\t%d\t%s\n", f.name, r.objects, len(r.told), len(r.refused), len(r.catalog), r.dumped(), len(r.plans),
			time.Since(began).Round(time.Millisecond))
	}
	return equal, table.Flush()
}

func (m *measure) regression(url string) error {
	began := time.Now()
	n, err := m.source.regression(context.Background(), url, m.dir)
	fmt.Printf("regression: %d tests in %s\n", n, time.Since(began).Round(time.Second))
	return err
}

func (m *measure) pgdumped(database string) func(url string) error {
	return func(url string) error {
		failed, err := m.source.pgdumped(context.Background(), url, database)
		if failed > 0 {
			fmt.Printf("%s: %d statements of pg_dump's test failed\n", database, failed)
		}
		return err
	}
}

// create makes an empty database as pg_regress does.
func (m *measure) create(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, m.server.URL("postgres", "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range []string{
		"CREATE DATABASE %I TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'", "ALTER DATABASE %I SET lc_messages TO 'C'",
		"ALTER DATABASE %I SET bytea_output TO 'hex'",
	} {
		if _, err := conn.Exec(ctx, sqltext.Format(sql, name)); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(sql), err)
		}
	}
	return nil
}
