package app

import (
	_ "embed"
	"strings"

	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/sqltext"
)

//go:embed script_history.sql
var scriptHistorySQL string

// script is the SQL that pending migrations run, to be read, or with history to be pasted into an SQL editor: each
// file that is one transaction then records itself in it, any other at its end.
func script(pending []*migration.Migration, withHistory bool) string {
	var b strings.Builder
	if withHistory && len(pending) > 0 {
		b.WriteString(scriptHistorySQL)
	}
	for i, m := range pending {
		if i > 0 || withHistory {
			b.WriteByte('\n')
		}
		b.WriteString("-- " + m.File.Name + "\n")
		if !withHistory {
			b.WriteString(strings.TrimRight(m.File.Text, "\n") + "\n")
			continue
		}
		if m.Transactional() {
			b.WriteString(begin(m.Units) + record(m))
			writeStatements(&b, m)
			b.WriteString("commit;\n")
			continue
		}
		b.WriteString("-- Postgres does not run this file in one transaction: run what stands below piece by piece.\n")
		writeStatements(&b, m)
		b.WriteString(record(m))
	}
	return b.String()
}

// writeStatements writes a file's statements without its own transaction control where it has one outer pair.
func writeStatements(b *strings.Builder, m *migration.Migration) {
	for _, u := range m.Units {
		if !m.Transactional() && !u.Alone {
			b.WriteString(begin([]migration.Unit{u}))
		}
		for _, s := range u.Statements {
			b.WriteString(migration.Text([]string{s.Text()}))
			if s.Copy != nil {
				b.WriteString(s.Copy.Text())
				b.WriteString("\\.\n")
			}
		}
		if !m.Transactional() && !u.Alone {
			b.WriteString("commit;\n")
		}
	}
}

// begin opens the transaction of the first unit, in the mode that the file asks for.
func begin(units []migration.Unit) string {
	if len(units) == 0 || units[0].Mode == "" {
		return "begin;\n"
	}
	return "begin " + units[0].Mode + ";\n"
}

// record is the statement that enters a migration into the history.
func record(m *migration.Migration) string {
	statements := make([]string, len(m.Recorded))
	for i, s := range m.Recorded {
		statements[i] = sqltext.Literal(s)
	}
	return sqltext.Format("insert into supabase_migrations.schema_migrations (version, name, statements) values (%L, %L, array[%s]::text[]);\n",
		m.Version, m.Name, strings.Join(statements, ", "))
}
