package faulttest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/pgbin"
)

// Pooling is when PgBouncer gives a server connection to another client.
type Pooling string

// The kinds of pooling.
const (
	Transaction Pooling = "transaction"
	Session     Pooling = "session"
	Statement   Pooling = "statement"
)

// BouncerOptions say how a PgBouncer runs.
type BouncerOptions struct {
	Pooling  Pooling           // Transaction where empty
	PoolSize int               // server connections per database and user; 20 where 0
	Unix     bool              // listen on a unix socket instead of loopback TCP
	Settings map[string]string // of its section [pgbouncer], beside ours
}

// PgBouncer is a real PgBouncer in front of a server. Every role of the server that may log in comes in without a
// password, and every database is there; where the server wants passwords, it has that of the URL's user only.
type PgBouncer struct {
	PID int

	dir    string
	unix   bool
	port   int
	role   string
	base   string // database of the server's URL
	exited chan struct{}
	once   sync.Once
}

// StartPgBouncer starts the PgBouncer that is installed in front of the server that the libpq URL names; it connects
// there as that URL does. It ends with the test, or with the test's process.
func StartPgBouncer(t testing.TB, server string, o BouncerOptions) *PgBouncer {
	t.Helper()
	b, err := startPgBouncer(t.Context(), server, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Kill(); _ = os.RemoveAll(b.dir) })
	return b
}

func startPgBouncer(ctx context.Context, server string, o BouncerOptions) (*PgBouncer, error) {
	program, err := findPgBouncer()
	if err != nil {
		return nil, err
	}
	config, err := pgconn.ParseConfig(server)
	if err != nil {
		return nil, err
	}
	roles, err := loginRoles(ctx, server)
	if err != nil {
		return nil, err
	}
	account, err := pgbin.Unprivileged(os.Getenv)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgbouncer")
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ { // between our asking for a free port and PgBouncer's taking it, somebody else may
		b := &PgBouncer{dir: dir, unix: o.Unix, role: config.User, base: config.Database, exited: make(chan struct{})}
		if err = b.configure(config, roles, o, account); err == nil {
			err = b.run(program, account)
		}
		if err == nil {
			return b, nil
		}
		if try == 5 {
			_ = os.RemoveAll(dir)
			return nil, err
		}
	}
}

// findPgBouncer looks in the PATH and where Debian has it, which is in no plain user's PATH.
func findPgBouncer() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", errors.New("PgBouncer is not installed: run scripts/test-deps")
}

func loginRoles(ctx context.Context, server string) ([]string, error) {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := conn.Query(ctx, "select rolname from pg_roles where rolcanlogin")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// configure writes the configuration into a folder that the account can read.
func (b *PgBouncer) configure(server *pgconn.Config, roles []string, o BouncerOptions, account *pgbin.Account) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	b.port = listener.Addr().(*net.TCPAddr).Port
	_ = listener.Close()
	settings := map[string]string{
		"listen_port": strconv.Itoa(b.port), "pool_mode": string(Transaction), "default_pool_size": "20", "max_client_conn": "200",
		"auth_type": "trust", "auth_file": filepath.Join(b.dir, "users"), "admin_users": server.User, "logfile": filepath.Join(b.dir, "log"),
		"unix_socket_dir": "", "listen_addr": "127.0.0.1", "server_check_delay": "0",
	}
	if o.Unix {
		settings["listen_addr"], settings["unix_socket_dir"] = "", b.dir
	}
	if o.Pooling != "" {
		settings["pool_mode"] = string(o.Pooling)
	}
	if o.PoolSize > 0 {
		settings["default_pool_size"] = strconv.Itoa(o.PoolSize)
	}
	maps.Copy(settings, o.Settings)

	var ini strings.Builder
	fmt.Fprintf(&ini, "[databases]\n* = host=%s port=%d\n[pgbouncer]\n", server.Host, server.Port)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&ini, "%s = %s\n", name, settings[name])
	}
	var users strings.Builder
	double := strings.NewReplacer(`"`, `""`)
	for _, role := range roles {
		password := ""
		if role == server.User {
			password = server.Password
		}
		fmt.Fprintf(&users, "\"%s\" \"%s\"\n", double.Replace(role), double.Replace(password))
	}
	for name, text := range map[string]string{"ini": ini.String(), "users": users.String()} {
		name = filepath.Join(b.dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
		if err := account.Chown(name); err != nil {
			return err
		}
	}
	return account.Chown(b.dir)
}

// run starts the process and waits until it takes connections.
func (b *PgBouncer) run(program string, account *pgbin.Account) error {
	cmd := exec.Command(program, filepath.Join(b.dir, "ini"))
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	account.Apply(cmd)
	dieWithUs(cmd.SysProcAttr)
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the kernel takes the end of the thread that started it for ours
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(b.exited)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", program, err)
	}
	b.PID = cmd.Process.Pid
	network, address := "tcp", "127.0.0.1:"+strconv.Itoa(b.port)
	if b.unix {
		network, address = "unix", filepath.Join(b.dir, ".s.PGSQL."+strconv.Itoa(b.port))
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial(network, address)
		if err == nil {
			_ = conn.Close()
			return nil
		}
		select {
		case <-b.exited:
			return fmt.Errorf("PgBouncer did not start: %s", b.log())
		default:
		}
		if time.Now().After(deadline) {
			b.Kill()
			return fmt.Errorf("PgBouncer takes no connections: %s", b.log())
		}
	}
}

func (b *PgBouncer) log() string {
	text, _ := os.ReadFile(filepath.Join(b.dir, "log"))
	return strings.TrimSpace(string(text))
}

// URL returns the libpq URL of a database through the pooler; the server's own database and role where a name is empty.
func (b *PgBouncer) URL(database, role string) string {
	if database == "" {
		database = b.base
	}
	if role == "" {
		role = b.role
	}
	u := url.URL{Scheme: "postgresql", User: url.User(role), Path: "/" + database}
	query := url.Values{"sslmode": {"disable"}}
	if b.unix {
		query.Set("host", b.dir)
		query.Set("port", strconv.Itoa(b.port))
	} else {
		u.Host = "127.0.0.1:" + strconv.Itoa(b.port)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Admin runs a command of the pooler's console: PAUSE, RESUME, RECONNECT, KILL, SHOW POOLS.
func (b *PgBouncer) Admin(ctx context.Context, command string) error {
	conn, err := pgconn.Connect(ctx, b.URL("pgbouncer", b.role))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, command).ReadAll()
	return err
}

// Kill ends the process as kill -9 does: all clients and all server connections at once.
func (b *PgBouncer) Kill() {
	b.once.Do(func() { _ = syscall.Kill(b.PID, syscall.SIGKILL) })
	<-b.exited
}
