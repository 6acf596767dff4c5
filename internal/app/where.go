package app

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/user"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/local"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
	"github.com/cairndb/cairn/internal/target/route"
)

// Where says which database a verb was asked to work on. At most one field is set; none means the verb's default.
type Where struct {
	Local  bool
	Linked bool          // the linked project: --linked, or --remote without a value
	URL    secret.String // a connection string: --db-url, or --remote=URL

	// A hosted project: its ref, its URL, its page in the dashboard, or the name of a [remotes] block (--remote=…,
	// --project-ref). "" is the linked one.
	Project  string
	Via      string        // --via: the way to a hosted project; "" is ViaAuto
	Password secret.String // --password: of a hosted project's database
}

// Default is the database that a verb works on where it was not told (DESIGN §10).
type Default int

// The defaults.
const (
	LinkedByDefault Default = iota
	LocalByDefault
)

// defaults are the verbs that take a target, with the one that they work on by themselves. The verbs, the help of their
// flags and the commands in hints all have it from here.
var defaults = map[string]Default{
	"db push": LinkedByDefault, "db pull": LinkedByDefault, "db dump": LinkedByDefault, "migration baseline": LinkedByDefault, "db unlock": LinkedByDefault, "run resolve": LinkedByDefault,
	"run-migration": LinkedByDefault, "migration fetch": LinkedByDefault, "migration list": LinkedByDefault, "migration repair": LinkedByDefault,
	"migration up": LocalByDefault, "migration down": LocalByDefault, "migration status": LocalByDefault,
	"doctor": LinkedByDefault,
	"status": LocalByDefault, "db diff": LocalByDefault, "db snapshot": LocalByDefault, "db reset": LocalByDefault, "db query": LocalByDefault, "db seed": LocalByDefault,
	"watch": LocalByDefault, "db inspect": LocalByDefault, "db schema declarative generate": LocalByDefault,
}

// DefaultOf returns the database that a verb works on where it was not told; false where it takes none.
func DefaultOf(verb string) (Default, bool) {
	d, ok := defaults[verb]
	return d, ok
}

// local reports whether the project's local database is meant.
func (w Where) local(byDefault Default) bool {
	return w.URL.IsZero() && w.Project == "" && (w.Local || !w.Linked && byDefault == LocalByDefault)
}

// place is a database that was chosen, with what consent needs to know of it. Whether it is Local is known once
// near was called.
type place struct {
	target.Target
	route   *direct.Target // the same, where it is one that a connection string names; nil for a hosted project
	ways    *route.Target  // the same, where several ways lead to it; nil elsewhere
	hosted  *remoteProject // the hosted project that it is of, or nil
	ours    bool           // the project's own local database, started by cairn
	confirm string         // what a person types to confirm what cannot be taken back

	protected bool // every change is confirmed by typing

	port   int    // that of the project's local database
	looked bool   // near was called
	away   string // why it is not on this machine, although its address says so
}

func placeOn(to *direct.Target, confirm string) *place {
	return &place{Target: to, route: to, confirm: confirm}
}

// place opens nothing; it finds the database that is meant.
func (a *App) place(ctx context.Context, p *project.Project, w Where, byDefault Default, s event.Sink) (*place, error) {
	switch {
	case !w.URL.IsZero():
		return placeAt(p, w.URL)
	case w.local(byDefault):
		return a.localPlace(ctx, p, s)
	}
	return a.hostedPlace(ctx, p, w, s)
}

// placeAt is the database behind a connection string. Who the driver would reach counts, not what is written: a host
// that the string leaves out comes from PGHOST or a service file. A password that is found nowhere else is
// SUPABASE_DB_PASSWORD, from the environment or an .env file.
func placeAt(p *project.Project, url secret.String) (*place, error) {
	address, err := project.ParseURL(url.Reveal())
	if err != nil {
		return nil, err
	}
	if config, err := pgconn.ParseConfig(address.DSN().Reveal()); err == nil { // where not, connecting says why
		address.Host, address.Port, address.Database = config.Host, config.Port, config.Database
		if config.Password == "" {
			address.Password = p.Config.DB.Password
		}
	}
	at := placeOn(&direct.Target{URL: address.DSN(), Label: "database " + address.String(), Patient: true}, cmp.Or(address.Database, "yes"))
	at.port = p.Config.DB.Port
	return at, nil
}

// localPlace is the project's local database: the one that cairn started, or whatever listens on its port.
func (a *App) localPlace(ctx context.Context, p *project.Project, s event.Sink) (*place, error) {
	server, err := a.server(p, s)
	if err != nil {
		return nil, err
	}
	status, err := server.Status(ctx)
	if err != nil {
		return nil, err
	}
	port := p.Config.DB.Port
	if status.Running {
		return ourPlace(status), nil
	}
	if err := server.Neighbour(); err != nil {
		return nil, err
	}
	if !listening(ctx, port) {
		return nil, &finding.Finding{
			Code: finding.NotStarted, Severity: finding.Error, Exit: finding.Unreachable,
			Message: "the local database is not running: nothing listens on " + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
			Hint:    "`cairn db start` starts it, `cairn db reset` starts it fresh",
		}
	}
	address := project.Address{
		Host: "127.0.0.1", Port: uint16(port), Database: "postgres", User: "postgres", Password: secret.New("postgres"),
	}
	at := placeOn(&direct.Target{URL: address.DSN(), Label: localLabel(port)}, "postgres")
	at.port = port
	return at, nil
}

// ourPlace is a local database that cairn started.
func ourPlace(st *local.Status) *place {
	url := secret.New(st.SocketURL("postgres", "postgres"))
	at := placeOn(&direct.Target{URL: url, Label: localLabel(st.Port), IsLocal: true}, "postgres")
	at.ours = true
	return at
}

func localLabel(port int) string { return fmt.Sprintf("local database (127.0.0.1:%d)", port) }

// who names the person or machine that runs: user@host.
func (a *App) who() string {
	name := a.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if by := a.Getenv("SUDO_USER"); by != "" {
		name = by
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return name + "@" + host
}

// listening reports whether anything takes connections on a loopback port.
func listening(ctx context.Context, port int) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// quoted is a command in a hint: its name of one or two words, and its arguments.
var quoted = regexp.MustCompile("`cairn ((?:(?:db|migration|run) )?[a-z-]+)([^`]*)`")

// targeted are the arguments of a command that say its target already.
var targeted = regexp.MustCompile(`--(?:db-url|local|linked|remote)\b`)

// onTarget adds to the commands in a hint the target that was meant: without it they would work on another. A connection
// string is not repeated: it may hold a password.
func onTarget(hint string, w Where, byDefault Default) string {
	return quoted.ReplaceAllStringFunc(hint, func(command string) string {
		parts := quoted.FindStringSubmatch(command)
		own, takes := defaults[parts[1]]
		var flag string
		switch {
		case !takes || targeted.MatchString(parts[2]):
		case !w.URL.IsZero():
			flag = " --db-url …"
		case w.Project != "":
			flag = " --remote=" + w.Project
		case w.local(byDefault) && (w.Local || own != LocalByDefault):
			flag = " --local"
		case !w.local(byDefault) && (w.Linked || own != LinkedByDefault):
			flag = " --linked"
		}
		return "`cairn " + parts[1] + flag + parts[2] + "`"
	})
}

// aim is onTarget for the hint of a finding that ends a verb.
func aim(err error, w Where, byDefault Default) error {
	f := finding.As(err)
	if f == nil {
		return err
	}
	aimed := *f
	aimed.Hint = onTarget(f.Hint, w, byDefault)
	return &aimed
}
