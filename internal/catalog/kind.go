package catalog

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cairndb/cairn/internal/sqltext"
)

// Kind is what cairn knows of one kind of object: how to list it, and the SQL that makes, changes and drops it. A kind is
// a folder below kinds/.
//
// List is one SELECT with the columns
//
//	class oid, oid oid, sub int   the object's address, as pg_depend has it
//	name text                     its own name; of a function with the types of its arguments
//	pclass oid, poid oid, psub int   the address of its parent; 0, 0, 0 where it stands alone
//	attrs json                    what is compared: everything that DDL can change. null is "not there"
//	info json                     what writing the SQL takes besides; may be null
//
// in this order. It runs with an empty search_path, so that what Postgres prints (pg_get_expr, format_type …) is
// qualified, on 14 to 18 alike: a column that only some majors have is read as to_jsonb(row)->>'column'. What belongs to
// an extension is left out by the reader. A row whose parent no kind has listed is left out.
type Kind struct {
	Name string
	Rank int    // place among the kinds, in pg_dump's order
	List string // the SQL above
	Has  string // a relation without which List is not run: "cron.job"
	// Rows are the sorts of objects without which List is not run, as the probe names them: "pg_class v", "pg_cast". All
	// that it lists is a user's (its oid is 16384 or more) and of one of these, or in one. Nil: it always is.
	Rows []string

	// Free objects have to be dropped before their parent, and stay where it is made again; others are part of it: they
	// go with it and come back with it.
	Free bool
	// Satellite objects are a property of their parent with a statement of its own: a comment, an owner, a grant. Their
	// path is the parent's kind and path, with their own name, where they have one, behind it.
	Satellite bool
	// Ties are satellites that tie their parent, which can be without, to the object that the first of their Needs names:
	// a partition to its table, a sequence to its column. What pg_depend says of the two holds only while the tie is
	// there. What is in the parent and has "inherited" in its info is there also because the other one has an object
	// of its kind and name; it goes with that, unless it has "local" in its info.
	Ties bool
	// OfMembers are listed also where they, or what they hang on, are members of an extension.
	OfMembers bool
	// Stub objects are there to be named only: they come and go with something else, and are neither made nor dropped.
	Stub bool
	// Secrets are the attributes in which secrets may stand: options by name, or how to connect. A catalog holds
	// secret.Veil in their place: they are each database's own, and neither compared nor written.
	Secrets []string
	// Uncopied objects stand in a catalog of the whole server: a copy of their database is without them.
	Uncopied bool
	// Bound reports whether the object cannot be replaced by itself: its parent is replaced with it. Nil: it can.
	Bound func(o *Object) bool

	// Space returns the names that the object takes in spaces which kinds share ("relation public.users"); what takes
	// the same name must be gone before. Nil: it shares none.
	Space func(o *Object) []string
	// Address returns how COMMENT ON, ALTER … OWNER TO and SECURITY LABEL name the object: "POLICY own ON public.users".
	Address func(o *Object) string

	// Grants returns how GRANT … ON names the object; nil: by Address.
	Grants func(o *Object) string

	// Create makes the object. parts are what could be folded into the statement: what Inline returned for its children.
	// Nil, and no statement: it is made with its parent.
	Create func(c *Context, o *Object, parts []string) []Statement
	// Inline returns the object as a part of the statement that makes its parent, "" where it cannot be one. parts are
	// its own children's. Nil: never.
	Inline func(c *Context, o *Object, parts []string) string
	// Finish returns what neither Create nor Inline can say: it follows the statement that made the object.
	Finish func(c *Context, o *Object) []Statement
	// Shell declares the object where something that it needs needs it as well: Create completes it later, and Drop takes
	// along what both needs it and is needed by it. Nil: it cannot be.
	Shell func(c *Context, o *Object) []Statement
	// Spreads reports whether making one object makes also the one that is tied to it: a table's column those of its
	// partitions. Nil: never; then what is tied to it is made before.
	Spreads func(of, o *Object) bool
	// Behind reports whether the object is made after a tie to its parent is, which would bring along another form of it: an
	// index that not all partitions have. Nil: before.
	Behind func(tie, o *Object) bool
	// Copies says that an object which is tied to another of its kind is a copy of that and made after it, though not by
	// the same statement: how a partition's trigger differs from its table's.
	Copies bool
	// MadeBy returns the object whose creation makes this one on the side, zero where none does: a serial column makes
	// its sequence. Nil: never.
	MadeBy func(c *Context, o *Object) ID
	// Makes returns the objects of other kinds that come with this one, as they are once it is made, and go with it: the
	// tables of a queue. Nil: none.
	Makes func(o *Object) []*Object
	// Drop drops the object.
	Drop func(c *Context, o *Object) []Statement
	// Rules say, for each attribute, how to change it. An attribute without a rule is a mistake that a test finds.
	Rules map[string]Rule

	// Needs returns what the object needs beyond what pg_depend says: the role that an owner is. Nil: nothing.
	Needs func(o *Object) []ID
	// Shuns returns what has to be gone, where it goes at all, before the object is made: it would need that otherwise. Nil:
	// nothing.
	Shuns func(c *Context, o *Object) []ID
	// Called is what SQL calls the object by where that may mean others of the same name too: a routine without its arguments.
	// What needs it is made once those of them that go are gone. Nil: its name means it alone.
	Called func(o *Object) string
	// Born returns the satellites of this kind that an object has once it is made by c.Role: its owner, what default
	// privileges grant. They are compared with those that it shall have.
	Born func(c *Context, parent *Object) []*Object
	// Passed returns the satellites of this kind that an object and its parts have once another one of its satellites was
	// altered, or dropped where to is nil: with an ownership goes what the owner may do. They are compared with those that
	// there shall be. Nil: that changes none.
	Passed func(c *Context, from, to *Object) []*Object
	// Aside renames a replaced object out of the way and drops it under that name in the end, where something that
	// needs it can follow to the new one, or where the database is in use: it is never without one then. Nil: never.
	Aside func(c *Context, o *Object) (away, drop []Statement)
	// Follow takes the object over to the new form of something that it needs, which was replaced; nil or an empty
	// result: it has to be dropped and made again.
	Follow func(c *Context, o, needed *Object) []Statement
	// FollowAs is the attribute that Follow changes: what its rule rebuilds is in the way of following too.
	FollowAs string
	// Rename gives the object another name; nil where Postgres cannot.
	Rename func(c *Context, from, to *Object) []Statement
	// Within returns what may have been renamed in the object and is no object itself, an enum's value, and the statements
	// that do so; none where nothing may. Nil: nothing.
	Within func(from, to *Object) (what string, rename []Statement)
}

