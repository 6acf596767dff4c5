package project

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

// Address says where a database is and as whom to connect. What a person leaves out is zero here; the driver has
// defaults for it.
type Address struct {
	Host     string // name, IP address, or folder of a unix socket
	Port     uint16
	Database string
	User     string
	Password secret.String
	Params   map[string]string // sslmode, application_name, …; no secrets
	Ignored  []string          // parameters of other clients that mean nothing here, sorted
}

// String returns "host:port/database", which is all of the address that may be shown.
func (a *Address) String() string {
	port := a.Port
	if port == 0 {
		port = 5432
	}
	where := net.JoinHostPort(a.Host, strconv.Itoa(int(port)))
	if a.Host == "" {
		where = "localhost:" + strconv.Itoa(int(port))
	}
	if a.Database == "" {
		return where
	}
	return where + "/" + a.Database
}

// DSN returns the address as keyword/value pairs that every Postgres client reads alike.
func (a *Address) DSN() secret.String {
	var b strings.Builder
	put := func(key, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s='%s' ", key, strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text))
		}
	}
	put("host", a.Host)
	if a.Port != 0 {
		put("port", strconv.Itoa(int(a.Port)))
	}
	put("user", a.User)
	put("password", a.Password.Reveal())
	put("dbname", a.Database)
	for _, key := range slices.Sorted(maps.Keys(a.Params)) {
		put(key, a.Params[key])
	}
	return secret.New(strings.TrimSpace(b.String()))
}

// known are the parameters that go on to the driver; foreign are those of other clients, which are left out.
var (
	known = []string{
		"application_name", "channel_binding", "client_encoding", "connect_timeout", "max_protocol_version",
		"min_protocol_version", "options", "require_auth", "servicefile", "service", "sslcert", "sslcertmode", "sslkey",
		"sslmode", "sslnegotiation", "sslrootcert", "sslsni", "passfile", "target_session_attrs", "timezone",
	}
	foreign = []string{
		"connection_limit", "fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "keepalives",
		"keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts", "pgbouncer", "pool_timeout",
		"requirepeer", "schema", "socket_timeout", "sslcompression", "statement_cache_size", "supa", "tcp_user_timeout",
		"uselibpqcompat", "workaround",
	}
)

var (
	scheme    = regexp.MustCompile(`^(?i)postgres(?:ql)?://`)
	keyValue  = regexp.MustCompile(`^[a-z_]+\s*=`)
	hostPort  = regexp.MustCompile(`^((?:[A-Za-z0-9._-]|%2[Ff])*|\[[0-9A-Fa-f:.%]+\])(?::([0-9]*))?$`)
	queryPart = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*=[^#]*$`)
	reference = regexp.MustCompile(`^(reference|project|endpoint)=[A-Za-z0-9_-]+$`)
	escape    = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	// placeholder is a password that somebody copied together with the rest of the example.
	placeholder     = regexp.MustCompile(`(?i)^[\[<{]+\s*(your[-_ ]?)?(db[-_ ]?)?(password|pass|pwd)\s*[\]>}]+$`)
	hostPlaceholder = regexp.MustCompile(`@[\[<{]+[A-Za-z_ -]+[\]>}]+(:|/|$)`)
)

// ParseURL reads a connection string as a person gives it: a postgresql:// URL, also with a password whose special
// characters are not percent-encoded where only one reading is possible, or keyword/value pairs. Its error is a
// *finding.Finding with code BadURL and exit Usage, and repeats nothing of the string but the names of parameters.
func ParseURL(raw string) (*Address, error) {
	raw = strings.TrimSpace(raw)
	for _, quote := range []string{`"`, `'`} {
		if len(raw) > 1 && strings.HasPrefix(raw, quote) && strings.HasSuffix(raw, quote) {
			raw = raw[1 : len(raw)-1]
		}
	}
	if unfit(raw) {
		return nil, badURL("it has control characters or bytes that are not UTF-8 in it", "copy it again, in one line")
	}
	a := &Address{Params: map[string]string{}}
	var err error
	switch {
	case raw == "":
		err = badURL("it is empty", "")
	case scheme.MatchString(raw):
		err = a.url(raw[strings.Index(raw, "//")+2:])
	case keyValue.MatchString(raw):
		err = a.pairs(raw)
	case strings.Contains(raw, "://"):
		err = badURL("it does not begin with postgresql://", "copy the connection string of the database, not the project's web address")
	default:
		err = badURL("it is neither a URL nor key=value pairs", "write postgresql://user:password@host:5432/database")
	}
	if err != nil {
		return nil, err
	}
	for _, text := range []string{a.Host, a.User, a.Password.Reveal(), a.Database, strings.Join(slices.Collect(maps.Values(a.Params)), "")} {
		if unfit(text) {
			return nil, badURL("it has escaped control characters or bytes that are not UTF-8 in it", encodeHint)
		}
	}
	if placeholder.MatchString(a.Password.Reveal()) {
		return nil, badURL("the password in it is still the placeholder of the example", "put the database password in its place, without the brackets")
	}
	return a, nil
}

// unfit reports whether text holds what no part of a connection string can.
func unfit(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError })
}

