package replay

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/source"
)

// Why says what sort of cause it is.
type Why string

// The sorts of causes.
const (
	Never     Why = "never_created"   // no file makes it
	Later     Why = "created_later"   // At makes it
	Dropped   Why = "dropped_before"  // At drops it
	Renamed   Why = "renamed_before"  // At gives it another name
	Twice     Why = "created_before"  // At made it; no place where the platform did
	Skipped   Why = "guard_skipped"   // At is passed over, since there is something of that name with another form
	Elsewhere Why = "found_elsewhere" // At made it in another schema, in another spelling, with other arguments
	Unread    Why = "file_not_run"    // At makes it, in a file whose name keeps it from running
	Addon     Why = "extension"       // an extension that brings it is not there
	Reshaped  Why = "other_shape"     // OR REPLACE cannot give what At made another form
	Needed    Why = "still_needed"    // what At made depends on what would go
	Data      Why = "data"            // rows, or what code says of them
	Syntax    Why = "not_postgres"    // text that Postgres does not take in any database
	Refused   Why = "refused"         // anything else that the server said no to
)

// Cause is why files fail.
type Cause struct {
	Why     Why
	Object  Object      // what it is about; the zero Object where it is about none
	At      source.Span // the place that is to blame beside the failing one, zero where there is none
	Failure *Failure    // the first that shows it
	Follow  []*Failure  // the others, in order
	Finding *finding.Finding

	blamed *happening // what stands At
}

// diagnose finds the causes of failures, which are in the order of their files.
func diagnose(files, aside []*migration.Migration, failures []*Failure) []*Cause {
	if len(failures) == 0 {
		return nil
	}
	d := &doctor{index: indexOf(files), aside: indexOf(aside), files: files, failed: map[int]*Failure{}}
	for _, f := range failures {
		d.failed[f.index] = f
	}
	var causes []*Cause
	known := map[string]*Cause{}
	for _, f := range failures {
		c, after := d.cause(f)
		if after != nil && after.Cause != nil {
			f.Cause = after.Cause
			f.Cause.Follow = append(f.Cause.Follow, f)
			continue
		}
		key := c.key()
		if same := known[key]; same != nil && key != "" {
			f.Cause = same
			same.Follow = append(same.Follow, f)
			continue
		}
		c.Failure, f.Cause = f, c
		known[key] = c
		causes = append(causes, c)
	}
	for _, c := range causes {
		c.Finding = d.tell(c)
	}
	return causes
}

// key is equal for failures that have one cause, "" where each has its own.
func (c *Cause) key() string {
	switch c.Why {
	case Never, Addon:
		return fmt.Sprint(c.Why, c.Object.Class, c.Object.Of, " ", c.Object.Name)
	case Later:
		return fmt.Sprint(c.Why, c.blamed.file)
	case Unread:
		return fmt.Sprint(c.Why, c.At.File.Name)
	case Dropped, Renamed, Skipped, Elsewhere:
		if c.blamed != nil {
			return fmt.Sprint(c.Why, c.blamed.n)
		}
	}
	return ""
}

// cause says why a file failed: by itself, or after another one whose work it needs.
func (d *doctor) cause(f *Failure) (c *Cause, after *Failure) {
	trouble, o := f.subject()
	switch {
	case trouble == missing && o.Class == Column && (o.Of == "" || !d.isRelation(o.Of)):
		return d.missingColumn(f, o)
	case trouble == missing:
		return d.missing(f, o)
	case trouble == unavailable:
		return blame(Addon, o, nil), nil
	case trouble == taken:
		return d.taken(f, o)
	case trouble == needed:
		return d.needed(f)
	case trouble == reshaped:
		return d.reshaped(f)
	case trouble == unfit:
		if c := d.passedOver(f); c != nil {
			return c, nil
		}
		if after := d.mentions(f); after != nil {
			return nil, after
		}
	case trouble == forbidden:
		if after := d.mentions(f); after != nil {
			return nil, after
		}
	case trouble == rows:
		if after := d.mentions(f); after != nil {
			return nil, after
		}
		return &Cause{Why: Data}, nil
	case trouble == syntax:
		return &Cause{Why: Syntax}, nil
	}
	return &Cause{Why: Refused}, nil
}

// blame is a cause with its place.
func blame(why Why, o Object, h *happening) *Cause {
	c := &Cause{Why: why, Object: o, blamed: h}
	if h != nil {
		c.At = h.at
		if h.Kind != "" && same(h.Object, o) {
			c.Object.Kind = h.Kind
		} else if h.act == renames && same(h.to, o) {
			c.Object.Kind = h.to.Kind
		}
	}
	return c
}

