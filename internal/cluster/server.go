package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Config says how a server runs.
type Config struct {
	Home     string            // folder of ours for its socket, log and postgresql.conf
	Data     string            // data directory; Home/data where empty
	Port     int               // names the socket, and is the TCP port; 5432 where zero
	Listen   bool              // listen on 127.0.0.1:Port too
	Durable  bool              // survive a power cut; else as fast as it can be
	Detached bool              // outlive us
	Settings map[string]string // settings of postgresql.conf beside ours
	Preload  []string          // modules to load at the start, where the installation has them
}

// Server is a running Postgres.
type Server struct {
	PID     int
	Port    int
	Started time.Time
	Data    string // data directory
	Socket  string // folder of its unix socket
	Log     string // file that it writes to
	Listens bool   // on 127.0.0.1:Port

	exited chan struct{} // closed when our child has ended; nil for a server that another process started
}

// Mode is how a server is stopped.
type Mode syscall.Signal

// The modes: Fast ends sessions and writes everything down; Immediate ends at once, and the next start recovers.
const (
	Fast      = Mode(syscall.SIGINT)
	Immediate = Mode(syscall.SIGQUIT)
)

// patience is how long a server may take to start or stop where ctx allows longer.
const patience = 2 * time.Minute

// Start starts a server on the data directory and returns when it takes connections. Unless it is detached, it ends
// when this process does, however that ends. The error is a *finding.Finding with the end of the server's log.
func (h Host) Start(ctx context.Context, c Config) (*Server, error) {
	if c.Data == "" {
		c.Data = filepath.Join(c.Home, "data")
	}
	if c.Port == 0 {
		c.Port = 5432
	}
	data, err := filepath.EvalSymlinks(c.Data) // processes are recognised by the folder they work in
	if err != nil {
		return nil, unwritable(c.Data, err)
	}
	c.Data = data
	if p, ok := running(c.Data); ok {
		return nil, failed(fmt.Sprintf("a server (pid %d) runs on %s already", p.PID, c.Data), "", errors.New("two servers cannot share a data directory"))
	}
	// What a killed server left would keep the next one from starting if its process id was given out again.
	if err := end(c.Data); err != nil {
		return nil, failed("the previous server does not end", "", err)
	}
	if err := os.Remove(filepath.Join(c.Data, "postmaster.pid")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, unwritable(c.Data, err)
	}
	s := &Server{Port: c.Port, Data: c.Data, Socket: socketFolder(c.Home), Log: filepath.Join(c.Home, "log"), Listens: c.Listen}
	if err := h.makeSocketFolder(s.Socket); err != nil {
		return nil, err
	}
	if err := c.write(filepath.Join(c.Home, "postgresql.conf"), h.has(c.Preload)); err != nil {
		return nil, unwritable(c.Home, err)
	}
	if err := h.launch(s, c); err != nil {
		return nil, err
	}
	if err := s.await(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// has returns those of the modules that the installation has: a server without one that it is to load does not start.
func (h Host) has(modules []string) []string {
	return slices.DeleteFunc(slices.Clone(modules), func(module string) bool {
		found, _ := filepath.Glob(filepath.Join(h.Postgres.Lib, module+".*"))
		return h.Postgres.Lib == "" || !slices.ContainsFunc(found, func(file string) bool {
			return slices.Contains([]string{".so", ".dylib"}, filepath.Ext(file))
		})
	})
}

// launch starts the process. It runs from a thread of its own for as long as the server lives, because Linux counts
// the end of that thread as the end of the parent.
func (h Host) launch(s *Server, c Config) error {
	_ = os.Rename(s.Log, s.Log+".old")
	log, err := os.OpenFile(s.Log, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return unwritable(s.Log, err)
	}
	defer func() { _ = log.Close() }()
	listen := ""
	if c.Listen {
		listen = "127.0.0.1"
	}
	cmd := h.command(context.Background(), "postgres", "-D", s.Data, "-p", strconv.Itoa(s.Port), "-k", s.Socket,
		"-c", "listen_addresses="+listen, "-c", "config_file="+filepath.Join(c.Home, "postgresql.conf"))
	cmd.Stdout, cmd.Stderr = log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if c.Detached {
		cmd.SysProcAttr.Setsid = true
	} else {
		cmd.SysProcAttr.Setpgid = true // Ctrl-C is for us to handle, not for the server to end on
		dieWithUs(cmd.SysProcAttr)
	}
	keepDescriptors()
	started := make(chan error)
	s.exited = make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(s.exited)
	}()
	if err := <-started; err != nil {
		return failed("Postgres could not be started", "", err)
	}
	s.PID = cmd.Process.Pid
	return nil
}

// keepDescriptors keeps what this process was given open, a pipe or a lock of the shell's, from the servers that it starts:
// one that outlives it would hold it open.
func keepDescriptors() {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return // there is no such folder: then none can be told
	}
	for _, entry := range open {
		if n, err := strconv.Atoi(entry.Name()); err == nil && n > 2 {
			syscall.CloseOnExec(n)
		}
	}
}

