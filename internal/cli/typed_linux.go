package cli

import "golang.org/x/sys/unix"

// forgetTyped forgets what was typed on a terminal and not read yet.
func forgetTyped(fd int) { _ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }
