package pgbin

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"github.com/cairndb/cairn/internal/finding"
)

// Account is the user that Postgres runs as where we are root, since Postgres refuses to be root. A nil Account
// stands for whom we are.
type Account struct {
	Name     string
	UID, GID uint32
}

// Unprivileged returns the account to run Postgres as: nil where we are not root; else the user who called sudo, else
// "postgres", else "nobody". The error is a *finding.Finding.
func Unprivileged(getenv func(string) string) (*Account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	if id := getenv("SUDO_UID"); id != "" {
		if u, err := user.LookupId(id); err == nil {
			if a := account(u); a != nil {
				return a, nil
			}
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			if a := account(u); a != nil {
				return a, nil
			}
		}
	}
	return nil, &finding.Finding{
		Code: finding.ServerFailed, Severity: finding.Error, Exit: finding.Usage,
		Message: "Postgres does not run as root, and there is no other user to run it as",
		Detail:  "neither SUDO_UID's user nor postgres nor nobody exists",
		Hint:    "run cairn as a user that is not root, or make a user named postgres",
	}
}

// account returns the account of u, or nil where it is root.
func account(u *user.User) *Account {
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if errUID != nil || errGID != nil || uid == 0 {
		return nil
	}
	return &Account{Name: u.Username, UID: uint32(uid), GID: uint32(gid)}
}

// Apply makes cmd run as the account, without any further group.
func (a *Account) Apply(cmd *exec.Cmd) {
	if a == nil {
		return
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.UID, Gid: a.GID}
}

// Chown gives the file or folder to the account; a link is given, not followed.
func (a *Account) Chown(path string) error {
	if a == nil {
		return nil
	}
	return os.Lchown(path, int(a.UID), int(a.GID))
}

// passes reports whether the account may go through the folder.
func (a *Account) passes(info os.FileInfo) bool {
	mode := info.Mode().Perm()
	switch stat, _ := info.Sys().(*syscall.Stat_t); {
	case stat != nil && stat.Uid == a.UID:
		return mode&0o100 != 0
	case stat != nil && stat.Gid == a.GID:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

// ownerOf returns the id of the user that the file belongs to.
func ownerOf(info os.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

// OwnerOf returns the account that a file or folder belongs to; nil where that is root.
func OwnerOf(path string) (*Account, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, unwritable(path, err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 {
		return nil, nil
	}
	return &Account{Name: strconv.Itoa(int(stat.Uid)), UID: stat.Uid, GID: stat.Gid}, nil
}
