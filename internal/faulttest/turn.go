package faulttest

import "encoding/binary"

// turn knows, from what has passed, whose message comes next. The proxy lets one side speak at a time: what the
// client sends up to a message that makes the server answer (Flush, Sync, Query, …), then all answers to it. So the
// order of messages is the same in every run, however fast either side is. Nobody can tell: a client's messages only
// wait where they would wait in the server's socket.
type turn struct {
	server   bool   // the server owes an answer
	starting bool   // until the first ReadyForQuery
	pending  []byte // answers owed: '1' '2' '3' as the server writes them, 'D' a description, 'E' a result, 'Z' the end
	skipping bool   // after an error the server ignores everything up to Sync
	copying  bool   // the client sends COPY data
}

// idle reports whether nothing is owed to anybody, so that what the server says now it says of itself.
func (t *turn) idle() bool { return !t.server && len(t.pending) == 0 && !t.copying && !t.starting }

// sent notes a message of the client that went to the server.
func (t *turn) sent(kind byte) {
	switch kind {
	case 0: // start-up
		t.starting, t.server = true, true
	case 'p':
		t.server = true
	case 'P':
		t.owe('1')
	case 'B':
		t.owe('2')
	case 'C':
		t.owe('3')
	case 'D':
		t.owe('D')
	case 'E':
		t.owe('E')
	case 'Q', 'F':
		t.pending = append(t.pending, 'Z')
		t.server = true
	case 'H':
		t.server = len(t.pending) > 0
	case 'S':
		if t.copying { // Postgres ignores a Sync amid COPY data
			return
		}
		t.skipping = false
		t.pending = append(t.pending, 'Z')
		t.server = true
	case 'c', 'f':
		t.copying = false
		t.server = len(t.pending) > 0
	}
}

func (t *turn) owe(answer byte) {
	if !t.skipping {
		t.pending = append(t.pending, answer)
	}
}

// got notes a message of the server that went to the client.
func (t *turn) got(f frame) {
	switch f.kind {
	case 'R':
		if t.starting && len(f.bytes) >= 9 {
			// 0 is success, 12 the end of SASL: more of the server follows. The rest asks the client for something.
			code := binary.BigEndian.Uint32(f.bytes[5:])
			t.server = code == 0 || code == 12
		}
		return
	case 'Z':
		t.starting, t.skipping, t.copying = false, false, false
		for len(t.pending) > 0 {
			last := t.pending[0] == 'Z'
			t.pending = t.pending[1:]
			if last {
				break
			}
		}
	case 'E':
		if t.starting { // the end of the connection follows
			return
		}
		for len(t.pending) > 0 && t.pending[0] != 'Z' {
			t.pending = t.pending[1:]
		}
		t.skipping = len(t.pending) == 0
	case '1', '2', '3':
		t.answer(f.kind)
	case 'T', 'n':
		t.answer('D')
	case 'C', 'I', 's':
		t.answer('E')
	case 'G', 'W':
		t.copying, t.server = true, false
		return
	}
	if !t.starting && !t.copying {
		t.server = t.server && len(t.pending) > 0
	}
}

// answer strikes out the first answer owed, if it is of that kind.
func (t *turn) answer(kind byte) {
	if len(t.pending) > 0 && t.pending[0] == kind {
		t.pending = t.pending[1:]
	}
}
