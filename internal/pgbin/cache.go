package pgbin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/cairndb/cairn/internal/finding"
	"golang.org/x/sys/unix"
)

// Cache returns the folder for what can be had again (servers, templates) and for local databases, and makes it:
// CAIRN_CACHE, else as root /var/cache/cairn, else $XDG_CACHE_HOME/cairn, else $HOME/.cache/cairn, else a folder in
// the temporary folder. What lies there is run, so a folder that belongs to somebody else or that others may write to
// is refused; and the account that servers run as must be able to reach it. The error is a *finding.Finding.
func Cache(getenv func(string) string, account *Account) (string, error) {
	var last error
	for _, dir := range places(getenv) {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", unwritable(dir, err)
		}
		if last = Folder(abs); last != nil {
			continue
		}
		real, err := filepath.EvalSymlinks(abs)
		if err != nil {
			return "", unwritable(abs, err)
		}
		if err := Trusted(real); err != nil {
			return "", err
		}
		if err := account.reaches(real); err != nil {
			return "", err
		}
		return real, nil
	}
	return "", last
}

// Folder makes a folder of the cache, with those above it, unless it is there. Others may look into it whatever the
// umask says: a server may run as another user than we are. The error is a *finding.Finding.
func Folder(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if parent := filepath.Dir(path); parent != path {
		if err := Folder(parent); err != nil {
			return err
		}
	}
	switch err := os.Mkdir(path, 0o755); {
	case errors.Is(err, os.ErrExist): // another process was faster
		return nil
	case err != nil:
		return unwritable(path, err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		return unwritable(path, err)
	}
	return nil
}

// places lists where the cache may be, best first.
func places(getenv func(string) string) []string {
	if dir := getenv("CAIRN_CACHE"); dir != "" {
		return []string{dir}
	}
	var dirs []string
	if os.Geteuid() == 0 {
		dirs = append(dirs, "/var/cache/cairn")
	} else {
		if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
			dirs = append(dirs, filepath.Join(dir, "cairn"))
		}
		if home := getenv("HOME"); filepath.IsAbs(home) {
			dirs = append(dirs, filepath.Join(home, ".cache", "cairn"))
		}
	}
	return append(dirs, filepath.Join(os.TempDir(), "cairn-"+strconv.Itoa(os.Geteuid())))
}

// Trusted refuses a folder in which another user could plant a program for us to run, and a link to one. The error is
// a *finding.Finding.
func Trusted(dir string) error {
	info, err := os.Lstat(dir)
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return unwritable(dir, err)
	}
	refuse := func(message, hint string) error {
		return &finding.Finding{
			Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Refused, Message: message,
			Detail: "cairn runs programs from its cache, so nobody else may write there", Hint: hint,
		}
	}
	if owner := ownerOf(info); owner != os.Geteuid() {
		return refuse(fmt.Sprintf("the cache folder %s belongs to the user with id %d", dir, owner), "set CAIRN_CACHE to a folder of your own")
	}
	if info.Mode().Perm()&0o022 != 0 {
		return refuse(fmt.Sprintf("others may write to the cache folder %s", dir), fmt.Sprintf("run `chmod go-w %s`, or set CAIRN_CACHE to a folder of your own", dir))
	}
	return nil
}

// reaches refuses a folder that the account cannot pass into.
func (a *Account) reaches(dir string) error {
	if a == nil {
		return nil
	}
	for at := dir; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return unwritable(at, err)
		}
		if !a.passes(info) {
			return &finding.Finding{
				Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Refused,
				Message: fmt.Sprintf("the user %s cannot reach the cache folder %s", a.Name, dir),
				Detail:  fmt.Sprintf("Postgres does not run as root, so cairn starts it as %s, who may not pass %s", a.Name, at),
				Hint:    fmt.Sprintf("run `chmod a+x %s`, or set CAIRN_CACHE to a folder that everybody can reach", at),
			}
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// Lock takes the lock that the file stands for, waiting for whoever holds it until ctx ends. The kernel gives it back
// when this process dies, however it dies; the file stays. The error is a *finding.Finding.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		unlock, err := TryLock(path)
		if err != nil || unlock != nil {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, interrupted(ctx)
		case <-time.After(wait):
		}
	}
}

// TryLock takes the lock that the file stands for if it is free; a nil unlock says that it is not.
func TryLock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(path, err)
	}
	switch err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case err == nil:
		return func() {
			_ = unix.Flock(int(file.Fd()), unix.LOCK_UN) // closing alone would leave it with a child that is about to start
			_ = file.Close()
		}, nil
	case errors.Is(err, unix.EWOULDBLOCK):
		_ = file.Close()
		return nil, nil
	default:
		_ = file.Close()
		return nil, unwritable(path, err)
	}
}
