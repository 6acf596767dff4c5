package column

import (
	"slices"
	"strconv"
	"strings"
)

// wholes and fractions are the types of numbers, each with those that hold fewer digits before it.
var (
	wholes    = []string{"smallint", "integer", "bigint"}
	fractions = []string{"real", "double precision", "numeric"}
)

// loses says what of a value an assignment from one type to another drops without a word (Postgres docs, 8.1 and 8.5: it
// is rounded, not refused); "" is nothing.
func loses(from, to string) string {
	a, b := base(from), base(to)
	switch {
	case slices.Contains(fractions, a) && slices.Contains(wholes, b) && decimals(from) > 0:
		return "what is behind the decimal point"
	case b == "numeric" && (slices.Contains(fractions, a) && decimals(to) < decimals(from)):
		return "digits behind the decimal point"
	case a == "real" && b == "numeric":
		return "digits behind the sixth"
	case a == "double precision" && b == "numeric":
		return "digits behind the fifteenth"
	case slices.Contains(fractions, a) && slices.Contains(fractions, b) && slices.Index(fractions, b) < slices.Index(fractions, a),
		slices.Contains(wholes, a) && b == "real" && a != "smallint", a == "bigint" && b == "double precision":
		return "digits for which there is no room"
	case isMoment(a) && b == "date":
		return "the time of day"
	case isMoment(a) && strings.HasPrefix(b, "time "):
		return "the day"
	case a == "time with time zone" && b == "time without time zone":
		return "the time zone"
	case isMoment(a) && isMoment(b) && a != b:
		return "which moment it is, but for sessions with the TimeZone of the one that runs this"
	case isTime(a) && isTime(b) && seconds(to) < seconds(from):
		return "fractions of a second"
	case slices.Contains(wholes, a) && b == "boolean":
		return "which number it is, but for 0"
	case b == "name" && a != "name":
		return "what is behind the 63rd byte"
	}
	return ""
}

func isMoment(base string) bool { return strings.HasPrefix(base, "timestamp ") }

func isTime(base string) bool {
	return isMoment(base) || strings.HasPrefix(base, "time ") || base == "interval"
}

// unlimited is more digits than any modifier allows.
const unlimited = 1 << 20

// decimals is how many digits a type holds behind the decimal point.
func decimals(t string) int {
	m := modifiers(t)
	switch {
	case base(t) != "numeric" || len(m) == 0:
		return unlimited
	case len(m) == 1:
		return 0
	}
	return m[1]
}

// seconds is how many digits of a second's fraction a type holds.
func seconds(t string) int {
	if m := modifiers(t); len(m) > 0 {
		return m[0]
	}
	return 6
}

// modifiers are the numbers in a type's parentheses.
func modifiers(t string) []int {
	_, after, _ := strings.Cut(t, "(")
	list, _, ok := strings.Cut(after, ")")
	if !ok {
		return nil
	}
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil
		}
		all = append(all, n)
	}
	return all
}
