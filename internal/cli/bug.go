package cli

import (
	"fmt"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
)

// panicError is a panic that was caught: a mistake of ours.
type panicError struct {
	value  any
	frames []string // where it happened, innermost first: "apply.(*Runner).Run run.go:42"
}

func (e *panicError) Error() string { return fmt.Sprint(e.value) }

// panicked returns the panic with value v as an error. It is called by the deferred function that recovered it.
func panicked(v any) error {
	const most = 8
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	e := &panicError{value: v}
	raised := false // the frames before runtime.gopanic are our own recovery
	for {
		f, more := frames.Next()
		function := path.Base(f.Function)
		switch {
		case f.Function == "runtime.gopanic":
			raised, e.frames = true, nil
		case raised && len(e.frames) < most && !strings.HasPrefix(function, "runtime.") && !strings.HasPrefix(function, "cobra."):
			e.frames = append(e.frames, fmt.Sprintf("%s %s:%d", function, filepath.Base(f.File), f.Line))
		}
		if !more {
			return e
		}
	}
}

// bug completes the finding about a mistake of ours: where in the program it happened and in which one, and no secret
// in it, whatever the text of an error or a panic was made of.
func (c *console) bug(f *finding.Finding) *finding.Finding {
	told, hide := *f, c.hide()
	b := c.App.Build
	lines := []string{strings.TrimSpace("cairn "+b.Version+" "+b.Revision) + ", " + b.Go + ", " + b.Platform}
	if p, ok := f.Cause.(*panicError); ok {
		lines = append(lines, p.frames...)
	}
	told.Message = hide(f.Message)
	told.Detail = hide(strings.TrimSpace(f.Detail + "\n" + strings.Join(lines, "\n")))
	return &told
}
