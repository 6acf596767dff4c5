package diagnose

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/cairndb/cairn/internal/finding"
)

// sessionPooler is what to use where a project's direct host cannot be reached.
const sessionPooler = "use the session pooler's connection string (dashboard > Connect > Session pooler, port 5432), which has an IPv4 address"

// network tells the failures that happen before a server of Postgres speaks.
func (v attempt) network() story {
	if s, ok := v.tls(); ok {
		return s
	}
	if dns, ok := errors.AsType[*net.DNSError](v.err); ok {
		return v.name(dns)
	}
	switch timeout, isNet := errors.AsType[net.Error](v.err); {
	case v.onlyIPv6():
		return story{
			message: "the host has only an IPv6 address, and this machine has no way to it",
			hint:    v.hosted(sessionPooler, "use a network with IPv6, or an address with IPv4"),
		}
	case errors.Is(v.err, syscall.ECONNREFUSED):
		return story{message: "nothing listens there", hint: v.refused()}
	case errors.Is(v.err, syscall.ENETUNREACH), errors.Is(v.err, syscall.EHOSTUNREACH), errors.Is(v.err, syscall.ENETDOWN):
		return story{message: "this machine has no way to that address", hint: "check the network, the VPN and the firewall"}
	case errors.Is(v.err, syscall.ENOENT):
		return story{message: "there is no server's socket", hint: "start the server, or name the folder in which its socket .s.PGSQL.<port> is"}
	case errors.Is(v.err, syscall.EACCES), errors.Is(v.err, syscall.EPERM):
		return story{message: "this machine does not allow the connection", hint: "check the rights on the socket's folder, or the firewall"}
	case isNet && timeout.Timeout(), errors.Is(v.err, context.DeadlineExceeded):
		return story{message: "no answer came in time", hint: v.hosted(
			"a paused project does not answer (resume it in the dashboard); without IPv6 on this network, "+sessionPooler,
			"check host and port, and that a firewall lets this machine through")}
	case errors.Is(v.err, io.EOF), errors.Is(v.err, io.ErrUnexpectedEOF), errors.Is(v.err, syscall.ECONNRESET), errors.Is(v.err, syscall.EPIPE):
		return story{
			message: "the other side closed the connection before it answered",
			hint:    "check that the port is Postgres' own and not a web server's, that the server is up behind its load balancer, and whether it wants TLS (sslmode=require)",
		}
	case strings.Contains(v.err.Error(), "failed to receive message"), strings.Contains(v.err.Error(), "received unexpected message"),
		strings.Contains(v.err.Error(), "protocol error"):
		return notPostgres
	}
	return story{message: "the connection failed", hint: "check host, port and network; the detail has the driver's own words"}
}

var notPostgres = story{
	message: "what answers there does not speak the Postgres protocol",
	hint:    "check host and port: 5432 is Postgres and the session pooler, 6543 the transaction pooler, 54322 the local database; 443 and 54321 are the API",
}

// name tells a host whose name gave no address.
func (v attempt) name(dns *net.DNSError) story {
	if !dns.IsNotFound {
		return story{message: fmt.Sprintf("the name server did not answer for %s", v.clean(dns.Name)), hint: "check the network and its DNS, then run again"}
	}
	return story{
		message: fmt.Sprintf("the name %s is not known (DNS)", v.clean(dns.Name)),
		hint: v.hosted("check the project ref in it, and that the project is neither paused nor deleted; the direct host has only an IPv6 address, "+
			"which some networks hide: "+sessionPooler, "check the spelling, and the VPN if the name is an internal one"),
	}
}

// refused tells where nobody listens.
func (v attempt) refused() string {
	local := v.host == "localhost" || net.ParseIP(v.host).IsLoopback()
	switch {
	case local && strings.HasSuffix(v.address, ":54322"):
		return "start the local database: `cairn db start`"
	case local:
		return "start the server, or check the port; `cairn db start` starts the project's local database on its own port"
	}
	return "check host and port, that the server is up and that it listens on this address"
}

