package faulttest

import "syscall"

// dieWithUs makes the kernel end the process when the thread that started it ends.
func dieWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
