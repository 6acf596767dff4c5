// Package cluster makes Postgres data directories and runs servers on them: a template made once per version, fast
// copies of it, a server process of our own start that dies with us unless it is told not to, and throwaway folders
// that the next start clears away where we could not.
package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
)

// Password is the password of the superuser of every cluster that cairn makes. It guards nothing but the TCP port on
// 127.0.0.1; the unix socket lies in a folder that only the server's owner can pass.
const Password = "postgres"

// Host is what all clusters of one Postgres version on this machine share.
type Host struct {
	Postgres *pgbin.Installation
	Account  *pgbin.Account // whom to run servers as; nil is whom we are
	Cache    string         // see pgbin.Cache; templates, and throwaway clusters where memory is short
}

// Init makes a data directory with initdb: UTF-8, one locale whatever the machine's is, no password over the socket,
// scram over TCP. Nothing is flushed to disk. The error is a *finding.Finding.
func (h Host) Init(ctx context.Context, data, superuser string) error {
	password := data + ".password"
	defer func() { _ = os.Remove(password) }()
	if err := os.WriteFile(password, []byte(Password+"\n"), 0o600); err != nil {
		return unwritable(password, err)
	}
	if err := h.Account.Chown(password); err != nil {
		return unwritable(password, err)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		return unwritable(data, err)
	}
	if err := h.Account.Chown(data); err != nil {
		return unwritable(data, err)
	}
	args := []string{
		"--pgdata=" + data, "--username=" + superuser, "--pwfile=" + password,
		"--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions",
	}
	if runtime.GOOS == "darwin" { // knows no C.UTF-8
		args = append(args, "--locale=C", "--lc-ctype=UTF-8")
	} else {
		args = append(args, "--locale=C.UTF-8")
	}
	cmd := h.command(ctx, "initdb", args...)
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	runtime.LockOSThread() // the kernel takes the end of this thread for ours
	defer runtime.UnlockOSThread()
	dieWithUs(cmd.SysProcAttr)
	if out, err := cmd.CombinedOutput(); ctx.Err() != nil {
		return stopped(ctx, "initdb was running")
	} else if err != nil {
		return failed(fmt.Sprintf("initdb of Postgres %s failed", h.Postgres.Version), string(out), err)
	}
	return nil
}

// command prepares one of the server's programs to run as the account, in an environment that nothing of the user's
// (PGPORT, PGOPTIONS, LANG, TZ) reaches.
func (h Host) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, h.Postgres.Program(program), args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + h.Postgres.Bin + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	h.Account.Apply(cmd)
	return cmd
}

// failed is the finding for a server program that did not do its work; log is what it wrote.
func failed(message, log string, cause error) error {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	f := &finding.Finding{
		Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Failed, Cause: cause,
		Message: message, Detail: strings.Join(lines[max(0, len(lines)-20):], "\n"),
	}
	if f.Detail == "" && cause != nil {
		f.Detail = cause.Error()
	}
	switch {
	case strings.Contains(log, "No space left on device"):
		f.Hint = "the disk is full: make room and run the command again"
	case strings.Contains(log, "could not create shared memory segment"), strings.Contains(log, "could not map anonymous shared memory"):
		f.Hint = "the machine has no shared memory left: stop servers that are not needed"
	case strings.Contains(log, "invalid locale name"):
		f.Hint = "the machine has no locale C.UTF-8: install it (Debian, Ubuntu: `apt install locales`)"
	}
	return f
}

// unwritable is the finding for a place of ours that cannot be written.
func unwritable(path string, err error) error {
	return &finding.Finding{
		Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: fmt.Sprintf("%s cannot be written", filepath.Clean(path)), Detail: err.Error(),
		Hint: "make room or make it writable, or set CAIRN_CACHE to another folder",
	}
}

// stopped is the finding for work that ended because ctx did.
func stopped(ctx context.Context, doing string) error {
	return &finding.Finding{
		Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Interrupted, Cause: context.Cause(ctx),
		Message: "interrupted while " + doing,
	}
}
