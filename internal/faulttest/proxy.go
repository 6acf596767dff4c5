// Package faulttest breaks things on purpose: a proxy that knows the Postgres protocol and cuts, holds, delays or
// swallows the message it is told to; a real PgBouncer; a fingerprint of a whole database; and checks for what a run
// may leave behind. For tests only.
package faulttest

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Options say how a Proxy behaves from its start.
type Options struct {
	Unix    bool          // listen on a unix socket instead of loopback TCP; such a socket knows no RST
	SSL     bool          // pass requests for encryption on; else they are answered 'N'. An encrypted session is not looked into
	Latency time.Duration // added to each direction
	Slice   int           // write at most that many bytes at once, to either side; 0 is all
	Rate    int           // bytes per second, to either side; 0 is without limit
}

// Proxy stands between clients and a Postgres server (or a pooler). It numbers every message of its sessions in an
// order that is the same in each run (see turn), keeps a trace, and does what it is told at a message. CancelRequests
// travel on connections of their own and are only counted. The methods may be called from any goroutine.
type Proxy struct {
	options         Options
	server          *pgconn.Config
	network, listen string // where clients come in

	mu       sync.Mutex
	listener net.Listener
	sessions map[*session]bool
	orders   []*order
	trace    []Message
	sideN    map[Side]int
	opened   int // sessions so far
	cancels  int
	trips    int
	closed   bool
	ended    sync.Cond // of sessions
	work     sync.WaitGroup
}

// order is an action that waits for its message.
type order struct {
	match func(Message) bool
	do    Action
	done  bool
}

// Start starts a proxy before the server that the libpq URL names. It ends with the test, and its sessions with it.
func Start(t testing.TB, server string, o Options) *Proxy {
	t.Helper()
	config, err := pgconn.ParseConfig(server)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{options: o, server: config, sessions: map[*session]bool{}, sideN: map[Side]int{}, network: "tcp", listen: "127.0.0.1:0"}
	p.ended.L = &p.mu
	if o.Unix {
		dir, err := os.MkdirTemp("", "proxy")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		p.network, p.listen = "unix", filepath.Join(dir, ".s.PGSQL.5432")
	}
	if err := p.Accept(); err != nil {
		t.Fatal(err)
	}
	p.listen = p.listener.Addr().String()
	t.Cleanup(p.Close)
	return p
}

// URL returns the libpq URL of a database through the proxy, as the user whom the server's URL names.
func (p *Proxy) URL() string {
	u := url.URL{Scheme: "postgresql", User: url.User(p.server.User), Path: "/" + p.server.Database}
	if p.server.Password != "" {
		u.User = url.UserPassword(p.server.User, p.server.Password)
	}
	query := url.Values{}
	if p.network == "unix" {
		query.Set("host", filepath.Dir(p.listen))
		query.Set("port", "5432")
	} else {
		u.Host = p.listen
	}
	if !p.options.SSL {
		query.Set("sslmode", "disable")
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Accept lets clients in again after Refuse, at the same address.
func (p *Proxy) Accept() error {
	listener, err := net.Listen(p.network, p.listen)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener = listener
	p.work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.open(conn)
		}
	})
	return nil
}

// Refuse lets nobody in any more: connecting fails as if the server were gone. Sessions that are open go on.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.listener.Close()
}

// Close ends everything and returns when nothing of the proxy runs any more.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	_ = p.listener.Close()
	for s := range p.sessions {
		s.stop()
	}
	p.mu.Unlock()
	p.work.Wait()
}

// Wait returns when every session has ended, for a trace that is complete: a client that closes its connection does
// not wait until its farewell has passed. A session of which only one side was cut ends with Close.
func (p *Proxy) Wait() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.sessions) > 0 {
		p.ended.Wait()
	}
}

// CutAll ends all sessions now, as a network that fails does.
func (p *Proxy) CutAll(how End) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.sessions {
		s.cut(s.client, how)
		s.cut(s.server, how)
	}
}

// At tells the proxy what to do at the n-th message of all (Message.N), counted from the last Reset. It is done once.
func (p *Proxy) At(n int, do Action) { p.When(func(m Message) bool { return m.N == n }, do) }

// AtSide is At for the n-th message of one side (Message.SideN).
func (p *Proxy) AtSide(side Side, n int, do Action) {
	p.When(func(m Message) bool { return m.Side == side && m.SideN == n }, do)
}

// When tells the proxy what to do at the first message that matches. It is done once.
func (p *Proxy) When(match func(Message) bool, do Action) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.orders = append(p.orders, &order{match: match, do: do})
}

// Done reports whether every action that was asked for has been done: a test whose fault never struck proves nothing.
func (p *Proxy) Done() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !slices.ContainsFunc(p.orders, func(o *order) bool { return !o.done })
}

// Reset starts numbering, trace and counts anew and forgets all actions, for what a test looks at after it connected.
func (p *Proxy) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trace, p.orders, p.sideN = nil, nil, map[Side]int{}
	p.trips, p.cancels = 0, 0
	for s := range p.sessions {
		s.answered.Store(true) // the client has its answers: its next message is a new round trip
	}
}

// Trace returns the messages since the last Reset; those that an action swallowed are among them.
func (p *Proxy) Trace() []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.trace)
}

// Count returns how many messages there were since the last Reset.
func (p *Proxy) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.trace)
}

// RoundTrips returns how many times since the last Reset a client waited: it sent something after an answer had
// reached it. With a Latency of a few milliseconds the number is the same in every run, since nothing that a client
// sends without waiting comes so late.
func (p *Proxy) RoundTrips() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trips
}

// Cancels returns how many CancelRequests passed since the last Reset.
func (p *Proxy) Cancels() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cancels
}

// number gives a message its numbers and returns the action that waits for it, if any.
func (p *Proxy) number(m *Message) Action {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sideN[m.Side]++
	m.N, m.SideN = len(p.trace)+1, p.sideN[m.Side]
	p.trace = append(p.trace, *m)
	for _, o := range p.orders {
		if !o.done && o.match(*m) {
			o.done = true
			return o.do
		}
	}
	return nil
}

func (p *Proxy) open(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = client.Close()
		return
	}
	p.opened++
	s := newSession(p, p.opened, client)
	p.sessions[s] = true
	p.work.Go(func() {
		s.run()
		p.mu.Lock()
		delete(p.sessions, s)
		p.ended.Broadcast()
		p.mu.Unlock()
	})
}

// dial connects to the server.
func (p *Proxy) dial() (net.Conn, error) {
	network, address := pgconn.NetworkAddress(p.server.Host, p.server.Port)
	return net.DialTimeout(network, address, 10*time.Second)
}

// Port returns the TCP port that clients come in at, 0 for a unix socket.
func (p *Proxy) Port() int {
	_, port, _ := net.SplitHostPort(p.listen)
	n, _ := strconv.Atoi(port)
	return n
}
