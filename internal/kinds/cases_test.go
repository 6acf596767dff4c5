package kinds_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cairndb/cairn/internal/kindtest"
)

// setups are those of kinds whose cases need more than two databases of a plain server. Security labels have a test of
// their own, with a provider that it builds.
var setups = map[string]kindtest.Setup{
	"cronjob":        {Options: kindtest.Hosted, Role: "postgres", Rebuilt: true},
	"membership":     {Apart: true},
	"parametergrant": {Apart: true},
	"pgmqqueue":      {Options: kindtest.Hosted, Role: "postgres", Rebuilt: true},
	"role":           {Apart: true},
	"setting":        {Apart: true},
	"storagebucket":  {Options: kindtest.Hosted, Role: "postgres", Rebuilt: true},
	"subscription":   {Rebuilt: true},
	"tablespace":     {Apart: true},
}

// TestCases runs the cases of all kinds, on servers that they share: TestCases/view is those of views.
func TestCases(t *testing.T) {
	folders, err := filepath.Glob("*/testdata")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, folder := range folders {
		kind := filepath.Dir(folder)
		if kind == "securitylabel" {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			setups[kind].Run(t, folder)
		})
	}
	for kind := range setups {
		if _, err := os.Stat(filepath.Join(kind, "testdata")); err != nil {
			t.Error(err)
		}
	}
}
