package direct

import (
	"context"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// userTimeout makes the kernel give a TCP connection up when what was sent stays unacknowledged for the silence.
func userTimeout(_ context.Context, network, _ string, raw syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var set error
	if err := raw.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
	}); err != nil {
		return err
	}
	return set
}
