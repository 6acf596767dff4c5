// Package direct is the route to a database over the Postgres protocol: straight to the server, or through a pooler.
package direct

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed facts.sql
var factsSQL string

//go:embed system.sql
var systemSQL string

const (
	// cancelGrace is how long a cancelled statement may take to stop before the connection is given up.
	cancelGrace = 2 * time.Second
	// silence is how long a peer may stay silent at TCP level before the connection counts as lost (reliability row 17).
	silence = 30 * time.Second
	// dialTimeout bounds the time to one address, as in the Supabase CLI's remote default.
	dialTimeout = 10 * time.Second
)

// Target is a database named by a connection string.
type Target struct {
	URL     secret.String // a postgres:// URL or a keyword/value string, valid for pgconn.ParseConfig
	Label   string        // what Name returns
	IsLocal bool          // what Local returns
	Role    string        // the role to become after connecting, and to go back to; "" stays who connects
	Patient bool          // a server or pooler that takes nobody now is asked again for some seconds
}

// Name returns the label.
func (t *Target) Name() string { return t.Label }

// Local reports whether it is the project's own local database.
func (t *Target) Local() bool { return t.IsLocal }

// Open connects and asks the server what it is.
func (t *Target) Open(ctx context.Context, opt target.Options) (target.Session, error) {
	s := &Session{role: cmp.Or(opt.Role, t.Role), target: t, application: opt.Application}
	conn, err := t.connect(ctx, opt, func(channel string) { s.heard = channel })
	if err != nil {
		return nil, err
	}
	s.conn = conn
	asking, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := s.ask(asking); err != nil {
		_ = s.Close()
		return nil, t.unreached(ctx, err)
	}
	return s, nil
}

// Connect opens the bare connection that a session stands on, for what only the protocol can say: the columns of a
// result. The error is context.Canceled, or a *finding.Finding with exit Unreachable.
func (t *Target) Connect(ctx context.Context, opt target.Options) (*pgconn.PgConn, error) {
	return t.connect(ctx, opt, nil)
}

// connect is Connect where somebody hears notifications.
func (t *Target) connect(ctx context.Context, opt target.Options, heard func(channel string)) (*pgconn.PgConn, error) {
	config, err := t.config(opt)
	if err != nil {
		return nil, err
	}
	if heard != nil {
		config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { heard(n.Channel) }
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	for _, wait := range pauses() {
		if err == nil || !t.Patient || !diagnose.Busy(err) {
			break
		}
		if pause.For(ctx, wait) == nil {
			conn, err = pgconn.ConnectConfig(ctx, config)
		}
	}
	if err != nil {
		return nil, t.unreached(ctx, err)
	}
	return conn, nil
}

// pauses are how long a server or pooler that takes nobody now is left alone before it is asked again (reliability rows
// 36 and 67). Connections are given back in seconds or not at all: whoever waits longer wants to know why.
func pauses() []time.Duration { return []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} }

// unreached says why there is no session.
func (t *Target) unreached(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return context.Canceled
	}
	address, password := t.Label, ""
	if config, err := pgconn.ParseConfig(t.URL.Reveal()); err == nil {
		password = config.Password
		address = net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
		if strings.HasPrefix(config.Host, "/") {
			address = config.Host
		}
	}
	return diagnose.Connect(err, address, t.URL.Reveal(), password)
}

// config turns the connection string into what pgconn needs. Server settings are never sent at start-up, since
// poolers refuse them (08P01): a PGOPTIONS or PGTZ of the environment is dropped, what the string itself says stays.
func (t *Target) config(opt target.Options) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(t.URL.Reveal())
	if err != nil {
		return nil, unusable(err)
	}
	if v := os.Getenv("PGOPTIONS"); v != "" && config.RuntimeParams["options"] == v {
		delete(config.RuntimeParams, "options")
	}
	if v := os.Getenv("PGTZ"); v != "" && config.RuntimeParams["timezone"] == v {
		delete(config.RuntimeParams, "timezone")
	}
	config.RuntimeParams["application_name"] = opt.Application
	config.RuntimeParams["client_encoding"] = "UTF8" // what files are written in, whatever the database has as its default
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = dialTimeout
	}
	dialer := &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence / 3, Interval: silence / 6, Count: 4},
		ControlContext:  userTimeout,
	}
	config.DialFunc = dialer.DialContext
	if opt.Notice != nil {
		config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { opt.Notice(n) }
	}
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelGrace}
	}
	return config, nil
}

// unusable says why the driver does not take a connection string. Its own words may repeat any part of the string: only
// the file that could not be read is shown.
func unusable(err error) error {
	f := &finding.Finding{
		Code: finding.BadURL, Severity: finding.Error, Exit: finding.Usage,
		Message: "the connection string cannot be used",
		Hint: "look at its sslmode, target_session_attrs and timeouts and at the PG… variables of the environment; in a password " +
			"@ : / ? # % are percent-encoded",
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		f.Message = fmt.Sprintf("%s, which the connection string or the environment names, cannot be read: %v", folder.Shown(file.Path), file.Err)
		f.Hint = "look at sslrootcert, sslcert, sslkey, servicefile and passfile, and at PGSSLROOTCERT and its like"
	}
	return f
}
