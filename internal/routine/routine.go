// Package routine writes the SQL of functions and procedures, which differ in a word and in what they can be.
package routine

import (
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

// Kind returns what functions and procedures have in common as kinds. Both take names that the other, and aggregates,
// take too.
func Kind(name, list string, rows []string, attributes ...string) *catalog.Kind {
	kind := &catalog.Kind{
		Name: name, List: list, Rows: rows, Free: true, Space: Space, Called: Called, Address: Address,
		Create: func(_ *catalog.Context, o *catalog.Object, _ []string) []catalog.Statement {
			return define(o, "CREATE ")
		},
		Drop: Drop, Rename: Rename,
		Rules: map[string]catalog.Rule{},
	}
	for _, attr := range attributes {
		kind.Rules[attr] = catalog.Rule{Alter: change, Replaces: Replaces}
	}
	return kind
}

// Space is that of the signature, which routines of all kinds share.
func Space(o *catalog.Object) []string { return []string{"routine " + catalog.Path(o.Names...)} }

// Called is the routine's qualified name as a call has it.
func Called(o *catalog.Object) string { return "routine " + catalog.Path(Name(o)...) }

// Name is the routine's qualified name, without its arguments.
func Name(o *catalog.Object) []string { return []string{o.Names[0], o.Info.Text("name")} }

// Address is how ALTER, DROP, COMMENT and GRANT name the routine.
func Address(o *catalog.Object) string {
	return strings.ToUpper(o.Kind) + sqltext.Format(" %I(%s)", Name(o), o.Info.Text("identity"))
}

// Drop drops the routine.
func Drop(_ *catalog.Context, o *catalog.Object) []catalog.Statement {
	return catalog.SQL("DROP " + o.In().Kind(o.Kind).Address(o))
}

// Rename gives the routine another name.
func Rename(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	return catalog.SQL(sqltext.Format("ALTER %s RENAME TO %I", from.In().Kind(from.Kind).Address(from), to.Info.Text("name")))
}

// properties are the attributes that are words of CREATE FUNCTION, in the order in which they are written. ALTER FUNCTION
// changes these, what is SET, and which extensions the routine goes with; all others take CREATE OR REPLACE, which says all.
var properties = []string{"volatility", "strict", "leakproof", "security_definer", "parallel", "cost", "rows", "support"}

// change says all that differs at once, whichever attribute is asked for.
func change(_ *catalog.Context, from, to *catalog.Object) []catalog.Statement {
	var actions []string
	for _, attr := range from.Differing(to) {
		switch {
		case attr == "config" || attr == "depends":
		case !slices.Contains(properties, attr), attr == "support" && !to.Attrs.Has(attr):
			return define(to, "CREATE OR REPLACE ")
		}
	}
	for _, attr := range properties {
		if string(from.Attrs.Raw(attr)) != string(to.Attrs.Raw(attr)) {
			actions = append(actions, property(to, attr))
		}
	}
	set, ok := configure(from.Attrs.Texts("config"), to.Attrs.Texts("config"))
	if !ok {
		return define(to, "CREATE OR REPLACE ")
	}
	var all []catalog.Statement
	if actions = append(actions, set...); len(actions) > 0 {
		all = expose(from, to, catalog.SQL("ALTER "+Address(to)+" "+strings.Join(actions, " ")))
	}
	return append(all, catalog.AlterDepends("ALTER "+Address(to), from, to)...)
}

// expose adds that the routine begins to run with its owner's rights.
func expose(from, to *catalog.Object, all []catalog.Statement) []catalog.Statement {
	if to.Attrs.Bool("security_definer") && (from == nil || !from.Attrs.Bool("security_definer")) {
		catalog.With(all, catalog.Hazard{Kind: catalog.Exposes, Text: "who calls " + sqltext.Ident(Name(to)...) + " acts with the rights of its owner"})
	}
	return all
}

var (
	volatilities = map[string]string{"": "VOLATILE", "s": "STABLE", "i": "IMMUTABLE"} // pg_proc.provolatile
	parallels    = map[string]string{"": "UNSAFE", "r": "RESTRICTED", "s": "SAFE"}    // pg_proc.proparallel
)

// property is an attribute as CREATE and ALTER FUNCTION take it.
func property(o *catalog.Object, attr string) string {
	value := o.Attrs.Text(attr)
	not := ""
	if value == "" {
		not = "NOT "
	}
	switch attr {
	case "volatility":
		return volatilities[value]
	case "strict":
		if value == "" {
			return "CALLED ON NULL INPUT"
		}
		return "STRICT"
	case "leakproof":
		return not + "LEAKPROOF"
	case "security_definer":
		if value == "" {
			return "SECURITY INVOKER"
		}
		return "SECURITY DEFINER"
	case "parallel":
		return "PARALLEL " + parallels[value]
	case "cost":
		if value == "" {
			value = o.Info.Text("usual_cost")
		}
		return "COST " + value
	case "rows":
		if value == "" {
			value = "1000"
		}
		return "ROWS " + value
	}
	return "SUPPORT " + value
}

// configure returns the actions that take what is SET for a routine from one list of name=value to another; false where
// they would come to stand in another order.
func configure(from, to []string) (actions []string, ok bool) {
	value := func(list []string, name string) (string, bool) {
		i := slices.IndexFunc(list, func(s string) bool { return strings.HasPrefix(s, name+"=") })
		if i < 0 {
			return "", false
		}
		return list[i], true
	}
	var then []string
	for _, old := range from {
		name, _, _ := strings.Cut(old, "=")
		now, kept := value(to, name)
		switch {
		case !kept:
			actions = append(actions, sqltext.Format("RESET %s", catalog.SettingName(name)))
			continue
		case now != old:
			actions = append(actions, setting(now))
		}
		then = append(then, now)
	}
	for _, now := range to {
		if !slices.Contains(then, now) {
			actions, then = append(actions, setting(now)), append(then, now)
		}
	}
	return actions, slices.Equal(then, to)
}

// setting is an entry of pg_proc.proconfig as SET takes it.
func setting(entry string) string {
	name, value, _ := strings.Cut(entry, "=")
	return "SET " + catalog.WriteSetting(name, value)
}

// define is CREATE, or CREATE OR REPLACE, with all that there is. Both leave the routine without extensions that it goes
// with.
func define(o *catalog.Object, create string) []catalog.Statement {
	var b strings.Builder
	b.WriteString(create + strings.ToUpper(o.Kind) + sqltext.Format(" %I(%s)", Name(o), o.Attrs.Text("arguments")))
	if r := o.Attrs.Text("returns"); r != "" {
		b.WriteString("\nRETURNS " + r)
	}
	language := o.Attrs.Text("language")
	b.WriteString(sqltext.Format("\nLANGUAGE %I", language))
	for i, t := range o.Attrs.Texts("transforms") {
		b.WriteString([]string{"\nTRANSFORM ", ", "}[min(i, 1)] + "FOR TYPE " + t)
	}
	var words []string
	if o.Attrs.Bool("window") {
		words = append(words, "WINDOW")
	}
	for _, attr := range properties {
		if o.Attrs.Has(attr) {
			words = append(words, property(o, attr))
		}
	}
	if len(words) > 0 {
		b.WriteString("\n" + strings.Join(words, " "))
	}
	for _, entry := range o.Attrs.Texts("config") {
		b.WriteString("\n" + setting(entry))
	}
	s := catalog.Statement{}
	body := o.Attrs.Text("body")
	switch {
	case o.Attrs.Has("atomic"):
		b.WriteString("\n" + o.Attrs.Text("atomic"))
	case o.Attrs.Has("library"):
		b.WriteString(sqltext.Format("\nAS %L, %L", o.Attrs.Text("library"), body))
	case language == "internal":
		b.WriteString(sqltext.Format("\nAS %L", body))
	default:
		b.WriteString("\nAS " + sqltext.Dollar(body))
		s.Body = body
	}
	s.SQL = b.String()
	return append(expose(nil, o, []catalog.Statement{s}), catalog.AlterDepends("ALTER "+Address(o), nil, o)...)
}

// argument is one of a routine's: its mode as pg_proc.proargmodes has it, its name, its type.
type argument [3]string

// Replaces reports whether CREATE OR REPLACE refuses to make the one of the other (Postgres' ProcedureCreate): it
// returns something else, an argument that had a name has another, there are fewer defaults.
func Replaces(from, to *catalog.Object) bool {
	returns := from.Attrs.Text("returns")
	if returns != to.Attrs.Text("returns") || from.Attrs.Bool("window") != to.Attrs.Bool("window") ||
		from.Info.Int("defaults") > to.Info.Int("defaults") {
		return true
	}
	ins, outs := arguments(from)
	toIns, toOuts := arguments(to)
	for i, a := range ins {
		if a[1] != "" && (i >= len(toIns) || a[1] != toIns[i][1]) {
			return true
		}
		// the default of a polymorphic argument may be of another type
		if strings.HasPrefix(a[2], "any") && from.Info.Int("defaults") > 0 && from.Attrs.Text("arguments") != to.Attrs.Text("arguments") {
			return true
		}
	}
	isRow := returns == "" || returns == "record" || returns == "SETOF record"
	return isRow && !slices.Equal(outs, toOuts)
}

// arguments returns those that callers give, and those that make the result's row; INOUT ones are both.
func arguments(o *catalog.Object) (ins, outs []argument) {
	var all []argument
	o.Info.Decode("arguments", &all)
	for _, a := range all {
		if strings.Contains("ibv", a[0]) {
			ins = append(ins, a)
		}
		if strings.Contains("bot", a[0]) {
			outs = append(outs, argument{"", a[1], a[2]})
		}
	}
	return ins, outs
}
