package faulttest

import (
	"net"
	"time"
)

// Action is what to do at a message. It runs in the message's session, between the messages before and those behind;
// where it neither forwards nor drops the message nor cuts the session, the message is forwarded after it. Actions
// may do anything else in the meantime: kill a process, run SQL, sleep.
type Action func(m *Moment)

// End is how a connection ends.
type End int

// The ends: a FIN, as from a process that exits; a RST, as from a machine that knows the connection no more. A unix
// socket has the first only.
const (
	FIN End = iota
	RST
)

// Moment is a message that is about to pass.
type Moment struct {
	Message

	s    *session
	f    frame
	done bool // forwarded or dropped
}

// Forward passes the message on now.
func (m *Moment) Forward() {
	if !m.done {
		m.done = true
		m.s.forward(m.Side, m.f)
		m.s.settle()
	}
}

// Drop swallows the message. The other side never gets it; the proxy's order of messages goes on as if it had.
func (m *Moment) Drop() { m.done = true }

// Reply sends bytes to whom the message came from.
func (m *Moment) Reply(bytes []byte) {
	to := m.s.client
	if m.Side == Backend {
		to = m.s.server
	}
	if to != nil {
		_, _ = to.Write(bytes)
	}
}

// Cut ends both connections of the session. A message that was not forwarded is lost.
func (m *Moment) Cut(how End) {
	m.CutClient(how)
	m.CutServer(how)
}

// CutClient ends the client's connection. The server's stays open, and nothing passes, until CutServer or Close. Mind
// that pgx, when it loses a connection, sends a CancelRequest over a new one: Refuse keeps that out.
func (m *Moment) CutClient(how End) {
	m.done = true
	m.s.settle()
	m.s.cut(m.s.client, how)
}

// CutServer ends the server's connection. The client's stays open, and nothing passes, until CutClient or Close.
func (m *Moment) CutServer(how End) {
	m.done = true
	m.s.settle()
	m.s.cut(m.s.server, how)
}

// Hold is a black hole: nothing passes in either direction any more, and nobody is told, until the proxy closes.
func (m *Moment) Hold() { <-m.s.stopped }

// Pause waits, but not longer than the proxy lives.
func (m *Moment) Pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-m.s.stopped:
	}
}

// CutBefore ends both connections in place of the message.
func CutBefore(how End) Action { return func(m *Moment) { m.Cut(how) } }

// CutAfter passes the message on and ends both connections.
func CutAfter(how End) Action {
	return func(m *Moment) {
		m.Forward()
		m.Cut(how)
	}
}

// Swallow drops the message.
func Swallow(m *Moment) { m.Drop() }

// HoldBefore and HoldAfter make the session a black hole from the message on, or from behind it.
func HoldBefore(m *Moment) { m.Hold() }

// HoldAfter passes the message on; nothing else passes.
func HoldAfter(m *Moment) {
	m.Forward()
	m.Hold()
}

// Delay passes the message on later, and everything behind it.
func Delay(d time.Duration) Action { return func(m *Moment) { m.Pause(d) } }

// Call runs f in place of nothing: before the message passes.
func Call(f func()) Action { return func(*Moment) { f() } }

// KillBefore and KillAfter run kill, which ends the client's process, and lose what the client had sent behind: the
// session ends as if the client had died at exactly this message.
func KillBefore(kill func()) Action {
	return func(m *Moment) {
		kill()
		m.Cut(FIN)
	}
}

// KillAfter is KillBefore with the message passed on first.
func KillAfter(kill func()) Action {
	return func(m *Moment) {
		m.Forward()
		kill()
		m.Cut(FIN)
	}
}

// end closes a connection in that way.
func end(conn net.Conn, how End) {
	if tcp, ok := conn.(*net.TCPConn); ok && how == RST {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
