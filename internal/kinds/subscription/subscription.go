// Package subscription is the kind of subscriptions. No statement of ours connects to a publisher: a subscription is
// made without a slot there and disabled, and dropped without its slot. Whether one is enabled is how a replication
// goes, not what a database consists of: it is not compared.
package subscription

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed list.sql
var list string

// Kind returns the kind "subscription".
func Kind() *catalog.Kind {
	rules := map[string]catalog.Rule{
		"connection":   catalog.Alter(connection),
		"publications": catalog.Alter(publications),
		"slot_name":    catalog.Alter(slot),
		"two_phase":    catalog.Replace(), // else Postgres alters the slot
		"failover":     catalog.Replace(),
	}
	for _, p := range parameters {
		if _, ok := rules[p.name]; !ok {
			rules[p.name] = catalog.Alter(alter)
		}
	}
	return &catalog.Kind{
		Name: "subscription", List: list, Secrets: []string{"connection"}, Address: address, Create: create, Drop: drop, Rules: rules,
		Rename: func(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
			return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", address(from), to.Name()))
		},
	}
}

// parameters are what WITH and SET say, and what each is by itself.
var parameters = []struct{ name, usual string }{
	{"binary", "false"},
	{"streaming", ""}, // off until 17, parallel since 18
	{"synchronous_commit", "off"},
	{"two_phase", "false"},
	{"disable_on_error", "false"},
	{"password_required", "true"},
	{"run_as_owner", "false"},
	{"origin", "any"},
	{"failover", "false"},
}

func address(o *catalog.Object) string { return sqltext.Format("SUBSCRIPTION %I", o.Name()) }

func write(o *catalog.Object, says func(attr string) bool) []string {
	var list []string
	for _, p := range parameters {
		value := p.usual
		if o.Attrs.Has(p.name) {
			value = o.Attrs.Text(p.name)
		}
		if says(p.name) {
			list = append(list, sqltext.Format("%s = %L", p.name, value))
		}
	}
	return list
}

func names(o *catalog.Object) string {
	list := make([]string, 0, len(o.Attrs.Texts("publications")))
	for _, p := range o.Attrs.Texts("publications") {
		list = append(list, sqltext.Ident(p))
	}
	return strings.Join(list, ", ")
}

// hidden says where a password is to be filled in.
func hidden(all []catalog.Statement, o *catalog.Object) []catalog.Statement {
	return catalog.FillConnection(all, address(o), o.Attrs.Text("connection"))
}

func create(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
	with := []string{"connect = false"}
	switch s := o.Attrs.Text("slot_name"); s {
	case "":
	case "NONE":
		with = append(with, "slot_name = NONE")
	default:
		with = append(with, sqltext.Format("slot_name = %L", s))
	}
	with = append(with, write(o, o.Attrs.Has)...)
	sql := sqltext.Format("CREATE %s CONNECTION %L PUBLICATION %s WITH (%s)", address(o), o.Attrs.Text("connection"), names(o), strings.Join(with, ", "))
	hazards := []catalog.Hazard{{Kind: catalog.Breaks, Text: fmt.Sprintf("%s receives nothing until its slot is made at the publisher and it is enabled and refreshed", o.Name())}}
	if !o.Attrs.Has("connection") {
		hazards = append(hazards, catalog.Hazard{Kind: catalog.Breaks, Text: "how it connects could not be read, and has to be filled in"})
	}
	return hidden(catalog.With(catalog.SQL(sql), hazards...), o)
}

// drop leaves the slot at the publisher, which could be dropped only by connecting there.
func drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	a := address(o)
	all := catalog.SQL("DROP " + a)
	if o.Attrs.Text("slot_name") != "NONE" {
		all = catalog.With(catalog.SQL("ALTER "+a+" DISABLE", "ALTER "+a+" SET (slot_name = NONE)", "DROP "+a),
			catalog.Hazard{Kind: catalog.Loss, Text: fmt.Sprintf("the slot of %s stays at the publisher and keeps its log until it is dropped there", o.Name())})
	}
	return all
}

func connection(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return hidden(catalog.SQL(sqltext.Format("ALTER %s CONNECTION %L", address(to), to.Attrs.Text("connection"))), to)
}

func publications(_ *catalog.Context, _, to *catalog.Object) []catalog.Statement {
	return catalog.With(catalog.SQL(sqltext.Format("ALTER %s SET PUBLICATION %s WITH (refresh = false)", address(to), names(to))),
		catalog.Hazard{Kind: catalog.Breaks, Text: fmt.Sprintf("tables that came are received once %s is refreshed", to.Name())})
}

func slot(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	if to.Attrs.Text("slot_name") != "NONE" {
		name := to.Attrs.Text("slot_name")
		if name == "" {
			name = to.Name()
		}
		return catalog.SQL(sqltext.Format("ALTER %s SET (slot_name = %L)", address(to), name))
	}
	all := catalog.SQL("ALTER " + address(to) + " SET (slot_name = NONE)")
	if from.Info.Bool("enabled") {
		all = append(catalog.SQL("ALTER "+address(to)+" DISABLE"), all...)
	}
	return all
}

// alter is one statement for all parameters.
func alter(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	differing := from.Differing(to)
	list := write(to, func(attr string) bool {
		return attr != "two_phase" && attr != "failover" && slices.Contains(differing, attr)
	})
	return catalog.SQL("ALTER " + address(to) + " SET (" + strings.Join(list, ", ") + ")")
}