// Rule says how one attribute is changed.
type Rule struct {
	// Alter returns the statements. Nil: the object is replaced, that is dropped and made again. Rules of one object may
	// return the same statement (CREATE OR REPLACE …): it runs once.
	Alter func(c *Context, from, to *Object) []Statement
	// Replaces reports whether this change needs the object to be replaced all the same. Nil: never.
	Replaces func(from, to *Object) bool
	// Rebuilds reports whether something that needs the object is in the way of Alter: it is dropped before and made
	// again after. Nil: nothing is.
	Rebuilds func(from, to, dependent *Object) bool
	// Spreads reports whether Alter takes along what is tied to the object, and is in these states. Nil: never.
	Spreads func(from, to *Object) bool
	// Keeps says that the object needs the same after the change as before.
	Keeps bool
	// Resets names the attributes that the change sets back to what is usual: they are changed after it, or said again.
	Resets []string
}

// Replace is the rule for an attribute that no statement changes.
func Replace() Rule { return Rule{} }

// Alter is the rule for an attribute that a statement changes.
func Alter(f func(c *Context, from, to *Object) []Statement) Rule { return Rule{Alter: f} }

// Always is a Spreads that knows no exception.
func Always(*Object, *Object) bool { return true }

// Context is what a kind may know while it writes SQL.
type Context struct {
	Server   int    // server_version_num of the target
	Role     string // who runs the plan
	Database string // its name, for ALTER DATABASE
	From, To *Catalog
	Online   bool // for a database in use: CONCURRENTLY, NOT VALID and VALIDATE

	Makes func(id ID) bool // whether the plan makes the object, for the first time or again

	taken map[string]bool // names in shared spaces, before
}

