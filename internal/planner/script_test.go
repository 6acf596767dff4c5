package planner_test

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/planner"
)

// What is shown of a plan holds no password; what is run does.
func TestMasked(t *testing.T) {
	_, full := states(t, `CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
		CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'x', password 'it''s hidden')`)
	empty, _ := states(t, "SELECT")
	plan, err := planner.New(empty, full, planner.Options{})
	if err != nil {
		t.Fatal(err)
	}
	units := plan.Units(full.Needs)
	shown, run := planner.Whole(planner.Masked(units)), planner.Whole(units)
	if strings.Contains(shown, "hidden") || !strings.Contains(shown, "password '***'") {
		t.Errorf("shown is\n%s", shown)
	}
	if !strings.Contains(run, "'it''s hidden'") {
		t.Errorf("run is\n%s", run)
	}
}

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
