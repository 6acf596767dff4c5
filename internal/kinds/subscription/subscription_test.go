package subscription_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/kinds/subscription"
	"github.com/cairndb/cairn/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// TestPlainRole reads subscriptions as a role that may not see how they connect.
func TestPlainRole(t *testing.T) {
	for _, major := range []int{15, 18} {
		conn, err := pgx.Connect(t.Context(), pgtest.Start(t, major).Database(t))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
		run := func(sql string) {
			t.Helper()
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%d: %s: %v", major, sql, err)
			}
		}
		run("CREATE SUBSCRIPTION s CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, slot_name = NONE)")
		run("SET ROLE pg_monitor")
		run("BEGIN READ ONLY")
		run("SET LOCAL search_path = ''")
		list := "SELECT name, jsonb_strip_nulls(attrs) ? 'connection', attrs ->> 'slot_name' FROM (" + subscription.Kind().List + ") l (class, oid, sub, name, pclass, poid, psub, attrs, info)"
		var name, slot string
		var connects bool
		if err := conn.QueryRow(t.Context(), list).Scan(&name, &connects, &slot); err != nil {
			t.Fatalf("%d: %v", major, err)
		}
		if name != "s" || connects || slot != "NONE" {
			t.Errorf("%d: %s with slot %s", major, name, slot)
		}
		run("COMMIT")
		run("RESET ROLE")
		run("DROP SUBSCRIPTION s")
	}
}
