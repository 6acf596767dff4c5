package planner_test

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/planner"
)

// What a statement costs is a comment, which a name does not end.
func TestHostileName(t *testing.T) {
	empty, full := states(t, "CREATE TABLE \"a\nDROP TABLE b; --\" (id int)")
	plan, err := planner.New(full, empty, planner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	script := planner.Whole(plan.Units(empty.Needs))
	if !strings.Contains(script, "-- loss: ") || !strings.Contains(script, "a DROP TABLE b; --") {
		t.Errorf("the script is\n%s", script)
	}
}
