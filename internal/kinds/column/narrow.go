package column

import (
	"slices"
	"strings"
)

// narrows reports whether a value of one type may have no place in another to which an assignment takes it.
func narrows(from, to string) bool {
	a, b := base(from), base(to)
	numbers := families[0]
	switch {
	case widens(from, to):
		return false
	case isTime(b):
		return false
	case strings.Contains(to, "("):
		return true
	case slices.Contains(numbers, a) && slices.Contains(numbers, b):
		return slices.Index(numbers, b) < slices.Index(numbers, a)
	}
	return a == "json" || b == "cidr"
}
