package diagnose

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/target"
)

// Connect returns the finding for a connection that could not be made, or whose first questions were not answered.
// The address is what a person is shown: "host:port" or a socket's folder. Secrets are passwords, tokens and whole
// connection strings: none of them, nor a password inside one, stands in any text of the finding, in whatever form.
// It ends a run as Unreachable, or as Refused where the server answers but takes no changes.
func Connect(err error, address string, secrets ...string) *finding.Finding {
	v := newAttempt(err, address, secrets)
	s := v.story()
	text := v.scrub.theirs(said(err), v.names)
	return &finding.Finding{
		Code:     s.code,
		Severity: finding.Error,
		Message:  "cannot connect to " + v.address + ": " + s.message,
		Detail:   cut(text),
		Hint:     s.hint,
		Exit:     s.exit,
		Cause:    &scrubbed{text: text, err: err},
	}
}

// ReadOnly returns the finding for a server that answers but takes no changes. Why is "standby" or the setting that
// forbids them, as target.Facts says it.
func ReadOnly(why, address string) *finding.Finding {
	f := &finding.Finding{
		Code: finding.ReadOnlyTarget, Severity: finding.Error, Exit: finding.Refused,
		Message: address + " takes no changes: " + why,
		Hint:    "push to the primary: its address, or the dashboard's connection string, not that of a read replica",
	}
	switch why {
	case "standby":
	case target.ReadOnlyToken:
		f.Hint = "it needs the permission database_write for the project; --via direct or --via pooler with the database's password do without it"
	default:
		f.Hint = "the database or the role is set read only (default_transaction_read_only): a project over its disk limit is set so by the platform; else ALTER DATABASE … RESET default_transaction_read_only"
	}
	return f
}

// story is one way in which a connection fails.
type story struct {
	code     finding.Code
	exit     finding.Exit
	message  string
	hint     string
	busy     bool // worth another try after a pause
	rejected bool // authentication failed: never another try
}

// attempt is what is known of a failed connection beside its error. No secret stands in its names, nor in what clean gives:
// sentences of ours with them in it are told as they are, also where a password is one of their words.
type attempt struct {
	err            error
	address, host  string
	user, database string
	password       string

	scrub scrubber
	names []string // are shown in any case, also where one of them is the password as well
}

func newAttempt(err error, address string, secrets []string) attempt {
	v := attempt{err: err, address: address, host: address}
	if host, _, err := net.SplitHostPort(address); err == nil {
		v.host = host
	}
	if c, ok := errors.AsType[*pgconn.ConnectError](err); ok && c.Config != nil {
		v.user, v.database, v.password = c.Config.User, c.Config.Database, c.Config.Password
	}
	v.scrub, v.names = newScrubber(append(slices.Clone(secrets), v.password)), []string{v.user, v.database, v.host, v.address}
	for _, name := range []*string{&v.user, &v.database, &v.host, &v.address} {
		*name = v.clean(*name)
	}
	return v
}

// clean takes secrets out of something from outside that is to stand in a sentence of ours.
func (v attempt) clean(text string) string { return v.scrub.value(text, v.names) }

func (v attempt) story() story {
	s := v.find()
	if s.exit == finding.OK {
		s.exit = finding.Unreachable
	}
	if s.code == "" {
		s.code = finding.Unreached
	}
	return s
}

func (v attempt) find() story {
	if _, ok := errors.AsType[*pgconn.ParseConfigError](v.err); ok {
		return story{
			code: finding.BadURL, exit: finding.Usage, message: "the connection string cannot be read",
			hint: "write it as postgres://user:password@host:port/database, with @ : / ? # % in the password percent-encoded",
		}
	}
	if errors.Is(v.err, context.Canceled) {
		return story{exit: finding.Interrupted, message: "interrupted"}
	}
	if pg, ok := errors.AsType[*pgconn.PgError](v.err); ok {
		if s, ok := poolerStory(pg); ok {
			return v.pooler(s, pg)
		}
		if tell, ok := refusals[pg.Code]; ok {
			return tell(v)
		}
		return story{code: finding.Postgres(pg.Code), message: "the server refused the connection", hint: "the detail has the server's own words; its log may say more"}
	}
	return v.network()
}

// refusals are the answers of Postgres itself to a connection.
var refusals = map[string]func(attempt) story{
	"28P01": wrongPassword,
	"28000": func(v attempt) story {
		return story{
			code: finding.AuthFailed, rejected: true, message: fmt.Sprintf("the server does not let user %q in from here", v.user),
			hint: "check the user's name and that it has LOGIN; if the server's pg_hba.conf asks for TLS, add sslmode=require",
		}
	},
	"3D000": func(v attempt) story {
		return story{
			code: finding.Postgres("3D000"), message: fmt.Sprintf("there is no database %q", v.database),
			hint: "check the name at the end of the connection string; on Supabase it is postgres",
		}
	},
	"42501": func(v attempt) story {
		return story{
			code: finding.Postgres("42501"), message: fmt.Sprintf("user %q may not connect to database %q", v.user, v.database),
			hint: "GRANT CONNECT ON DATABASE … TO the user, as the database's owner",
		}
	},
	"53300": func(attempt) story {
		return story{
			code: finding.ServerBusy, busy: true, message: "no connection is free",
			hint: "close idle connections (pg_stat_activity shows them), or use the pooler's connection string; then run again",
		}
	},
	"57P03": func(attempt) story {
		return story{
			code: finding.ServerBusy, busy: true, message: "the server is starting up or shutting down",
			hint: "run again in a moment; a restored or paused project takes minutes",
		}
	},
	"55000": func(v attempt) story {
		return story{
			code: finding.Postgres("55000"), message: fmt.Sprintf("the database %q takes no connections", v.database),
			hint: "it is a template, or ALTER DATABASE … ALLOW_CONNECTIONS false was said",
		}
	},
	"25006": func(v attempt) story {
		f := ReadOnly("default_transaction_read_only", v.address)
		return story{code: f.Code, exit: f.Exit, message: "the server takes no changes", hint: f.Hint}
	},
	"08P01": func(attempt) story { return startupParameter },
	"42P05": func(attempt) story { return preparedMixed },
	"26000": func(attempt) story { return preparedMixed },
	"0A000": func(attempt) story {
		return story{
			code: finding.ServerVersion, message: "the server speaks another version of the protocol",
			hint: "cairn speaks to Postgres 12 and later",
		}
	},
}

func wrongPassword(v attempt) story {
	s := story{
		code: finding.AuthFailed, rejected: true,
		message: fmt.Sprintf("the server did not accept the password of user %q", v.user),
		hint: "correct it in the connection string (percent-encode @ : / ? # %) or in SUPABASE_DB_PASSWORD; on Supabase it can be reset under Project Settings > Database. " +
			"It is not tried again by itself: poolers ban an address after a few wrong passwords",
	}
	if v.password == "" {
		s.message = fmt.Sprintf("the server wants a password for user %q and none was given", v.user)
		s.hint = "put it into the connection string, SUPABASE_DB_PASSWORD, PGPASSWORD or ~/.pgpass"
	}
	return s
}

// said returns what the server or the driver said, line by line, each line once.
func said(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return lines(pg.Severity+": "+pg.Message+" (SQLSTATE "+pg.Code+")", pg.Detail, pg.Hint)
	}
	if c, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		err = c.Unwrap()
	}
	var once []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(once, line) {
			once = append(once, line)
		}
	}
	return strings.Join(once, "\n")
}
