package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/secret"
)

// choice is a flag with a closed list of values.
type choice struct {
	value   *string
	allowed []string
}

// Set takes one of the allowed values.
func (c *choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return errors.New("no such value") // whatItTakes names those that are
	}
	*c.value = s
	return nil
}

// String returns the value.
func (c *choice) String() string { return *c.value }

// Type is what pflag calls the kind of the flag.
func (c *choice) Type() string { return "MODE" }

// hidden is a flag whose value nothing shows.
type hidden struct {
	text secret.String
	set  bool
}

// Set takes the value.
func (h *hidden) Set(s string) error {
	h.text, h.set = secret.New(s), true
	return nil
}

// String returns "": pflag shows it as the default.
func (h *hidden) String() string { return "" }

// Type is what pflag calls the kind of the flag.
func (h *hidden) Type() string { return "string" }

// pairs is a flag that is given once for each NAME=VALUE. Unlike pflag's own, it leaves commas to the value.
type pairs map[string]string

// Set takes one pair.
func (p *pairs) Set(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return errors.New("no NAME=VALUE")
	}
	if *p == nil {
		*p = pairs{}
	}
	(*p)[name] = value
	return nil
}

// String returns "": there are no defaults.
func (p *pairs) String() string { return "" }

// Type is what pflag calls the kind of the flag.
func (p *pairs) Type() string { return "NAME=VALUE" }

// oneOf returns "a, b or c".
func oneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
