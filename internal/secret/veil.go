package secret

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Veil stands in statements and files where a secret was left out.
const Veil = mask

// words are what options of foreign servers and of connections have in their names whose values nobody should see.
var words = []string{
	"password", "passwd", "passcode", "passphrase", "secret", "token", "credential", "apikey", "api_key", "access_key", "private_key", "encryption_key", "sa_key",
}

// IsName reports whether an option of that name holds a secret, not a file or the id of one that is kept elsewhere.
func IsName(option string) bool {
	option = strings.ToLower(option)
	return !strings.HasSuffix(option, "_id") && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(option, w) })
}

// setting is one of a connection string that is no URI (Postgres docs, 34.1.1).
var setting = regexp.MustCompile(`(?s)(\w+)(\s*=\s*)('(?:[^'\\]|\\.)*'?|(?:[^\s\\]|\\.)*)`)

// Connection returns a connection string with Veil in place of the secrets in it.
func Connection(text string) string {
	scheme, rest, isURI := strings.Cut(text, "://")
	if !isURI || strings.Contains(scheme, "=") {
		return setting.ReplaceAllStringFunc(text, func(s string) string {
			part := setting.FindStringSubmatch(s)
			if !IsName(part[1]) {
				return s
			}
			return part[1] + part[2] + Veil
		})
	}
	address, query, _ := strings.Cut(rest, "?")
	if end := strings.IndexAny(address, "@/"); end >= 0 && address[end] == '@' {
		if user, _, has := strings.Cut(address[:end], ":"); has {
			address = user + ":" + Veil + address[end:]
		}
	}
	if query == "" {
		return scheme + "://" + address
	}
	settings := strings.Split(query, "&")
	for i, s := range settings {
		name, _, _ := strings.Cut(s, "=")
		if plain, err := url.QueryUnescape(name); err != nil || IsName(plain) {
			settings[i] = name + "=" + Veil
		}
	}
	return scheme + "://" + address + "?" + strings.Join(settings, "&")
}
