package migration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/pgtest"
)

// TestMain keeps the servers running between the tests.
func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// setUp is what the statements below work on. The subscription has a slot by name only, and nothing replicates.
const setUp = `
create table t (a int primary key, b int);
create index t_b on t (b);
create table p (a int) partition by range (a);
create table p1 partition of p for values from (0) to (10);
create materialized view mv as select 1 as a;
create unique index mv_a on mv (a);
create schema sch;
create subscription sub connection 'dbname=postgres' publication x with (connect = false);
alter subscription sub enable;
create subscription resting connection 'dbname=postgres' publication x with (connect = false);
create subscription slotless connection 'dbname=postgres' publication x with (connect = false);
alter subscription slotless set (slot_name = none)`

// TestAloneAgainstServers runs each statement in a transaction block: it is one that must stand alone if and only if
// the server answers 25001, active_sql_transaction.
func TestAloneAgainstServers(t *testing.T) {
	statements := []struct {
		sql   string
		since int // the first major that knows it
	}{
		{sql: "create index concurrently on t (b)"},
		{sql: "create unique index concurrently if not exists x on only t (b)"},
		{sql: "create index on t (b)"},
		{sql: "drop index concurrently t_b"},
		{sql: "drop index concurrently if exists t_b, t_c"},
		{sql: "drop index t_b"},
		{sql: "reindex index concurrently t_b"},
		{sql: "reindex table concurrently t"},
		{sql: "reindex (concurrently) table t"},
		{sql: "reindex (verbose, concurrently 1) index t_b"},
		{sql: "reindex (concurrently off) table t"},
		{sql: "reindex (concurrently 'false', verbose) table t"},
		{sql: "reindex table t"},
		{sql: "reindex index t_b"},
		{sql: "reindex schema sch"},
		{sql: "reindex schema concurrently sch"},
		{sql: "reindex database postgres"},
		{sql: "reindex (verbose) system", since: 16},
		{sql: "reindex database", since: 16},
		{sql: "vacuum"},
		{sql: "vacuum (analyze) t"},
		{sql: "analyze t"},
		{sql: "alter system set work_mem = '4MB'"},
		{sql: "alter system reset all"},
		{sql: "create database x1"},
		{sql: "drop database if exists nope with (force)"},
		{sql: "alter database postgres set tablespace pg_default"},
		{sql: "alter database postgres tablespace pg_default"},
		{sql: "alter database postgres with tablespace = pg_default"},
		{sql: "alter database postgres set work_mem = '4MB'"},
		{sql: "alter database postgres with connection limit -1"},
		{sql: "alter database postgres refresh collation version"},
		{sql: "create tablespace ts location '/nowhere'"},
		{sql: "drop tablespace if exists nope"},
		{sql: "alter tablespace pg_default rename to x"},
		{sql: "cluster"},
		{sql: "cluster verbose"},
		{sql: "cluster (verbose)", since: 17},
		{sql: "cluster t using t_pkey"},
		{sql: "cluster verbose t using t_pkey"},
		{sql: "cluster t_pkey on t"},
		{sql: "create subscription s1 connection 'dbname=x' publication y"},
		{sql: "create subscription s1 connection 'dbname=x' publication y with (create_slot = true)"},
		{sql: "create subscription s1 connection 'dbname=x' publication y with (connect = false)"},
		{sql: "create subscription s1 connection 'host=/nowhere' publication y with (create_slot = 'off')"},
		{sql: "drop subscription sub"},
		{sql: "alter subscription sub refresh publication"},
		{sql: "alter subscription sub refresh publication with (copy_data = false)"},
		{sql: "alter subscription sub set publication y"},
		{sql: "alter subscription sub set publication y with (refresh = off)"},
		{sql: "alter subscription sub add publication y"},
		{sql: "alter subscription sub add publication y with (refresh = false)"},
		{sql: "alter subscription sub disable"},
		{sql: "alter subscription sub set (streaming = on)"},
		{sql: "alter subscription resting set (failover = true)", since: 17},
		{sql: "alter subscription sub drop publication x, y with (refresh = false)"},
		{sql: "alter subscription sub set (slot_name = none)"},
		{sql: "alter subscription sub skip (lsn = none)"},
		{sql: "alter subscription sub connection 'dbname=y'"},
		{sql: "alter subscription sub rename to sub3"},
		{sql: "alter table p detach partition p1 concurrently"},
		{sql: "alter table only p detach partition p1 concurrently"},
		{sql: "alter table p detach partition p1"},
		{sql: "alter table p detach partition p1 finalize"},
		{sql: "alter table t add column concurrently_done boolean"},
		{sql: "discard all"},
		{sql: "discard plans"},
		{sql: "discard temp"},
		{sql: "refresh materialized view concurrently mv"},
		{sql: "checkpoint"},
		{sql: "lock table t"},
		{sql: "savepoint x"},
		{sql: "truncate t"},
		{sql: "create role r1"},
		{sql: "create publication pubx for all tables"},
		{sql: "alter index all in tablespace pg_default set tablespace pg_default"},
		{sql: "create type e as enum ('a')"},
		{sql: "comment on database postgres is 'vacuum'"},
	}
	for _, major := range []int{15, 17} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			conn := server(t, major)
			for _, s := range statements {
				if s.since > major {
					continue
				}
				code := inTransaction(t, conn, s.sql)
				if code == "42601" {
					t.Errorf("%q: the server does not know it", s.sql)
				}
				if _, a := effect(s.sql); (a != together) != (code == "25001") {
					t.Errorf("%q: the server answers %q", s.sql, code)
				}
			}
			// Where it depends, a pair may hold the statement: here the server takes it.
			const drop = "drop subscription slotless"
			if code := inTransaction(t, conn, drop); code != "" {
				t.Errorf("%q: the server answers %q", drop, code)
			}
			if _, a := effect(drop); a != sometimes {
				t.Errorf("%q is not left to the server", drop)
			}
		})
	}
}

