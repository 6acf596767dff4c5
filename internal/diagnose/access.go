package diagnose

import (
	"fmt"
	"strings"
)

// accessAdvice is about rights.
var accessAdvice = map[string]func(scene) string{
	"42501": denied,
	"28000": always("The role may not do this here: the role needs LOGIN, and for SET ROLE membership (GRANT role TO current role)."),
	"0LP01": always("Only the role that has a right WITH GRANT OPTION, or the owner, may grant it."),
	"0P000": always("A role cannot be given up like this: check the name behind SET ROLE or RESET ROLE."),
	"2F003": always("Postgres lets only a superuser connect to a foreign server without a password: CREATE USER MAPPING … OPTIONS (user '…', password '…'), or put the password into the connection string of dblink()."),
	"25006": always("The database is read only: a standby, default_transaction_read_only, or a project over its disk limit. Push to the primary."),
}

// owned are the verbs that need ownership rather than a grant.
var owned = map[string]bool{"alter": true, "drop": true, "comment": true, "create": true, "reindex": true, "cluster": true, "vacuum": true, "analyze": true, "refresh": true}

func denied(s scene) string {
	w := s.words
	if parameter, _ := w.after("set").name(); (w.starts("alter database") || w.starts("alter role") || w.starts("alter user")) && strings.Contains(parameter, ".") {
		return "A setting with a name of your own, such as app.settings.key, is a superuser's to keep with a database or a role since Postgres 15, and postgres on a Supabase project is none: " +
			"keep a secret with vault.create_secret() and read it from vault.decrypted_secrets, and anything else in a table."
	}
	if s.pg.Routine == "ExecWithCheckOptions" {
		return "No policy of the table lets the current role write this row: run data changes as the table's owner or service_role, or add a policy WITH CHECK."
	}
	if schema, table := platformTable(w); schema != "" {
		return platformDenied(w, schema, table)
	}
	switch {
	case w.starts("create extension"):
		return "The extension is not trusted, so only a superuser may make it: on Supabase switch it on in the dashboard (Database > Extensions)."
	case w.starts("create event trigger") || w.starts("alter system") || w.has("superuser") || w.has("bypassrls") || w.has("replication") || w.has("program"):
		return "This needs a superuser, which postgres on a Supabase project is not: leave it out, or do it as a role setting (ALTER ROLE … SET) or in the dashboard."
	case w.starts("create role") || w.starts("create user") || w.starts("alter role") || w.starts("alter user") || w.starts("drop role"):
		return "Changing roles needs CREATEROLE, and since Postgres 16 ADMIN OPTION on the role. The platform's own roles (anon, authenticated, service_role, supabase_*) stay as they are."
	case w.starts("set role") || w.starts("set session"):
		return "The current role must be a member of that one: GRANT role TO current role, or leave the statement out."
	case w.starts("create schema"):
		return "Making a schema needs CREATE on the database: GRANT CREATE ON DATABASE … TO the role that pushes."
	case w.starts("create publication") || w.starts("create subscription"):
		return "FOR ALL TABLES and subscriptions need a superuser: name the tables, and add them to the publication supabase_realtime."
	case len(w) > 0 && w.has("default privileges"):
		return "Default privileges belong to the role that makes the objects: leave FOR ROLE out, or be a member of that role."
	case len(w) > 0 && owned[w[0].key]:
		return "Only the owner may do this: the object was made by another role (the dashboard makes as postgres, an earlier SET ROLE as that role). " +
			"Connect as the owner, or let the owner write ALTER … OWNER TO; to create in a schema, the role needs GRANT CREATE ON SCHEMA."
	}
	return "The current role lacks a right: GRANT it on the table (and USAGE on its schema) in a migration before this one, or connect as a role that has it. " +
		"An earlier SET ROLE in the same file counts too."
}

// platformTable returns the first name in w that lives in a schema of the Supabase platform. In DDL only what stands
// before the first condition or body counts: that is what the statement changes.
func platformTable(w words) (schema, table string) {
	if len(w) > 0 && owned[w[0].key] {
		for i := range w {
			switch w[i].key {
			case "using", "with", "as", "execute", "references", "select":
				return platformTable(w[1:i])
			}
		}
	}
	for i := 0; i+2 < len(w); i++ {
		name := strings.Trim(w[i].text, `"`)
		if w[i+1].key == "." && platformSchemas[name] && w[i+2].text != "(" && (i+3 >= len(w) || w[i+3].key != "(" || w.starts("insert")) {
			return name, strings.Trim(w[i+2].text, `"`)
		}
	}
	if w.has("schema") {
		if name, _ := w.after("schema").name(); platformSchemas[name] {
			return name, ""
		}
	}
	return "", ""
}

func platformDenied(w words, schema, table string) string {
	name := strings.TrimSuffix(schema+"."+table, ".")
	switch {
	case w.has("row level security"):
		return fmt.Sprintf("%s belongs to the platform, which has row level security on there already: leave the statement out and only write its policies.", name)
	case schema == "storage" && w.starts("create policy"):
		return fmt.Sprintf("%s belongs to the platform; on a hosted project postgres may write policies on it. Push as postgres, or make the policy in the dashboard (Storage > Policies).", name)
	case schema == "auth" && w.has("trigger"):
		return fmt.Sprintf("%s belongs to the platform: a trigger on auth.users needs the right TRIGGER on it, which postgres has on a hosted project. Push as postgres.", name)
	case schema == "vault":
		return "Secrets are written by functions: SELECT vault.create_secret('value', 'name') for a new one, vault.update_secret(id, 'value') for one that is there; " +
			"they are read from vault.decrypted_secrets, as postgres or service_role."
	case schema == "extensions":
		return "The schema extensions belongs to the platform: extensions go in with CREATE EXTENSION … WITH SCHEMA extensions, objects of your own go into a schema of your own."
	}
	return fmt.Sprintf("%s belongs to the platform and only its own role may change it: put tables, functions and indexes of your own into public or a schema of your own, and point at it with a foreign key.", name)
}
