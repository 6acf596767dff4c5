package direct_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target/direct"
	"github.com/cairndb/cairn/internal/targettest"
)

func TestRoute(t *testing.T) {
	for _, major := range []int{15, 16, 17, 18} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			targettest.Exercise(t, &direct.Target{URL: secret.New(pgtest.Start(t, major).Database(t)), Label: "direct"})
		})
	}
	for _, mode := range []faulttest.Pooling{faulttest.Session, faulttest.Transaction} {
		t.Run(string(mode), func(t *testing.T) {
			server := pgtest.Start(t, 17)
			name := server.DatabaseName(t)
			bouncer := faulttest.StartPgBouncer(t, server.URL(name, "postgres"), faulttest.BouncerOptions{Pooling: mode})
			targettest.Exercise(t, &direct.Target{URL: secret.New(bouncer.URL(name, "postgres")), Label: "pooler"})
			// The same behind a frontend that finds the project by the user's name, as the platform's pooler is one.
			config, err := pgconn.ParseConfig(bouncer.URL(name, "postgres"))
			if err != nil {
				t.Fatal(err)
			}
			front := faulttest.StartSupavisor(t, net.JoinHostPort(config.Host, fmt.Sprint(config.Port)), targettest.Ref)
			name = server.DatabaseName(t)
			url := fmt.Sprintf("postgres://postgres.%s@%s:%d/%s?sslmode=disable", targettest.Ref, front.Host, front.Port, name)
			targettest.Exercise(t, &direct.Target{URL: secret.New(url), Label: "pooler"})
		})
	}
}
