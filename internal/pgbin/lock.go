package pgbin

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

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
