package direct_test

import (
	"fmt"
	"testing"

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
		})
	}
}
