package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// push measures how long a folder of small migrations takes, each time into a fresh database over 127.0.0.1.
func (b *bench) push(ctx context.Context) error {
	for _, n := range []int{10, 100, 1000} {
		contenders, err := b.pushers(n)
		if err != nil {
			return err
		}
		took, err := b.race(ctx, b.rounds, contenders...)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("db push, %d migrations", n)
		limit := row{Unit: seconds}
		if n == 1000 {
			limit.Times = 1.25
		}
		b.against(what, took, limit, walls)
		chained := map[string][]usage{"cairn": took["chain"], "psql": took["psql"]}
		b.against(what+", --chain", chained, row{Unit: seconds}, walls)
		b.against(what+": memory at its peak", took, row{Unit: memory}, memories)
	}
	return nil
}

// pushers are the contenders for a folder of n small migrations.
func (b *bench) pushers(n int) ([]contender, error) {
	dir, err := b.project(n)
	if err != nil {
		return nil, err
	}
	contenders := []contender{
		b.fresh("cairn", func(url string) program { return b.command("db", "push", "--workdir", dir, "--db-url", url) }),
		b.fresh("chain", func(url string) program {
			return b.command("db", "push", "--chain", "--workdir", dir, "--db-url", url)
		}),
	}
	if b.psql != "" {
		contenders = append(contenders, b.fresh("psql", func(url string) program { return b.psqlFile(filepath.Join(dir, "all.sql"), url) }))
	}
	for _, p := range b.peers {
		folder, err := b.folder(p, n)
		if err != nil {
			return nil, err
		}
		contenders = append(contenders, b.fresh(p.name, func(url string) program {
			return program{path: p.path, args: p.args(url, folder), env: b.environment(), dir: folder}
		}))
	}
	return contenders, nil
}

// psqlFile is psql that runs a file in one transaction.
func (b *bench) psqlFile(file, url string) program {
	return program{
		path: b.psql, env: b.environment(),
		args: []string{"-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", file, url},
	}
}

// fresh is a contender that runs a program on a database of its own, which is made and dropped outside of the time.
func (b *bench) fresh(name string, on func(url string) program) contender {
	return contender{name, func(ctx context.Context) (usage, error) {
		database, err := b.newDatabase(ctx)
		if err != nil {
			return usage{}, err
		}
		defer b.drop(database)
		return on(b.tcp(database)).run(ctx, b.dir)
	}}
}

// large measures one file of 50 MB: how much memory a push needs at its peak.
func (b *bench) large(ctx context.Context) error {
	const size = 50 << 20
	var sql strings.Builder
	sql.WriteString("create table public.large (id bigint primary key, name text not null, note text);\n")
	statements := 1
	for ; sql.Len() < size; statements++ {
		fmt.Fprintf(&sql, "insert into public.large values (%d, 'the item with the number %d', '%s');\n",
			statements, statements, strings.Repeat("a note; ", 30))
	}
	dir, err := b.projectOf("large", sql.String())
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "all.sql")
	if err := os.WriteFile(file, []byte(sql.String()), 0o644); err != nil {
		return err
	}
	contenders := []contender{
		b.fresh("cairn", func(url string) program { return b.command("db", "push", "--workdir", dir, "--db-url", url) }),
	}
	if b.psql != "" {
		contenders = append(contenders, b.fresh("psql", func(url string) program { return b.psqlFile(file, url) }))
	}
	took, err := b.race(ctx, 1, contenders...)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("db push, one file of 50 MB, %d statements", statements)
	b.against(what, took, row{Unit: seconds}, walls)
	b.against(what+": memory at its peak", took, row{Unit: memory}, memories)
	return nil
}
