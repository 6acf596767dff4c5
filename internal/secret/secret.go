// Package secret holds text that must never be shown: passwords, tokens, connection strings with either in them.
package secret

import "fmt"

// mask is what every formatter shows in place of a secret.
const mask = "***"

// String is a secret text. Every way of formatting or encoding it gives "***"; only Reveal gives the text.
type String struct{ text string }

// New returns text as a secret.
func New(text string) String { return String{text: text} }

// Reveal returns the secret's text, for the one call that needs it.
func (s String) Reveal() string { return s.text }

// IsZero reports whether there is no secret.
func (s String) IsZero() bool { return s.text == "" }

// String returns "***", or "" where there is no secret.
func (s String) String() string {
	if s.text == "" {
		return ""
	}
	return mask
}

// Format writes "***" for every verb, so that %v, %+v, %#v, %q and %x show nothing.
func (s String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText returns "***", for encoding/json and its like.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
