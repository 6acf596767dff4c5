//go:build !linux

package direct

import (
	"context"
	"syscall"
)

// userTimeout does nothing where the system has no such option; keep-alives still find a dead peer.
func userTimeout(context.Context, string, string, syscall.RawConn) error { return nil }
