package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/sqltext"
)

// veiled are the attributes of a kind's object without the secrets in them.
func (k *Kind) veiled(attrs string) string {
	a := Attrs{raw: attrs}
	values, hides := maps.Collect(a.all()), false
	for _, name := range k.Secrets {
		var now any
		switch raw := a.Raw(name); {
		case len(raw) == 0:
			continue
		case raw[0] == '{':
			options := a.Map(name)
			for option, value := range options {
				options[option] = secret.Option(option, value)
			}
			now = options
		default:
			now = secret.Connection(a.Text(name))
		}
		text, err := json.Marshal(now)
		if err != nil {
			panic("catalog: " + err.Error()) // strings are always written
		}
		hides = hides || string(canonical(values[name])) != string(text)
		values[name] = text
	}
	if !hides {
		return attrs
	}
	text, _ := json.Marshal(values)
	return string(text)
}

// Fill adds to the statements about an object the secrets that they lack: of those named in options that the statement sets.
func Fill(all []Statement, address string, options map[string]string) []Statement {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		for i := range all {
			if value := options[name]; strings.Contains(value, secret.Veil) && strings.Contains(all[i].SQL, sqltext.Format("%I %L", name, value)) {
				all[i].Hazards = append(all[i].Hazards, leftOut(secretOf(name, value), address))
			}
		}
	}
	return all
}

// FillConnection is Fill for how something connects.
func FillConnection(all []Statement, address, connection string) []Statement {
	if strings.Contains(connection, secret.Veil) {
		all = With(all, leftOut("password", address))
	}
	return all
}

// FillSetting is Fill for statements that give a parameter a value.
func FillSetting(all []Statement, address, parameter, value string) []Statement {
	if strings.Contains(value, secret.Veil) {
		all = With(all, leftOut(secretOf(parameter, value), address))
	}
	return all
}

// secretOf is what a value of that name lacks: itself, or a part.
func secretOf(name, value string) string {
	if value == secret.Veil {
		return name
	}
	return "password in " + name
}

func leftOut(what, address string) Hazard {
	return Hazard{Kind: Secret, Text: "the " + what + " of " + address + " is left out: set it on each database by hand"}
}