// url reads what stands behind "postgresql://". A password may hold any character, so every "@" could be the one
// before the host: those are taken that have a well-formed rest behind them.
func (a *Address) url(rest string) error {
	type reading struct {
		user, tail string
		first      bool
	}
	var readings []reading
	if !strings.Contains(rest, "@") {
		readings = []reading{{tail: rest, first: true}}
	}
	for i := range len(rest) {
		if rest[i] == '@' && wellFormed(rest[i+1:]) {
			readings = append(readings, reading{rest[:i], rest[i+1:], !strings.ContainsAny(rest[:i], "@/?#")})
		}
	}
	switch {
	case len(readings) == 0 && hostPlaceholder.MatchString(rest):
		return badURL("the host in it is still the placeholder of the example", "put the database's host in its place, without the brackets")
	case len(readings) == 0:
		return badURL("no host can be found in it", encodeHint)
	case len(readings) > 1 && !(readings[0].first && onlyInQuery(readings[0].tail)):
		return badURL("it can be read in more than one way", encodeHint)
	}
	if err := a.userinfo(readings[0].user); err != nil {
		return err
	}
	return a.place(readings[0].tail)
}

const encodeHint = "in the password write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for % and %20 for a space"

// cutTail parts "host:port/database?query".
func cutTail(tail string) (host, database, query string) {
	tail, query, _ = strings.Cut(tail, "?")
	host, database, _ = strings.Cut(tail, "/")
	return host, database, query
}

// wellFormed reports whether tail can be what follows the user in a URL.
func wellFormed(tail string) bool {
	host, database, query := cutTail(tail)
	for part := range strings.SplitSeq(host, ",") {
		if !hostPort.MatchString(part) {
			return false
		}
	}
	if strings.ContainsAny(database, "@/#") {
		return false
	}
	for part := range strings.SplitSeq(query, "&") {
		if query != "" && !queryPart.MatchString(part) {
			return false
		}
	}
	return true
}

// onlyInQuery reports whether every "@" of tail stands in the value of a parameter we know, where it is plain text.
func onlyInQuery(tail string) bool {
	host, database, query := cutTail(tail)
	if strings.Contains(host+database, "@") {
		return false
	}
	for part := range strings.SplitSeq(query, "&") {
		if key, value, _ := strings.Cut(part, "="); strings.Contains(value, "@") && !slices.Contains(known, key) {
			return false
		}
	}
	return true
}

func (a *Address) userinfo(text string) error {
	user, password, _ := strings.Cut(text, ":")
	var ok bool
	if a.User, ok = decode(user); !ok {
		return badURL("the user in it mixes percent escapes with other percent signs", encodeHint)
	}
	plain, ok := decode(password)
	if !ok {
		return badURL("the password in it mixes percent escapes with characters that would need one", encodeHint)
	}
	a.Password = secret.New(plain)
	return nil
}

// decode undoes percent-encoding. Where no percent sign begins an escape the text was never encoded and stays as it
// is; a text that is partly encoded has no certain meaning.
func decode(text string) (string, bool) {
	escapes := len(escape.FindAllString(text, -1))
	if escapes == 0 {
		return text, true
	}
	if escapes < strings.Count(text, "%") || strings.ContainsAny(text, "@/?# ") {
		return "", false
	}
	plain, err := url.PathUnescape(text)
	return plain, err == nil && !strings.ContainsRune(plain, 0)
}