// IsFree reports whether nothing has the names before that an object takes in shared spaces: what chooses its name by
// itself gets the usual one then.
func (c *Context) IsFree(o *Object) bool {
	if c.taken == nil {
		c.taken = map[string]bool{}
		for _, old := range c.From.Objects {
			if k := c.From.kinds[old.Kind]; k.Space != nil {
				for _, name := range k.Space(old) {
					c.taken[name] = true
				}
			}
		}
	}
	for _, name := range o.in.kinds[o.Kind].Space(o) {
		if c.taken[name] {
			return false
		}
	}
	return true
}

// MadeWith returns what makes a partition's index or constraint, where that has the usual name and the info "usual" says
// so: the one of the table. Where a database is in use each is made by itself.
func (c *Context) MadeWith(o *Object) ID {
	if c.Online || !o.Info.Bool("usual") || !c.Makes(o.ID) || c.Makes(o.Parent) {
		return ID{}
	}
	for _, n := range o.in.Needs(o.ID) {
		of := o.in.Objects[n.On]
		if n.Tie == (ID{}) || !n.Auto || c.Makes(n.Tie) || c.From.Objects[n.Tie] == nil || of == nil || of.Kind != o.Kind || !c.Makes(of.ID) || of.Attrs.Has("invalid") {
			continue
		}
		for _, attr := range []string{"tablespace", "statistics", "replica_identity", "cluster", "invalid"} {
			if o.Attrs.Has(attr) {
				return ID{}
			}
		}
		if string(o.Attrs.Raw("options")) == string(of.Attrs.Raw("options")) && c.IsFree(o) {
			return of.ID
		}
	}
	return ID{}
}

// Tied reports whether something hangs on the object by a tie, before or after.
func (c *Context) Tied(id ID) bool { return c.From.Tied(id) || c.To.Tied(id) }

// Comes returns what an object has from the statement that makes what it is in, where it is not written there: the
// column of the parent that a table inherits. Nil: it has to be written.
func (c *Context) Comes(o *Object) *Object { return c.from(o, true) }

// Merges returns what an object, which is written, is merged with by the statement that makes what it is in: the column of
// the parent that a table both has and inherits. Nil: nothing.
func (c *Context) Merges(o *Object) *Object { return c.from(o, false) }

// from is what an object has, wholly or besides, from another by a tie that the statement makes too.
func (c *Context) from(o *Object, wholly bool) *Object {
	for _, n := range o.in.Needs(o.ID) {
		if n.Tie != (ID{}) && n.Auto == wholly && n.On.Kind == o.Kind && c.AtOnce(o.in.Objects[n.Tie]) {
			return o.in.Objects[n.On]
		}
	}
	return nil
}

// AtOnce reports whether a tie is made with what it ties: it has a place in the statement that makes that.
func (c *Context) AtOnce(tie *Object) bool {
	k := tie.in.kinds[tie.Kind]
	return k.Inline != nil && c.Makes(tie.Parent) && k.Inline(c, tie, nil) != ""
}

// Unname gives the NOT NULL constraints of columns, which had the parent's names until the tie was undone, names of their
// own: those that they shall have, and others than a parent's that is made again.
func (c *Context) Unname(tie *Object) []Statement {
	var all []Statement
	table := tie.Up()
	for _, from := range table.Children("column") {
		old, now := from.Info.Text("not_null"), ""
		to := c.To.Objects[from.ID]
		switch {
		case to == nil || old == "" || c.Makes(to.ID) || from.Info.Bool("not_null_local"):
		case to.Info.Bool("not_null_local"):
			now = to.Info.Text("not_null")
		case c.Makes(tie.in.TiedTo(tie).ID):
			now = table.Name() + "_" + from.Name() + "_not_null"
		}
		if now != "" && now != old {
			all = append(all, SQL(sqltext.Format("ALTER TABLE %I RENAME CONSTRAINT %I TO %I", table.Names, old, now))...)
		}
	}
	return all
}

