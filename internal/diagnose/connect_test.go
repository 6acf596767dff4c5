package diagnose_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
)

// attempt tries to connect and returns the finding for its failure.
func attempt(t *testing.T, url string, change func(*pgconn.Config)) *finding.Finding {
	t.Helper()
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	if change != nil {
		change(config)
	}
	conn, err := pgconn.ConnectConfig(t.Context(), config)
	if err == nil {
		_ = conn.Close(t.Context())
		t.Fatalf("connected to %s", config.Host)
	}
	return diagnose.Connect(err, net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))), url)
}

// told asserts what every failed connection must say.
func told(t *testing.T, f *finding.Finding, code finding.Code, words ...string) {
	t.Helper()
	all := f.Message + "\n" + f.Detail + "\n" + f.Hint
	if f.Code != code || f.Exit != finding.Unreachable || f.Hint == "" || f.Detail == "" {
		t.Errorf("%s, exit %d, want %s: %s", f.Code, f.Exit, code, all)
	}
	for _, word := range words {
		if !strings.Contains(all, word) {
			t.Errorf("%q is not said: %s", word, all)
		}
	}
}

// TestConnectServer provokes what a real server answers.
func TestConnectServer(t *testing.T) {
	for _, major := range majors {
		server := pgtest.New(t, pgtest.Options{Major: major, Settings: map[string]string{"max_connections": "5", "superuser_reserved_connections": "0", "max_wal_senders": "0", "autovacuum": "off"}})
		host := "127.0.0.1:" + strconv.Itoa(server.Port)

		f := attempt(t, server.TCP("postgres", "postgres", "kh3-Geheim%20/@:#?"), nil)
		told(t, f, finding.AuthFailed, host, `user "postgres"`, "did not accept the password", "not tried again")
		if !diagnose.Rejected(f) || diagnose.Busy(f) || diagnose.Lost(f) {
			t.Error("a wrong password counts as something to try again")
		}
		f = attempt(t, fmt.Sprintf("postgres://nobody_here@%s/postgres?sslmode=disable", host), nil)
		told(t, f, finding.AuthFailed, host, `user "nobody_here"`, "none was given")

		told(t, attempt(t, server.TCP("nosuch", "postgres", pgtest.Password), nil), "PG3D000", host, `no database "nosuch"`)
		told(t, attempt(t, server.TCP("template0", "postgres", pgtest.Password), nil), "PG55000", host, "takes no connections")
		told(t, attempt(t, server.TCP("postgres", "postgres", pgtest.Password)+"?sslmode=require", nil), finding.UntrustedServer, host, "no TLS")

		var open []*pgconn.PgConn
		for range 5 {
			open = append(open, connect(t, server.URL("postgres", "postgres")))
		}
		f = attempt(t, server.TCP("postgres", "postgres", pgtest.Password), nil)
		told(t, f, finding.ServerBusy, host, "no connection is free")
		if !diagnose.Busy(f) || diagnose.Rejected(f) {
			t.Error("a server without a free connection is worth another try")
		}
		for _, conn := range open[1:] {
			_ = conn.Close(t.Context())
		}

		// A smart shutdown waits for the session that is open and refuses every new one.
		if err := syscall.Kill(server.PID(), syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		url := server.TCP("postgres", "postgres", pgtest.Password)
		deadline := time.Now().Add(30 * time.Second)
		for {
			conn, err := pgconn.Connect(t.Context(), url)
			if err != nil {
				f = diagnose.Connect(err, host, url)
				break
			}
			_ = conn.Close(t.Context())
			if time.Now().After(deadline) {
				t.Fatal("the server does not shut down")
			}
			time.Sleep(10 * time.Millisecond)
		}
		told(t, f, finding.ServerBusy, host, "shutting down")
		if !diagnose.Busy(f) || !diagnose.Shutdown(f) {
			t.Error("a server that stops is worth another try")
		}
		server.Stop(t, cluster.Immediate)
		told(t, attempt(t, server.TCP("postgres", "postgres", pgtest.Password), nil), finding.Unreached, host, "nothing listens there", "cairn db start")
		told(t, attempt(t, "host="+server.Socket+" port=1 user=postgres", nil), finding.Unreached, server.Socket, "no server's socket")
	}
}

func TestReadOnly(t *testing.T) {
	server := pgtest.New(t, pgtest.Options{Major: 17, Settings: map[string]string{"default_transaction_read_only": "on"}})
	f := attempt(t, server.URL("postgres", "postgres"), func(c *pgconn.Config) {
		c.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
			_, err := conn.Exec(ctx, "create table t (a int)").ReadAll()
			return err
		}
	})
	if f.Code != finding.ReadOnlyTarget || f.Exit != finding.Refused || !strings.Contains(f.Hint, "default_transaction_read_only") {
		t.Errorf("%s, exit %d: %s (%s)", f.Code, f.Exit, f.Message, f.Hint)
	}
	if f := diagnose.ReadOnly("standby", "db.example.com:5432"); f.Exit != finding.Refused || !strings.Contains(f.Hint, "primary") {
		t.Errorf("exit %d: %s", f.Exit, f.Hint)
	}
}

