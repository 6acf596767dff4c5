package account

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

// Variable is the environment variable that holds a token.
const Variable = "SUPABASE_ACCESS_TOKEN"

// service and legacy are where the Supabase CLI keeps tokens in the keyring; the account is the profile's name.
const (
	service = "Supabase CLI"
	legacy  = "access-token"
)

// format is what a token looks like.
var format = regexp.MustCompile(`^sbp_(oauth_|v0_)?[a-f0-9]{40}$`)

// Check refuses a text that is no token. The finding repeats nothing of it.
func Check(token secret.String) error {
	if format.MatchString(token.Reveal()) {
		return nil
	}
	return &finding.Finding{
		Code: finding.BadToken, Severity: finding.Error, Exit: finding.Usage,
		Message: "Invalid access token format. Must be like `sbp_0102...1920`.",
		Hint:    "copy the whole token, once, when the dashboard shows it (Account > Access Tokens)",
	}
}

// Keyring keeps secrets for the person who is logged in to this machine.
type Keyring interface {
	Get(service, account string) (string, error)
	Set(service, account, secret string) error
	Delete(service, account string) error
}

// Token is an access token and where it was found.
type Token struct {
	secret.String
	From string // "SUPABASE_ACCESS_TOKEN", a .env file, "the keyring", a file's path
}

// Store is where tokens are kept.
type Store struct {
	Home    string  // the user's; "" keeps no file
	Profile string  // the profile's name
	Keyring Keyring // nil where there is none
}

// Find returns the token that was kept, from the keyring or from the file. It is zero where there is none; the error is
// that of a kept text that is no token.
func (s *Store) Find() (Token, error) {
	if s.Keyring != nil {
		for _, account := range []string{s.Profile, legacy} {
			if text, err := s.Keyring.Get(service, account); err == nil && text != "" {
				t := Token{secret.New(strings.TrimSpace(text)), "the keyring"}
				return t, Check(t.String)
			}
		}
	}
	if s.Home == "" {
		return Token{}, nil
	}
	text, err := os.ReadFile(s.file())
	if err != nil || len(strings.TrimSpace(string(text))) == 0 {
		return Token{}, nil
	}
	t := Token{secret.New(strings.TrimSpace(string(text))), s.file()}
	return t, Check(t.String)
}

// Keep keeps a token, in the keyring or else in a file that only its owner may read, and says where.
func (s *Store) Keep(token secret.String) (where string, err error) {
	if s.Keyring != nil && s.Keyring.Set(service, s.Profile, token.Reveal()) == nil {
		return "the keyring", nil
	}
	if s.Home == "" {
		return "", unkept(errors.New("no home folder is known (HOME)"))
	}
	if err := os.MkdirAll(filepath.Dir(s.file()), 0o700); err != nil {
		return "", unkept(err)
	}
	if err := writePrivate(s.file(), []byte(token.Reveal())); err != nil {
		return "", unkept(err)
	}
	return s.file(), nil
}

// Forget drops what is kept; it reports whether there was anything.
func (s *Store) Forget() (was bool, err error) {
	if s.Keyring != nil {
		for _, account := range []string{s.Profile, legacy} {
			if s.Keyring.Delete(service, account) == nil {
				was = true
			}
		}
	}
	if s.Home == "" {
		return was, nil
	}
	switch err := os.Remove(s.file()); {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return was, nil
	default:
		return was, unkept(err)
	}
}

func (s *Store) file() string { return filepath.Join(s.Home, ".supabase", "access-token") }

// writePrivate writes a file that only its owner may read, also where one is there that others may.
func writePrivate(name string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".cairn-*") // 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

func unkept(err error) error {
	return &finding.Finding{
		Code: finding.StateUnwritable, Severity: finding.Error, Exit: finding.Usage, Cause: err,
		Message: "the access token cannot be kept: " + err.Error(),
		Hint:    "set SUPABASE_ACCESS_TOKEN instead",
	}
}

// keyringWait is how long the keyring may take: one that is locked asks its owner, who may not be there.
const keyringWait = 5 * time.Second

// SystemKeyring returns this machine's keyring, or nil where it has none that answers without starting one.
func SystemKeyring(getenv func(string) string) Keyring {
	if runtime.GOOS == "linux" {
		release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
		if strings.Contains(strings.ToLower(string(release)), "microsoft") {
			return nil // on WSL the Supabase CLI uses none either
		}
		if _, err := os.Stat(filepath.Join(getenv("XDG_RUNTIME_DIR"), "bus")); getenv("DBUS_SESSION_BUS_ADDRESS") == "" && (err != nil || getenv("XDG_RUNTIME_DIR") == "") {
			return nil
		}
	}
	return system{}
}

// system is the keyring of the operating system.
type system struct{}

func (system) Get(service, account string) (string, error) {
	return within(func() (string, error) { return keyring.Get(service, account) })
}

func (system) Set(service, account, secret string) error {
	_, err := within(func() (string, error) { return "", keyring.Set(service, account, secret) })
	return err
}

func (system) Delete(service, account string) error {
	_, err := within(func() (string, error) { return "", keyring.Delete(service, account) })
	return err
}

// within bounds what the keyring may take.
func within(do func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := do()
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		return a.text, a.err
	case <-time.After(keyringWait):
		return "", errors.New("the keyring did not answer")
	}
}

// NewToken is a token that somebody gave, and where.
func NewToken(text, from string) Token { return Token{secret.New(strings.TrimSpace(text)), from} }
