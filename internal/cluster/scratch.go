package cluster

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/pgbin"
	"golang.org/x/sys/unix"
)

// Scratch is a throwaway folder for one cluster. It is ours while we hold the lock on its file "owner", which the
// kernel takes from us when we die: a folder whose lock is free is a dead process's, whatever became of its pid.
type Scratch struct {
	Dir    string
	unlock func()
}

// Scratch clears away what dead processes left, and makes a new folder: in memory where that is plentiful, else below
// the cache. The error is a *finding.Finding.
func (h Host) Scratch(ctx context.Context) (*Scratch, error) {
	disk := filepath.Join(h.Cache, "run")
	for _, root := range []string{memoryFolder(), disk} {
		if err := sweep(ctx, root); err != nil {
			return nil, err
		}
	}
	if memory := memoryFolder(); plentiful(filepath.Dir(memory)) && pgbin.Folder(memory) == nil && pgbin.Trusted(memory) == nil {
		return newScratch(ctx, memory, h.Account != nil)
	}
	return newScratch(ctx, disk, h.Account != nil)
}

func newScratch(ctx context.Context, root string, shared bool) (*Scratch, error) {
	if err := pgbin.Folder(root); err != nil {
		return nil, err
	}
	unlock, err := pgbin.Lock(ctx, filepath.Join(root, "lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	s := &Scratch{Dir: filepath.Join(root, strings.ToLower(rand.Text()[:10]))}
	if err := os.Mkdir(s.Dir, 0o700); err != nil {
		return nil, unwritable(s.Dir, err)
	}
	if shared { // the account passes through; what lies inside guards itself
		if err := os.Chmod(s.Dir, 0o711); err != nil {
			return nil, unwritable(s.Dir, err)
		}
	}
	owner := filepath.Join(s.Dir, "owner")
	if s.unlock, err = pgbin.TryLock(owner); err != nil {
		return nil, err
	}
	if err := os.WriteFile(owner, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o600); err != nil {
		s.Remove()
		return nil, unwritable(owner, err)
	}
	return s, nil
}

// Remove stops a server that still runs in the folder, and removes it.
func (s *Scratch) Remove() {
	wipe(s.Dir)
	s.unlock()
}

// sweep removes the folders below root whose owner is dead.
func sweep(ctx context.Context, root string) error {
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) < 2 || pgbin.Trusted(root) != nil {
		return nil // not there yet, or nothing but the lock, or not ours
	}
	unlock, err := pgbin.Lock(ctx, filepath.Join(root, "lock"))
	if err != nil {
		return err
	}
	dead := map[string]func(){}
	for _, entry := range entries { // taking the owner's lock claims a folder, so that two sweepers do not meet in it
		dir := filepath.Join(root, entry.Name())
		if !entry.IsDir() {
			continue
		}
		if free, err := pgbin.TryLock(filepath.Join(dir, "owner")); err == nil && free != nil {
			dead[dir] = free
		}
	}
	unlock()
	for dir, free := range dead {
		wipe(dir)
		free()
	}
	return nil
}

// wipe stops what runs in a throwaway folder, and removes the folder and its sockets. What cannot be removed stays
// for the next sweep.
func wipe(dir string) {
	if end(filepath.Join(dir, "data")) != nil {
		return
	}
	_ = os.RemoveAll(socketFolder(dir))
	_ = os.RemoveAll(dir)
}

// socketFolder is where the server at home has its socket: in home, unless the path of the socket would be longer
// than the kernel takes (103 bytes on macOS).
func socketFolder(home string) string {
	inside := filepath.Join(home, "s")
	if len(inside)+len("/.s.PGSQL.65535.lock") < 100 {
		return inside
	}
	return filepath.Join("/tmp", "cairn-"+strconv.Itoa(os.Geteuid())+"-"+filepath.Base(home))
}

// makeSocketFolder makes an empty folder that only the server's owner can pass. In /tmp somebody may have made one of
// that name before us: it is not used then.
func (h Host) makeSocketFolder(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return unwritable(dir, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return unwritable(dir, err)
	}
	if err := h.Account.Chown(dir); err != nil {
		return unwritable(dir, err)
	}
	return nil
}

// memoryFolder is our folder on Linux' memory file system. A throwaway cluster never needs a disk, and some file
// systems make new files slowly after many were removed (ext4 without a journal: ten times slower for a minute).
func memoryFolder() string { return filepath.Join("/dev/shm", "cairn-"+strconv.Itoa(os.Geteuid())) }

// room is how many bytes of memory must be free for a throwaway cluster to go there; one takes 40 MB, and 10 more for
// each database.
const room = 2 << 30

// plentiful reports whether dir lies in memory and there is room.
func plentiful(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && isMemory(&fs) && uint64(fs.Bavail)*uint64(fs.Bsize) >= room
}
