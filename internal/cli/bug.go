package cli

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
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

// Texts that are secret wherever they stand: what a URL holds before its host, passwords and tokens by their names, and
// tokens by their looks.
var (
	userinfo = regexp.MustCompile(`://[^\s"']*@`)
	named    = regexp.MustCompile(`(?i)((?:password|passwd|pwd|token|secret|apikey|api_key)\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&"']+)`)
	tokens   = regexp.MustCompile(`sbp_[A-Za-z0-9_]+|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+`)
)

// hide returns a function that takes secrets out of a text: those that the environment and the arguments hold, in any
// of the usual encodings, and what looks like one.
func (c *console) hide() func(string) string {
	var pairs []string
	for _, s := range c.secrets() {
		for _, form := range []string{
			s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(strconv.Quote(s), `"`),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.RawStdEncoding.EncodeToString([]byte(s)),
			base64.URLEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		} {
			pairs = append(pairs, form, "***")
		}
	}
	literal := strings.NewReplacer(pairs...)
	return func(text string) string {
		text = userinfo.ReplaceAllString(text, "://***@")
		text = named.ReplaceAllString(text, "${1}***")
		text = tokens.ReplaceAllString(text, "***")
		return literal.Replace(text)
	}
}

// secrets returns the secret texts that this process was given, the longest first. One of fewer than four characters
// would only tear holes into words.
func (c *console) secrets() []string {
	var all []string
	add := func(s string) {
		if len(s) >= 4 {
			all = append(all, s)
		}
	}
	addURL := func(s string) {
		if !strings.Contains(s, "://") {
			return
		}
		_, rest, _ := strings.Cut(s, "://")
		if i := strings.LastIndexByte(rest, '@'); i >= 0 {
			_, password, _ := strings.Cut(rest[:i], ":")
			add(password)
			if plain, err := url.PathUnescape(password); err == nil {
				add(plain)
			}
		}
		if u, err := url.Parse(s); err == nil {
			add(u.Query().Get("password"))
		}
	}
	for _, pair := range c.Environ {
		name, value, _ := strings.Cut(pair, "=")
		if secretName.MatchString(name) {
			add(value)
		}
		addURL(value)
	}
	for i, arg := range c.Args {
		addURL(arg)
		switch name, value, ok := strings.Cut(arg, "="); {
		case name == "--password" && ok:
			add(value)
		case (name == "--password" || arg == "-p") && i+1 < len(c.Args):
			add(c.Args[i+1])
		case strings.HasPrefix(arg, "-p") && !strings.HasPrefix(arg, "--"):
			add(strings.TrimPrefix(arg[2:], "="))
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}

var secretName = regexp.MustCompile(`(?i)PASSWORD|PASSWD|TOKEN|SECRET|_KEY$|^DOTENV_PRIVATE_KEY`)
