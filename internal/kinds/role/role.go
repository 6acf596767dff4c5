// Package role is the kind of roles, without their passwords.
package role

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "role".
func Kind() *catalog.Kind {
	kind := &catalog.Kind{
		Name: "role", List: list, Address: address, Create: create, Drop: drop,
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER ROLE %I RENAME TO %I", from.Name(), to.Name()))
		},
		Rules: map[string]catalog.Rule{},
	}
	for _, a := range attributes {
		kind.Rules[a.name] = catalog.Alter(alter)
	}
	return kind
}

func address(o *catalog.Object) string { return sqltext.Format("ROLE %I", o.Name()) }

// attribute is one that CREATE and ALTER ROLE take.
type attribute struct {
	name    string
	usual   string // what it is where it is not said
	written func(value string) string
	exposes bool // having it is a matter of access
}

// attributes are in the order of Postgres' manual.
var attributes = []attribute{
	{"superuser", "false", word("SUPERUSER"), true},
	{"createdb", "false", word("CREATEDB"), false},
	{"createrole", "false", word("CREATEROLE"), true},
	{"inherit", "true", word("INHERIT"), false},
	{"login", "false", word("LOGIN"), false},
	{"replication", "false", word("REPLICATION"), true},
	{"bypassrls", "false", word("BYPASSRLS"), true},
	{"connection_limit", "-1", func(n string) string { return "CONNECTION LIMIT " + n }, false},
	{"valid_until", "infinity", func(t string) string { return sqltext.Format("VALID UNTIL %L", t) }, false},
}

func word(word string) func(string) string {
	return func(value string) string {
		if value == "false" {
			return "NO" + word
		}
		return word
	}
}

func (a attribute) of(o *catalog.Object) string {
	if text := o.Attrs.Text(a.name); text != "" {
		return text
	}
	return a.usual
}

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	return write("CREATE ", &catalog.Object{}, o)
}

func alter(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return write("ALTER ", from, to)
}

// write takes a role from one set of attributes to another, in one statement.
func write(verb string, from, to *catalog.Object) []catalog.Statement {
	sql := verb + address(to)
	var hazards []catalog.Hazard
	for _, a := range attributes {
		old, now := a.of(from), a.of(to)
		if old == now {
			continue
		}
		sql += " " + a.written(now)
		if a.exposes && now == "true" {
			hazards = append(hazards, catalog.Hazard{
				Kind: catalog.Exposes, Text: fmt.Sprintf("%s becomes a role with %s", sqltext.Ident(to.Name()), strings.ToUpper(a.name)),
			})
		}
	}
	return catalog.With(catalog.SQL(sql), hazards...)
}

func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.With(catalog.SQL("DROP "+address(o)), catalog.Hazard{
		Kind: catalog.Breaks, Text: fmt.Sprintf("fails where %s owns something, or may do something, in another database", sqltext.Ident(o.Name())),
	})
}
