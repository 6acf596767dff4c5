package cli

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func doctorCommand(c *console) *cobra.Command {
	var q app.DoctorRequest
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Try every way to the database, and look whether it is well",
		Long: `Try every way that leads to the database: the server itself, the session and the transaction pooler, the Management
API, the data API. Say which works, what could be run on it, why another does not work, and how to make it, and which
of the files to apply cannot run on which. Then look at the database: history, drift, invalid indexes, constraints that
were never validated, tables without row level security, functions that run any SQL; and at what the access token may.
The data API is asked with SUPABASE_SERVICE_ROLE_KEY, at SUPABASE_URL, or with what the platform says.

It is about the linked project, or the local database where none is linked. Nothing is changed; without a password the
platform makes a role to log in with, as for every command. A password that is refused once is not tried again. Exits
with 0 where migrations can be run and nothing is a problem, with 1 where something is one, with 3 where the database
takes no changes now, and with 8 where no way leads to it.`,
		Example: `  cairn doctor
  cairn doctor --remote=staging
  cairn doctor --db-url "$DATABASE_URL" --json`,
		Args: takes(),
	}
	t := targetsOf(cmd, "doctor")
	cmd.Flags().Lookup("linked").Usage = "the linked project (default where there is one)"
	cmd.PreRunE = func(*cobra.Command, []string) (err error) {
		q.Where, err = t.where()
		return err
	}
	return verb(c, cmd, &q, (*app.App).Doctor, showDoctor)
}

func showDoctor(s *render.Screen, r *app.Doctor) {
	ways := render.Table{Head: []string{"Way", "Works", "What it can run"}}
	for _, w := range r.Ways {
		works := map[app.WayState]string{
			app.WayWorks: "yes", app.WayFails: "no", app.WayNotTried: "not tried", app.WayAbsent: "not there",
		}[w.State]
		if w.State == app.WayWorks && w.Code != "" {
			works = "to read"
		}
		ways.Rows = append(ways.Rows, []string{w.Way, works, w.Runs})
	}
	s.Table(ways)
	if len(r.Checks) > 0 {
		showChecks(s, r.Checks)
	}
	for i := 0; i < len(r.Ways); {
		w, names := r.Ways[i], r.Ways[i].Way
		if w.At != "" {
			names += " (" + w.At + ")"
		}
		for i++; i < len(r.Ways) && r.Ways[i].Why == w.Why && r.Ways[i].Do == w.Do; i++ { // of one cause is told once
			names = strings.TrimSuffix(names, " ("+w.At+")") + ", " + r.Ways[i].Way
		}
		if w.State == app.WayWorks && w.Do == "" || w.State == app.WayAbsent {
			continue
		}
		s.Styled(render.Bold, "\n%s", names)
		s.Printf(": %s\n", w.Why)
		if w.Said != "" {
			s.Printf("  %s\n", oneLine(w.Said))
		}
		toDo(s, w.Do)
	}
}

// showChecks draws what was looked at: all of it as a table, then what there is to tell of each.
func showChecks(s *render.Screen, all []app.DoctorCheck) {
	checks := render.Table{Head: []string{"Check", "State", "Found"}}
	for _, k := range all {
		checks.Rows = append(checks.Rows, []string{k.Check, string(k.State), oneLine(k.Found)})
	}
	s.Printf("\n")
	s.Table(checks)
	styles := map[app.CheckState]render.Style{app.CheckProblem: render.Red, app.CheckWarning: render.Yellow}
	for _, k := range all {
		if k.Do == "" && len(k.Objects) == 0 {
			continue
		}
		s.Printf("\n")
		s.Styled(cmp.Or(styles[k.State], render.Bold), "%s", k.Check)
		s.Printf(": %s\n", k.Found)
		few(k.Objects, func(object string) { s.Printf("  %s\n", object) })
		toDo(s, k.Do)
	}
}

// toDo draws what to do, line by line.
func toDo(s *render.Screen, text string) {
	if text != "" {
		few(strings.Split(text, "\n"), func(line string) { s.Printf("  → %s\n", line) })
	}
}

// few draws the first lines, and says how many are left.
func few(lines []string, draw func(string)) {
	const most = 12
	for _, line := range lines[:min(len(lines), most)] {
		draw(line)
	}
	if n := len(lines) - most; n > 0 {
		draw(fmt.Sprintf("… and %d more: --json has them all", n))
	}
}
