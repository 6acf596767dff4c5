package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// small returns the SQL of the n-th small migration: five statements, 520 bytes.
func small(n int) string {
	return strings.ReplaceAll(`create table public.items_N (
	id bigint generated always as identity primary key,
	owner uuid not null,
	name text not null,
	created_at timestamptz not null default now()
);
create index items_N_owner_idx on public.items_N (owner, created_at);
alter table public.items_N enable row level security;
create policy items_N_owner on public.items_N for all
	using (owner::text = current_setting('app.user', true));
insert into public.items_N (owner, name)
values ('6f1c2a54-0d3e-4b7a-9c55-2f8e1d7a9b31', 'the first item of table N');
`, "N", fmt.Sprintf("%05d", n))
}

// versionOf returns the version of the n-th migration.
func versionOf(n int) string { return fmt.Sprintf("2026%010d", n) }

// project returns a folder with n small migrations in supabase/migrations, and in all.sql all of them in a row.
func (b *bench) project(n int) (string, error) {
	if dir := b.projects[n]; dir != "" {
		return dir, nil
	}
	dir := filepath.Join(b.dir, fmt.Sprintf("project-%d", n))
	var all strings.Builder
	err := writeMigrations(dir, "supabase/migrations/%s_items.sql", "%s", n)
	for i := range n {
		all.WriteString(small(i + 1))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "all.sql"), []byte(all.String()), 0o644)
	}
	b.projects[n] = dir
	return dir, err
}

// folder returns a folder with n small migrations as the peer wants them.
func (b *bench) folder(p peer, n int) (string, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("%s-%d", p.name, n))
	return dir, writeMigrations(dir, p.file, p.text, n)
}

func writeMigrations(dir, file, text string, n int) error {
	for i := range n {
		path := filepath.Join(dir, filepath.FromSlash(fmt.Sprintf(file, versionOf(i+1))))
		if i == 0 {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
		}
		if err := os.WriteFile(path, fmt.Appendf(nil, text, small(i+1)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// projectOf returns a folder whose one migration is this SQL.
func (b *bench) projectOf(name, sql string) (string, error) {
	dir := filepath.Join(b.dir, name)
	migrations := filepath.Join(dir, "supabase", "migrations")
	if err := os.MkdirAll(migrations, 0o755); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(migrations, versionOf(1)+"_"+name+".sql"), []byte(sql), 0o644)
}
