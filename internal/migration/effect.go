package migration

import (
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// EffectKind is what a statement that Postgres runs only alone does.
type EffectKind int

// The kinds of effect.
const (
	UnknownEffect       EffectKind = iota // nothing is known: whether it ran cannot be looked up, nor may it run twice
	Repeatable                            // running it again does no harm: VACUUM, CLUSTER, ALTER SYSTEM, DISCARD ALL
	BuildsIndex                           // CREATE INDEX CONCURRENTLY
	DropsIndex                            // DROP INDEX CONCURRENTLY
	Reindexes                             // REINDEX, repeatable save for the INVALID indexes that a broken one leaves
	DetachesPartition                     // ALTER TABLE … DETACH PARTITION … CONCURRENTLY
	CreatesDatabase                       // CREATE DATABASE
	DropsDatabase                         // DROP DATABASE
	CreatesTablespace                     // CREATE TABLESPACE
	DropsTablespace                       // DROP TABLESPACE
	CreatesSubscription                   // CREATE SUBSCRIPTION
	DropsSubscription                     // DROP SUBSCRIPTION
)

// Effect describes what an Alone statement does, as far as its text tells, for those who must find out whether it
// happened. Names are in parts, as Postgres stores them: folded, unquoted, cut to 63 bytes.
type Effect struct {
	Kind        EffectKind
	Name        []string   // the index, partition, database, …; nil where the statement gives none
	Names       [][]string // of DropsIndex: all of them (Postgres 15 to 18 refuse more than one)
	Table       []string   // the table of an index to build, or of a partition to detach
	IfNotExists bool
	IfExists    bool
}

// Lasting reports whether the effect is an object that comes or goes, which can be looked for afterwards.
func (e Effect) Lasting() bool {
	return e.Kind != UnknownEffect && e.Kind != Repeatable && e.Kind != Reindexes
}

// Effect returns what an Alone statement does; UnknownEffect for every other statement.
func (s Statement) Effect() Effect {
	e, _ := effect(s.Text())
	return e
}

// alone says whether Postgres refuses a statement inside a transaction block.
type alone int

const (
	together    alone = iota // never
	sometimes                // it depends on what the statement works on
	alwaysAlone              // always
)

// effect reads a statement that is refused in a transaction block (PreventInTransactionBlock in Postgres' sources;
// the tests hold the list against servers). REINDEX and CLUSTER of a partitioned table are refused too, but look no
// different from those that are not.
func effect(text string) (Effect, alone) {
	c := sqltext.NewCursor(text)
	switch {
	case c.Take("CREATE"):
		return created(c)
	case c.Take("DROP"):
		return dropped(c)
	case c.Take("ALTER"):
		return altered(c)
	case c.Take("REINDEX"):
		return reindexed(c)
	case c.Take("VACUUM"), c.Take("DISCARD", "ALL"):
		return Effect{Kind: Repeatable}, alwaysAlone
	case c.Take("CLUSTER"):
		if c.Take("VERBOSE"); c.At("(") {
			c.Skip()
		}
		if c.Done() {
			return Effect{Kind: Repeatable}, alwaysAlone
		}
	}
	return Effect{}, together
}

func created(c sqltext.Cursor) (Effect, alone) {
	c.Take("UNIQUE")
	switch {
	case c.Take("INDEX", "CONCURRENTLY"):
		e := Effect{Kind: BuildsIndex, IfNotExists: c.Take("IF", "NOT", "EXISTS")}
		if !c.At("ON") {
			e.Name = c.Name()
		}
		c.Take("ON")
		c.Take("ONLY")
		e.Table = c.Name()
		return e, alwaysAlone
	case c.Take("DATABASE"):
		return Effect{Kind: CreatesDatabase, Name: c.Name()}, alwaysAlone
	case c.Take("TABLESPACE"):
		return Effect{Kind: CreatesTablespace, Name: c.Name()}, alwaysAlone
	case c.Take("SUBSCRIPTION"):
		e := Effect{Kind: CreatesSubscription, Name: c.Name()}
		options := with(c)
		if isOff(options["connect"]) || isOff(options["create_slot"]) {
			return Effect{}, together // it makes no replication slot, which is what cannot be undone
		}
		return e, alwaysAlone
	}
	return Effect{}, together
}

func dropped(c sqltext.Cursor) (Effect, alone) {
	e, refused := Effect{}, alwaysAlone
	switch {
	case c.Take("INDEX", "CONCURRENTLY"):
		e.Kind = DropsIndex
	case c.Take("DATABASE"):
		e.Kind = DropsDatabase
	case c.Take("TABLESPACE"):
		e.Kind = DropsTablespace
	case c.Take("SUBSCRIPTION"):
		e.Kind, refused = DropsSubscription, sometimes // only if it still has a slot
	default:
		return e, together
	}
	e.IfExists = c.Take("IF", "EXISTS")
	e.Name = c.Name()
	if e.Kind == DropsIndex {
		e.Names = [][]string{e.Name}
		for c.Take(",") {
			e.Names = append(e.Names, c.Name())
		}
	}
	return e, refused
}

func altered(c sqltext.Cursor) (Effect, alone) {
	switch {
	case c.Take("SYSTEM"):
		return Effect{Kind: Repeatable}, alwaysAlone
	case c.Take("DATABASE"):
		c.Name()
		c.Take("WITH")
		if c.Take("SET", "TABLESPACE") || c.Take("TABLESPACE") {
			return Effect{Kind: Repeatable}, alwaysAlone
		}
	case c.Take("SUBSCRIPTION"):
		c.Name()
		return subscription(c)
	case c.Take("TABLE"):
		ifExists := c.Take("IF", "EXISTS")
		c.Take("ONLY")
		e := Effect{Kind: DetachesPartition, IfExists: ifExists, Table: c.Name()}
		if c.Take("DETACH", "PARTITION") {
			if e.Name = c.Name(); c.Take("CONCURRENTLY") {
				return e, alwaysAlone
			}
		}
	}
	return Effect{}, together
}

// subscription reads an ALTER SUBSCRIPTION behind its name. What refreshes the subscription is refused in a
// transaction block, what changes its slot from Postgres 17 on.
func subscription(c sqltext.Cursor) (Effect, alone) {
	switch {
	case c.Take("REFRESH"):
		return Effect{Kind: Repeatable}, alwaysAlone
	case c.Take("SET", "PUBLICATION"):
		if !isOff(with(c)["refresh"]) {
			return Effect{Kind: Repeatable}, alwaysAlone
		}
	case c.Take("ADD", "PUBLICATION"), c.Take("DROP", "PUBLICATION"):
		if !isOff(with(c)["refresh"]) {
			return Effect{}, alwaysAlone
		}
	case c.Take("SET"):
		set := options(c)
		_, failover := set["failover"]
		_, twoPhase := set["two_phase"]
		if failover || twoPhase {
			return Effect{Kind: Repeatable}, sometimes
		}
	}
	return Effect{}, together
}

func reindexed(c sqltext.Cursor) (Effect, alone) {
	value, concurrently := options(c)["concurrently"]
	concurrently = concurrently && !isOff(value)
	if c.At("(") {
		c.Skip()
	}
	many := c.At("SCHEMA") || c.At("DATABASE") || c.At("SYSTEM")
	if !many && !c.At("INDEX") && !c.At("TABLE") {
		return Effect{}, together
	}
	c.Next()
	concurrently = c.Take("CONCURRENTLY") || concurrently
	if !many && !concurrently {
		return Effect{}, together
	}
	return Effect{Kind: Reindexes, Name: c.Name()}, alwaysAlone
}

// with goes on to the option list behind WITH and reads it; the word stands nowhere before it.
func with(c sqltext.Cursor) map[string]string {
	for !c.Done() && !c.At("WITH") {
		c.Next()
	}
	c.Next()
	return options(c)
}

// options reads an option list "(a, b = off, c 'x')": names in lower case, values in lower case without quotes, ""
// for none. It is empty where no list stands.
func options(c sqltext.Cursor) map[string]string {
	set := map[string]string{}
	if !c.Take("(") {
		return set
	}
	for !c.Done() && !c.At(")") {
		name := strings.Join(c.Name(), ".")
		c.Take("=")
		value := ""
		for !c.Done() && !c.At(",") && !c.At(")") {
			value += strings.ToLower(strings.Trim(c.Text(), "'"))
			c.Skip()
		}
		set[name] = value
		c.Take(",")
	}
	return set
}

// isOff reports whether an option's value is one of Postgres' words for false.
func isOff(value string) bool { return slices.Contains([]string{"false", "off", "0"}, value) }