// TestConnectNetwork provokes what happens before anybody speaks Postgres. The name server, the silent host and the
// talkers are ours, on loopback.
func TestConnectNetwork(t *testing.T) {
	silent := listen(t, func(net.Conn) { select {} })
	closes := listen(t, func(c net.Conn) { _ = c.Close() })
	web := listen(t, func(c net.Conn) {
		_, _ = io.ReadFull(c, make([]byte, 8))
		_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		_ = c.Close()
	})
	for _, c := range []struct {
		name, url string
		change    func(*pgconn.Config)
		code      finding.Code
		words     []string
	}{
		{
			"unknown name", "postgres://u:p4ssw0rd@nosuch.example:5432/db", resolve(t, 3, nil), finding.Unreached,
			[]string{"nosuch.example:5432", "not known (DNS)", "spelling"},
		},
		{
			"unknown project", "postgres://u:p4ssw0rd@db.abcdefghijklmnopqrst.supabase.co:5432/db", resolve(t, 3, nil), finding.Unreached,
			[]string{"db.abcdefghijklmnopqrst.supabase.co:5432", "session pooler"},
		},
		{
			"name server fails", "postgres://u:p4ssw0rd@any.example:5432/db", resolve(t, 2, nil), finding.Unreached,
			[]string{"name server did not answer for any.example"},
		},
		{
			"IPv6 only", "postgres://u:p4ssw0rd@db.abcdefghijklmnopqrst.supabase.co:5432/db", resolve(t, 0, net.ParseIP("2001:db8::1")), finding.Unreached,
			[]string{"only an IPv6 address", "Session pooler, port 5432"},
		},
		{
			"no route", "postgres://u:p4ssw0rd@10.255.255.1:5432/db", func(c *pgconn.Config) { c.DialFunc = failingDial(syscall.EHOSTUNREACH) }, finding.Unreached,
			[]string{"no way to that address"},
		},
		{
			"timeout", "postgres://u:p4ssw0rd@" + silent + "/db", func(c *pgconn.Config) { c.ConnectTimeout = 50 * time.Millisecond }, finding.Unreached,
			[]string{silent, "no answer came in time"},
		},
		{"closes at once", "postgres://u:p4ssw0rd@" + closes + "/db?sslmode=disable", nil, finding.Unreached, []string{"closed the connection"}},
		{"web server", "postgres://u:p4ssw0rd@" + web + "/db?sslmode=disable", nil, finding.Unreached, []string{"does not speak the Postgres protocol"}},
		{"web server, TLS", "postgres://u:p4ssw0rd@" + web + "/db?sslmode=require", nil, finding.UntrustedServer, []string{"no TLS"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := attempt(t, c.url, c.change)
			told(t, f, c.code, c.words...)
			if strings.Contains(fmt.Sprintf("%s %s %s %v", f.Message, f.Detail, f.Hint, f.Cause), "p4ssw0rd") {
				t.Errorf("the password is shown: %+v", f)
			}
			if diagnose.Rejected(f) || diagnose.Busy(f) {
				t.Error("no server answered, yet it counts as rejected or busy")
			}
		})
	}
	if f := diagnose.Connect(fmt.Errorf("dial: %w", context.Canceled), "h:1"); f.Exit != finding.Interrupted {
		t.Errorf("interrupted: exit %d", f.Exit)
	}
}

