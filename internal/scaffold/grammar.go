package scaffold

import (
	"slices"
	"strings"
)

// ParseTable reads a table in the grammar of `cairn new --table`:
//
//	table   = [schema "."] name ["(" [column {"," column}] ")"]
//	column  = name type {mark}
//	mark    = "!" | "not null"              must not be null
//	        | "?" | "null"                  may be null, which is the default
//	        | "unique"
//	        | "->" table ["(" name ")"] ["on delete" action]   references another table, by its column id by default
//	        | "=" expression | "default" expression            up to the next comma or word of a mark
//	action  = "cascade" | "set null" | "restrict"
//
// Names are folded to lower case unless they stand in double quotes, as in SQL; types and expressions are SQL. A mark
// may stand behind an expression too: `status text ='new'!`. The error is a finding that points into the text.
func ParseTable(text string) (*Table, error) {
	a := newArgument(text)
	name, err := a.qualified("the table")
	if err != nil {
		return nil, err
	}
	t := &Table{Name: name}
	if open, err := a.sign("("); err != nil {
		return nil, err
	} else if open != "" {
		if t.Columns, err = a.columns(")"); err != nil {
			return nil, err
		}
	}
	return t, a.done()
}

// ParseColumns reads columns in the grammar of ParseTable, without parentheses around them.
func ParseColumns(text string) ([]Column, error) {
	a := newArgument(text)
	return a.columns("")
}

// columns reads columns up to the closing sign, or the end where that is "".
func (a *argument) columns(closing string) ([]Column, error) {
	var columns []Column
	for {
		t, err := a.peek()
		if err != nil {
			return nil, err
		}
		if at := a.text(t); at == closing && len(columns) == 0 {
			a.pos = t.End
			return nil, nil
		}
		c, err := a.column()
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(columns, func(o Column) bool { return o.Name == c.Name }) {
			return nil, a.fail(t.Start, t.End, "", "the column %s is there twice", c.Name)
		}
		columns = append(columns, c)
		end, err := a.peek()
		if err != nil {
			return nil, err
		}
		switch text := a.text(end); {
		case text == ",":
			a.pos = end.End
		case text == closing:
			a.pos = end.End
			return columns, nil
		case end.Kind == 0:
			return nil, a.fail(end.Start, end.End, "", `here a ")" is missing`)
		default:
			return nil, a.fail(end.Start, end.End, `write "!" for not null, "unique", "=" and a default, "->" and a table; columns are parted by commas`,
				"%q cannot stand here", text)
		}
	}
}

func (a *argument) column() (c Column, err error) {
	if c.Name, err = a.name("a column"); err != nil {
		return c, err
	}
	if c.Type, err = a.sqlType(); err != nil {
		return c, err
	}
	for {
		more, err := a.mark(&c)
		if err != nil || !more {
			return c, err
		}
	}
}

// mark reads one mark of a column and reports whether there was one.
func (a *argument) mark(c *Column) (bool, error) {
	sign, err := a.sign("!", "?", "->", "=")
	if err != nil {
		return false, err
	}
	switch sign {
	case "!":
		c.NotNull = true
	case "?":
		c.NotNull = false
	case "->":
		return true, a.reference(c)
	case "=":
		return true, a.defaultValue(c)
	default:
		return a.wordMark(c)
	}
	return true, nil
}

func (a *argument) wordMark(c *Column) (bool, error) {
	for _, m := range []struct {
		words []string
		set   func() error
	}{
		{[]string{"not", "null"}, func() error { c.NotNull = true; return nil }},
		{[]string{"null"}, func() error { c.NotNull = false; return nil }},
		{[]string{"unique"}, func() error { c.Unique = true; return nil }},
		{[]string{"default"}, func() error { return a.defaultValue(c) }},
		{[]string{"references"}, func() error { return a.reference(c) }},
	} {
		found, err := a.words(m.words...)
		if err != nil {
			return false, err
		}
		if found {
			return true, m.set()
		}
	}
	return false, nil
}

// defaultValue reads an expression; a mark behind it is a mark, since no expression ends in one.
func (a *argument) defaultValue(c *Column) error {
	text, err := a.expression()
	if err != nil {
		return err
	}
	for {
		switch text = strings.TrimSpace(text); {
		case strings.HasSuffix(text, "!"):
			c.NotNull = true
		case strings.HasSuffix(text, "?"):
			c.NotNull = false
		default:
			c.Default = text
			if text == "" {
				return a.fail(a.pos-1, a.pos, "", "here an expression is missing")
			}
			return nil
		}
		text = text[:len(text)-1]
	}
}

func (a *argument) reference(c *Column) error {
	table, err := a.qualified("a table")
	if err != nil {
		return err
	}
	c.References = &Reference{Table: table, Column: "id"}
	if open, err := a.sign("("); err != nil {
		return err
	} else if open != "" {
		if c.References.Column, err = a.name("a column"); err != nil {
			return err
		}
		if closing, err := a.sign(")"); err != nil || closing == "" {
			return a.fail(a.pos, a.pos, "", `here a ")" is missing`)
		}
	}
	for words, action := range map[string]string{"cascade": "CASCADE", "set null": "SET NULL", "restrict": "RESTRICT"} {
		found, err := a.words(append([]string{"on", "delete"}, strings.Fields(words)...)...)
		if err != nil {
			return err
		}
		if found {
			c.References.OnDelete = action
			return nil
		}
	}
	return nil
}

// SetOwner makes the column named in text the one that holds the user a row belongs to.
func (t *Table) SetOwner(text string) error {
	a := newArgument(text)
	owner, err := a.name("the owner's column")
	if err := ends(a, err); err != nil {
		return err
	}
	t.Owner = owner
	return nil
}

// AddIndex adds an index: names of columns, parted by commas, each with "asc", "desc", "nulls first" or "nulls last".
func (t *Table) AddIndex(text string) error {
	a := newArgument(text)
	keys, err := a.keys(func(name string, start, end int) error {
		names := t.names()
		if slices.Contains(names, name) {
			return nil
		}
		hint := "its columns are " + strings.Join(names, ", ")
		return a.fail(start, end, hint, "the table has no column %s", name)
	})
	if err != nil {
		return err
	}
	t.Indexes = append(t.Indexes, Index{keys})
	return nil
}

// keys reads the columns of an index.
func (a *argument) keys(check func(name string, start, end int) error) ([]Key, error) {
	var keys []Key
	for {
		start, err := a.peek()
		if err != nil {
			return nil, err
		}
		name, err := a.name("a column")
		if err != nil {
			return nil, err
		}
		if err := check(name, start.Start, a.pos); err != nil {
			return nil, err
		}
		key := Key{Column: name}
		for _, order := range []string{"ASC", "DESC", "NULLS FIRST", "NULLS LAST"} {
			found, err := a.words(strings.Fields(order)...)
			if err != nil {
				return nil, err
			}
			if found {
				key.Order = strings.TrimSpace(key.Order + " " + order)
			}
		}
		keys = append(keys, key)
		if comma, err := a.sign(","); err != nil {
			return nil, err
		} else if comma == "" {
			return keys, a.done()
		}
	}
}
