package replay

import (
	"regexp"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// trouble is what sort of refusal it is.
type trouble uint8

const (
	otherTrouble trouble = iota
	missing              // something is not there
	taken                // something is there already
	needed               // something else depends on what would go
	reshaped             // OR REPLACE cannot change it so far
	unfit                // types, keys or columns do not go together
	rows                 // rows are there, or are not, or code said no
	unavailable          // the server does not have the extension
	forbidden            // a right is missing
	syntax
)

// pattern says what the server's words, which are English on a shadow, mean. Groups: kind, name, of.
type pattern struct {
	trouble        trouble
	class          Class // "" takes it from the group kind
	words          *regexp.Regexp
	kind, name, of int // groups; 0 is none
}

// patterns are asked in order.
var patterns = []pattern{
	{missing, Column, regexp.MustCompile(`^(column) "(.+)" of relation "(.+)" does not exist`), 1, 2, 3},
	{missing, Column, regexp.MustCompile(`^(column) "([^"]+)" (?:referenced in foreign key constraint |named in key )?does not exist`), 1, 2, 0},
	{missing, Column, regexp.MustCompile(`^(column) ([^ "]+)\.([^ ."]+) does not exist`), 1, 3, 2},
	{missing, Column, regexp.MustCompile(`^(record) "(?:new|old)" has no field "(.+)"`), 0, 2, 0},
	{missing, "", regexp.MustCompile(`^(policy|trigger|rule|constraint) "(.+)" (?:for|of) (?:table|relation|domain) "(.+)" does not exist`), 1, 2, 3},
	{missing, Function, regexp.MustCompile(`^(function|procedure|aggregate|routine) ([^(]+)\(.*\) does not exist`), 1, 2, 0},
	{missing, Function, regexp.MustCompile(`^could not find a (function|procedure|aggregate|routine) named "(.+)"`), 1, 2, 0},
	{missing, Member, regexp.MustCompile(`^(relation) "(.+)" is not part of the publication`), 0, 2, 0},
	{missing, Label, regexp.MustCompile(`^invalid input value for (enum) ([^:]+): "(.*)"`), 0, 3, 2},
	{missing, Label, regexp.MustCompile(`^"(.+)" is not an existing (enum) label`), 0, 1, 0},
	{missing, Further, regexp.MustCompile(`^(operator class) "(.+)" does not exist`), 1, 2, 0},
	{unavailable, Extension, regexp.MustCompile(`^(extension) "(.+)" is not available`), 1, 2, 0},
	{unavailable, Extension, regexp.MustCompile(`^could not open (extension) control file ".*/([^/]+)\.control"`), 1, 2, 0},
	{missing, Type, regexp.MustCompile(`^(type) "?([^ "]+?)"?(?:\[\])* does not exist`), 1, 2, 0},
	{missing, Type, regexp.MustCompile(`^(type) "([^"]+?)(?:\[\])*" does not exist`), 1, 2, 0},
	{otherTrouble, Further, regexp.MustCompile(`^(user mapping) (?:not found )?for (?:user )?"([^"]+)"`), 1, 2, 0}, // no file is read for these
	{missing, "", regexp.MustCompile(`^([a-z ]+) "(.+)" does not exist`), 1, 2, 0},
	{taken, Column, regexp.MustCompile(`^(column) "(.+)" of relation "(.+)" already exists`), 1, 2, 3},
	{taken, Column, regexp.MustCompile(`^(column) "(.+)" specified more than once`), 1, 2, 0},
	{taken, Function, regexp.MustCompile(`^(function) "(.+)" already exists with same argument types`), 1, 2, 0},
	{taken, "", regexp.MustCompile(`^(policy|trigger|rule|constraint) "(.+)" for (?:table|relation|domain) "(.+)" already exists`), 1, 2, 3},
	{taken, Label, regexp.MustCompile(`^(enum) label "(.+)" already exists`), 0, 2, 0},
	{taken, Member, regexp.MustCompile(`^(relation) "(.+)" is already member of publication "(.+)"`), 0, 2, 3},
	{taken, "", regexp.MustCompile(`^([a-z ]+) "(.+)" already exists`), 1, 2, 0},
}

// classes are those of the words in the server's messages.
var classes = map[string]Class{
	"relation": Relation, "table": Relation, "view": Relation, "materialized view": Relation, "foreign table": Relation,
	"sequence": Relation, "index": Relation, "type": Type, "domain": Type, "policy": Policy, "trigger": Trigger,
	"constraint": Constraint, "schema": Schema, "extension": Extension, "role": Role, "user": Role, "publication": Publication,
}

// troubles are those of SQLSTATEs whose message names nothing to look for.
var troubles = map[string]trouble{
	"2BP01": needed, "42P13": reshaped, "42P16": reshaped, "42601": syntax, "42P10": unfit, "42830": unfit, "42804": unfit,
	"42883": unfit, "42809": unfit, "P0001": rows, "P0004": rows, "42846": unfit, "428C9": unfit,
	"42501": forbidden,
}

// subject says what a refusal is about. The object is the zero Object where it names none.
func (f *Failure) subject() (trouble, Object) {
	if f.Refusal == nil {
		return syntax, Object{}
	}
	message, code := f.Refusal.Message, f.Refusal.Code
	if f.Refusal.Routine == "errorMissingRTE" || strings.HasPrefix(message, "operator does not exist") {
		return troubles[code], Object{}
	}
	for _, p := range patterns {
		m := p.words.FindStringSubmatch(message)
		if m == nil {
			continue
		}
		o := Object{Class: p.class, Kind: "column"}
		if p.kind > 0 {
			o.Kind = m[p.kind]
		}
		if o.Class == "" {
			if o.Class = classes[o.Kind]; o.Class == "" {
				o.Class = Further
			}
		}
		switch o.Class {
		case Label:
			o.Kind = "enum value"
		case Member:
			o.Kind = "table"
		}
		o.Name = strings.TrimSuffix(m[p.name], "[]")
		if p.of > 0 {
			_, o.Of = split(m[p.of])
		}
		if o.Class != Label {
			o.Schema, o.Name = f.split(o.Name)
		}
		return p.trouble, f.completed(o)
	}
	t := troubles[code]
	if t == otherTrouble && (strings.HasPrefix(code, "23") || strings.HasPrefix(code, "22")) {
		t = rows
	}
	return t, Object{}
}

// split parts a name as messages show it. Names with dots in them are taken for qualified ones.
func split(name string) (schema, bare string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return strings.Trim(name[:i], `"`), strings.Trim(name[i+1:], `"`)
	}
	return "", strings.Trim(name, `"`)
}