// TestConnectPooler replays the texts of poolers, old and new.
func TestConnectPooler(t *testing.T) {
	const user, noRef = "postgres.abcdefghijklmnopqrst", "postgres"
	type poolerCase struct {
		user, sqlstate, text string
		code                 finding.Code
		busy, rejected       bool
		words                []string
	}
	cases := []poolerCase{
		{noRef, "XX000", "Tenant or user not found", finding.AuthFailed, false, false, []string{"write the user as postgres.<project ref>"}},
		{noRef, "XX000", "(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)", finding.AuthFailed, false, false, []string{"write the user as postgres.<project ref>"}},
		{user, "XX000", "(ECIRCUITBREAKER) circuit breaker open for operation: auth_error", finding.AuthFailed, false, true, []string{"wait some minutes"}},
		{user, "XX000", "(EDBHANDLEREXITED) connection to database closed. Check logs for more information", finding.ServerBusy, true, false, []string{"cannot reach the database behind it"}},
		{user, "XX000", "(ESOMETHINGNEW) words that nobody knows yet", finding.Unreached, false, false, []string{"words that nobody knows yet", "the pooler refused"}},
		{user, "08P01", "unsupported startup parameter: options", finding.Unreached, false, false, []string{"options=", "5432"}},
		{user, "08P01", "no more connections allowed (max_client_conn)", finding.ServerBusy, true, false, []string{"no more clients"}},
		{user, "42P05", `prepared statement "lrupsc_1_0" already exists`, finding.Unreached, false, false, []string{"session port (5432)"}},
		{user, "57P03", "the database system is starting up", finding.ServerBusy, true, false, []string{"starting up"}},
		{user, "28000", `no pg_hba.conf entry for host "203.0.113.7", user "postgres", database "postgres", no encryption`, finding.AuthFailed, false, true, []string{"203.0.113.7"}},
		{user, "0A000", "unsupported frontend protocol 3.0", finding.ServerVersion, false, false, []string{"another version of the protocol"}},
		{user, "99999", "something else", "PG99999", false, false, []string{"something else"}},
	}
	texts := faulttest.SupavisorTexts()
	for name, c := range map[string]struct {
		code           finding.Code
		busy, rejected bool
		words          []string
	}{
		"ENOTFOUND":                   {finding.AuthFailed, false, false, []string{"does not know this project", "paused or deleted"}},
		"ENOTFOUND before":            {finding.AuthFailed, false, false, []string{"does not know this project", "aws-1-", "ref abcdefghijklmnopqrst"}},
		"ENOIDENTIFIER":               {finding.AuthFailed, false, false, []string{"does not know this project"}},
		"EMULTIPLEUSERS":              {finding.AuthFailed, false, true, []string{"more than once", "direct host"}},
		"EINVALIDUSERINFO":            {finding.AuthFailed, false, true, []string{"cannot read the user", "postgres.<project ref>"}},
		"EADDRNOTALLOWED":             {finding.Unreached, false, false, []string{"203.0.113.7, as the server sees it", "Network Restrictions"}},
		"EADDRNOTALLOWED before":      {finding.Unreached, false, false, []string{"2001:db8:0:0:0:0:0:7, as the server sees it"}},
		"ESSLREQUIRED":                {finding.UntrustedServer, false, false, []string{"only encrypted connections", "sslmode=require"}},
		"EMAXCONNSESSION":             {finding.ServerBusy, true, false, []string{"session pooler has no connection free", "pool_size: 15", "pool size"}},
		"EMAXCONNSESSION before":      {finding.ServerBusy, true, false, []string{"session pooler has no connection free"}},
		"EMAXCONN":                    {finding.ServerBusy, true, false, []string{"no more clients", "limit: 200", "close idle clients"}},
		"EMAXCONN before":             {finding.ServerBusy, true, false, []string{"no more clients"}},
		"EMAXPOOLSREACHED":            {finding.ServerBusy, true, false, []string{"no more clients"}},
		"ECHECKOUTTIMEOUT":            {finding.ServerBusy, true, false, []string{"no free connection to the database in time", "60000ms", "pg_stat_activity"}},
		"ECHECKOUTTIMEOUT before":     {finding.ServerBusy, true, false, []string{"no free connection to the database in time"}},
		"ECIRCUITBREAKER auth_error":  {finding.AuthFailed, false, true, []string{"most often wrong passwords", "wait some minutes"}},
		"ECIRCUITBREAKER get_secrets": {finding.ServerBusy, false, false, []string{"could not reach the database", "wait some minutes"}},
		"ECIRCUITBREAKER db":          {finding.ServerBusy, false, false, []string{"could not reach the database", "wait some minutes"}},
		"EBANNED":                     {finding.AuthFailed, false, true, []string{"banned", "Banned IPs"}},
		"EWRONGPASSWORD":              {finding.AuthFailed, false, true, []string{"did not accept the password", "not tried again"}},
		"EAUTHQUERY user":             {finding.AuthFailed, false, true, []string{`no role "postgres"`}},
		"EAUTHQUERY connection":       {finding.ServerBusy, true, false, []string{"could not ask the database", "run again"}},
		"EAUTHSECRETS":                {finding.ServerBusy, true, false, []string{"cannot reach the database behind it"}},
		"EAUTHTIMEOUT":                {finding.ServerBusy, true, false, []string{"cannot reach the database behind it"}},
		"EDBHANDLEREXITED":            {finding.ServerBusy, true, false, []string{"cannot reach the database behind it", "dashboard"}},
		"ESTARTUPMESSAGE":             {finding.Unreached, false, false, []string{"refuses a setting", "options="}},
		"EPREPAREDDUP":                {finding.Unreached, false, false, []string{"mixes up prepared statements", "session port (5432)"}},
		"EPREPAREDNOTFOUND":           {finding.Unreached, false, false, []string{"mixes up prepared statements", "session port (5432)"}},
		"EPSSIMPLEQUERY":              {finding.Unreached, false, false, []string{"mixes up prepared statements", "session port (5432)"}},
		"ESUBSCRIBERETRIES":           {finding.ServerBusy, true, false, []string{"cannot reach the database behind it"}},
	} {
		text := texts[name]
		delete(texts, name)
		cases = append(cases, poolerCase{user, text.Code, text.Message, c.code, c.busy, c.rejected, c.words})
	}
	for name := range texts {
		t.Errorf("nothing is expected of %s", name)
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			address := listen(t, func(conn net.Conn) { answer(conn, c.sqlstate, c.text) })
			f := attempt(t, fmt.Sprintf("postgres://%s:p4ssw0rd@%s/postgres?sslmode=disable", c.user, address), nil)
			told(t, f, c.code, append(c.words, address, c.text)...)
			if got := diagnose.Busy(f); got != c.busy {
				t.Errorf("busy is %t", got)
			}
			if got := diagnose.Rejected(f); got != c.rejected {
				t.Errorf("rejected is %t", got)
			}
		})
	}
}

