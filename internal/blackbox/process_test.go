package blackbox

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a process may run before a test gives it up.
const patience = time.Minute

// process is cairn, running.
type process struct {
	s    *site
	cmd  *exec.Cmd
	name string

	stdout, stderr stream
	exited         chan struct{}
}

// stream keeps what a process writes.
type stream struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *stream) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(b)
}

func (w *stream) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// outcome is how a process ended.
type outcome struct {
	t              *testing.T
	name           string
	code           int // the exit code; -1 for one that a signal ended
	stdout, stderr string
	usage          *syscall.Rusage
}

// command prepares cairn to run in the project's root.
func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.Command(cairn, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	return cmd
}

// start starts cairn.
func (s *site) start(args ...string) *process {
	s.t.Helper()
	return s.launch(s.command(args...))
}

// launch starts a command and keeps what it writes to streams that were not set.
func (s *site) launch(cmd *exec.Cmd) *process {
	s.t.Helper()
	p := &process{s: s, cmd: cmd, name: "cairn " + strings.Join(cmd.Args[1:], " "), exited: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = &p.stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &p.stderr
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.exited
	})
	return p
}

func (p *process) signal(sig syscall.Signal) {
	p.s.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.s.t.Fatal(err)
	}
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.exited
}

// wait returns how the process ended.
func (p *process) wait() *outcome {
	p.s.t.Helper()
	limit := patience
	if *large {
		limit *= 60
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // Go prints where it hangs
		<-p.exited
		p.s.t.Fatalf("%s does not end:\n%s", p.name, p.stderr.String())
	}
	o := &outcome{
		t: p.s.t, name: p.name, code: p.cmd.ProcessState.ExitCode(), stdout: p.stdout.String(), stderr: p.stderr.String(),
	}
	o.usage, _ = p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	p.s.mu.Lock()
	p.s.written = append(p.s.written, o.stdout, o.stderr)
	p.s.mu.Unlock()
	return o
}

// exits asserts the exit code.
func (o *outcome) exits(code int) *outcome {
	o.t.Helper()
	if o.code != code {
		o.t.Fatalf("%s ended with exit code %d, want %d\nstdout:\n%s\nstderr:\n%s", hidden(o.name), o.code, code, o.stdout, o.stderr)
	}
	return o
}

// says asserts that each text stands in what was written.
func (o *outcome) says(texts ...string) *outcome {
	o.t.Helper()
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			o.t.Errorf("%s does not say %q\nstdout:\n%s\nstderr:\n%s", hidden(o.name), text, o.stdout, o.stderr)
		}
	}
	return o
}

// keepsQuiet asserts that none of the texts stands in what was written.
func (o *outcome) keepsQuiet(texts ...string) *outcome {
	o.t.Helper()
	for _, text := range texts {
		if strings.Contains(o.stdout+o.stderr, text) {
			o.t.Errorf("%s says %q\nstdout:\n%s\nstderr:\n%s", hidden(o.name), text, o.stdout, o.stderr)
		}
	}
	return o
}

// report is what --json prints, as far as tests look at it.
type report struct {
	OK       bool
	Exit     int
	Error    *struct{ Code, Message, Detail, Hint string }
	Findings []struct{ Code, Severity, Message string }
	Result   json.RawMessage
}

// report reads the JSON on standard output.
func (o *outcome) report() *report {
	o.t.Helper()
	var r report
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil {
		o.t.Fatalf("%s prints no JSON: %v\n%s\n%s", hidden(o.name), err, o.stdout, o.stderr)
	}
	return &r
}

// applied returns the versions that a push with --json says it applied.
func (o *outcome) applied() []string {
	o.t.Helper()
	var result struct{ Applied []struct{ Version string } }
	if err := json.Unmarshal(o.report().Result, &result); err != nil {
		o.t.Fatal(err)
	}
	var versions []string
	for _, a := range result.Applied {
		versions = append(versions, a.Version)
	}
	return versions
}

var userinfo = regexp.MustCompile(`://.*@`)

// hidden takes passwords out of a command line: a failing test's log is an output too.
func hidden(text string) string { return userinfo.ReplaceAllString(text, "://***@") }

// shows returns the form in which text shows the secret, "" where it does not.
func shows(text, secret string) string {
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), url.UserPassword("", secret).String()[1:],
		hex.EncodeToString([]byte(secret)), strings.ReplaceAll(secret, "/", `\/`),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 { // where in a group of three bytes the secret begins
			encoded := encoding.EncodeToString(append(make([]byte, before), secret...))
			forms = append(forms, encoded[[]int{0, 2, 3}[before]:(before+len(secret))*8/6])
		}
	}
	for _, form := range forms {
		if strings.Contains(text, form) {
			return form
		}
	}
	return ""
}
