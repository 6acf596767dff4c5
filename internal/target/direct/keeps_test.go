package direct_test

import (
	"testing"

	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/target"
)

// A pooler that keeps the session is told from one that does not, and what is not proven is not taken for granted.
func TestKeeps(t *testing.T) {
	server := pgtest.Start(t, 17)
	for name, c := range map[string]struct {
		options faulttest.BouncerOptions
		idle    int // server connections that wait in the pool
		want    bool
	}{
		"session":     {faulttest.BouncerOptions{Pooling: faulttest.Session}, 0, true},
		"transaction": {faulttest.BouncerOptions{}, 0, false},
		"transaction, another process each time": {
			faulttest.BouncerOptions{Settings: map[string]string{"server_round_robin": "1", "server_check_delay": "30"}}, 4, false,
		},
		"statement": {faulttest.BouncerOptions{Pooling: faulttest.Statement}, 0, false},
		"session, no other connection": {
			faulttest.BouncerOptions{Pooling: faulttest.Session, PoolSize: 1, Settings: map[string]string{"query_wait_timeout": "1"}}, 0, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := faulttest.StartPgBouncer(t, server.URL("postgres", "postgres"), c.options).URL(server.DatabaseName(t), "postgres")
			var others []target.Session
			for range c.idle {
				s := open(t, url, target.Options{})
				exec(t, s, steps("begin"))
				others = append(others, s)
			}
			for _, s := range others {
				exec(t, s, steps("rollback"))
			}
			s := open(t, url, target.Options{Application: "cairn/test"})
			if f := s.Facts(); !f.Pooled || f.Route != "pooler" {
				t.Fatalf("before it was found out: %+v", f)
			}
			for range 2 {
				keeps, err := s.Keeps(t.Context())
				if err != nil || keeps != c.want {
					t.Fatalf("keeps %t, %v, want %t", keeps, err, c.want)
				}
			}
			if f := s.Facts(); f.Pooled == c.want || f.Route != "pooler" {
				t.Errorf("the facts are %+v", f)
			}
			if got := one(t, s, "select count(*)::text from pg_listening_channels()"); got != "0" && c.want {
				t.Errorf("%s channels are listened to", got)
			}
			if c.want {
				exec(t, s, steps("set my.setting = 'there'"))
				if got := one(t, s, "select current_setting('my.setting', true)"); got != "there" || len(s.Fresh()) == 0 {
					t.Errorf("the setting is %q, fresh %v", got, s.Fresh())
				}
			}
		})
	}
	s := open(t, server.Database(t), target.Options{})
	if keeps, err := s.Keeps(t.Context()); err != nil || !keeps {
		t.Errorf("without a pooler: %t, %v", keeps, err)
	}
}
