package emulate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// escalate recognises the statements that postgres may run on the platform though they take a superuser, by their kind
// and their object. Everything else is the server's to refuse.
func (e *Emulator) escalate(text string) *change {
	if !e.platform {
		return nil
	}
	for _, rule := range []func(string, sqltext.Cursor) *change{
		e.eventTrigger, e.setting, e.publication, e.wrapper, e.owner, e.given, e.defaults,
	} {
		if c := rule(text, sqltext.NewCursor(text)); c != nil {
			c.elevate, c.code = true, finding.Escalated
			if c.sql == "" {
				c.sql = text
			}
			return c
		}
	}
	return nil
}

// eventTrigger reads CREATE, ALTER and DROP EVENT TRIGGER. Those of the platform are not postgres' to touch.
func (e *Emulator) eventTrigger(_ string, c sqltext.Cursor) *change {
	verb := strings.ToUpper(c.Text())
	if !c.TakeAny("CREATE", "ALTER", "DROP") || !c.Take("EVENT", "TRIGGER") {
		return nil
	}
	c.Take("IF", "EXISTS")
	name := single(c.Name())
	if name == "" || slices.Contains(platformTriggers, name) {
		return nil
	}
	return &change{message: fmt.Sprintf("%s EVENT TRIGGER %s took a superuser", verb, sqltext.Ident(name))}
}

// platformTriggers are the event triggers of the platform.
var platformTriggers = []string{
	"issue_graphql_placeholder", "issue_pg_cron_access", "issue_pg_graphql_access", "issue_pg_net_access", "pgrst_ddl_watch",
	"pgrst_drop_watch",
}

// setting reads ALTER ROLE … SET and ALTER DATABASE … SET of a setting whose module the server does not know.
func (e *Emulator) setting(_ string, c sqltext.Cursor) *change {
	what := ""
	switch {
	case c.Take("ALTER", "ROLE"), c.Take("ALTER", "USER"):
		role := single(c.Name())
		if !slices.Contains([]string{"anon", "authenticated", "authenticator", "postgres", "service_role"}, role) {
			return nil
		}
		if what = "ALTER ROLE " + role; c.Take("IN", "DATABASE") {
			c.Name()
		}
	case c.Take("ALTER", "DATABASE"):
		what = "ALTER DATABASE " + sqltext.Ident(single(c.Name()))
	}
	if what == "" || !c.Take("SET") {
		return nil
	}
	parameter := strings.ToLower(strings.Join(c.Name(), "."))
	module, _, prefixed := strings.Cut(parameter, ".")
	if !prefixed || e.parameters[parameter] || !slices.Contains([]string{"auto_explain", "pg_stat_statements", "pgrst", "plan_filter"}, module) {
		return nil
	}
	return &change{message: fmt.Sprintf("%s SET %s took a superuser", what, parameter)}
}

// publication reads CREATE PUBLICATION … FOR ALL TABLES or TABLES IN SCHEMA, and changes of one.
func (e *Emulator) publication(_ string, c sqltext.Cursor) *change {
	verb := strings.ToUpper(c.Text())
	if !c.TakeAny("CREATE", "ALTER", "DROP") || !c.Take("PUBLICATION") {
		return nil
	}
	c.Take("IF", "EXISTS")
	name := single(c.Name())
	key := "publication " + name
	made := &change{message: fmt.Sprintf("%s PUBLICATION %s took a superuser", verb, sqltext.Ident(name))}
	if verb != "CREATE" && e.others[key] {
		made.then = func(e *Emulator) { e.others[key] = verb != "DROP" }
		return made
	}
	for ; !c.Done(); c.Skip() {
		if c.Take("ALL", "TABLES") || c.Take("TABLES", "IN", "SCHEMA") {
			if verb == "CREATE" {
				made.then = func(e *Emulator) { e.others[key] = true }
			}
			return made
		}
	}
	return nil
}

