package emulate

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/sqltext"
)

// refused recognises what a hosted project refuses since April 2025 and runs here: postgres is a member of the services'
// roles here, which stands in for what the platform lets it do to their tables by other means, and lets it do more. Old
// histories hold such statements, so they run, with a warning.
func (e *Emulator) refused(text string) *change {
	if !e.platform {
		return nil
	}
	for _, rule := range []func(sqltext.Cursor) (what, advice string){
		e.inService, e.onService, e.policyOnService, e.publishesService, asService,
	} {
		what, advice := rule(sqltext.NewCursor(text))
		if what == "" {
			continue
		}
		return &change{
			sql: text, code: finding.HostedRefuses, severity: finding.Warning,
			message: what + " ran here, and a hosted project refuses it since April 2025",
			details: []string{"there postgres owns nothing of auth, realtime and storage, and may not create in them"},
			hint:    advice + "; in a file that a project ran before, it may stay as it is",
		}
	}
	return nil
}

// inService reads CREATE of something in a schema of the services.
func (e *Emulator) inService(c sqltext.Cursor) (what, advice string) {
	if !c.Take("CREATE") {
		return "", ""
	}
	c.Take("OR", "REPLACE")
	c.TakeAny("UNLOGGED", "RECURSIVE")
	words, kind := kindAt(&c)
	c.Take("IF", "NOT", "EXISTS")
	if name := c.Name(); kind != "" && len(name) > 1 && slices.Contains(serviceSchemas, name[0]) {
		return fmt.Sprintf("CREATE %s %s", words, sqltext.Ident(name...)), "put it into public or a schema of your own"
	}
	return "", ""
}

// onService reads what only the owner of a service's object may do to it.
func (e *Emulator) onService(c sqltext.Cursor) (what, advice string) {
	advice = "keep what is yours in tables of your own, with a foreign key to the service's"
	verb := strings.ToUpper(c.Text())
	switch {
	case c.Take("CREATE"):
		c.Take("UNIQUE")
		if verb = "CREATE INDEX ON"; !c.Take("INDEX") {
			return "", ""
		}
		advice = "leave it out"
		for !c.Done() && !c.At("ON") {
			c.Next()
		}
		c.Take("ON")
	case c.Take("COMMENT", "ON"):
		verb = "COMMENT ON"
		if c.Take("COLUMN") {
			name := c.Name()
			if n := len(name) - 1; n > 1 && e.ofService(name[:n]) {
				return "COMMENT ON COLUMN " + sqltext.Ident(name...), "leave it out"
			}
			return "", ""
		}
		advice = "leave it out"
		fallthrough
	case c.TakeAny("ALTER", "DROP"):
		words, kind := kindAt(&c)
		if kind == "" {
			return "", ""
		}
		verb += " " + words
	default:
		return "", ""
	}
	c.Take("IF", "EXISTS")
	c.Take("ONLY")
	name := c.Name()
	if !e.ofService(name) {
		return "", ""
	}
	if c.At("(") {
		c.Skip()
	}
	switch {
	case c.Take("OWNER", "TO") && slices.Contains(serviceRoles, single(c.Name())):
		return "", "" // a dump says whose it is anyway, which asks for no right
	case c.Take("ENABLE", "ROW", "LEVEL", "SECURITY"):
		advice = "leave it out: row level security is on there"
	}
	return verb + " " + sqltext.Ident(name...), advice
}

// policyOnService reads statements about policies, and DROP TRIGGER, on a table of which the platform does not let postgres
// have them.
func (e *Emulator) policyOnService(c sqltext.Cursor) (what, advice string) {
	verb := strings.ToUpper(c.Text())
	if !c.TakeAny("CREATE", "ALTER", "DROP") {
		return "", ""
	}
	what = verb + " POLICY ON "
	if verb == "DROP" && c.Take("TRIGGER") {
		what = "DROP TRIGGER ON "
	} else if !c.Take("POLICY") {
		return "", ""
	}
	c.Take("IF", "EXISTS")
	c.Name()
	if !c.Take("ON") {
		return "", ""
	}
	name := c.Name()
	open := func(pattern string) bool {
		ok, _ := path.Match(pattern, strings.Join(name, "."))
		return ok
	}
	if !e.ofService(name) || slices.ContainsFunc(openTables, open) {
		return "", ""
	}
	return what + sqltext.Ident(name...), "leave it out: the table is the service's alone"
}

// publishesService reads statements that put a service's table into a publication.
func (e *Emulator) publishesService(c sqltext.Cursor) (what, advice string) {
	if !c.TakeAny("CREATE", "ALTER") || !c.Take("PUBLICATION") {
		return "", ""
	}
	c.Name()
	for ; !c.Done(); c.Next() {
		if name := c.Name(); e.ofService(name) {
			return "publishing " + sqltext.Ident(name...), "publish a table of your own that a trigger fills"
		}
	}
	return "", ""
}

// asService reads SET ROLE to a service's role, and what changes its default privileges.
func asService(c sqltext.Cursor) (what, advice string) {
	switch {
	case c.Take("SET"):
		c.TakeAny("LOCAL", "SESSION")
		if !c.Take("ROLE") {
			return "", ""
		}
		what = "SET ROLE "
	case c.Take("ALTER", "DEFAULT", "PRIVILEGES", "FOR") && c.TakeAny("ROLE", "USER"):
		what = "ALTER DEFAULT PRIVILEGES FOR ROLE "
	default:
		return "", ""
	}
	role := single(c.Name())
	if role == "" && !c.Done() {
		role = strings.Trim(c.Text(), "'") // SET ROLE takes a string too
	}
	if !slices.Contains(serviceRoles, role) {
		return "", ""
	}
	return what + role, "leave it out: postgres is no member of that role there"
}

// ofService reports whether a name is that of something that a service made.
func (e *Emulator) ofService(name []string) bool {
	return len(name) == 2 && e.services[strings.Join(name, ".")]
}

// kindAt is kindOf, with indexes, and with the words as they stand.
func kindAt(c *sqltext.Cursor) (words, kind string) {
	from := *c
	if c.Take("INDEX") {
		return "INDEX", "index"
	}
	if kind = kindOf(c); kind == "" {
		return "", ""
	}
	for at, _ := c.Token(); !from.Done(); from.Next() {
		if t, _ := from.Token(); t.Start == at.Start {
			break
		}
		words += " " + strings.ToUpper(from.Text())
	}
	return strings.TrimSpace(words), kind
}

var (
	serviceSchemas = []string{"auth", "realtime", "storage"}
	serviceRoles   = []string{"supabase_auth_admin", "supabase_realtime_admin", "supabase_storage_admin"}
)

// openTables are the services' tables, as patterns, on which the platform lets postgres make and drop policies, and drop
// triggers.
var openTables = []string{
	"auth.audit_log_entries", "auth.flow_state", "auth.identities", "auth.instances", "auth.mfa_*", "auth.oauth_clients",
	"auth.one_time_tokens", "auth.refresh_tokens", "auth.saml_*", "auth.sessions", "auth.sso_*", "auth.users",
	"realtime.messages", "realtime.subscription",
	"storage.buckets", "storage.buckets_analytics", "storage.objects", "storage.prefixes", "storage.s3_multipart_uploads",
	"storage.s3_multipart_uploads_parts",
}
