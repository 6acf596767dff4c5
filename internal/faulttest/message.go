package faulttest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Side says who sent a message.
type Side string

// The sides of a connection.
const (
	Frontend Side = "frontend"
	Backend  Side = "backend"
)

// Message is one message of the Postgres protocol on its way through a Proxy.
type Message struct {
	N       int    // its number among all messages since the last Reset, from 1
	SideN   int    // its number among those of its side, from 1
	Session int    // its connection, counted from 1
	Side    Side   // who sent it
	Type    byte   // the type byte; 0 for the messages of start-up, which have none
	Name    string // "Parse", "DataRow", "Startup"
	Size    int    // bytes on the wire
	Text    string // the SQL of a Query and a Parse, the tag of a CommandComplete, the code and text of an error or notice
}

// String returns "12 frontend 7: Query 31 bytes: commit", for the messages of failing tests.
func (m Message) String() string {
	s := fmt.Sprintf("%d %s %d: %s %d bytes", m.N, m.Side, m.SideN, m.Name, m.Size)
	if m.Text != "" {
		s += ": " + m.Text
	}
	return s
}

// longestText bounds a Message's Text.
const longestText = 120

var frontendNames = map[byte]string{
	'B': "Bind", 'C': "Close", 'D': "Describe", 'E': "Execute", 'F': "FunctionCall", 'H': "Flush", 'P': "Parse", 'Q': "Query",
	'S': "Sync", 'X': "Terminate", 'c': "CopyDone", 'd': "CopyData", 'f': "CopyFail", 'p': "Password",
}

var backendNames = map[byte]string{
	'1': "ParseComplete", '2': "BindComplete", '3': "CloseComplete", 'A': "Notification", 'C': "CommandComplete", 'D': "DataRow",
	'E': "Error", 'G': "CopyInResponse", 'H': "CopyOutResponse", 'I': "EmptyQuery", 'K': "BackendKeyData", 'N': "Notice",
	'R': "Authentication", 'S': "ParameterStatus", 'T': "RowDescription", 'V': "FunctionResult", 'W': "CopyBothResponse",
	'Z': "ReadyForQuery", 'c': "CopyDone", 'd': "CopyData", 'n': "NoData", 's': "PortalSuspended", 't': "ParameterDescription",
	'v': "NegotiateProtocolVersion",
}

// Codes that stand where a start-up message has its protocol version.
const (
	cancelCode = 80877102
	sslCode    = 80877103
	gssCode    = 80877104
)

// frame is a message as it is on the wire.
type frame struct {
	kind  byte // 0 at start-up
	bytes []byte
}

// readFrame reads one message; untyped ones have no type byte.
func readFrame(r *bufio.Reader, untyped bool) (frame, error) {
	head := 5
	if untyped {
		head = 4
	}
	bytes := make([]byte, head, 64)
	if _, err := io.ReadFull(r, bytes); err != nil {
		return frame{}, err
	}
	f := frame{}
	if !untyped {
		f.kind = bytes[0]
	}
	size := int(binary.BigEndian.Uint32(bytes[head-4:])) - 4
	if size < 0 || untyped && size > 1<<16 {
		return frame{}, fmt.Errorf("a message of %d bytes", size)
	}
	f.bytes = append(bytes, make([]byte, size)...)
	_, err := io.ReadFull(r, f.bytes[head:])
	return f, err
}

// code returns what a start-up message asks for.
func (f frame) code() uint32 {
	if f.kind != 0 || len(f.bytes) < 8 {
		return 0
	}
	return binary.BigEndian.Uint32(f.bytes[4:])
}

// describe fills in what the wire says of a message.
func (f frame) describe(side Side) Message {
	m := Message{Side: side, Type: f.kind, Size: len(f.bytes)}
	body := f.bytes[min(5, len(f.bytes)):]
	switch {
	case f.kind == 0:
		m.Name = map[uint32]string{cancelCode: "Cancel", sslCode: "SSLRequest", gssCode: "GSSENCRequest"}[f.code()]
		if m.Name == "" {
			m.Name = "Startup"
		}
		return m
	case side == Frontend:
		m.Name = frontendNames[f.kind]
		switch f.kind {
		case 'Q':
			m.Text = text(body)
		case 'P':
			if _, query, ok := strings.Cut(string(body), "\x00"); ok {
				m.Text = text([]byte(query))
			}
		}
	default:
		m.Name = backendNames[f.kind]
		switch f.kind {
		case 'C':
			m.Text = text(body)
		case 'E', 'N':
			m.Text = text([]byte(field(body, 'C') + " " + field(body, 'M')))
		}
	}
	if m.Name == "" {
		m.Name = fmt.Sprintf("%q", f.kind)
	}
	return m
}

// text returns the start of a zero-terminated text.
func text(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	if len(s) > longestText {
		s = s[:longestText]
	}
	return s
}

// field returns one field of an error or notice.
func field(body []byte, code byte) string {
	for part := range strings.SplitSeq(string(body), "\x00") {
		if part != "" && part[0] == code {
			return part[1:]
		}
	}
	return ""
}
