package pgdump

import (
	"net/url"
	"regexp"
	"strings"
)

// pair is a keyword with its value in a connection string (Postgres docs, 34.1.1.1).
var pair = regexp.MustCompile(`(?s)\s*(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)*)`)

// escaped is a character with a backslash before it.
var escaped = regexp.MustCompile(`(?s)\\(.)`)

// parted takes the password out of a connection string: what else is in it may be seen in a list of processes.
func parted(text string) (address, password string) {
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		u, err := url.Parse(text)
		if err != nil {
			return "", "" // libpq would not read it either
		}
		if u.User != nil {
			password, _ = u.User.Password()
			u.User = url.User(u.User.Username())
		}
		query := u.Query()
		if query.Has("password") {
			password = query.Get("password")
			query.Del("password")
			u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
		}
		return u.String(), password
	}
	address = pair.ReplaceAllStringFunc(text, func(all string) string {
		m := pair.FindStringSubmatch(all)
		if m[1] != "password" {
			return all
		}
		password = m[2]
		if strings.HasPrefix(password, "'") {
			password = password[1 : len(password)-1]
		}
		password = escaped.ReplaceAllString(password, "$1")
		return ""
	})
	return strings.TrimSpace(address), password
}
