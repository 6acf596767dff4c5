// Package cronjob is the kind of the jobs of pg_cron: rows that are schema in spirit.
package cronjob

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "cron_job". Its name is the job's; of one without a name, its schedule and command.
func Kind() *catalog.Kind {
	return &catalog.Kind{
		Name: "cron_job", List: list, Has: "cron.job", Create: create,
		Drop: func(c *catalog.Context, o *catalog.Object) []catalog.Statement {
			if name := o.Info.Text("name"); name != "" && o.Info.Text("username") == c.Role {
				return catalog.SQL(sqltext.Format("SELECT cron.unschedule(%L)", name))
			}
			return catalog.SQL("SELECT cron.unschedule(" + id(o, o.Info.Text("username")) + ")")
		},
		Rules: map[string]catalog.Rule{
			"schedule": catalog.Alter(alter),
			"command":  catalog.Alter(alter),
			"database": catalog.Alter(alter),
			"active":   catalog.Alter(alter),
		},
		Needs: func(*catalog.Object) []catalog.ID { return []catalog.ID{{Kind: "extension", Path: "pg_cron"}} },
	}
}

// id finds a job's number, which is another one in every database.
func id(o *catalog.Object, user string) string {
	which := sqltext.Format("jobname = %L", o.Info.Text("name"))
	if !o.Info.Has("name") {
		which = sqltext.Format("jobname IS NULL AND schedule = %L AND command = %L", o.Attrs.Text("schedule"), o.Attrs.Text("command"))
	}
	return sqltext.Format("(SELECT max(jobid) FROM cron.job WHERE %s AND username = %L)", which, user)
}

func create(c *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	schedule, command := o.Attrs.Text("schedule"), o.Attrs.Text("command")
	name, user := o.Info.Text("name"), o.Info.Text("username")
	made := user // whose it is once it is made
	var call string
	switch {
	case name == "":
		call, made = sqltext.Format("schedule(%L, %L)", schedule, command), c.Role
	case o.Attrs.Has("database") || user != c.Role:
		call = sqltext.Format("schedule_in_database(%L, %L, %L, %s, username => %L)", name, schedule, command, database(o), user)
	default:
		call = sqltext.Format("schedule(%L, %L, %L)", name, schedule, command)
	}
	var rest []string
	if name == "" && o.Attrs.Has("database") {
		rest = append(rest, "database => "+database(o))
	}
	if o.Attrs.Has("active") {
		rest = append(rest, "active => false")
	}
	if name == "" && user != c.Role { // last: from then on it is that one's
		rest = append(rest, sqltext.Format("username => %L", user))
	}
	all := catalog.SQL("SELECT cron." + call)
	if rest != nil {
		all = append(all, catalog.Statement{SQL: "SELECT cron.alter_job(" + id(o, made) + ", " + strings.Join(rest, ", ") + ")"})
	}
	return all
}

// database is where the job runs: where it is kept, unless it says another one.
func database(o *catalog.Object) string {
	if name := o.Attrs.Text("database"); name != "" {
		return sqltext.Literal(name)
	}
	return "current_database()"
}

// alter is one statement for all that differs.
func alter(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	args := []string{id(to, to.Info.Text("username"))}
	for _, attr := range from.Differing(to) {
		value := sqltext.Literal(to.Attrs.Text(attr))
		switch attr {
		case "database":
			value = database(to)
		case "active":
			value = "true"
			if to.Attrs.Has("active") {
				value = "false"
			}
		}
		args = append(args, attr+" => "+value)
	}
	return catalog.SQL("SELECT cron.alter_job(" + strings.Join(args, ", ") + ")")
}