func server(t *testing.T, major int) *pgconn.PgConn {
	t.Helper()
	s := pgtest.StartWith(t, pgtest.Options{Major: major, Settings: map[string]string{"max_logical_replication_workers": "0"}})
	conn, err := pgconn.Connect(t.Context(), s.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		for _, name := range []string{"sub", "resting", "slotless"} { // a database with subscriptions cannot be dropped
			for _, sql := range []string{" disable", " set (slot_name = none)"} {
				_ = conn.Exec(ctx, "alter subscription "+name+sql).Close()
			}
			_ = conn.Exec(ctx, "drop subscription if exists "+name).Close()
		}
		_ = conn.Close(ctx)
	})
	if err := conn.Exec(t.Context(), setUp).Close(); err != nil {
		t.Fatal(err)
	}
	return conn
}

// inTransaction runs a statement in a transaction block, rolls back, and returns the SQLSTATE of the error, if any.
func inTransaction(t *testing.T, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	if err := conn.Exec(t.Context(), "begin").Close(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Exec(context.Background(), "rollback").Close(); err != nil {
			t.Fatal(err)
		}
	}()
	err := conn.Exec(t.Context(), sql).Close()
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	if err != nil {
		t.Fatalf("%q: %v", sql, err)
	}
	return ""
}

// TestModesAgainstServer holds that BEGIN takes every mode that a file's own words are turned into.
func TestModesAgainstServer(t *testing.T) {
	conn := server(t, 15)
	for text, want := range map[string]string{
		"begin isolation level serializable read write not deferrable; select 1; commit;":                                   "serializable",
		"begin; set transaction isolation level repeatable read, deferrable; select 1; end;":                                "repeatable read",
		"set transaction isolation level read uncommitted; select 1;":                                                       "read committed",
		"start transaction isolation level serializable; set transaction isolation level repeatable read; select 1; commit": "repeatable read",
	} {
		m, findings := Parse("f.sql", []byte(text))
		if len(findings) > 0 || len(m.Units) != 1 {
			t.Fatalf("%q: units %+v, findings %v", text, m.Units, findings)
		}
		results, err := conn.Exec(t.Context(), "begin "+m.Units[0].Mode+"; show transaction_isolation; rollback").ReadAll()
		if err != nil {
			t.Fatalf("begin %s: %v", m.Units[0].Mode, err)
		}
		if got := string(results[1].Rows[0][0]); got != want {
			t.Errorf("%q begins %s", text, got)
		}
	}
}
