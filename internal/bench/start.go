package main

import (
	"context"
	"fmt"
)

// start measures how long programs take to say their version, and how much memory.
func (b *bench) start(ctx context.Context) error {
	contenders := []contender{b.simply("cairn", program{path: b.cairn, args: []string{"--version"}, env: b.environment()})}
	if b.psql != "" {
		contenders = append(contenders, b.simply("psql", program{path: b.psql, args: []string{"--version"}, env: b.environment()}))
	}
	for _, p := range b.peers {
		contenders = append(contenders, b.simply(p.name, program{path: p.path, args: []string{"--version"}, env: b.environment()}))
	}
	if _, err := b.race(ctx, 1, contenders...); err != nil { // brings the files into memory
		return err
	}
	took, err := b.race(ctx, 4*b.rounds, contenders...)
	if err != nil {
		return err
	}
	b.against("start-up: --version", took, row{Unit: seconds, Most: 0.010}, walls)
	b.against("start-up: memory at its peak", took, row{Unit: memory, Most: 20 << 20}, memories)
	return nil
}

// against adds a row for cairn and psql, with the limits in r, and one for cairn and each peer, without.
func (b *bench) against(what string, took map[string][]usage, r row, figure func([]usage) sample) {
	r.What, r.Ours = what, figure(took["cairn"])
	if psql := took["psql"]; len(psql) > 0 {
		r.Whose, r.Theirs = "psql", figure(psql)
	}
	b.report.add(r)
	for _, p := range b.peers {
		if theirs := took[p.name]; len(theirs) > 0 {
			b.report.add(row{What: what, Unit: r.Unit, Ours: r.Ours, Whose: p.name, Theirs: figure(theirs)})
		}
	}
}

// list measures commands that read a history of 1,000 versions and change nothing.
func (b *bench) list(ctx context.Context) error {
	const n = 1000
	database, err := b.newDatabase(ctx)
	if err != nil {
		return err
	}
	b.later(func() { b.drop(database) })
	dir, err := b.project(n)
	if err != nil {
		return err
	}
	url := b.socket(database)
	if _, err := b.command("db", "push", "--workdir", dir, "--db-url", url).run(ctx, b.dir); err != nil {
		return err
	}
	contenders := []contender{
		b.simply("cairn", b.command("migration", "list", "--workdir", dir, "--db-url", url)),
		b.simply("push", b.command("db", "push", "--workdir", dir, "--db-url", url)),
	}
	if b.psql != "" {
		const query = "select version, name from supabase_migrations.schema_migrations order by version"
		contenders = append(contenders, b.simply("psql", program{
			path: b.psql, args: []string{"-X", "-q", "-o", "/dev/null", "-c", query, url}, env: b.environment(),
		}))
	}
	took, err := b.race(ctx, 2*b.rounds, contenders...)
	if err != nil {
		return err
	}
	r := row{What: fmt.Sprintf("migration list, %d applied, over a socket", n), Unit: seconds, Most: 0.060, Ours: walls(took["cairn"])}
	if psql := took["psql"]; len(psql) > 0 {
		r.Whose, r.Theirs = "psql -c 'select …'", walls(psql)
	}
	b.report.add(r)
	b.report.add(row{What: "db push, nothing pending, 1000 applied", Unit: seconds, Ours: walls(took["push"])})
	return nil
}
