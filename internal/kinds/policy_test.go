package kinds_test

import (
	"slices"
	"testing"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/planner"
	"github.com/cairndb/cairn/internal/platform"
)

// Policies on tables of an extension: those that its script made are its own, all others the user's.
func TestPoliciesOfExtensions(t *testing.T) {
	t.Parallel()
	server := pgtest.StartWith(t, kindtest.Hosted(17))
	state := func(texts ...string) (string, *catalog.Catalog) {
		url := server.URL(server.DatabaseName(t), platform.Superuser)
		kindtest.Script(t, url, texts...)
		return url, kindtest.Read(t, url)
	}
	const cron = `CREATE EXTENSION pg_cron;`
	for name, c := range map[string]struct {
		sql  []string
		want []string
	}{
		"as it comes":                 {[]string{cron}, nil},
		"one besides":                 {[]string{cron, `CREATE POLICY mine ON cron.job USING (true)`}, []string{"cron.job.mine"}},
		"one in the same transaction": {[]string{cron + `CREATE POLICY mine ON cron.job USING (true)`}, []string{"cron.job.mine"}},
		"made anew as it was": {
			[]string{cron, `DROP POLICY cron_job_policy ON cron.job; CREATE POLICY cron_job_policy ON cron.job USING (username = CURRENT_USER)`}, nil,
		},
		"altered": {[]string{cron, `ALTER POLICY cron_job_policy ON cron.job USING (true)`}, []string{"cron.job.cron_job_policy"}},
	} {
		_, is := state(c.sql...)
		var got []string
		for _, p := range is.OfKind("policy") {
			if p.Parent.Kind == "member" {
				got = append(got, p.Path)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the user's are %v, want %v", name, got, c.want)
		}
	}
	way := func(from, to []string, want ...string) {
		url, is := state(from...)
		_, goal := state(to...)
		plan, err := planner.New(is, goal, planner.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range plan.Steps {
			got = append(got, s.Verb+" "+s.Object.Kind)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the plan does %v, want %v\n%s", got, want, plan.SQL())
		}
		kindtest.Script(t, url, plan.SQL())
		if rest := catalog.Diff(kindtest.Read(t, url), goal); len(rest) > 0 {
			t.Errorf("%s is not as it shall be", rest[0].ID())
		}
	}
	mine := []string{cron, `CREATE POLICY mine ON cron.job USING (true); COMMENT ON POLICY mine ON cron.job IS 'why'`}
	way([]string{cron}, mine, "create policy", "create comment")
	way(mine, []string{cron}, "drop policy")
	way([]string{`SELECT 1`}, mine, "create extension", "create policy", "create comment")
}
