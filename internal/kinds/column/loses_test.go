package column

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/pgtest"
)

// What Postgres changes in a value without a word is told as a loss, and nothing else is.
func TestLoses(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), pgtest.Start(t, 17).Database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	run := func(sql string) error {
		_, err := conn.Exec(t.Context(), sql)
		return err
	}
	if err := run("SET timezone = 'UTC'"); err != nil {
		t.Fatal(err)
	}
	for _, family := range []struct{ types, values []string }{
		{
			[]string{"smallint", "integer", "bigint", "real", "double precision", "numeric", "numeric(20,0)", "numeric(22,2)", "numeric(24,4)"},
			[]string{"7", "16777217", "9007199254740993", "2.7", "1.2345", "1.23456789012345678"},
		},
		{
			[]string{"date", "timestamp without time zone", "timestamp(0) without time zone", "timestamp with time zone", "timestamp(3) with time zone"},
			[]string{"2026-01-02", "2026-01-02 13:14:15.654321"},
		},
		{
			[]string{"time without time zone", "time(0) without time zone", "time with time zone", "time(3) with time zone"},
			[]string{"13:14:15.654321", "13:14:15+05"},
		},
		{[]string{"interval", "interval(0)", "interval(3)"}, []string{"1.654321 seconds"}},
		{[]string{"text", "name", "character varying(100)"}, []string{"x", strings.Repeat("x", 70)}},
	} {
		for _, from := range family.types {
			for _, to := range family.types {
				changed := ""
				for _, value := range family.values {
					if run(fmt.Sprintf("CREATE TEMP TABLE t AS SELECT v, v AS was FROM (SELECT '%s'::%s) x (v)", value, from)) != nil {
						continue // no value of the type
					}
					if run("ALTER TABLE t ALTER v TYPE "+to) == nil {
						var differs bool
						if err := conn.QueryRow(t.Context(), fmt.Sprintf("SELECT (v::%s)::text IS DISTINCT FROM was::text FROM t", from)).Scan(&differs); err != nil {
							t.Fatalf("%s to %s: %v", from, to, err)
						}
						if differs {
							changed = value
						}
					}
					if err := run("DROP TABLE t"); err != nil {
						t.Fatal(err)
					}
				}
				told := loses(from, to)
				zones := isMoment(base(from)) && isMoment(base(to)) // with another TimeZone they do
				if (changed != "") != (told != "") && !(zones && changed == "") {
					t.Errorf("%s to %s: %q is changed, and told is %q", from, to, changed, told)
				}
			}
		}
	}
}
