package diagnose

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
)

// Poolers put their own errors into Postgres' form under a SQLSTATE that says nothing (XX000, 08P01), so their
// texts have to be read. Nobody translates those. Supavisor writes a code of its own in front: "(ENOTFOUND) …".
var supavisorCode = regexp.MustCompile(`^\((E[A-Z]+)\) `)

// poolerTexts are the texts of poolers that write no code: older Supavisors and PgBouncer.
var poolerTexts = []struct{ text, code string }{
	{"tenant or user not found", "ENOTFOUND"},
	{"tenant/user ", "ENOTFOUND"},
	{"not in tenant allow_list", "EADDRNOTALLOWED"},
	{"maxclientsinsessionmode", "EMAXCONNSESSION"},
	{"max clients reached in session mode", "EMAXCONNSESSION"},
	{"max client connections reached", "EMAXCONN"},
	{"unable to check out", "ECHECKOUTTIMEOUT"},
	{"ssl connection is required", "ESSLREQUIRED"},
	{"circuit breaker open", "ECIRCUITBREAKER"},
	{"too many authentication failures", "ECIRCUITBREAKER"},
	{"tenant is banned", "EBANNED"},
	{"invalid format for user or db_name", "EINVALIDUSERINFO"},
	{"unsupported startup parameter", "ESTARTUPPARAMETER"},
	{"no more connections allowed", "EMAXCONN"},
	{"query_wait_timeout", "ECHECKOUTTIMEOUT"},
	{"no such database", "ENODATABASE"},
	{"no such user", "EWRONGPASSWORD"},
	{"server login has been failing", "EDBHANDLEREXITED"},
	{"server login failed", "EDBHANDLEREXITED"},
	{"cannot connect to server", "EDBHANDLEREXITED"},
	{"pgbouncer is shutting down", "EDBHANDLEREXITED"},
}

// poolerReasons part the codes that Supavisor has for more than one cause.
var poolerReasons = []struct{ code, text, is string }{
	{"ECIRCUITBREAKER", "to connect to the database", blocked},
	{"ECIRCUITBREAKER", "retrieve database credentials", blocked},
	{"EAUTHQUERY", "user not found", unknownRole},
}

// Codes of ours for those causes.
const (
	blocked     = "ECIRCUITBREAKER database"
	unknownRole = "EAUTHQUERY role"
)

var (
	startupParameter = story{
		message: "a pooler on the way refuses a setting that the connection string sends at start-up",
		hint:    "take options=… and other server settings out of the connection string (and PGOPTIONS out of the environment), or use the session port (5432)",
	}
	preparedMixed = story{
		message: "a pooler on the way mixes up prepared statements",
		hint:    "use the session port (5432) or the direct host",
	}
)

var poolerStories = map[string]story{
	"ENOTFOUND": {
		code:    finding.AuthFailed,
		message: "the pooler does not know this project or user",
	},
	"EADDRNOTALLOWED": {
		message: "the project's network restrictions do not allow this machine's address",
		hint:    "add it in the dashboard under Project Settings > Database > Network Restrictions",
	},
	"EMAXCONNSESSION": {
		code: finding.ServerBusy, busy: true,
		message: "the session pooler has no connection free",
		hint:    "each client holds one for its whole session: close idle ones, raise the pool size (dashboard > Project Settings > Database), or use the direct host",
	},
	"EMAXCONN": poolerFull,
	"ECHECKOUTTIMEOUT": {
		code: finding.ServerBusy, busy: true,
		message: "the pooler found no free connection to the database in time",
		hint:    "long transactions hold them all: look into pg_stat_activity, or use the direct host; then run again",
	},
	"ESSLREQUIRED": {
		code:    finding.UntrustedServer,
		message: "the project takes only encrypted connections",
		hint:    "add sslmode=require (or verify-full with sslrootcert) to the connection string",
	},
	"ECIRCUITBREAKER": {
		code: finding.AuthFailed, rejected: true,
		message: "the pooler blocks new connections after too many failures, most often wrong passwords",
		hint:    "correct the password, stop whatever else keeps trying, wait some minutes, and run again; it is not tried again by itself",
	},
	blocked: {
		code:    finding.ServerBusy,
		message: "the pooler could not reach the database several times, and blocks new connections for a while",
		hint:    "look into the dashboard whether the database is up, wait some minutes, and run again; the direct host leaves the pooler out",
	},
	unknownRole: {
		code: finding.AuthFailed, rejected: true,
		message: "the database has no such role that may log in",
		hint:    "check the part of the user's name before the dot: postgres.<project ref> is the role postgres",
	},
	"EBANNED": {
		code: finding.AuthFailed, rejected: true,
		message: "the platform has banned this project or address",
		hint:    "too many failed logins do that for half an hour (dashboard > Project Settings > Database > Banned IPs); else ask the platform's support",
	},
	"EINVALIDUSERINFO": {
		code: finding.AuthFailed, rejected: true,
		message: "the pooler cannot read the user or database name",
		hint:    "write the user as postgres.<project ref> and the database as postgres",
	},
	"ENOIDENTIFIER": {
		code:    finding.AuthFailed,
		message: "the pooler does not know this project or user",
	},
	"EMULTIPLEUSERS": {
		code: finding.AuthFailed, rejected: true,
		message: "the pooler knows this user more than once",
		hint:    "its configuration for the project is at fault: ask the platform's support, and use the direct host meanwhile",
	},
	"EAUTHQUERY": {
		code: finding.ServerBusy, busy: true,
		message: "the pooler could not ask the database for the user's password",
		hint:    "the database may be down, restarting or full of connections: look into the dashboard, then run again; the direct host leaves the pooler out",
	},
	"EWRONGPASSWORD":    {code: finding.AuthFailed, rejected: true},
	"ESTARTUPPARAMETER": startupParameter,
	"ESTARTUPMESSAGE":   startupParameter,
	"EPREPAREDDUP":      preparedMixed, "EPREPAREDNOTFOUND": preparedMixed, "EPSSIMPLEQUERY": preparedMixed, "EMAXPREPARED": preparedMixed,
	"ENODATABASE": {
		code:    finding.Postgres("3D000"),
		message: "the pooler does not know this database",
		hint:    "check the name at the end of the connection string; on Supabase it is postgres",
	},
	"EMAXPOOLSREACHED":  poolerFull,
	"EDBHANDLEREXITED":  behindPooler,
	"EAUTHSECRETS":      behindPooler,
	"EAUTHTIMEOUT":      behindPooler,
	"ESUBSCRIBERETRIES": behindPooler,
	"ECHECKOUTRETRIES":  behindPooler,
}

