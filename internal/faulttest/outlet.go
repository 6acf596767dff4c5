package faulttest

import (
	"net"
	"sync"
	"time"
)

// outlet writes to one side, as slowly as the options want it.
type outlet struct {
	conn    net.Conn
	options Options
	writing func() // called before bytes go out to a client; nil for a server

	buffer []byte // forwarded and not yet sent; only the session touches it

	late    chan parcel // to a client, with latency; nil else
	pending sync.WaitGroup
	done    chan struct{}
}

// parcel is bytes on a slow network.
type parcel struct {
	bytes []byte
	due   time.Time
}

func newOutlet(conn net.Conn, o Options, writing func()) *outlet {
	out := &outlet{conn: conn, options: o, writing: writing, done: make(chan struct{})}
	if writing == nil || o.Latency == 0 {
		close(out.done)
		return out
	}
	out.late = make(chan parcel, 1<<16)
	go func() {
		defer close(out.done)
		for p := range out.late {
			time.Sleep(time.Until(p.due))
			out.write(p.bytes)
			out.pending.Done()
		}
	}()
	return out
}

// add keeps bytes for the next send.
func (out *outlet) add(bytes []byte) {
	out.buffer = append(out.buffer, bytes...)
	if len(out.buffer) > 1<<16 {
		out.send()
	}
}

// send puts what is kept on its way.
func (out *outlet) send() {
	if len(out.buffer) == 0 {
		return
	}
	bytes := out.buffer
	out.buffer = nil
	if out.late == nil {
		out.write(bytes)
		return
	}
	out.pending.Add(1)
	out.late <- parcel{bytes, time.Now().Add(out.options.Latency)}
}

func (out *outlet) close() {
	if out.late != nil {
		close(out.late)
	}
	<-out.done
}

func (out *outlet) write(bytes []byte) {
	size := len(bytes)
	if out.options.Slice > 0 {
		size = out.options.Slice
	} else if out.options.Rate > 0 {
		size = 1 << 10
	}
	for len(bytes) > 0 {
		n := min(size, len(bytes))
		if out.writing != nil {
			out.writing()
		}
		if _, err := out.conn.Write(bytes[:n]); err != nil {
			return // shows as the end of that side
		}
		if out.options.Rate > 0 {
			time.Sleep(time.Duration(n) * time.Second / time.Duration(out.options.Rate))
		}
		bytes = bytes[n:]
	}
}
