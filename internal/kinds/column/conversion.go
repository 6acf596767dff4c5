package column

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

// families are types whose values Postgres converts into each other on assignment (pg_cast, castcontext a or i).
var families = [][]string{
	{"smallint", "integer", "bigint", "real", "double precision", "numeric"},
	{"date", "timestamp without time zone", "timestamp with time zone"},
	{"time without time zone", "time with time zone"},
	{"bit", "bit varying"},
	{"inet", "cidr"},
	{"json", "jsonb"},
}

// texts are the types to which every other is converted on assignment.
var texts = []string{"text", "character varying", "character", "name"}

// casts are conversions that have to be asked for, and that a detour over text would not do.
var casts = map[[2]string]string{
	{"boolean", "integer"}:  "::integer",
	{"boolean", "smallint"}: "::integer::smallint",
	{"boolean", "bigint"}:   "::integer::bigint",
	{"integer", "boolean"}:  "::boolean",
	{"smallint", "boolean"}: "::integer::boolean",
	{"bigint", "boolean"}:   "::integer::boolean",
	{"timestamp without time zone", "time without time zone"}: "::time",
	{"timestamp with time zone", "time without time zone"}:    "::time",
	{"timestamp with time zone", "time with time zone"}:       "::timetz",
	{"money", "numeric"}: "::numeric",
	{"numeric", "money"}: "::money",
	{"integer", "money"}: "::money",
	{"bigint", "money"}:  "::money",
}

// conversion is what USING has to say to make one type of another of a column; "" where an assignment does it. An
// explicit cast where none is needed would cut what is too long instead of refusing it.
func conversion(column, from, to string) string {
	a, b := base(from), base(to)
	if a == b || slices.Contains(texts, b) || inOneFamily(a, b) {
		return ""
	}
	if how, ok := casts[[2]string{a, b}]; ok {
		return column + how
	}
	switch {
	case b == a+"[]": // the value is the only element
		return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN ARRAY[%[1]s]::%s END", column, to)
	case isArray(a) && isArray(b):
		return column + "::text[]::" + to
	case slices.Contains(texts, a):
		return column + "::" + to
	}
	return column + "::text::" + to
}

func isArray(t string) bool { return strings.HasSuffix(t, "[]") }

func inOneFamily(a, b string) bool {
	return slices.ContainsFunc(families, func(f []string) bool { return slices.Contains(f, a) && slices.Contains(f, b) })
}

// isAlike reports whether what is written of a column of the one type, an expression, an operator class, a reference to
// another table, is as good for the other.
func isAlike(from, to string) bool {
	a, b := base(from), base(to)
	return a == b || slices.Contains(families[0], a) && slices.Contains(families[0], b) || slices.Contains(texts, a) && slices.Contains(texts, b)
}

// through is a value of a type that was replaced, as one of the new form, by way of its text.
func through(column, to string) string {
	if isArray(to) {
		return column + "::text[]::" + to
	}
	return column + "::text::" + to
}

// rowOf is a value of a composite type that was replaced, as one of the new form: attribute by attribute, as far as there
// were the same.
func rowOf(column, to string, old, now *catalog.Object) string {
	if isArray(to) || old == nil || column == "" {
		return through(column, to)
	}
	had := map[string]string{}
	for _, a := range old.Children("attribute") {
		had[a.Name()] = a.Attrs.Text("type")
	}
	attributes := slices.SortedFunc(slices.Values(now.Children("attribute")), func(a, b *catalog.Object) int {
		return a.Info.Int("position") - b.Info.Int("position")
	})
	fields := make([]string, len(attributes))
	for i, a := range attributes {
		kind, was := a.Attrs.Text("type"), had[a.Name()]
		field := sqltext.Format("(%s).%I", column, a.Name())
		switch using := conversion(field, was, kind); {
		case was == "":
			fields[i] = "NULL"
		case using != "":
			fields[i] = using
		case strings.Contains(kind, "."): // not Postgres' own: it may be a new form as well
			fields[i] = through(field, kind)
		default:
			fields[i] = field
		}
	}
	return fmt.Sprintf("CASE WHEN num_nulls(%s) = 0 THEN ROW(%s)::%s END", column, strings.Join(fields, ", "), to)
}

// base is a type without its modifier: "character varying" of "character varying(10)".
func base(t string) string {
	before, after, ok := strings.Cut(t, "(")
	if !ok {
		return t
	}
	_, rest, _ := strings.Cut(after, ")")
	return before + rest
}

// widens reports whether no row has to be written anew or looked at: the same bytes are of both types.
func widens(from, to string) bool {
	a, b := base(from), base(to)
	switch {
	case to == "text" && (a == "character varying" || a == "text"), to == "character varying" && (a == "text" || a == "character varying"):
		return true
	case a == "cidr" && b == "inet":
		return true
	case a != b || from == to:
		return from == to
	case a == "character varying" || a == "bit varying":
		return to == a || len(to) > len(from) || len(to) == len(from) && to > from
	case a == "numeric":
		return to == a || isWiderNumeric(from, to)
	}
	return false
}

// isWiderNumeric reports whether a numeric of one modifier fits another: as many decimals, no fewer digits.
func isWiderNumeric(from, to string) bool {
	var digits, decimals, more, same int
	n, _ := fmt.Sscanf(from, "numeric(%d,%d)", &digits, &decimals)
	m, _ := fmt.Sscanf(to, "numeric(%d,%d)", &more, &same)
	return n == 2 && m == 2 && decimals == same && digits <= more
}