// tls tells the failures of encryption, and which check it was.
func (v attempt) tls() (story, bool) {
	s := story{code: finding.UntrustedServer}
	host, isHost := errors.AsType[x509.HostnameError](v.err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](v.err)
	unknown, isUnknown := errors.AsType[x509.UnknownAuthorityError](v.err)
	_, isRecord := errors.AsType[tls.RecordHeaderError](v.err)
	_, isAlert := errors.AsType[tls.AlertError](v.err)
	_, isVerify := errors.AsType[*tls.CertificateVerificationError](v.err)
	switch {
	case strings.Contains(v.err.Error(), "server refused TLS connection"):
		s.message = "the server offers no TLS, and the connection string asks for it"
		s.hint = "nothing was sent unencrypted. If TLS was expected, somebody between may have stripped it: check host and port. A server without TLS on a trusted network wants sslmode=disable"
	case isHost:
		s.message = fmt.Sprintf("the server's certificate is for another name than %s", v.clean(host.Host))
		s.hint = "use a name that the certificate holds" + v.clean(names(host.Certificate)) + "; sslmode=verify-ca checks the issuer alone"
	case isInvalid && invalid.Reason == x509.Expired:
		s.message = "the server's certificate has expired or is not valid yet"
		s.hint = "renew it, or check this machine's clock" + validity(invalid.Cert)
	case isUnknown && unknown.Cert != nil && unknown.Cert.Issuer.String() == unknown.Cert.Subject.String():
		s.message = "the server's certificate is self-signed, or its issuer is not trusted here"
		s.hint = trustHint
	case isUnknown, isInvalid, isVerify:
		s.message = "the issuer of the server's certificate is not trusted here"
		s.hint = trustHint
	case isRecord:
		s.message = "the server answered the request for TLS with something else"
		s.hint = notPostgres.hint
	case isAlert:
		s.message = "the server ended the TLS handshake"
		s.hint = "it may want a client certificate (sslcert, sslkey) or another version of TLS"
	default:
		return story{}, false
	}
	return s, true
}

const trustHint = "name the issuer's certificate with sslrootcert=FILE (Supabase: dashboard > Project Settings > Database > SSL Configuration); sslmode=require encrypts without checking who answers"

// names lists the names that a certificate is for.
func names(c *x509.Certificate) string {
	if c == nil || len(c.DNSNames) == 0 {
		return ""
	}
	return " (" + strings.Join(c.DNSNames[:min(len(c.DNSNames), 5)], ", ") + ")"
}

func validity(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf(": it is valid from %s to %s", c.NotBefore.UTC().Format("2006-01-02 15:04"), c.NotAfter.UTC().Format("2006-01-02 15:04"))
}

// onlyIPv6 reports whether every address that was tried is an IPv6 one without a way to it.
func (v attempt) onlyIPv6() bool {
	found := false
	for _, op := range dials(v.err) {
		addr, ok := op.Addr.(*net.TCPAddr)
		if !ok || addr.IP.To4() != nil || addr.IP.IsLoopback() {
			return false
		}
		if !errors.Is(op, syscall.ENETUNREACH) && !errors.Is(op, syscall.EHOSTUNREACH) && !errors.Is(op, syscall.EADDRNOTAVAIL) {
			return false
		}
		found = true
	}
	return found
}

// dials returns the failed dials in the tree of err: the driver joins one error per address.
func dials(err error) []*net.OpError {
	if op, ok := err.(*net.OpError); ok {
		return []*net.OpError{op}
	}
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		var all []*net.OpError
		for _, inner := range e.Unwrap() {
			all = append(all, dials(inner)...)
		}
		return all
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return dials(inner)
		}
	}
	return nil
}

// hosted chooses between what to say of a direct host of a Supabase project and of any other host.
func (v attempt) hosted(supabase, other string) string {
	if strings.HasPrefix(v.host, "db.") && strings.Contains(v.host, ".supabase.") {
		return supabase
	}
	return other
}
