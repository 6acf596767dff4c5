package migration

import (
	"strings"

	"github.com/cairndb/cairn/internal/sqltext"
)

// control is what a statement does to the transaction that it stands in.
type control int

const (
	noControl control = iota
	begins            // BEGIN, START TRANSACTION
	ends              // COMMIT, END, and what else leaves a transaction
	sets              // SET TRANSACTION
	stays             // COMMIT AND CHAIN, COMMIT PREPARED: as open or closed behind it as before
)

// transaction reads a statement of transaction control. modes are those of begins and sets, ready for BEGIN; refusal
// says why the statement cannot stand in a migration, "" if it can. Savepoints are no control: they stay inside.
func transaction(text string) (kind control, modes, refusal string) {
	c := sqltext.NewCursor(text)
	switch {
	case c.Take("START", "TRANSACTION"):
		modes, refusal = transactionModes(c)
		return begins, modes, refusal
	case c.Take("BEGIN"):
		c.TakeAny("WORK", "TRANSACTION")
		modes, refusal = transactionModes(c)
		return begins, modes, refusal
	case c.Take("SET", "TRANSACTION"), c.Take("SET", "LOCAL", "TRANSACTION"), c.Take("SET", "SESSION", "TRANSACTION"):
		modes, refusal = transactionModes(c)
		return sets, modes, refusal
	case c.Take("COMMIT", "PREPARED"), c.Take("ROLLBACK", "PREPARED"):
		return stays, "", "a migration cannot take part in a two-phase commit"
	case c.Take("PREPARE", "TRANSACTION"):
		return ends, "", "a migration cannot take part in a two-phase commit"
	case c.Take("COMMIT"), c.Take("END"):
		c.TakeAny("WORK", "TRANSACTION")
		if c.Take("AND", "CHAIN") {
			return stays, "", "AND CHAIN would open a transaction that is not ours"
		}
		return ends, "", ""
	case c.Take("ROLLBACK"), c.Take("ABORT"):
		c.TakeAny("WORK", "TRANSACTION")
		if c.At("TO") {
			return noControl, "", ""
		}
		return ends, "", "a rollback would undo the migration and its entry in the history"
	}
	return noControl, "", ""
}

// transactionModes reads the modes that stand at c.
func transactionModes(c sqltext.Cursor) (modes, refusal string) {
	var all []string
	for !c.Done() {
		mode := transactionMode(&c)
		switch mode {
		case "":
			return "", "Postgres knows no such transaction mode"
		case "READ ONLY":
			return "", "a read-only transaction cannot record the migration"
		case "SNAPSHOT":
			return "", "a migration's transaction cannot take over the snapshot of another"
		}
		all = append(all, mode)
		c.Take(",")
	}
	return strings.Join(all, ", "), ""
}

func transactionMode(c *sqltext.Cursor) string {
	switch {
	case c.Take("ISOLATION", "LEVEL", "SERIALIZABLE"):
		return "ISOLATION LEVEL SERIALIZABLE"
	case c.Take("ISOLATION", "LEVEL", "REPEATABLE", "READ"):
		return "ISOLATION LEVEL REPEATABLE READ"
	case c.Take("ISOLATION", "LEVEL", "READ", "COMMITTED"), c.Take("ISOLATION", "LEVEL", "READ", "UNCOMMITTED"):
		return "ISOLATION LEVEL READ COMMITTED" // Postgres treats both alike
	case c.Take("READ", "ONLY"):
		return "READ ONLY"
	case c.Take("READ", "WRITE"):
		return "READ WRITE"
	case c.Take("NOT", "DEFERRABLE"):
		return "NOT DEFERRABLE"
	case c.Take("DEFERRABLE"):
		return "DEFERRABLE"
	case c.Take("SNAPSHOT"):
		return "SNAPSHOT"
	}
	return ""
}

// SetsSession reports whether the statement changes a setting for longer than its transaction: SET, RESET, or a
// set_config() whose third argument is not true. Behind a transaction pooler the next user of the connection would
// get that setting.
func (s Statement) SetsSession() bool {
	text := s.Text()
	c := sqltext.NewCursor(text)
	switch {
	case c.Take("SET"):
		return !c.At("LOCAL") && !c.At("CONSTRAINTS") && !c.At("TRANSACTION") && !c.Take("SESSION", "TRANSACTION")
	case c.Take("RESET"):
		return true
	}
	return setsConfig(text)
}

// setsConfig looks for calls of set_config() outside of quotes that are not for one transaction only.
func setsConfig(text string) bool {
	if !mentions(text, "set_config") {
		return false
	}
	for c := sqltext.NewCursor(text); !c.Done(); c.Next() {
		if !c.At("set_config") && c.Text() != `"set_config"` {
			continue
		}
		if c.Next(); c.At("(") && !lastArgumentTrue(c) {
			return true
		}
	}
	return false
}

// lastArgumentTrue reports whether true, or a string that means it, stands in the last of the arguments at c.
func lastArgumentTrue(c sqltext.Cursor) bool {
	yes := false
	for c.Next(); !c.Done() && !c.At(")"); c.Skip() {
		switch strings.ToLower(c.Text()) {
		case ",":
			yes = false
		case "true", "'true'", "'t'", "'on'", "'yes'", "'1'":
			yes = true
		}
	}
	return yes
}

// mentions reports whether the word, in lower case, stands in text in any case, without a copy of text.
func mentions(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == word[0] && strings.EqualFold(text[i:i+len(word)], word) {
			return true
		}
	}
	return false
}

// copying is where a COPY takes its rows from or brings them to.
type copying int

const (
	noCopy       copying = iota
	copyFile             // a file or table of the server's own, or the data that stands in the migration
	copyProgram          // a program that the server runs
	copyToClient         // COPY … TO stdout
)

// copies reads a COPY.
func copies(text string) copying {
	c := sqltext.NewCursor(text)
	if !c.Take("COPY") {
		return noCopy
	}
	c.Take("BINARY")
	if c.Name() == nil {
		c.Skip() // COPY (query)
	}
	if c.At("(") {
		c.Skip()
	}
	to := c.At("TO")
	c.TakeAny("TO", "FROM")
	switch {
	case c.At("PROGRAM"):
		return copyProgram
	case to && (c.At("STDOUT") || c.At("STDIN")):
		return copyToClient
	}
	return copyFile
}
