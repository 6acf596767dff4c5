package catalog

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// sequenceTypes are the greatest values of the types that a sequence can have.
var sequenceTypes = map[string]int64{"smallint": math.MaxInt16, "integer": math.MaxInt32, "bigint": math.MaxInt64}

// SequenceOptions are the attributes that a sequence and an identity column share.
var SequenceOptions = []string{"start", "increment", "min", "max", "cache", "cycle"}

// WriteSequence writes those options of a sequence that are not what they are by themselves, as CREATE SEQUENCE takes
// them.
func WriteSequence(o *Object) []string {
	return writeSequence(o, o.Attrs.Has)
}

// AlterSequence writes the options in which two sequences differ, as ALTER SEQUENCE takes them. The next value is set
// anew where it cannot be one of the new sequence.
func AlterSequence(from, to *Object) []string {
	differing := from.Differing(to)
	turns := (number(from, "increment", 1) < 0) != (number(to, "increment", 1) < 0) // what is usual is another then
	was, is := number(from, "start", sequenceStart(from)), number(to, "start", sequenceStart(to))
	all := writeSequence(to, func(attr string) bool {
		return slices.Contains(differing, attr) || turns && (attr == "min" || attr == "max") || attr == "start" && was != is
	})
	if low, high := sequenceRange(to); was < low || was > high {
		all = append(all, "RESTART WITH "+strconv.FormatInt(is, 10))
	}
	return all
}

func writeSequence(o *Object, says func(attr string) bool) []string {
	var all []string
	add := func(attr, with, without string) {
		switch {
		case !says(attr):
		case o.Attrs.Has(attr):
			all = append(all, strings.TrimSuffix(with+" "+o.Attrs.Text(attr), " true"))
		default:
			all = append(all, without)
		}
	}
	add("increment", "INCREMENT BY", "INCREMENT BY 1")
	add("min", "MINVALUE", "NO MINVALUE")
	add("max", "MAXVALUE", "NO MAXVALUE")
	add("start", "START WITH", "START WITH "+strconv.FormatInt(sequenceStart(o), 10))
	add("cache", "CACHE", "CACHE 1")
	add("cycle", "CYCLE", "NO CYCLE")
	return all
}

// number is an attribute that is a number, or what it is where there is none.
func number(o *Object, attr string, otherwise int64) int64 {
	n, err := strconv.ParseInt(o.Attrs.Text(attr), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// sequenceRange is where a sequence's values lie (Postgres docs, CREATE SEQUENCE).
func sequenceRange(o *Object) (low, high int64) {
	top := sequenceTypes[o.Info.Text("type")]
	if number(o, "increment", 1) < 0 {
		return number(o, "min", -top-1), number(o, "max", -1)
	}
	return number(o, "min", 1), number(o, "max", top)
}

// sequenceStart is where a sequence begins by itself.
func sequenceStart(o *Object) int64 {
	low, high := sequenceRange(o)
	if number(o, "increment", 1) < 0 {
		return high
	}
	return low
}

// SequenceFits reports whether all that is said of a sequence's values lies within a type. What is not said goes with it.
func SequenceFits(o *Object, sequenceType string) bool {
	top := sequenceTypes[sequenceType]
	for _, attr := range []string{"min", "max", "start"} {
		if n := number(o, attr, 0); n > top || n < -top-1 {
			return false
		}
	}
	return true
}

// Continue has a sequence that is new, as o says, go on behind the values that its column holds already.
func Continue(o, column *Object, sequence []string) []Statement {
	names := column.Names
	last, than := "max", ">="
	if number(o, "increment", 1) < 0 {
		last, than = "min", "<="
	}
	return SQL(sqltext.Format("SELECT setval(%L, %s(%I)) FROM %I HAVING %2$s(%3$I) %5$s %6$s",
		sqltext.Ident(sequence...), last, column.Name(), names[:len(names)-1], than, strconv.FormatInt(number(o, "start", sequenceStart(o)), 10)))
}
