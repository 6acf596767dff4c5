package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/text/width"
)

// terminal is a command that runs on a pseudo-terminal of its own.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	seen   int // how much of what was shown was waited for; see sees

	mu     sync.Mutex
	shown  bytes.Buffer
	closed chan struct{} // the command's end of the terminal is closed
}

// onTerminal starts a command of the scripts on a terminal of so many columns.
func onTerminal(t *testing.T, columns uint16, env []string, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	x := &terminal{t: t, cmd: command(t, env, args...), master: master, closed: make(chan struct{})}
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = slave, slave, slave
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(x.closed)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			x.mu.Lock()
			x.shown.Write(buf[:n])
			x.mu.Unlock()
			if err != nil { // EIO: nobody holds the other end any more
				return
			}
		}
	}()
	return x
}

// command returns this test binary, run as one of the scripts' commands.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Args = args
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm", "HOME=" + t.TempDir()}, env...)
	t.Cleanup(func() {
		if cmd.ProcessState == nil && cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	return cmd
}

// see waits until the screen has shown text, which it may do from the first moment on.
func (x *terminal) see(text string) {
	x.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if strings.Contains(x.screen(), text) {
			return
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("never saw %q, only\n%q", text, x.screen())
		}
	}
}

func (x *terminal) screen() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.shown.String()
}

func (x *terminal) typeIn(text string) {
	x.t.Helper()
	if _, err := io.WriteString(x.master, text); err != nil {
		x.t.Fatal(err)
	}
}

// end waits for the command and returns its exit code.
func (x *terminal) end() int {
	x.t.Helper()
	code := exitCode(x.t, x.cmd.Wait())
	<-x.closed
	return code
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func TestAsk(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		types      []string // each after the terminal shows a prompt
		exit       int
		said       string // what the answer was taken for
		shows      string
	}{
		{name: "yes", kind: "no", types: []string{"y\n"}, said: "yes", shows: "Go on?\x1b[0m [y/N] "},
		{name: "YES", kind: "no", types: []string{"YES\n"}, said: "yes"},
		{name: "Enter, no by default", kind: "no", types: []string{"\n"}, said: "no"},
		{name: "Enter, yes by default", kind: "yes", types: []string{"\n"}, said: "yes", shows: "[Y/n] "},
		{name: "not understood", kind: "yes", types: []string{"maybe\n", "no\n"}, said: "no", shows: "Please answer yes or no."},
		{name: "typed", kind: "typed", types: []string{" shop \n"}, said: "shop"},
		{name: "a line", kind: "line", types: []string{"two words\n", "name\n"}, said: "name", shows: "no spaces, please"},
		{name: "a line by default", kind: "line", types: []string{"\n"}, said: "id", shows: "Name\x1b[0m [id] "},
		{name: "Ctrl-C", kind: "yes", types: []string{"\x03"}, exit: 130, shows: "interrupted"},
		{name: "Ctrl-D", kind: "yes", types: []string{"\x04"}, exit: 3, shows: "nothing was changed"},
		{name: "details are made harmless", kind: "yes", types: []string{"y\n"}, said: "yes", shows: `2 migrations:\x1b[2J`},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := onTerminal(t, 80, nil, "probe", "ask", c.kind)
			for i, text := range c.types {
				prompt := map[string]string{"typed": "Type shop:", "line": "[id] "}[c.kind]
				if prompt == "" {
					prompt = "/n] "
					if c.kind == "no" {
						prompt = "/N] "
					}
				}
				for strings.Count(x.screen(), prompt) <= i {
					x.see(prompt)
					time.Sleep(time.Millisecond)
				}
				x.typeIn(text)
			}
			if got := x.end(); got != c.exit {
				t.Errorf("exit code %d, want %d", got, c.exit)
			}
			if c.said != "" && !strings.Contains(x.screen(), "said "+c.said+"\r\n") {
				t.Errorf("%q was not taken for %q:\n%q", c.types, c.said, x.screen())
			}
			if !strings.Contains(x.screen(), c.shows) {
				t.Errorf("%q was not shown:\n%q", c.shows, x.screen())
			}
		})
	}
}

