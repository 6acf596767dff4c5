package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// usage is what one run of a program took.
type usage struct {
	Wall   time.Duration
	CPU    time.Duration // of the program itself, not of the server
	Memory int64         // bytes, at its peak
}

// program is a command to measure.
type program struct {
	path string
	args []string
	env  []string
	dir  string // working folder; "" is the bench's own
}

// run runs the program once through the meter. The error of a program that failed holds what it said.
func (p program) run(ctx context.Context, scratch string) (usage, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return usage{}, err
	}
	said, err := os.CreateTemp(scratch, "said-") // a file, since a pipe would have to be read by somebody meanwhile
	if err != nil {
		return usage{}, err
	}
	defer func() { _ = said.Close(); _ = os.Remove(said.Name()) }()
	result, answer, err := os.Pipe()
	if err != nil {
		return usage{}, err
	}
	defer func() { _ = result.Close() }()
	cmd := exec.CommandContext(ctx, self, append([]string{meterCommand, p.path}, p.args...)...)
	cmd.Env, cmd.Dir = p.env, p.dir
	cmd.Stderr, cmd.ExtraFiles = said, []*os.File{answer}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		_ = answer.Close()
		return usage{}, err
	}
	_ = answer.Close()
	var u usage
	decodeErr := json.NewDecoder(result).Decode(&u)
	if err := cmd.Wait(); err != nil {
		if ctx.Err() != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			return usage{}, context.Cause(ctx)
		}
		return usage{}, fmt.Errorf("%s %s: %w\n%s", filepath.Base(p.path), strings.Join(p.args, " "), err, tail(said))
	}
	return u, decodeErr
}

// tail returns the end of what a program wrote.
func tail(f *os.File) []byte {
	text, _ := os.ReadFile(f.Name())
	return bytes.TrimSpace(text[max(0, len(text)-2000):])
}

// meterCommand is the first argument by which this program runs as the meter.
const meterCommand = "meter"

// meter runs a program and writes what it took, as JSON, to file descriptor 3. It is a process of its own because
// Linux counts the memory of the process that started a program as the program's: the meter's is a few megabytes and
// stays so, the bench's grows. It returns the program's exit code.
func meter(args []string) int {
	answer := os.NewFile(3, "answer")
	syscall.CloseOnExec(3)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // it goes to the program, and the meter waits for the end
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	began := time.Now()
	err := cmd.Run()
	u := usage{Wall: time.Since(began)}
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 127
	}
	u.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.Memory = int64(r.Maxrss)
		if runtime.GOOS != "darwin" { // kilobytes elsewhere
			u.Memory <<= 10
		}
	}
	if err := json.NewEncoder(answer).Encode(u); err != nil {
		return 127
	}
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(1, cmd.ProcessState.ExitCode())
	}
	return 0
}
