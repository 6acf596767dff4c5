package cluster

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// pidFile is what a server says about itself in its data directory.
type pidFile struct {
	PID     int
	Started time.Time
	Port    int
	Listens bool // over TCP
	Ready   bool // accepts connections
}

// readPIDFile reads postmaster.pid: pid, data directory, start time, port, socket folder, address, memory, status,
// one a line. The file may be in the hands of another user, so it is neither followed nor waited for.
func readPIDFile(data string) (pidFile, error) {
	file, err := os.OpenFile(filepath.Join(data, "postmaster.pid"), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return pidFile{}, err
	}
	defer func() { _ = file.Close() }()
	var lines []string
	for scanner := bufio.NewScanner(io.LimitReader(file, 4096)); scanner.Scan(); {
		lines = append(lines, strings.TrimSpace(scanner.Text()))
	}
	if len(lines) < 4 {
		return pidFile{}, errors.New("postmaster.pid is not complete")
	}
	pid, err := strconv.Atoi(lines[0])
	if err != nil || pid <= 1 {
		return pidFile{}, errors.New("postmaster.pid holds no process id")
	}
	seconds, err := strconv.ParseInt(lines[2], 10, 64)
	if err != nil {
		return pidFile{}, err
	}
	port, err := strconv.Atoi(lines[3])
	if err != nil {
		return pidFile{}, err
	}
	return pidFile{PID: pid, Started: time.Unix(seconds, 0), Port: port, Listens: len(lines) > 5 && lines[5] != "", Ready: len(lines) > 7 && lines[7] == "ready"}, nil
}

// running returns what the server on the data directory says about itself, and whether it lives: a process with that
// id may be anybody by now, so it has to be one that works in that folder.
func running(data string) (pidFile, bool) {
	p, err := readPIDFile(data)
	if err != nil {
		return pidFile{}, false
	}
	return p, worksIn(p.PID, data)
}

// end stops whatever still runs on the data directory, the server first, and returns when nothing does.
func end(data string) error {
	if p, ok := running(data); ok {
		_ = syscall.Kill(p.PID, syscall.SIGQUIT)
		for deadline := time.Now().Add(5 * time.Second); worksIn(p.PID, data) && time.Now().Before(deadline); {
			time.Sleep(2 * time.Millisecond)
		}
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		left := workers(data)
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return &os.PathError{Op: "stop the server on", Path: data, Err: syscall.EBUSY}
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// Running reports whether a server runs on the data directory, whoever started it.
func Running(data string) bool {
	if real, err := filepath.EvalSymlinks(data); err == nil {
		data = real
	}
	_, ok := running(data)
	return ok
}
