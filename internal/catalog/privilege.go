package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// Public is the grantee that is everybody.
const Public = "PUBLIC"

// Privileges are what one grantee may do; true where they may pass it on.
type Privileges map[string]bool

// PrivilegesOf returns the attribute "privileges".
func PrivilegesOf(o *Object) Privileges {
	p := Privileges{}
	o.Attrs.Decode("privileges", &p)
	return p
}

// Usual returns the privileges that the object's grantee has where nobody granted or revoked anything.
func Usual(o *Object) Privileges {
	p := Privileges{}
	o.Info.Decode("usual", &p)
	return p
}

// Grantee writes a grantee as GRANT takes it.
func Grantee(name string) string {
	if name == Public {
		return name
	}
	return sqltext.Ident(name)
}

// Regrant takes a grantee from one set of privileges to another. every lists all that there are; list writes some of
// them, on writes "ON TABLE …"; before stands before GRANT and REVOKE.
func Regrant(before, on, grantee string, from, to Privileges, every []string, list func(privileges []string) string) []Statement {
	var gone, came, passes, keeps []string
	for _, p := range slices.Sorted(maps.Keys(from)) {
		option, held := to[p]
		switch {
		case !held:
			gone = append(gone, p)
		case from[p] && !option:
			keeps = append(keeps, p)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(to)) {
		option, held := from[p]
		switch {
		case to[p] && (!held || !option):
			passes = append(passes, p)
		case !held:
			came = append(came, p)
		}
	}
	write := func(some []string) string {
		if len(every) > 1 && len(some) == len(every) {
			some = []string{"ALL"}
		}
		slices.SortFunc(some, func(a, b string) int { return slices.Index(every, a) - slices.Index(every, b) })
		return list(some)
	}
	var all []Statement
	add := func(words, some []string, end string) {
		if len(some) > 0 {
			all = append(all, Statement{SQL: before + strings.Join(words, " ") + " " + write(some) + " " + on + end})
		}
	}
	add([]string{"REVOKE"}, gone, " FROM "+grantee)
	add([]string{"REVOKE GRANT OPTION FOR"}, keeps, " FROM "+grantee)
	add([]string{"GRANT"}, came, " TO "+grantee)
	add([]string{"GRANT"}, passes, " TO "+grantee+" WITH GRANT OPTION")
	for i := range all {
		if len(came)+len(passes) > 0 && strings.HasPrefix(all[i].SQL, before+"GRANT") {
			all[i].Hazards = []Hazard{{Kind: Exposes, Text: grantee + " gains " + write(slices.Concat(came, passes)) + " " + on}}
		}
	}
	return all
}