// taken says what made something that is there already.
func (d *doctor) taken(f *Failure, o Object) (*Cause, *Failure) {
	rooms := []Class{o.Class}
	switch o.Class {
	case Relation:
		rooms = append(rooms, Constraint) // the index of a key
	case Type:
		rooms = append(rooms, Relation)
	}
	for _, class := range rooms {
		room := o
		room.Class = class
		t := d.trace(room, f.arguments(o), f)
		switch {
		case t.voidGone != nil && (t.made == nil || t.voidGone.n > t.made.n):
			return nil, d.failed[t.voidGone.file]
		case t.made != nil:
			return blame(Twice, room, t.made), nil
		case t.maybe != nil:
			return blame(Twice, room, t.maybe), nil
		}
	}
	return blame(Twice, d.named(o), nil), nil
}

// dependent finds what the server's DETAIL says depends on something.
var dependent = regexp.MustCompile(`(?m)^(?:default value for |rule (?:\S+|"[^"]+") on )?([a-z ]+?) ((?:"[^"]+"|[^ (])+)(?:\([^)]*\))?(?: (?:on|of) (?:table|type|view|materialized view) (\S+))? depends on`)

// needed says what made that which still needs what a statement would drop.
func (d *doctor) needed(f *Failure) (*Cause, *Failure) {
	for _, m := range dependent.FindAllStringSubmatch(f.Refusal.Detail, -1) {
		o := Object{Kind: m[1], Class: classes[m[1]]}
		switch m[1] {
		case "column":
			o.Class = Column
		case "function":
			o.Class = Function
		}
		o.Schema, o.Name = split(m[2])
		if m[3] != "" {
			_, o.Of = split(m[3])
		}
		if o.Class == "" {
			continue
		}
		t := d.trace(o, -1, f)
		switch {
		case t.voidGone != nil:
			return nil, d.failed[t.voidGone.file]
		case t.made != nil:
			return blame(Needed, o, t.made), nil
		}
	}
	return &Cause{Why: Needed}, nil
}

// reshaped says what made that which OR REPLACE cannot change so far.
func (d *doctor) reshaped(f *Failure) (*Cause, *Failure) {
	at := first(f.statement())
	for _, h := range d.index.all {
		if h.file != f.index || h.at.Start != at.Start || h.act != makes {
			continue
		}
		t := d.trace(h.Object, h.most, f)
		switch {
		case t.voidGone != nil:
			return nil, d.failed[t.voidGone.file]
		case t.made != nil:
			return blame(Reshaped, h.Object, t.made), nil
		}
	}
	return &Cause{Why: Refused}, nil
}

// passedOver finds a table of the failing statement that was to be made with other columns.
func (d *doctor) passedOver(f *Failure) *Cause {
	for _, name := range names(f.statement().Text()) {
		o := Object{Class: Relation, Kind: "table", Name: name}
		if !d.isRelation(name) {
			continue
		}
		t := d.trace(o, -1, f)
		for _, h := range t.skipped {
			if t.made != nil && body(h.text(d.files)) != body(t.made.text(d.files)) {
				return blame(Skipped, o, h)
			}
		}
	}
	return nil
}

// body is what stands in the parentheses of a CREATE TABLE, without white space.
func body(text string) string {
	if i := strings.IndexByte(text, '('); i >= 0 {
		text = text[i:]
	}
	return strings.Join(strings.Fields(text), "")
}

// mentions returns the failure of a file that would have changed something which the failing statement speaks of.
func (d *doctor) mentions(f *Failure) *Failure {
	all := names(f.statement().Text() + " " + f.Refusal.Message + " " + f.Refusal.Detail)
	var found *Failure
	for _, h := range d.index.all {
		if h.file < f.index && d.state(h, f) == void && h.among(all) {
			found = d.failed[h.file]
		}
	}
	return found
}

// among reports whether names speak of what a happening is about. A column's name alone may be any table's; a trigger or
// a constraint acts without being named.
func (h *happening) among(names []string) bool {
	of := h.Of != "" && slices.Contains(names, h.Of)
	switch {
	case h.Class == Column:
		return of && slices.Contains(names, h.Name)
	case h.child():
		return of
	}
	return of || slices.Contains(names, h.Name)
}

// arguments is the number of arguments in what the server says of a function, -1 for everything else.
func (f *Failure) arguments(o Object) int {
	if o.Class != Function {
		return -1
	}
	_, list, found := strings.Cut(f.Refusal.Message, "(")
	end := strings.LastIndex(list, ") does not exist")
	if !found || end < 0 {
		return -1
	}
	n, depth := 0, 0
	for i, r := range list[:end] {
		switch {
		case r == '(' || r == '[':
			depth++
		case r == ')' || r == ']':
			depth--
		case r == ',' && depth == 0:
			n++
		}
		if i == 0 {
			n++
		}
	}
	return n
}
