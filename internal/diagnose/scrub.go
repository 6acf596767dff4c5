package diagnose

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const (
	// mask stands where a secret stood.
	mask = "***"
	// openSecret is the password of every local Supabase database and of ours; it is also the name of a user and of a database.
	openSecret = "postgres"
	// shortest is the length from which a secret can be masked inside a text; of a text that holds a shorter one nothing is shown.
	shortest = 4
)

// userinfo finds the password of a connection URL; dsnPassword that of a keyword/value string.
var (
	userinfo    = regexp.MustCompile(`(?i)(postgres(?:ql)?://[^\s:/@]*:)[^\s]*@`)
	dsnPassword = regexp.MustCompile(`(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)`)
)

// scrubber takes secrets out of texts that drivers and servers wrote.
type scrubber struct {
	forms []string // longest first
	short []string
}

// newScrubber takes passwords and whole connection strings; of the latter the passwords in them count too.
func newScrubber(secrets []string) scrubber {
	var s scrubber
	add := func(secret string) {
		switch {
		case secret == "" || secret == openSecret:
		case len(secret) < shortest:
			s.short = append(s.short, secret)
		default:
			s.forms = append(s.forms, forms(secret)...)
		}
	}
	for _, secret := range secrets {
		add(secret)
		for _, part := range passwords(secret) {
			add(part)
		}
	}
	slices.SortFunc(s.forms, func(a, b string) int { return len(b) - len(a) })
	s.forms = slices.Compact(s.forms)
	return s
}

// passwords returns the passwords inside a connection string, as written and decoded; also of one that does not parse.
func passwords(conn string) []string {
	var found []string
	if u, err := url.Parse(conn); err == nil {
		if p, ok := u.User.Password(); ok {
			found = append(found, p)
		}
		if p := u.Query().Get("password"); p != "" {
			found = append(found, p)
		}
	}
	if _, rest, ok := strings.Cut(conn, "://"); ok {
		if end := strings.LastIndexByte(rest, '@'); end >= 0 {
			if _, p, ok := strings.Cut(rest[:end], ":"); ok {
				found = append(found, p)
			}
		}
	} else if m := dsnPassword.FindStringSubmatch(conn); m != nil {
		p := strings.Trim(m[2], "'")
		found = append(found, p, strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(p))
	}
	return found
}

// forms are the ways in which a secret may stand in a text: plain, percent-encoded, quoted, in hex, in base64.
func forms(secret string) []string {
	escaped := url.UserPassword("", secret).String()[1:]
	all := []string{
		secret, escaped, url.QueryEscape(secret), url.PathEscape(secret), strings.ToLower(escaped), strings.ToLower(url.QueryEscape(secret)),
		strings.ReplaceAll(secret, "'", "''"), strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(secret),
		strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret), hex.EncodeToString([]byte(secret)),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		// Inside a longer text a secret may start at any of three places of a group; what depends on its
		// neighbours is left out of the form.
		for before := range 3 {
			text := encoding.EncodeToString(append(make([]byte, before), secret...))
			start := []int{0, 2, 3}[before]
			all = append(all, text[start:(before+len(secret))*8/6])
		}
		all = append(all, encoding.EncodeToString([]byte(secret)))
	}
	return all
}

// theirs returns a text that others wrote without secrets. The names stay readable where one of them is the password
// as well.
func (s scrubber) theirs(text string, names []string) string {
	for _, secret := range s.short {
		if !slices.Contains(names, secret) && strings.Contains(text, secret) {
			return "(not shown: it may hold the password)"
		}
	}
	return s.value(text, names)
}

// value is the same for a name or another short value: a secret of a letter or two is no reason to hide it.
func (s scrubber) value(text string, names []string) string {
	for _, form := range s.forms {
		if !slices.Contains(names, form) {
			text = strings.ReplaceAll(text, form, mask)
		}
	}
	text = userinfo.ReplaceAllString(text, "${1}"+mask+"@")
	return dsnPassword.ReplaceAllString(text, "${1}"+mask)
}

// scrubbed is an error whose text holds no secret. What is beneath it stays reachable for errors.Is and errors.As.
type scrubbed struct {
	text string
	err  error
}

func (e *scrubbed) Error() string { return e.text }
func (e *scrubbed) Unwrap() error { return e.err }
