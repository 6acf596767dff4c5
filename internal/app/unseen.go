package app

import (
	"fmt"
	"slices"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
)

// isBroken reports whether an object is an index that a failed build left INVALID, or is on one: nothing but building it
// anew makes it what it is meant to be. Those of partitioned tables are only not yet complete.
func isBroken(o *catalog.Object) bool {
	for ; o != nil; o = o.Up() {
		if o.Kind == "index" && o.Attrs.Bool("invalid") && !o.Info.Bool("partitioned") {
			return true
		}
	}
	return false
}

// tellBroken tells of the indexes that are INVALID, and so are neither written nor wanted elsewhere.
func tellBroken(c *catalog.Catalog, label string, s event.Sink) {
	for _, o := range c.OfKind("index") {
		if isBroken(o) {
			s(event.Found{Finding: &finding.Finding{
				Code: finding.InvalidIndex, Severity: finding.Warning,
				Message: fmt.Sprintf("the index %s in %s is INVALID: a build of it failed, or is under way; it is left out", o.Path, label),
				Hint:    "REINDEX INDEX CONCURRENTLY builds it anew, DROP INDEX CONCURRENTLY takes it away",
			}})
		}
	}
}

// isHidden reports whether what is said of an object could be read only in part.
func isHidden(o *catalog.Object) bool { return o != nil && o.Info.Bool("hidden") }

// tellHidden tells of what whoever read the catalog may not see.
func tellHidden(c *catalog.Catalog, label string, s event.Sink) {
	var hidden []catalog.ID
	for _, o := range c.Objects {
		if isHidden(o) {
			hidden = append(hidden, o.ID)
		}
	}
	slices.SortFunc(hidden, catalog.ID.Compare)
	for _, id := range hidden {
		s(event.Found{Finding: &finding.Finding{
			Code: finding.Unseen, Severity: finding.Warning,
			Message: fmt.Sprintf("the role %s may not see all of %s in %s: that is left out", c.Role, id, label),
			Hint:    "read it as its owner, or as a superuser",
		}})
	}
}

// tellUnseen tells of what is not compared: what no kind reads and is on one side only, what may not be seen, and what is
// no state to be reached.
func (w *comparison) tellUnseen() {
	for _, pair := range [][2]*end{{w.from, w.to}, {w.to, w.from}} {
		for _, u := range pair[0].catalog.Unknown {
			if slices.Contains(pair[1].catalog.Unknown, u) {
				continue
			}
			w.sink(event.Found{Finding: &finding.Finding{
				Code: finding.UnknownObject, Severity: finding.Warning,
				Message: fmt.Sprintf("%s holds %s (%s), which this cairn does not know: it is not compared", pair[0].label, u.Name, u.Class),
			}})
		}
	}
	for _, e := range []*end{w.from, w.to} {
		tellHidden(e.catalog, e.label, w.sink)
	}
	tellBroken(w.to.catalog, w.to.label, w.sink)
}

// stays reports whether an object is left as it is, since it is not known, or cannot be, what it is to become.
func (w *comparison) stays(o *catalog.Object) bool {
	from, to := w.from.catalog.Objects[o.ID], w.to.catalog.Objects[o.ID]
	return to != nil && (isBroken(to) || from != nil && (isHidden(from) || isHidden(to)))
}
