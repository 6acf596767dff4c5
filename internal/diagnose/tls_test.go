package diagnose_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
)

// authority signs certificates; its own is in a file for sslrootcert.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{key: newKey(t), cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.file = filepath.Join(t.TempDir(), "root.pem")
	write(t, a.file, "CERTIFICATE", der)
	return a
}

// TestConnectTLS gives a real server one certificate after the other and asks which check fails.
func TestConnectTLS(t *testing.T) {
	ours, other := newAuthority(t, "our authority"), newAuthority(t, "other authority")
	server := pgtest.New(t, pgtest.Options{Major: 17})
	address := "127.0.0.1:" + strconv.Itoa(server.Port)
	url := func(host, mode, root string) string {
		u := fmt.Sprintf("postgres://postgres:%s@%s:%d/postgres?sslmode=%s", pgtest.Password, host, server.Port, mode)
		if root != "" {
			u += "&sslrootcert=" + root
		}
		return u
	}
	// Every name is this machine.
	local := func(c *pgconn.Config) {
		c.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	}

	told(t, attempt(t, url("127.0.0.1", "verify-full", ours.file), nil), finding.UntrustedServer, address, "no TLS")

	serve(t, server, ours, "db.example.com", time.Hour, 2)
	told(t, attempt(t, url("other.example.com", "verify-full", ours.file), local), finding.UntrustedServer, "another name than other.example.com", "db.example.com")
	told(t, attempt(t, url("db.example.com", "verify-full", other.file), local), finding.UntrustedServer, "issuer", "sslrootcert")
	conn := func(u string) error {
		config, err := pgconn.ParseConfig(u)
		if err != nil {
			return err
		}
		local(config)
		c, err := pgconn.ConnectConfig(t.Context(), config)
		if err == nil {
			err = c.Close(t.Context())
		}
		return err
	}
	if err := conn(url("db.example.com", "verify-full", ours.file)); err != nil {
		t.Errorf("the right name and issuer: %v", err)
	}

	serve(t, server, nil, "db.example.com", time.Hour, 3)
	told(t, attempt(t, url("db.example.com", "verify-full", ours.file), local), finding.UntrustedServer, "self-signed")

	serve(t, server, ours, "db.example.com", -time.Minute, 4)
	told(t, attempt(t, url("db.example.com", "verify-full", ours.file), local), finding.UntrustedServer, "expired", "clock")
}

// serve makes the server use a certificate of the authority, or a self-signed one, and waits until it does.
func serve(t *testing.T, server *pgtest.Server, by *authority, name string, valid time.Duration, serial int64) {
	t.Helper()
	key := newKey(t)
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(valid),
	}
	parent, signer := cert, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	admin := connect(t, server.URL("postgres", "postgres"))
	row, err := admin.Exec(t.Context(), "show data_directory").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	dir := string(row[0].Rows[0][0])
	write(t, filepath.Join(dir, "server.crt"), "CERTIFICATE", der)
	write(t, filepath.Join(dir, "server.key"), "PRIVATE KEY", private)
	script(t, admin, "alter system set ssl = on")
	script(t, admin, "select pg_reload_conf()")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if served(server.Port) == serial {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the server does not take its new certificate: ", server.Log(t))
		}
	}
}

// served returns the serial number of the certificate that the server shows now, 0 for none.
func served(port int) int64 {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return 0
	}
	defer func() { _ = conn.Close() }()
	_, _ = conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47})
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		return 0
	}
	client := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if client.Handshake() != nil {
		return 0
	}
	return client.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// write writes a PEM file that belongs to whom its folder belongs to.
func write(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Dir(name))
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if err := os.Chown(name, int(owner.Uid), int(owner.Gid)); err != nil {
		t.Fatal(err)
	}
}
