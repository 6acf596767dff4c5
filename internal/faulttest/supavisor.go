package faulttest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Supavisor is a frontend as the platform's pooler is one: it tells projects apart by what stands behind a user's name
// ("postgres.REF"), and says no in Supavisor's own texts. Behind it is a real server, or PgBouncer.
type Supavisor struct {
	Host string
	Port int

	listener net.Listener
	server   string // host:port
	tenant   string
	mu       sync.Mutex
	refuse   *pgproto3.ErrorResponse
	logins   []string
}

// SupavisorTexts are what it says no with, by Supavisor's codes, as its source of August 2026 (lib/supavisor/errors) has
// them; "before" is what older ones said. They are replayed: only the real one can confirm them.
func SupavisorTexts() map[string]pgproto3.ErrorResponse {
	fatal := func(code, message string) pgproto3.ErrorResponse {
		return pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: message}
	}
	return map[string]pgproto3.ErrorResponse{
		"ENOTFOUND":                   fatal("XX000", "(ENOTFOUND) tenant/user postgres.abcdefghijklmnopqrst not found"),
		"ENOTFOUND before":            fatal("XX000", "Tenant or user not found"),
		"ENOIDENTIFIER":               fatal("XX000", "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)"),
		"EMULTIPLEUSERS":              fatal("XX000", "(EMULTIPLEUSERS) multiple users matched for postgres.abcdefghijklmnopqrst, check tenant configuration"),
		"EINVALIDUSERINFO":            fatal("XX000", `(EINVALIDUSERINFO) Authentication error, reason: "Invalid format for user or db_name"`),
		"EADDRNOTALLOWED":             fatal("XX000", "(EADDRNOTALLOWED) address not in tenant allow_list: {203, 0, 113, 7}"),
		"EADDRNOTALLOWED before":      fatal("XX000", "Address not in tenant allow_list: {8193, 3512, 0, 0, 0, 0, 0, 7}"),
		"ESSLREQUIRED":                fatal("XX000", "(ESSLREQUIRED) SSL connection is required for user: postgres"),
		"EMAXCONNSESSION":             fatal("XX000", "(EMAXCONNSESSION) max clients reached in session mode - max clients are limited to pool_size: 15"),
		"EMAXCONNSESSION before":      fatal("XX000", "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size"),
		"EMAXCONN":                    fatal("XX000", "(EMAXCONN) max client connections reached, limit: 200"),
		"EMAXCONN before":             fatal("XX000", "Max client connections reached"),
		"EMAXPOOLSREACHED":            fatal("XX000", "(EMAXPOOLSREACHED) max pools count reached"),
		"ECHECKOUTTIMEOUT":            fatal("XX000", "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 60000ms in Session mode"),
		"ECHECKOUTTIMEOUT before":     fatal("XX000", "unable to check out process from the pool due to timeout"),
		"ECIRCUITBREAKER auth_error":  fatal("XX000", "(ECIRCUITBREAKER) too many authentication failures, new connections are temporarily blocked"),
		"ECIRCUITBREAKER get_secrets": fatal("XX000", "(ECIRCUITBREAKER) failed to retrieve database credentials after multiple attempts, new connections are temporarily blocked"),
		"ECIRCUITBREAKER db":          fatal("XX000", "(ECIRCUITBREAKER) too many failed attempts to connect to the database, new connections are temporarily blocked"),
		"EBANNED":                     fatal("XX000", "(EBANNED) tenant is banned: abuse"),
		"EWRONGPASSWORD":              fatal("28P01", `password authentication failed for user "postgres"`),
		"EAUTHQUERY user":             fatal("XX000", "(EAUTHQUERY) user not found in the database"),
		"EAUTHQUERY connection":       fatal("XX000", "(EAUTHQUERY) auth_query connection failed: connection refused"),
		"EAUTHSECRETS":                fatal("XX000", "(EAUTHSECRETS) failed to retrieve authentication secrets: :timeout"),
		"EAUTHTIMEOUT":                fatal("08006", "(EAUTHTIMEOUT) timeout while waiting for message"),
		"EDBHANDLEREXITED":            fatal("XX000", "(EDBHANDLEREXITED) DbHandler exited. Check logs for more information"),
		"ESTARTUPMESSAGE":             fatal("08P01", "(ESTARTUPMESSAGE) Invalid startup message: :bad_startup_payload"),
		"EPREPAREDDUP":                fatal("42P05", `(EPREPAREDDUP) prepared statement "lrupsc_1_0" already exists`),
		"EPREPAREDNOTFOUND":           fatal("26000", `(EPREPAREDNOTFOUND) prepared statement "lrupsc_1_0" does not exist`),
		"EPSSIMPLEQUERY":              fatal("XX000", "(EPSSIMPLEQUERY) transaction mode only supports prepared statements using the Extended Query Protocol"),
		"ESUBSCRIBERETRIES":           fatal("XX000", "(ESUBSCRIBERETRIES) failed to subscribe to tenant after multiple retries. Terminating"),
	}
}

// StartSupavisor starts one for a tenant in front of the server at host:port; it ends with the test.
func StartSupavisor(t testing.TB, server, tenant string) *Supavisor {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Supavisor{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, listener: l, server: server, tenant: tenant}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

// Refuse makes it say no to every login from now on; nil ends that.
func (s *Supavisor) Refuse(no *pgproto3.ErrorResponse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = no
}

// Logins returns the users that came so far.
func (s *Supavisor) Logins() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.logins...)
}

func (s *Supavisor) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	startup, err := receiveStartup(client)
	if err != nil {
		return
	}
	user, tenant, _ := strings.Cut(startup.Parameters["user"], ".")
	s.mu.Lock()
	s.logins = append(s.logins, startup.Parameters["user"])
	no := s.refuse
	s.mu.Unlock()
	if no == nil && tenant != s.tenant {
		unknown := SupavisorTexts()["ENOTFOUND before"]
		no = &unknown
	}
	if no != nil {
		text, _ := no.Encode(nil)
		_, _ = client.Write(text)
		return
	}
	server, err := net.Dial("tcp", s.server)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	startup.Parameters["user"] = user
	text, err := startup.Encode(nil)
	if err != nil {
		return
	}
	if _, err := server.Write(text); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}

// receiveStartup reads the first message of a client, past its wish for TLS, which is turned down.
func receiveStartup(client net.Conn) (*pgproto3.StartupMessage, error) {
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(client, head); err != nil {
			return nil, err
		}
		n := binary.BigEndian.Uint32(head)
		if n < 8 || n > 10_000 {
			return nil, errors.New("no startup message")
		}
		body := make([]byte, n-4)
		if _, err := io.ReadFull(client, body); err != nil {
			return nil, err
		}
		if code := binary.BigEndian.Uint32(body); code == 80877103 || code == 80877104 { // SSLRequest, GSSENCRequest
			if _, err := client.Write([]byte("N")); err != nil {
				return nil, err
			}
			continue
		}
		var m pgproto3.StartupMessage
		return &m, m.Decode(body)
	}
}