// split parts a name as the text at the place of the failure writes it, if it is that name, and else by its dots.
func (f *Failure) split(name string) (schema, bare string) {
	at := f.Finding.At
	if at.File != nil && f.Refusal.Position > 0 {
		c := sqltext.NewCursor(at.File.Text[at.Start:min(len(at.File.Text), at.Start+1000)])
		parts := c.Name()
		if strings.Join(parts, ".") == name {
			o := object("", "", parts)
			return o.Schema, o.Name
		}
	}
	return split(name)
}

// completed adds to an object what only the statement says: the publication of a member, the type of a value.
func (f *Failure) completed(o Object) Object {
	c := sqltext.NewCursor(first(f.statement()).Text())
	switch {
	case o.Class == Member && o.Of == "" && c.Take("ALTER", "PUBLICATION"):
		o.Of = last(c.Name())
	case o.Class == Label && o.Of == "" && c.Take("ALTER", "TYPE"):
		o.Of = last(c.Name())
	case o.Class == Column && o.Of == "" && c.Take("CREATE", "TABLE"):
		c.Take("IF", "NOT", "EXISTS")
		if strings.Contains(f.Refusal.Message, "specified more than once") {
			o.Of = last(c.Name())
		}
	}
	return o
}

// names are the bare names that stand in a text, in order, strings and bodies included.
func names(text string) []string {
	var all []string
	for c := sqltext.NewCursor(text); !c.Done(); {
		if body, _, ok := quoted(&c); ok && strings.Contains(body, " ") {
			all = append(all, names(body)...)
			c.Next()
			continue
		}
		if name := c.Name(); name != nil {
			all = append(all, last(name))
			continue
		}
		c.Next()
	}
	return all
}

// aliased returns the relation that a text gives the alias to, or the alias itself.
func aliased(text, alias string, known func(string) bool) string {
	if known(alias) {
		return alias
	}
	previous := ""
	for _, name := range names(text) {
		if name == "as" {
			continue
		}
		if name == alias && known(previous) {
			return previous
		}
		previous = name
	}
	return alias
}
