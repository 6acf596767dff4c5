package catalog

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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
// qualified, on 15 to 18 alike: a column that only some majors have is read as to_jsonb(row)->>'column'. What belongs to
// an extension is left out by the reader. A row whose parent no kind has listed is left out.
type Kind struct {
	Name string
	Rank int    // place among the kinds, in pg_dump's order
	List string // the SQL above
	Has  string // a relation without which List is not run: "cron.job"

	// Free objects have to be dropped before their parent, and stay where it is made again; others are part of it: they
	// go with it and come back with it.
	Free bool
	// Satellite objects are a property of their parent with a statement of its own: a comment, an owner, a grant. Their
	// path is the parent's kind and path, with their own name, where they have one, behind it.
	Satellite bool
	// OfMembers are listed also where they, or what they hang on, are members of an extension.
	OfMembers bool
	// Stub objects are there to be named only: they come and go with something else, and are neither made nor dropped.
	Stub bool
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
	// Drop drops the object.
	Drop func(c *Context, o *Object) []Statement
	// Rules say, for each attribute, how to change it. An attribute without a rule is a mistake that a test finds.
	Rules map[string]Rule

	// Needs returns what the object needs beyond what pg_depend says: the role that an owner is. Nil: nothing.
	Needs func(o *Object) []ID
	// Born returns the satellites of this kind that an object has once it is made by c.Role: its owner, what default
	// privileges grant. They are compared with those that it shall have.
	Born func(c *Context, parent *Object) []*Object
	// Aside renames a replaced object out of the way and drops it under that name in the end, where something that
	// needs it can follow to the new one, or where the database is in use: it is never without one then. Nil: never.
	Aside func(c *Context, o *Object) (away, drop []Statement)
	// Follow takes the object over to the new form of something that it needs, which was replaced. Nil: it has to be
	// dropped and made again; no statement: it goes along with something else.
	Follow func(c *Context, o, needed *Object) []Statement
	// FollowAs is the attribute that Follow changes: what its rule rebuilds is in the way of following too.
	FollowAs string
	// Rename gives the object another name; nil where Postgres cannot.
	Rename func(c *Context, from, to *Object) []Statement
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
}

// Replace is the rule for an attribute that no statement changes.
func Replace() Rule { return Rule{} }

// Alter is the rule for an attribute that a statement changes.
func Alter(f func(c *Context, from, to *Object) []Statement) Rule { return Rule{Alter: f} }

// Context is what a kind may know while it writes SQL.
type Context struct {
	Server   int    // server_version_num of the target
	Role     string // who runs the plan
	Database string // its name, for ALTER DATABASE
	From, To *Catalog
	Online   bool // for a database in use: CONCURRENTLY, NOT VALID and VALIDATE
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

// OldName is the name that a replaced object bears until it is dropped.
func OldName(name string) string {
	const suffix, longest = "__old", 63 // bytes, NAMEDATALEN - 1
	for len(name)+len(suffix) > longest {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + suffix
}