// await returns when the server takes connections.
func (s *Server) await(ctx context.Context) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		if p, err := readPIDFile(s.Data); err == nil && p.PID == s.PID && p.Ready {
			s.Started = p.Started
			return nil
		}
		select {
		case <-s.exited:
			return failed("Postgres did not start", s.tail(), nil)
		case <-ctx.Done():
			s.giveUp()
			return stopped(ctx, "Postgres was starting")
		case <-deadline.C:
			s.giveUp()
			return failed(fmt.Sprintf("Postgres did not start within %s", patience), s.tail(), nil)
		case <-time.After(2 * time.Millisecond):
		}
		if !s.Alive() {
			return failed("Postgres did not start", s.tail(), nil)
		}
	}
}

// giveUp ends a server that we started; one that somebody else started is theirs.
func (s *Server) giveUp() {
	if s.exited != nil {
		_ = end(s.Data)
	}
}

// Attach returns the server that runs on the data directory, whoever started it, once it takes connections; nil where
// none runs, or none any more. Home is what its Config said.
func Attach(ctx context.Context, home, data string) (*Server, error) {
	if real, err := filepath.EvalSymlinks(data); err == nil {
		data = real
	}
	p, ok := running(data)
	if !ok {
		return nil, nil
	}
	s := &Server{
		PID: p.PID, Port: p.Port, Started: p.Started, Data: data, Listens: p.Listens,
		Socket: socketFolder(home), Log: filepath.Join(home, "log"),
	}
	if p.Ready {
		return s, nil
	}
	if err := s.await(ctx); err != nil {
		if !s.Alive() && ctx.Err() == nil { // it was on its way down, or could not come up
			return nil, nil
		}
		return nil, err
	}
	return s, nil
}

// Stop ends the server and returns when it has ended; one that has ended already is no error. A server that does not
// do as it is told in time, or before ctx ends, is ended immediately.
func (s *Server) Stop(ctx context.Context, mode Mode) error {
	if !s.Alive() {
		return end(s.Data)
	}
	_ = syscall.Kill(s.PID, syscall.Signal(mode))
	deadline := time.NewTimer(patience / 4)
	defer deadline.Stop()
	for s.Alive() {
		select {
		case <-s.exited:
		case <-ctx.Done():
			return end(s.Data)
		case <-deadline.C:
			return end(s.Data)
		case <-time.After(time.Millisecond):
		}
	}
	return end(s.Data)
}

// Alive reports whether the server's process runs.
func (s *Server) Alive() bool {
	select {
	case <-s.exited:
		return false
	default:
		return s.exited != nil || worksIn(s.PID, s.Data)
	}
}

// URL returns a libpq URL for the database over the unix socket, where user needs no password.
func (s *Server) URL(database, user string) string {
	host := strings.ReplaceAll(url.QueryEscape(s.Socket), "+", "%20") // a plus is a plus to libpq
	u := url.URL{Scheme: "postgresql", User: url.User(user), Path: "/" + database, RawQuery: "host=" + host + "&port=" + strconv.Itoa(s.Port)}
	return u.String()
}

// TCP returns a libpq URL for the database over 127.0.0.1, or "" where the server does not listen there.
func (s *Server) TCP(database, user, password string) string {
	if !s.Listens {
		return ""
	}
	u := url.URL{Scheme: "postgresql", User: url.UserPassword(user, password), Host: "127.0.0.1:" + strconv.Itoa(s.Port), Path: "/" + database}
	return u.String()
}

// tail returns what the server wrote since it was started.
func (s *Server) tail() string {
	text, _ := os.ReadFile(s.Log)
	return string(text)
}

// write writes postgresql.conf. It lies outside of the data directory, which may belong to another user than us; what
// ALTER SYSTEM sets lies inside and counts more, as ever.
func (c Config) write(path string, preload []string) error {
	settings := map[string]string{
		"shared_preload_libraries": strings.Join(preload, ", "), "wal_level": "logical", "timezone": "UTC", "log_timezone": "UTC", "lc_messages": "C",
		"log_line_prefix": "%m [%p] ", "unix_socket_permissions": "0700", "max_connections": "100",
	}
	if !c.Durable {
		maps.Copy(settings, map[string]string{
			"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off",
			"autovacuum": "off", "wal_recycle": "off", "wal_init_zero": "off", "max_wal_size": "128MB", "min_wal_size": "32MB",
		})
	}
	maps.Copy(settings, c.Settings)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return err
	}
	return os.Chmod(path, 0o644)
}
