package app

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

//go:embed near.sql
var nearSQL string

// passwordAsked makes a connection fail where the server takes any password, as it does for those that it trusts.
const passwordAsked = "password,md5,scram-sha-256"

// nearWait is how long a server near by may take to say where it is.
const nearWait = 5 * time.Second

// near finds out whether the database is on this machine, which is what Local says from then on. An address of this
// machine alone shows nothing: a tunnel to production has one too. It is Local where one of these holds, and nowhere
// else (README, "Consent"):
//
//   - it is the project's own, reached through the socket that cairn made for it;
//   - nothing stands between: on a loopback address the server names the same two ends of the connection as we do, and on
//     a unix socket the process that listens is the parent of the one that serves us;
//   - it is Supabase's local stack in its container: a server with a private address of its own, behind the project's
//     port of the loopback address, that asked for a password and took the well-known one.
//
// A connection that cannot be made shows nothing either. The other way round is what must not happen: a tunnel, a
// pooler or a forwarded port is as far away as what is behind it.
func (at *place) near(ctx context.Context) {
	if at.looked || at.ours || at.route == nil {
		return
	}
	at.looked = true
	config, err := pgconn.ParseConfig(at.route.URL.Reveal())
	if err != nil || !nearAddress(config.Host) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, nearWait)
	defer cancel()
	conn, err := at.route.Connect(ctx, target.Options{Application: "cairn"})
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if far, ok := conn.Conn().RemoteAddr().(*net.TCPAddr); ok && !far.IP.IsLoopback() {
		return
	}
	rows := conn.ExecParams(ctx, nearSQL, nil, nil, nil, nil).Read()
	if rows.Err != nil || len(rows.Rows) != 1 {
		return
	}
	said := seen(rows.Rows[0])
	at.route.IsLocal = said.same(conn.Conn()) || at.stack(ctx, config, said)
	if !at.route.IsLocal {
		at.away = fmt.Sprintf("Nothing shows that the server behind %s is on this machine (a tunnel, a pooler or a container's port looks "+
			"like this): it counts as a database elsewhere.", conn.Conn().RemoteAddr())
	}
}

// nearAddress reports whether a host is written as one of this machine.
func nearAddress(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.HasPrefix(host, "/") || host == "localhost" || ip != nil && ip.IsLoopback()
}

// ends are the two ends of a connection as the server sees them; a unix socket has none.
type ends struct {
	client, server netip.AddrPort
	pid            int // of the process that serves us
}

func seen(row [][]byte) ends {
	end := func(i int) netip.AddrPort {
		ip, _ := netip.ParseAddr(string(row[i]))
		port, _ := strconv.ParseUint(string(row[i+1]), 10, 16)
		return netip.AddrPortFrom(ip.Unmap(), uint16(port))
	}
	pid, _ := strconv.Atoi(string(row[4]))
	return ends{client: end(0), server: end(2), pid: pid}
}

// same reports whether the connection's ends are those that we see, so that nothing stands between.
func (e ends) same(conn net.Conn) bool {
	near, tcp := conn.LocalAddr().(*net.TCPAddr)
	far, _ := conn.RemoteAddr().(*net.TCPAddr)
	if !tcp || far == nil {
		return !e.server.Addr().IsValid() && serves(conn, e.pid)
	}
	return e.client == unmapped(near) && e.server == unmapped(far)
}

func unmapped(a *net.TCPAddr) netip.AddrPort {
	p := a.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}

// stack reports whether this is Supabase's local stack. Its server's address in its container is a private one, never
// the loopback address that a tunnel into a machine with Postgres on it shows.
func (at *place) stack(ctx context.Context, config *pgconn.Config, e ends) bool {
	if at.port == 0 || int(config.Port) != at.port || config.User != "postgres" || config.Password != cluster.Password || !e.server.Addr().IsPrivate() {
		return false
	}
	asked := &direct.Target{URL: secret.New(at.route.URL.Reveal() + " require_auth='" + passwordAsked + "'"), Label: at.Name()}
	conn, err := asked.Connect(ctx, target.Options{Application: "cairn"})
	if err != nil {
		return false
	}
	_ = conn.Close(context.WithoutCancel(ctx))
	return true
}

// intent is what a verb is about to do on the place.
func (at *place) intent(ctx context.Context, class Class, action, detail string) Intent {
	at.near(ctx)
	if at.away != "" {
		detail = paragraphs(detail, at.away)
	}
	return Intent{
		Class: class, Action: action, Target: at.Name(), Detail: detail, Confirm: at.confirm, Local: at.Local(), Ours: at.ours,
		Protected: at.protected,
	}
}
