package api_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/targettest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestRoute(t *testing.T) {
	for _, major := range pgbin.Majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			to, _ := targettest.API(t, pgtest.Start(t, major).Database(t))
			targettest.Exercise(t, to)
		})
	}
}
