package diagnose

import "fmt"

// dependentAdvice is about objects that other objects stand in the way of.
var dependentAdvice = map[string]func(scene) string{
	"2BP01": dependents,
	"42P13": functionShape,
	"42P16": tableShape,
	"42P17": unkeepable,
	"42809": always("The object is of another kind than the statement says: a view is not a table, a procedure is called with CALL."),
	"0A000": notSupported,
	"55006": always("The object is in use by this session or by another one: close its cursors, or run the statement in a file of its own."),
	"55000": always("The object is not in a state that allows this: the detail says which. REFRESH … CONCURRENTLY needs a unique index on the view and a first plain REFRESH; ALTER TYPE and its like need the trigger events of this transaction to be over, so put them in a file of their own."),
}

// unkeepable is about definitions that Postgres cannot keep, and about policies that ask for themselves.
func unkeepable(s scene) string {
	switch s.pg.Routine {
	case "fireRIRrules":
		return "A policy of the table reads the table itself, or another one whose policy reads this one: ask for it in a SECURITY DEFINER function of a role that row level security does not bind, and call that in the policy."
	case "check_new_partition_bound":
		return "The bounds say FROM (inclusive) TO (exclusive): they must not be empty nor overlap those of another partition."
	}
	return "What an index, a generated column or a partition key computes must depend on its row alone: call IMMUTABLE functions only. now() is none, nor is a cast between timestamptz and date or text: " +
		"write (at AT TIME ZONE 'UTC')::date."
}

func dependents(s scene) string {
	if s.words.starts("drop role") || s.words.starts("drop user") {
		return "A role goes when nothing is its own and no grant names it: REASSIGN OWNED BY and DROP OWNED BY in each database first."
	}
	hint := "The detail lists what depends on it: drop or change those first, in the same file, and make them again after. " +
		"CASCADE drops them all, policies and views too: write it only where each of them may go."
	if s.words.starts("drop function") || s.words.starts("drop procedure") {
		hint += " To change a function that keeps its arguments and result, CREATE OR REPLACE FUNCTION needs no drop."
	}
	return hint
}

func functionShape(s scene) string {
	if !s.words.starts("create or replace") {
		return "The head and the body of the function do not fit together: LANGUAGE must be named, and the body's last statement must give the declared result."
	}
	_, name, _ := s.words.made()
	return fmt.Sprintf("If its result, its argument names or their defaults change, OR REPLACE cannot do it: write DROP FUNCTION IF EXISTS %s(argument types); before it. "+
		"What uses the function (policies, triggers, views) must go before and come back after.", name)
}

func tableShape(s scene) string {
	switch {
	case s.words.starts("create or replace"):
		return "CREATE OR REPLACE VIEW may only add columns at the end: write DROP VIEW IF EXISTS before it, and grant again after."
	case s.words.has("primary key"):
		return "A table has one primary key: drop the old constraint first, or leave this one out."
	}
	return "The table's definition does not allow this; the message says what is in the way."
}

// notSupported is the one SQLSTATE for a type change under a view, an extension that is not installed, and what
// Postgres does not do at all.
func notSupported(s scene) string {
	switch {
	case s.words.starts("create extension"):
		return "The extension's files are not on this server. On Supabase the dashboard lists what can be installed (Database > Extensions); cairn's local server has Postgres' own contrib extensions."
	case s.words.starts("alter table") && s.words.hasAny("type", "drop"):
		return "Drop the view, rule or policy that the detail names, change the column, and make it again, all in this file."
	case s.words.hasAny("begin", "commit", "rollback"):
		return "Transaction control has no place inside a function: leave it out."
	}
	return "Postgres does not do this at all; the message says what."
}
