package direct

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/cairndb/cairn/internal/target"
)

// linger is how long a notification is waited for. It is sent at once, and a pooler has nothing else to do.
const linger = 2 * time.Second

// Keeps reports whether what is the session's own (settings, locks, temporary tables) outlives its transactions. Behind a
// pooler that is found out at the first call, outside a transaction: the session listens to a channel, and while it is
// idle somebody else notifies. Only a server process that is still tied to this client can tell it then. That the same
// process answers again, or that a setting is still there, would prove nothing: a pooler with few clients gives each the
// process that it had before.
func (s *Session) Keeps(ctx context.Context) (bool, error) {
	if !s.facts.Pooled {
		return true, nil
	}
	if s.asked || s.Status() != 'I' {
		return false, nil
	}
	s.asked = true
	channel := "cairn_" + rand.Text()
	mine := ""
	err := s.Exec(ctx, []target.Segment{{
		{SQL: `listen "` + channel + `"`},
		{SQL: "select pg_backend_pid()", Row: func(v [][]byte) { mine = string(v[0]) }},
	}}, nil)
	if _, ok := errors.AsType[*target.StatementError](err); ok {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	kept := s.notify(ctx, channel, mine) && s.hears(channel)
	if s.conn.IsClosed() {
		return false, &target.LostError{Err: errors.New("the connection ended while it was idle")}
	}
	// Where another process answers now, this takes nothing back; nobody will ever notify that channel again.
	err = target.One(ctx, s, target.Step{SQL: `unlisten "` + channel + `"`})
	if kept && err == nil {
		s.facts.Pooled = false
	}
	return !s.facts.Pooled, err
}

// notify notifies the channel over another connection; it reports false where that cannot be done, or where the process
// that listens is the one that answers there.
func (s *Session) notify(ctx context.Context, channel, mine string) bool {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	other, err := s.target.Connect(ctx, target.Options{Application: s.application + " route"})
	if err != nil {
		return false
	}
	defer func() { _ = other.Close(ctx) }()
	r := other.ExecParams(ctx, "select pg_backend_pid(), pg_notify($1, '')", [][]byte{[]byte(channel)}, nil, nil, nil).Read()
	return r.Err == nil && len(r.Rows) == 1 && string(r.Rows[0][0]) != mine
}

// hears waits for the notification while the session is idle.
func (s *Session) hears(channel string) bool {
	if err := s.conn.Conn().SetReadDeadline(time.Now().Add(linger)); err != nil {
		return false
	}
	defer func() { _ = s.conn.Conn().SetReadDeadline(time.Time{}) }()
	for s.heard != channel {
		// A context that ends would have the driver cancel what does not run; the deadline only ends the wait.
		if err := s.conn.WaitForNotification(context.Background()); err != nil {
			return false
		}
	}
	return true
}