// wrapper reads CREATE, ALTER and DROP FOREIGN DATA WRAPPER. A new one may be used, and passed on, by postgres.
func (e *Emulator) wrapper(text string, c sqltext.Cursor) *change {
	verb := strings.ToUpper(c.Text())
	if !c.TakeAny("CREATE", "ALTER", "DROP") || !c.Take("FOREIGN", "DATA", "WRAPPER") {
		return nil
	}
	c.Take("IF", "EXISTS")
	name := sqltext.Ident(single(c.Name()))
	made := &change{sql: text, message: fmt.Sprintf("%s FOREIGN DATA WRAPPER %s took a superuser", verb, name)}
	if verb == "CREATE" {
		made.sql += "\n; GRANT USAGE ON FOREIGN DATA WRAPPER " + name + " TO postgres WITH GRANT OPTION"
	}
	return made
}

// owner reads ALTER … OWNER TO one of the platform's own roles, which dumps of a project hold.
func (e *Emulator) owner(_ string, c sqltext.Cursor) *change {
	if !c.Take("ALTER") {
		return nil
	}
	kind := kindOf(&c)
	if kind == "" {
		return nil
	}
	c.Take("IF", "EXISTS")
	c.Take("ONLY")
	name := c.Name()
	if c.At("(") {
		c.Skip()
	}
	if !c.Take("OWNER", "TO") {
		return nil
	}
	role := single(c.Name())
	home := map[string]string{"supabase_auth_admin": "auth", "supabase_storage_admin": "storage", "supabase_realtime_admin": "realtime"}[role]
	if role != "supabase_admin" && (home == "" || len(name) < 2 || name[0] == home) {
		return nil
	}
	return &change{
		message: fmt.Sprintf("ALTER %s %s OWNER TO %s took a superuser", strings.ToUpper(kind), sqltext.Ident(name...), role), wider: true,
		then: func(e *Emulator) { e.others[kind+" "+strings.Join(name, ".")] = true },
	}
}

// given reads statements about an object that an earlier one handed to the superuser.
func (e *Emulator) given(_ string, c sqltext.Cursor) *change {
	verb := strings.ToUpper(c.Text())
	switch {
	case c.TakeAny("GRANT", "REVOKE"):
		for !c.Done() && !c.At("ON") {
			c.Skip()
		}
		c.Take("ON")
	case c.Take("COMMENT", "ON"), c.Take("ALTER"), c.Take("DROP"):
	case c.Take("CREATE", "OR", "REPLACE"):
	default:
		return nil
	}
	back := c
	kind := kindOf(&c)
	if kind == "" { // GRANT … ON a table need not say so
		c, kind = back, "table"
	}
	c.Take("IF", "EXISTS")
	name := c.Name()
	key := kind + " " + strings.Join(name, ".")
	if len(name) == 0 || !e.others[key] {
		return nil
	}
	made := &change{message: fmt.Sprintf("%s of %s %s took a superuser", verb, kind, sqltext.Ident(name...)), wider: true}
	if verb == "DROP" {
		made.then = func(e *Emulator) { delete(e.others, key) }
	}
	return made
}

// defaults reads ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin, which dumps of a project hold.
func (e *Emulator) defaults(_ string, c sqltext.Cursor) *change {
	if !c.Take("ALTER", "DEFAULT", "PRIVILEGES", "FOR") || !c.TakeAny("ROLE", "USER") || single(c.Name()) != "supabase_admin" {
		return nil
	}
	return &change{message: "ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin took a superuser", wider: true}
}

// kindOf goes past the words for a kind of object that has an owner and returns one word for it; "" where none stands.
func kindOf(c *sqltext.Cursor) string {
	switch {
	case c.TakeAny("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"):
		return "function"
	case c.Take("TABLE"), c.Take("VIEW"), c.Take("MATERIALIZED", "VIEW"), c.Take("FOREIGN", "TABLE"), c.Take("SEQUENCE"):
		return "table"
	case c.TakeAny("TYPE", "DOMAIN"):
		return "type"
	case c.Take("SCHEMA"):
		return "schema"
	case c.Take("PUBLICATION"):
		return "publication"
	}
	return ""
}
