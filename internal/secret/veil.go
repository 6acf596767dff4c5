package secret

import (
	"net/url"
	"regexp"
	"strings"
)

// Veil stands in statements and files where a secret was left out.
const Veil = mask

// names matches options of foreign servers and of connections, and settings, whose values nobody should see.
var names = regexp.MustCompile(`(?i)passw|passcode|passphrase|pwd|(?:^|[_.-])pass(?:$|[_.-])|secret|token|credential|api_?key|access_key|private_key|encryption_key|` +
	`(?:sa|service|role|signing|jwt|auth)_key`)

// IsName reports whether an option of that name holds a secret, not a file or the id of one that is kept elsewhere.
func IsName(option string) bool {
	return !strings.HasSuffix(strings.ToLower(option), "_id") && names.MatchString(option)
}

// bearer matches what is a secret whatever its name: a token in a header, a JSON web token, keys of Supabase.
var bearer = regexp.MustCompile(`(?i)^(?:bearer|basic)\s+\S|^eyJ[\w-]+\.eyJ|^sb_secret_|^sbp_`)

// Option returns the value of an option or a setting with Veil in place of what is secret in it: all of it by its name or
// its form, or what a connection string has in it.
func Option(name, value string) string {
	if value != "" && (IsName(name) || bearer.MatchString(value)) {
		return Veil
	}
	return Connection(value)
}

var (
	// setting is the name of one of a connection string that is no URI (Postgres docs, 34.1.1; ODBC's have ";" between).
	setting = regexp.MustCompile(`\w+\s*=\s*`)
	// hidden is the value of a setting that is a secret, as far as it may reach; shown that of another one.
	hidden = regexp.MustCompile(`(?s)^(?:'(?:[^'\\]|\\.)*'?|\{[^}]*\}?|(?:[^\s\\]|\\.)*)`)
	shown  = regexp.MustCompile(`(?s)^(?:'(?:[^'\\]|\\.)*'?|\{[^}]*\}?|(?:[^\s;\\]|\\.)*)`)
	// login is the password in front of an address, up to the last "@" before the path: Go's MySQL driver has no scheme.
	login = regexp.MustCompile(`^([^\s:/?#@=]*:)[^/?#]*@`)
)

// Connection returns a connection string, URI or settings, with Veil in place of the secrets in it.
func Connection(text string) string {
	scheme, rest, isURI := strings.Cut(text, "://")
	if !isURI || strings.Contains(scheme, "=") {
		return settings(login.ReplaceAllString(text, "${1}"+Veil+"@"))
	}
	address, query, _ := strings.Cut(rest, "?")
	address = settings(login.ReplaceAllString(address, "${1}"+Veil+"@")) // JDBC has settings behind ";"
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

// settings returns text with Veil in place of the secrets among the settings in it.
func settings(text string) string {
	var b strings.Builder
	for {
		at := setting.FindStringIndex(text)
		if at == nil {
			return b.String() + text
		}
		b.WriteString(text[:at[1]])
		name, _, _ := strings.Cut(text[at[0]:at[1]], "=")
		text = text[at[1]:]
		if IsName(strings.TrimSpace(name)) {
			b.WriteString(Veil)
			text = text[len(hidden.FindString(text)):]
			continue
		}
		value := shown.FindString(text)
		if strings.Contains(value, "://") {
			b.WriteString(Connection(value))
		} else {
			b.WriteString(value)
		}
		text = text[len(value):]
	}
}