var (
	poolerFull = story{
		code: finding.ServerBusy, busy: true,
		message: "the pooler takes no more clients",
		hint:    "close idle clients and run again",
	}
	behindPooler = story{
		code: finding.ServerBusy, busy: true,
		message: "the pooler cannot reach the database behind it",
		hint:    "the database may be restarting or paused: look into the dashboard, then run again",
	}
)

// poolerFallback tells a code of Supavisor that has no story of its own.
var poolerFallback = story{
	message: "the pooler refused the connection",
	hint:    "the detail has its own words; the direct host, or the session port (5432), leaves the pooler out",
}

// poolerStory returns the story of an error that a pooler wrote.
func poolerStory(pg *pgconn.PgError) (story, bool) {
	if m := supavisorCode.FindStringSubmatch(pg.Message); m != nil {
		code := m[1]
		for _, known := range poolerReasons {
			if known.code == code && strings.Contains(pg.Message, known.text) {
				code = known.is
			}
		}
		s, ok := poolerStories[code]
		if !ok {
			s = poolerFallback
		}
		return s, true
	}
	switch pg.Code {
	case "XX000", "08P01", "08006", "53300", "28000", "28P01":
		lower := strings.ToLower(pg.Message)
		for _, known := range poolerTexts {
			if strings.Contains(lower, known.text) {
				return poolerStories[known.code], true
			}
		}
	}
	return story{}, false
}

// pooler fills in what only this attempt tells.
func (v attempt) pooler(s story, pg *pgconn.PgError) story {
	switch s.message {
	case "":
		return wrongPassword(v)
	case poolerStories["ENOTFOUND"].message:
		s.hint = v.unknownTenant()
	case poolerStories[unknownRole].message:
		s.message = fmt.Sprintf("the database has no role %q that may log in", role(v.user))
	case poolerStories["EADDRNOTALLOWED"].message:
		if address := tuple(pg.Message); address != "" {
			s.message += " (" + v.clean(address) + ", as the server sees it)"
		}
	}
	return s
}

// unknownTenant says which of the causes of an unknown project holds, as far as the attempt shows it.
func (v attempt) unknownTenant() string {
	name, ref, ok := strings.Cut(v.user, ".")
	if !ok { // newer Supavisors say ENOIDENTIFIER
		return fmt.Sprintf("the pooler finds the project by the user's name: write the user as %s.<project ref>", or(v.user, "postgres"))
	}
	return fmt.Sprintf("copy the pooler's host from dashboard > Connect: a project lives behind one host only (its region, and aws-0- or aws-1-), here %s was asked. "+
		"If that is right, check the ref %s and the role %s, and whether the project is paused or deleted", v.host, ref, name)
}

// role is the database's name for a user that a pooler finds the project by.
func role(user string) string {
	name, _, _ := strings.Cut(user, ".")
	return name
}

// tuple reads the address out of "address not in tenant allow_list: {203, 0, 113, 7}".
func tuple(text string) string {
	_, rest, ok := strings.Cut(text, "{")
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "}")
	parts := strings.Split(strings.ReplaceAll(rest, " ", ""), ",")
	switch len(parts) {
	case 4:
		return strings.Join(parts, ".")
	case 8:
		var groups []string
		for _, part := range parts {
			var n uint16
			if _, err := fmt.Sscan(part, &n); err != nil {
				return ""
			}
			groups = append(groups, fmt.Sprintf("%x", n))
		}
		return strings.Join(groups, ":")
	}
	return ""
}
