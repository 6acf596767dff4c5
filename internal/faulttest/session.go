package faulttest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ahead is how many bytes of one side the proxy reads before they may pass.
const ahead = 64 << 20

// session is one client's connection and the server's behind it. Two goroutines read, one passes messages on in turn.
type session struct {
	p              *Proxy
	id             int
	client, server net.Conn
	toClient       *outlet
	toServer       *outlet
	turn           turn
	stopped        chan struct{} // closed when both connections were cut, or the proxy closes

	answered atomic.Bool // the client was given something since it last sent something

	mu        sync.Mutex
	change    *sync.Cond
	inbox     map[Side]*inbox
	over      bool // nothing passes any more
	how       End  // how the side that ended first did
	cutClient bool
	cutServer bool
	stopOnce  sync.Once
}

// inbox holds what one side sent and what did not pass yet.
type inbox struct {
	frames []timed
	bytes  int
	ended  bool
	how    End // how it ended
}

type timed struct {
	frame
	due time.Time // when it has come over the network that Latency makes
}

func newSession(p *Proxy, id int, client net.Conn) *session {
	s := &session{p: p, id: id, client: client, stopped: make(chan struct{}), inbox: map[Side]*inbox{Frontend: {}, Backend: {}}}
	s.change = sync.NewCond(&s.mu)
	s.toClient = newOutlet(client, p.options, func() { s.answered.Store(true) })
	s.answered.Store(true)
	return s
}

// run serves the session until it is over.
func (s *session) run() {
	var readers sync.WaitGroup
	defer func() {
		s.toClient.close()
		end(s.client, FIN)
		if s.server != nil {
			s.toServer.close()
			end(s.server, FIN)
		}
		readers.Wait()
	}()
	reader := bufio.NewReaderSize(&counted{s.client, s}, 1<<16)
	first, ok := s.begin(reader)
	if !ok {
		return
	}
	s.inbox[Frontend].frames = []timed{{first, time.Now().Add(s.p.options.Latency)}}
	readers.Go(func() { s.read(Frontend, reader) })
	readers.Go(func() { s.read(Backend, bufio.NewReaderSize(s.server, 1<<16)) })
	s.pass()
	<-s.stopped
}

// begin answers what comes before the start-up message, and returns that one with the server connected.
func (s *session) begin(reader *bufio.Reader) (frame, bool) {
	for {
		f, err := readFrame(reader, true)
		if err != nil {
			return frame{}, false
		}
		code := f.code()
		if code == cancelCode {
			s.cancel(f)
			return frame{}, false
		}
		if s.server == nil {
			conn, err := s.p.dial()
			if err != nil {
				return frame{}, false
			}
			s.mu.Lock()
			s.server, s.toServer = conn, newOutlet(conn, s.p.options, nil)
			s.mu.Unlock()
		}
		if code != sslCode && code != gssCode {
			return f, true
		}
		answer := []byte{'N'}
		moment := s.moment(Frontend, f)
		if s.isOver() {
			<-s.stopped
			return frame{}, false
		}
		if moment.done || !s.p.options.SSL {
			if !moment.done {
				s.toClient.write(answer)
			}
			continue
		}
		if _, err := s.server.Write(f.bytes); err != nil {
			return frame{}, false
		}
		if _, err := io.ReadFull(s.server, answer); err != nil {
			return frame{}, false
		}
		s.toClient.write(answer)
		if answer[0] != 'N' {
			s.opaque(reader)
			return frame{}, false
		}
	}
}

// cancel passes a CancelRequest on and waits for the server's end of it, as clients do.
func (s *session) cancel(f frame) {
	s.p.mu.Lock()
	s.p.cancels++
	s.p.mu.Unlock()
	server, err := s.p.dial()
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	if _, err := server.Write(f.bytes); err == nil {
		_ = server.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, _ = server.Read(make([]byte, 1))
	}
}

// opaque copies bytes of an encrypted session.
func (s *session) opaque(reader *bufio.Reader) {
	var both sync.WaitGroup
	both.Go(func() { _, _ = io.Copy(s.server, reader); end(s.server, FIN) })
	both.Go(func() { _, _ = io.Copy(s.client, s.server); end(s.client, FIN) })
	both.Wait()
}

// counted notices when a client sends something after it was answered. Nobody waits for an answer to a farewell.
type counted struct {
	net.Conn
	s *session
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if farewell := n == 5 && b[0] == 'X'; n > 0 && !farewell && c.s.answered.Swap(false) {
		c.s.p.mu.Lock()
		c.s.p.trips++
		c.s.p.mu.Unlock()
	}
	return n, err
}

