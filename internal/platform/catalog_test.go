package platform_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/aymanbagabas/go-udiff"
)

var update = flag.Bool("update", false, "write the golden file of the catalog")

// testCatalog compares everything that was made with a golden file, the same for all majors.
func testCatalog(t *testing.T, s *server) {
	query, err := os.ReadFile("testdata/catalog.sql")
	if err != nil {
		t.Fatal(err)
	}
	d := s.admin(t)
	d.run("SET LOCAL search_path = ''") // so that every name comes with its schema
	got := strings.Join(d.rows(string(query)), "\n") + "\n"
	const golden = "testdata/catalog.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := udiff.Unified(golden, "this server", string(want), got); diff != "" {
		t.Error(diff)
	}
}