// Only is "ONLY " where a statement would otherwise change also what is tied to a table.
func (c *Context) Only(table *Object) string {
	if c.Tied(table.ID) {
		return "ONLY "
	}
	return ""
}

// spare is how many bytes of a name are kept in one that stands in for it, so that there is room for more.
const spare = 48

// Spare returns names in the object's schema that nothing has or shall have, for what is put aside.
func (c *Context) Spare(o *Object) []string {
	schema, name := o.Names[:len(o.Names)-1], o.Name()
	if len(name) > spare {
		name = strings.ToValidUTF8(name[:spare], "")
	}
	for n := 1; ; n++ {
		names := append(slices.Clone(schema), name+"_old")
		if n > 1 {
			names[len(schema)] += strconv.Itoa(n)
		}
		path := Path(names...)
		if !c.From.hasPath(path) && !c.To.hasPath(path) {
			return names
		}
	}
}

// hasPath reports whether an object of any kind has this path.
func (c *Catalog) hasPath(path string) bool {
	for name := range c.kinds {
		if c.Objects[ID{name, path}] != nil {
			return true
		}
	}
	return false
}

// Statement is one statement of a plan.
type Statement struct {
	SQL     string // without the semicolon
	Hazards []Hazard
	Mode    Mode
	// Body is text in which Postgres looks for names as the statement runs and of which pg_depend says nothing: that of a
	// function. Where something that the plan makes only later is named there, the statement is not to look.
	Body string
}

// Mode says how a statement stands to transactions.
type Mode int

// The modes.
const (
	Together Mode = iota // in a transaction with others
	Commits              // what it makes can be used only after a commit: ALTER TYPE … ADD VALUE
	Later                // in a transaction of its own, when everything else is done: VALIDATE CONSTRAINT; so are those behind it
	Alone                // in no transaction: CREATE INDEX CONCURRENTLY
)

// Hazard is what a statement costs.
type Hazard struct {
	Kind HazardKind `json:"kind"`
	Text string     `json:"text"` // "every row of public.users is written anew"
}

// HazardKind says which cost.
type HazardKind string

// The hazards.
const (
	Locks   HazardKind = "lock"    // others wait: which relation, against whom
	Rewrite HazardKind = "rewrite" // every row is written anew
	Scan    HazardKind = "scan"    // every row is read
	Loss    HazardKind = "loss"    // data is lost
	Breaks  HazardKind = "fails"   // fails on rows that do not fit
	Exposes HazardKind = "access"  // who may see or do what changes
	Secret  HazardKind = "secret"  // a secret is not in the statement
	Renames HazardKind = "rename"  // what is taken to have been renamed stays: whether it was, a person knows
)

// SQL makes statements of texts, in order. Empty ones are left out.
func SQL(texts ...string) []Statement {
	var all []Statement
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			all = append(all, Statement{SQL: t})
		}
	}
	return all
}

// With adds hazards to the first of the statements.
func With(s []Statement, hazards ...Hazard) []Statement {
	if len(s) > 0 {
		s[0].Hazards = append(s[0].Hazards, hazards...)
	}
	return s
}

// On returns how statements name the object that o is a satellite of.
func (o *Object) On() string {
	up := o.Up()
	return o.in.Kind(up.Kind).Address(up)
}

// RoleID is the ID of a role.
func RoleID(name string) ID { return ID{Kind: "role", Path: Path(name)} }

// SchemaID is the ID of a schema.
func SchemaID(name string) ID { return ID{Kind: "schema", Path: Path(name)} }

// GrantAddress is how GRANT … ON names the object.
func (k *Kind) GrantAddress(o *Object) string {
	if k.Grants != nil {
		return k.Grants(o)
	}
	return k.Address(o)
}

// IsNew reports whether an object is made by the plan.
func (c *Context) IsNew(id ID) bool { return c.From.Objects[id] == nil }

// longestName is how many bytes Postgres keeps of a name (NAMEDATALEN - 1).
const longestName = 63

// OldName is the name that a replaced object bears until it is dropped.
func OldName(name string) string {
	const suffix = "__old"
	for len(name)+len(suffix) > longestName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + suffix
}