// TestNobodyToAsk holds that a pipe is nobody to ask, whatever it says.
func TestNobodyToAsk(t *testing.T) {
	cmd := command(t, nil, "probe", "ask", "yes")
	cmd.Stdin = strings.NewReader("y\n")
	out, err := cmd.CombinedOutput()
	if code := exitCode(t, err); code != 3 {
		t.Errorf("exit code %d, want 3:\n%s", code, out)
	}
}

// TestFailureOnATerminal draws a failed statement on a real terminal, on a wide one and on one that cuts the line, and
// looks which character the caret stands under.
func TestFailureOnATerminal(t *testing.T) {
	for _, columns := range []uint16{80, 40} {
		x := onTerminal(t, columns, nil, "probe", "fail")
		if code := x.end(); code != 4 {
			t.Errorf("exit code %d, want 4", code)
		}
		shown := x.screen()
		if !strings.Contains(shown, "\x1b[1;31merror\x1b[0m PG42P01") {
			t.Errorf("no colours on a terminal:\n%q", shown)
		}
		lines := strings.Split(uncolored(shown), "\r\n")
		found := false
		for i, line := range lines {
			if strings.HasPrefix(line, "      | ") {
				found = true
				above, caret := cellsOf(lines[i-1]), strings.IndexByte(line, '^')
				if got := strings.Join(above[caret:min(caret+4, len(above))], ""); got != "chat" {
					t.Errorf("%d columns: the caret stands under %q:\n%s\n%s", columns, got, lines[i-1], line)
				}
				if len(above) > int(columns) {
					t.Errorf("%d columns: the line takes %d", columns, len(above))
				}
			}
		}
		if !found {
			t.Errorf("no caret:\n%s", uncolored(shown))
		}
	}
}

// TestProgressOnATerminal holds that the progress line changes in place and is gone at the end.
func TestProgressOnATerminal(t *testing.T) {
	x := onTerminal(t, 80, nil, "probe", "fine")
	if code := x.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	shown := x.screen()
	if !strings.HasSuffix(shown, "said\r\n") && !strings.HasSuffix(shown, "said \r\n") {
		t.Errorf("the result is not last:\n%q", shown)
	}
	if strings.Contains(shown, "Applying 1_é.sql") && !strings.Contains(shown, "\r\x1b[K") {
		t.Errorf("the progress line is still there:\n%q", shown)
	}
	// A terminal that cannot move its cursor gets lines only.
	x = onTerminal(t, 80, []string{"TERM=dumb"}, "probe", "fine")
	if code := x.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if strings.Contains(x.screen(), "\x1b") {
		t.Errorf("escapes on a dumb terminal:\n%q", x.screen())
	}
}

func TestInterrupt(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd, out := waiting(t, nil)
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if code := exitCode(t, cmd.Wait()); code != 130 {
				t.Errorf("exit code %d, want 130", code)
			}
			if got := out.String(); !strings.Contains(got, "said so far") || !strings.Contains(got, "error CA815: interrupted") {
				t.Errorf("got:\n%s", got)
			}
		})
	}
}

// TestSecondInterrupt holds that a run that does not stop when asked stops when told.
func TestSecondInterrupt(t *testing.T) {
	cmd, out := waiting(t, []string{"PROBE_STUBBORN=1"})
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	out.see(t, "asked to stop")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
}

// waiting starts a verb that waits, and returns when it does.
func waiting(t *testing.T, env []string) (*exec.Cmd, *output) {
	t.Helper()
	cmd, out := command(t, env, "probe", "wait"), &output{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.see(t, "waiting")
	return cmd, out
}

// output is what a command has written so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func (o *output) see(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(o.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never saw %q, only\n%s", text, o.String())
		}
	}
}

// uncolored takes colours out of what a terminal was sent.
func uncolored(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "\x1b[")
		if i < 0 {
			return b.String() + s
		}
		b.WriteString(s[:i])
		s = s[i+2:]
		s = s[strings.IndexFunc(s, func(r rune) bool { return r >= '@' && r <= '~' })+1:]
	}
}

// cellsOf returns what stands in each column of a line, "" in the right half of a wide character.
func cellsOf(line string) []string {
	var all []string
	for _, r := range line {
		all = append(all, string(r))
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			all = append(all, "")
		}
	}
	return all
}