// TestConnectPgBouncer provokes a real pooler's answers.
func TestConnectPgBouncer(t *testing.T) {
	server := pgtest.Start(t, 17)
	base := server.Database(t)
	b := faulttest.StartPgBouncer(t, base, faulttest.BouncerOptions{})
	told(t, attempt(t, b.URL("", "")+"&lock_timeout=7", nil), finding.Unreached, "127.0.0.1:", "unsupported startup parameter: lock_timeout", "session port")

	b = faulttest.StartPgBouncer(t, base, faulttest.BouncerOptions{Settings: map[string]string{"max_client_conn": "1"}})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := pgconn.Connect(t.Context(), b.URL("", "")) // who asked whether it is up may still count
		if err == nil {
			t.Cleanup(func() { _ = conn.Close(context.Background()) })
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if f := attempt(t, b.URL("", ""), nil); !diagnose.Busy(f) || f.Code != finding.ServerBusy {
		t.Errorf("%s: %s", f.Code, f.Detail)
	}
}

// TestSecrets looks for a password, in every form, in everything that a finding says or leads to.
func TestSecrets(t *testing.T) {
	for _, password := range []string{"kanarie%zz@:/?#'\\\" vogel", "simple-canary-77", "postgres://in:side@x", "ab", "pāßwörd🔑"} {
		text := strings.Join(everyForm(password), " | ")
		address := listen(t, func(conn net.Conn) { answer(conn, "XX000", "wrong: "+text) })
		host, port, _ := net.SplitHostPort(address)
		f := attempt(t, fmt.Sprintf("host=%s port=%s user=u dbname=d sslmode=disable", host, port), func(c *pgconn.Config) { c.Password = password })
		whole := strings.Join([]string{f.Error(), f.Message, f.Detail, f.Hint, f.Cause.Error(), fmt.Sprintf("%+v %#v", *f, *f)}, "\n")
		for _, form := range everyForm(password) {
			if strings.Contains(f.Detail+f.Cause.Error(), form) || len(form) > 2 && strings.Contains(whole, form) {
				t.Errorf("password %q stands as %q in %s", password, form, whole)
			}
		}
	}
	// A connection string that nobody can parse is a secret with a password in it.
	for _, conn := range []string{
		"postgres://u:p%zz-canary@h:5432/db", "postgres://u:first-canary@second@h:5432/db", "host=h password='it''s canary' user=u", "postgres://u:can/ary-canary#x@h/db",
	} {
		_, err := pgconn.ParseConfig(conn)
		if err == nil {
			err = errors.New("cannot parse " + conn)
		}
		f := diagnose.Connect(fmt.Errorf("open %s: %w", conn, err), "h:5432", conn)
		if whole := fmt.Sprintf("%+v", *f) + f.Cause.Error(); strings.Contains(whole, "canary") {
			t.Errorf("of %q is shown: %s", conn, whole)
		}
	}
	// A password that is a word is hidden in what others say, and in no sentence of ours.
	for _, password := range []string{"password", "server", "postgres", "connect", "string", "project"} {
		address := listen(t, func(conn net.Conn) { answer(conn, "28P01", "the one given is <"+password+">") })
		f := attempt(t, fmt.Sprintf("postgres://u:%s@%s/d?sslmode=disable", password, address), nil)
		if f.Message != "cannot connect to "+address+": the server did not accept the password of user \"u\"" || strings.Contains(f.Hint, "***") {
			t.Errorf("with the password %q: %s, hint %s", password, f.Message, f.Hint)
		}
		if shown := strings.Contains(f.Detail, "<"+password+">"); shown != (password == "postgres") {
			t.Errorf("the password %q is shown %t: %s", password, shown, f.Detail)
		}
	}
	// What is no secret stays readable.
	f := attempt(t, pgtest.Start(t, 17).TCP("nosuch", "postgres", pgtest.Password), nil)
	told(t, f, "PG3D000", `database "nosuch" does not exist`, "on Supabase it is postgres")
}
