package api_test

import (
	"os"
	"testing"

	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/targettest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestRoute(t *testing.T) {
	for _, major := range []int{15, 17} {
		to, _ := targettest.API(t, pgtest.Start(t, major).Database(t))
		targettest.Exercise(t, to)
	}
}