// read takes one side's messages until that side ends.
func (s *session) read(side Side, r *bufio.Reader) {
	box := s.inbox[side]
	for {
		f, err := readFrame(r, false)
		s.mu.Lock()
		if err != nil {
			box.ended = true
			if errors.Is(err, syscall.ECONNRESET) {
				box.how = RST
			}
			s.change.Broadcast()
			s.mu.Unlock()
			return
		}
		due := time.Now()
		if side == Frontend {
			due = due.Add(s.p.options.Latency)
		}
		box.frames = append(box.frames, timed{f, due})
		box.bytes += len(f.bytes)
		s.change.Broadcast()
		for box.bytes > ahead && !s.over {
			s.change.Wait()
		}
		s.mu.Unlock()
	}
}

// pass hands messages on, one side at a time, until the session is over.
func (s *session) pass() {
	for {
		side, f, ok := s.next()
		if !ok {
			s.finish()
			return
		}
		s.arrive(f.due)
		moment := s.moment(side, f.frame)
		if s.isOver() {
			return
		}
		if !moment.done {
			s.forward(side, f.frame)
		}
		if side == Frontend {
			s.turn.sent(f.kind)
		} else {
			s.turn.got(f.frame)
		}
	}
}

// next returns the next message to pass. Where a side has ended, the other side gets all that is there and its end.
func (s *session) next() (Side, timed, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		front, back := s.inbox[Frontend], s.inbox[Backend]
		switch {
		case s.over:
			return "", timed{}, false
		case s.turn.server && len(back.frames) > 0:
			return Backend, s.take(back), true
		case !s.turn.server && len(front.frames) > 0 && !back.ended:
			return Frontend, s.take(front), true
		case (s.turn.idle() || back.ended) && len(back.frames) > 0:
			return Backend, s.take(back), true
		case back.ended:
			s.how = back.how
			return "", timed{}, false
		case front.ended && len(front.frames) > 0: // what a client sent before it died is in the server's socket
			return Frontend, s.take(front), true
		case front.ended:
			s.how = front.how
			return "", timed{}, false
		}
		if len(s.toClient.buffer)+len(s.toServer.buffer) > 0 {
			s.mu.Unlock()
			s.flush()
			s.mu.Lock()
			continue
		}
		s.change.Wait()
	}
}

// take removes the first message of a box.
func (s *session) take(box *inbox) timed {
	f := box.frames[0]
	box.frames = box.frames[1:]
	box.bytes -= len(f.bytes)
	s.change.Broadcast()
	return f
}

// arrive waits until a message has come over the slow network.
func (s *session) arrive(due time.Time) {
	if wait := time.Until(due); wait > 0 {
		s.flush()
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.stopped:
		}
	}
}

// moment numbers a message and does what was asked for at it.
func (s *session) moment(side Side, f frame) *Moment {
	m := &Moment{Message: f.describe(side), s: s, f: f}
	m.Session = s.id
	if do := s.p.number(&m.Message); do != nil {
		s.flush()
		do(m)
	}
	return m
}

func (s *session) forward(from Side, f frame) {
	if from == Frontend {
		s.toServer.add(f.bytes)
	} else {
		s.toClient.add(f.bytes)
	}
}

// flush puts what was forwarded on its way.
func (s *session) flush() {
	s.toClient.send()
	if s.toServer != nil {
		s.toServer.send()
	}
}

// settle returns when what was forwarded is in the sockets.
func (s *session) settle() {
	s.flush()
	s.toClient.pending.Wait()
}

// cut ends one of the two connections. With the first, nothing passes any more.
func (s *session) cut(conn net.Conn, how End) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	if conn != nil {
		end(conn, how)
	}
	s.cutClient = s.cutClient || conn == s.client
	s.cutServer = s.cutServer || conn == s.server
	if s.cutClient && s.cutServer {
		s.stopOnce.Do(func() { close(s.stopped) })
	}
	s.change.Broadcast()
}

// finish passes the end of one side on to the other, unless the session was ended from outside.
func (s *session) finish() {
	if s.isOver() {
		return
	}
	s.settle()
	s.cut(s.client, s.how)
	s.cut(s.server, s.how)
}

func (s *session) isOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

// stop ends the session with the proxy.
func (s *session) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	end(s.client, FIN)
	if s.server != nil {
		end(s.server, FIN)
	}
	s.stopOnce.Do(func() { close(s.stopped) })
	s.change.Broadcast()
}
