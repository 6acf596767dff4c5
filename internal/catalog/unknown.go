package catalog

import (
	"context"
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed alone.sql
var aloneSQL string

//go:embed unknown.sql
var unknownSQL string

func (r *reading) alone(v [][]byte) {
	r.alones = append(r.alones, Address{Class: r.number(v[0]), OID: r.number(v[1])})
}

// userOID is the first that is not the server's own.
const userOID = 16384

// unknown returns the objects that no kind reads and that are no part of one that is read. What is on an extension's
// objects counts as the extension's; what is on something unknown is not told besides.
func (r *reading) unknown(ctx context.Context, s target.Session) ([]Unknown, error) {
	known := func(a Address) bool { return r.catalog.resolver.find(a) != nil }
	stray := map[Address]bool{}
	look := func(a Address) {
		if a = a.whole(); a.OID >= userOID && !known(a) {
			stray[a] = true
		}
	}
	for _, l := range r.links {
		look(l.from)
	}
	for _, a := range r.alones {
		look(a)
	}
	if len(stray) == 0 {
		return nil, nil
	}
	goesWith := map[Address][]link{}
	for _, l := range r.links {
		if strings.IndexByte("aiePS", l.kind) >= 0 {
			goesWith[l.from.whole()] = append(goesWith[l.from.whole()], l)
		}
	}
	var member func(a Address, steps int) bool
	member = func(a Address, steps int) bool {
		return slices.ContainsFunc(goesWith[a.whole()], func(l link) bool {
			return l.kind == extension || steps < parts && l.to.whole() != a.whole() && member(l.to, steps+1)
		})
	}
	var classes, oids []string
	for a := range stray {
		of := slices.ContainsFunc(goesWith[a], func(l link) bool {
			return l.to.whole() != a && stray[l.to.whole()] || (l.kind == 'P' || l.kind == 'S') && known(l.to)
		})
		if !of && !member(a, 0) {
			classes = append(classes, strconv.FormatUint(uint64(a.Class), 10))
			oids = append(oids, strconv.FormatUint(uint64(a.OID), 10))
		}
	}
	if classes == nil {
		return nil, nil
	}
	var all []Unknown
	array := func(list []string) []byte { return target.Text("{" + strings.Join(list, ",") + "}") }
	ask := target.Step{SQL: unknownSQL, Args: [][]byte{array(classes), array(oids)}, Row: func(v [][]byte) {
		all = append(all, Unknown{Class: string(v[0]), Name: string(v[1])})
	}}
	segment, _ := within(s, ask)
	return all, s.Exec(ctx, []target.Segment{segment}, nil)
}
