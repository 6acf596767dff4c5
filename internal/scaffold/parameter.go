package scaffold

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// The values of parameters. Printed by a template each is SQL, quoted where it must be.
type (
	ident   string // a name
	word    string // plain letters: a bucket, a claim, a choice
	raw     string // SQL that was read and found to be one type or one expression; "" is none
	truth   bool
	integer int64
)

func (v ident) String() string { return sqltext.Ident(string(v)) }

var plainWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$`)

// read reads the text of a parameter by its kind:
//
//	table    a table or function, with or without a schema (Name)
//	ident    a name (ident)
//	names    names, parted by commas ([]ident)
//	type     a type (raw)
//	expr     an expression, or nothing (raw)
//	columns  columns in the grammar of ParseTable ([]Column)
//	keys     columns of an index (Index)
//	indexes  indexes, parted by ";" ([]Index)
//	word     letters, digits, "_", "." and "-" (word)
//	choice   one of the choices (word)
//	bool     true or false (truth)
//	int      a whole number (integer)
func (p *Parameter) read(text string) (any, error) {
	a := newArgument(text)
	anyColumn := func(string, int, int) error { return nil }
	switch p.Kind {
	case "table":
		name, err := a.qualified("a table")
		return name, ends(a, err)
	case "ident":
		name, err := a.name(p.Name)
		return ident(name), ends(a, err)
	case "names":
		return a.names()
	case "type":
		sql, err := a.sqlType()
		return raw(sql), ends(a, err)
	case "expr":
		if strings.TrimSpace(text) == "" {
			return raw(""), nil
		}
		sql, err := a.expression()
		return raw(sql), ends(a, err)
	case "columns":
		if strings.TrimSpace(text) == "" {
			return []Column{}, nil
		}
		return a.columns("")
	case "keys":
		keys, err := a.keys(anyColumn)
		return Index{keys}, err
	case "indexes":
		indexes := []Index{}
		for part := range strings.SplitSeq(text, ";") {
			if strings.TrimSpace(part) == "" {
				continue
			}
			keys, err := newArgument(part).keys(anyColumn)
			if err != nil {
				return nil, err
			}
			indexes = append(indexes, Index{keys})
		}
		return indexes, nil
	case "word":
		if !plainWord.MatchString(text) {
			return nil, a.fail(0, len(text), "", `here letters, digits, "_", "." and "-" can stand, 63 at most`)
		}
		return word(text), nil
	case "choice":
		if !slices.Contains(p.Choices, text) {
			return nil, a.fail(0, len(text), "", "must be one of %s", strings.Join(p.Choices, ", "))
		}
		return word(text), nil
	case "bool":
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, a.fail(0, len(text), "", "must be true or false")
		}
		return truth(b), nil
	default: // "int"; a test reads every default of every template
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, a.fail(0, len(text), "", "must be a whole number")
		}
		return integer(n), nil
	}
}

// names reads names parted by commas.
func (a *argument) names() (any, error) {
	var names []ident
	for {
		name, err := a.name("an extension")
		if err != nil {
			return nil, err
		}
		names = append(names, ident(name))
		if comma, err := a.sign(","); err != nil {
			return nil, err
		} else if comma == "" {
			return names, a.done()
		}
	}
}

// ends returns err, or what a says of text behind what was read.
func ends(a *argument, err error) error {
	if err != nil {
		return err
	}
	return a.done()
}
