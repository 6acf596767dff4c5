package diagnose_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// listen serves on a loopback port and returns its address; connections end with the test.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go serve(conn)
		}
	}()
	return l.Addr().String()
}

// answer speaks as a server that refuses whoever comes.
func answer(conn net.Conn, sqlstate, text string) {
	defer func() { _ = conn.Close() }()
	backend := pgproto3.NewBackend(conn, conn)
	if _, err := backend.ReceiveStartupMessage(); err != nil {
		return
	}
	backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: sqlstate, Message: text})
	_ = backend.Flush()
}

// resolve makes the driver ask a name server of ours, which gives that answer code and address to every question.
func resolve(t *testing.T, rcode byte, address net.IP) func(*pgconn.Config) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		for packet := make([]byte, 1500); ; {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(reply(packet[:n], rcode, address), from)
		}
	}()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	return func(c *pgconn.Config) {
		c.LookupFunc = resolver.LookupHost
		if address != nil {
			c.DialFunc = failingDial(syscall.ENETUNREACH)
		}
	}
}

// reply answers one DNS question; only questions for an IPv6 address get the address.
func reply(question []byte, rcode byte, address net.IP) []byte {
	end := 12
	for end < len(question) && question[end] != 0 {
		end += int(question[end]) + 1
	}
	kind := binary.BigEndian.Uint16(question[end+1:])
	packet := append([]byte{}, question[:end+5]...)
	packet[2], packet[3] = 0x81, 0x80|rcode
	clear(packet[6:12])
	if address != nil && kind == 28 {
		packet[7] = 1
		packet = append(packet, 0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 1, 0, 16)
		packet = append(packet, address.To16()...)
	}
	return packet
}

// failingDial stands for a network without a way to the address: what the kernel answers is all that differs between machines.
func failingDial(errno syscall.Errno) pgconn.DialFunc {
	return (&net.Dialer{Control: func(string, string, syscall.RawConn) error { return os.NewSyscallError("connect", errno) }}).DialContext
}

// everyForm lists how a secret may stand in a text.
func everyForm(secret string) []string {
	all := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), url.UserPassword("", secret).String()[1:],
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)),
	}
	for _, before := range []string{"u:", "u1:", "abc:"} {
		// The middle of the code is the same whatever stands around the secret.
		code := base64.StdEncoding.EncodeToString([]byte(before + secret + "@host"))
		all = append(all, code[(len(before)*8+5)/6:(len(before)+len(secret))*8/6])
	}
	return all
}
