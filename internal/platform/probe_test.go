package platform_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// session opens a connection as a command has it.
func session(t *testing.T, url string) target.Session {
	t.Helper()
	s, err := (&direct.Target{URL: secret.New(url), Label: "test"}).Open(t.Context(), target.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestProbeExposure asks databases of both variants which one they are, fresh and after what migrations do to default
// privileges.
func TestProbeExposure(t *testing.T) {
	for _, major := range majors {
		for _, began := range []platform.Exposure{platform.Classic, platform.NotExposed} {
			for _, c := range []struct {
				name, migrated string
				want           platform.Exposure
			}{
				{name: "fresh", want: began},
				{"anon revoked", "REVOKE ALL ON TABLES FROM anon", began},
				{"anon writes nothing", "REVOKE INSERT, UPDATE, DELETE ON TABLES FROM anon, authenticated", began},
				{"authenticated reads", "GRANT SELECT ON TABLES TO authenticated", began},
				{"service_role has all", "GRANT ALL ON TABLES TO service_role", began},
				{"functions revoked", "REVOKE ALL ON FUNCTIONS FROM anon, authenticated, service_role", began},
				{"all revoked", "REVOKE ALL ON TABLES FROM anon, authenticated, service_role", platform.NotExposed},
				{"all granted", "GRANT ALL ON TABLES TO anon, authenticated, service_role", platform.Classic},
			} {
				t.Run(strconv.Itoa(major)+" "+began.String()+" "+c.name, func(t *testing.T) {
					s := session(t, laid(t, major, began).URL("postgres", platform.Owner))
					steps := target.Segment{{SQL: "BEGIN"}, {SQL: "SET LOCAL search_path = ''"}}
					if c.migrated != "" {
						steps = append(steps, target.Step{SQL: "ALTER DEFAULT PRIVILEGES IN SCHEMA public " + c.migrated})
					}
					if err := s.Exec(t.Context(), []target.Segment{steps}, nil); err != nil {
						t.Fatal(err)
					}
					got, err := platform.ProbeExposure(t.Context(), s)
					if err != nil || got != c.want {
						t.Errorf("got %v, %v, want %v", got, err, c.want)
					}
				})
			}
		}
	}
}

// TestProbeElsewhere asks a database that is no Supabase project's, and one that does not answer.
func TestProbeElsewhere(t *testing.T) {
	s := session(t, pgtest.Start(t, 17).Database(t))
	if got, err := platform.ProbeExposure(t.Context(), s); err != nil || got != platform.NotExposed {
		t.Errorf("got %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := platform.ProbeExposure(ctx, s); err == nil {
		t.Error("want the session's error")
	}
}
