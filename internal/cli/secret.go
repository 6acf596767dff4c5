package cli

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
)

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

// shown returns f as it may be told: a connection string that stood in the wrong place, as a folder or a version, shows
// its host at most. The same finding gives the same result each time.
func (c *console) shown(f *finding.Finding) *finding.Finding {
	if f == nil {
		return nil
	}
	if c.misplaced == nil {
		c.misplaced = strings.NewReplacer(c.connections()...)
	}
	if again, ok := c.reworded[f]; ok {
		return again
	}
	told := *f
	told.Message, told.Detail, told.Hint = c.misplaced.Replace(f.Message), c.misplaced.Replace(f.Detail), c.misplaced.Replace(f.Hint)
	if told.Message == f.Message && told.Detail == f.Detail && told.Hint == f.Hint {
		return f
	}
	if c.reworded == nil {
		c.reworded = map[*finding.Finding]*finding.Finding{}
	}
	c.reworded[f], c.reworded[&told] = &told, &told
	return &told
}

var passwordPair = regexp.MustCompile(`(?i)\bpassword\s*=\s*('(?:[^'\\]|\\.)*'?|\S+)`)

// connections returns what stands for a user and a password in the connection strings among the arguments and in the
// environment, each with what is shown in its place, the longest first. A path that was made of one counts as well.
func (c *console) connections() []string {
	var secrets [][2]string
	add := func(text string) {
		if scheme, rest, ok := strings.Cut(text, ":/"); ok {
			if end := strings.LastIndexByte(rest, '@'); end > 0 && strings.Contains(rest[:end], ":") {
				secrets = append(secrets, [2]string{scheme + ":/" + rest[:end+1], scheme + "://***@"})
			}
		}
		for _, pair := range passwordPair.FindAllString(text, -1) {
			secrets = append(secrets, [2]string{pair, "password=***"})
		}
	}
	texts := slices.Clone(c.Args)
	for _, pair := range c.Environ {
		_, value, _ := strings.Cut(pair, "=")
		texts = append(texts, value)
	}
	for _, text := range texts {
		if !strings.Contains(text, "://") && !strings.Contains(text, "password") {
			continue
		}
		quoted := strconv.Quote(text)
		for _, form := range []string{text, filepath.Clean(text), quoted[1 : len(quoted)-1]} {
			add(form)
		}
	}
	slices.SortFunc(secrets, func(a, b [2]string) int { return cmp.Or(len(b[0])-len(a[0]), strings.Compare(a[0], b[0])) })
	var pairs []string
	for _, s := range secrets {
		pairs = append(pairs, s[0], s[1])
	}
	return pairs
}
