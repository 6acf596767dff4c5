package column

import (
	"slices"
	"strings"
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

// conversion is what USING has to add to a column's name, "::integer", to make one type of another; "" where an
// assignment does it. An explicit cast where none is needed would cut what is too long instead of refusing it.
func conversion(from, to string) string {
	a, b := base(from), base(to)
	if a == b || slices.Contains(texts, b) && !strings.HasSuffix(to, "[]") {
		return ""
	}
	for _, f := range families {
		if slices.Contains(f, a) && slices.Contains(f, b) {
			return ""
		}
	}
	switch known := slices.Contains(texts, a); {
	case strings.HasSuffix(from, "[]") != strings.HasSuffix(to, "[]"):
		return "::text::" + to
	case known || strings.HasSuffix(to, "[]"):
		return "::" + to
	}
	return "::text::" + to
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
	case a != b || from == to:
		return from == to
	case a == "character varying" || a == "bit varying":
		return to == a || len(to) > len(from) || len(to) == len(from) && to > from
	}
	return false
}
