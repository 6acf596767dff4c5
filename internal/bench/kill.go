package main

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// kill measures how long the migration lock stays held after a push was killed in the midst of a long statement.
func (b *bench) kill(ctx context.Context) error {
	dir, err := b.projectOf("slow", "create table public.slow (id bigint);\nselect pg_sleep(4);\ncreate table public.after (id bigint);\n")
	if err != nil {
		return err
	}
	var held sample
	for round := range max(5, b.rounds) {
		// The server looks for its client twice a second, so the moment matters.
		d, err := b.killed(ctx, dir, time.Duration(round*137%500)*time.Millisecond)
		if err != nil {
			return err
		}
		held = append(held, d.Seconds())
	}
	b.report.add(row{What: "kill -9 in a statement of 4 s: until the lock is free", Unit: seconds, Ours: held, Most: 1, Worst: true})
	return nil
}

// killed kills a push that long after its statement was seen to run, and returns how long the lock was held still.
func (b *bench) killed(ctx context.Context, dir string, after time.Duration) (time.Duration, error) {
	database, err := b.newDatabase(ctx)
	if err != nil {
		return 0, err
	}
	defer b.drop(database)
	conn, err := pgx.Connect(ctx, b.socket(database))
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	push := b.command("db", "push", "--workdir", dir, "--db-url", b.tcp(database))
	cmd := exec.CommandContext(ctx, push.path, push.args...)
	cmd.Env = push.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() { _ = cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()
	const asleep = "select count(*) > 0 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
	if err := until(ctx, conn, asleep, 10*time.Second); err != nil {
		return 0, fmt.Errorf("the push did not come to its long statement: %w", err)
	}
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		return 0, err
	}
	began := time.Now()
	const free = `select count(*) = 0 from pg_locks where locktype = 'advisory' and granted
		and database = (select oid from pg_database where datname = current_database())`
	err = until(ctx, conn, free, 10*time.Second)
	return time.Since(began), err
}

// until asks a question every other millisecond until the answer is yes.
func until(ctx context.Context, conn *pgx.Conn, question string, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		var yes bool
		if err := conn.QueryRow(ctx, question).Scan(&yes); err != nil || yes {
			return err
		}
		time.Sleep(2 * time.Millisecond)
	}
}