// place reads "host:port/database?query".
func (a *Address) place(tail string) error {
	host, database, query := cutTail(tail)
	if strings.Contains(host, ",") {
		return badURL("it names several hosts", "a migration runs on one server: name the one that takes writes")
	}
	at := hostPort.FindStringSubmatch(host)
	if at == nil {
		return badURL("the host in it is malformed", "write postgresql://user:password@host:5432/database")
	}
	a.Host = strings.Trim(at[1], "[]")
	if decoded, ok := decode(a.Host); ok {
		a.Host = decoded
	}
	if err := a.port(at[2]); err != nil {
		return err
	}
	var ok bool
	if a.Database, ok = decode(database); !ok {
		return badURL("the database name in it is malformed", "write %20 for a space and %25 for %")
	}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(value)
		if err != nil {
			return badURL("the value of its parameter "+shownKey(key)+" is malformed", "write %25 for %")
		}
		if err := a.set(key, plain); err != nil {
			return err
		}
	}
	return nil
}

func (a *Address) port(text string) error {
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return badURL("the port in it is not a number from 1 to 65535", "")
	}
	a.Port = uint16(n)
	return nil
}

// pairs reads keyword/value pairs as libpq does: key = value, values bare or in '…', with \ before a special character.
func (a *Address) pairs(rest string) error {
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		key, value, found := strings.Cut(rest, "=")
		key = strings.TrimSpace(key)
		if !found || key == "" || strings.ContainsAny(key, " '\\") {
			return badURL("it is not a list of key=value pairs", `write a value with spaces as 'in quotes', with \' for a quote in it`)
		}
		value = strings.TrimLeft(value, " ")
		quoted := strings.HasPrefix(value, "'")
		if quoted {
			value = value[1:]
		}
		var b strings.Builder
		i, closed := 0, false
		for ; i < len(value) && !closed; i++ {
			switch c := value[i]; {
			case c == '\\' && i+1 < len(value):
				i++
				b.WriteByte(value[i])
			case quoted && c == '\'', !quoted && c == ' ':
				closed = true
			default:
				b.WriteByte(c)
			}
		}
		if quoted && !closed {
			return badURL("the value of "+shownKey(key)+" in it opens a quote that never closes", `write \' for a quote in a value`)
		}
		rest = value[i:]
		if err := a.set(key, b.String()); err != nil {
			return err
		}
	}
	return nil
}

// set takes one parameter.
func (a *Address) set(key, value string) error {
	switch key = strings.ToLower(key); {
	case key == "host" && strings.Contains(value, ","):
		return badURL("it names several hosts", "a migration runs on one server: name the one that takes writes")
	case key == "host" || key == "hostaddr":
		a.Host = value
	case key == "port":
		return a.port(value)
	case key == "user":
		a.User = value
	case key == "password":
		a.Password = secret.New(value)
	case key == "dbname" || key == "database":
		a.Database = value
	case key == "sslpassword":
		return badURL("sslpassword cannot be given in it", "keep the client key without a password, readable by you alone")
	case key == "options" && !reference.MatchString(value):
		return badURL("its parameter options sets something other than a project reference", "settings of a run are flags of cairn: --lock-timeout, --statement-timeout")
	case slices.Contains(known, key):
		a.Params[key] = value
	case slices.Contains(foreign, key):
		if !slices.Contains(a.Ignored, key) {
			a.Ignored = append(a.Ignored, key)
			slices.Sort(a.Ignored)
		}
	default:
		hint := "remove it"
		if near := nearest(key, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		return badURL("it has a parameter "+shownKey(key)+" that is not known", hint)
	}
	return nil
}

// shownKey returns a parameter's name if it is one that may be shown; what only looks like one may be half a password.
func shownKey(key string) string {
	if slices.Contains(known, key) || slices.Contains([]string{"host", "port", "user", "password", "dbname", "database"}, key) {
		return key
	}
	return "of " + strconv.Itoa(len(key)) + " characters"
}

func badURL(why, hint string) *finding.Finding {
	return &finding.Finding{
		Code: finding.BadURL, Severity: finding.Error, Exit: finding.Usage,
		Message: "the connection string cannot be read: " + why, Hint: hint,
	}
}
