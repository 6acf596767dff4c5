package diagnose

import "fmt"

// dataAdvice is about rows that stand in the way of a change, or values that do not fit.
var dataAdvice = map[string]func(scene) string{
	"23502": nullInWay,
	"23503": always("Rows point at a parent that is not there (or a parent goes while rows point at it): delete or repair those rows first, or add the constraint NOT VALID now, clean up, and VALIDATE CONSTRAINT later."),
	"23505": duplicate,
	"23514": checkInWay,
	"23P01": always("Rows overlap where the exclusion constraint allows none: repair them in this file before the constraint."),
	"23001": always("Rows still point at this one: delete or repoint them first."),
	"22P02": always("A value is not of the form that the type wants: repair it in this file first, or convert with USING and a CASE that catches it."),
	"22P03": always("The data is not of the form that the type wants."),
	"22P04": always("The data of a COPY has lines that do not fit its columns: tabs between columns, \\N for NULL, \\. at the end."),
	"22001": always("A value is longer than the column: write text, or cut the values with left(column, n) first."),
	"22003": always("A number is outside of the type's range: take a larger type (bigint, numeric)."),
	"22007": always("Write dates and times as '2024-01-31 13:00:00+00'."),
	"22008": always("Write dates and times as '2024-01-31 13:00:00+00'."),
	"22012": always("Write nullif(divisor, 0)."),
	"22021": always("The text is not UTF-8: save the file as UTF-8."),
	"22P05": always("The text holds a character that the database's encoding lacks."),
	"22004": always("A NULL where a value must stand: wrap it in coalesce()."),
	"22030": always("The JSON object names a key twice."),
	"21000": always("A subquery gave several rows where one may stand; with ON CONFLICT DO UPDATE, one command may not touch a row twice: make the input distinct first."),
	"54000": always("A limit of Postgres itself: 1,600 columns a table, 32 columns an index, about 2,700 bytes an indexed value (index a hash of it)."),
	"54001": always("The statement nests too deeply, or a trigger or policy calls itself without end."),
	"54011": always("A table has at most 1,600 columns, dropped ones included."),
	"54023": always("A function takes at most 100 arguments: pass a json or a composite value."),
	"P0001": always("The migration's own code, a function or an event trigger that it called raised this: the context says which."),
	"P0002": always("SELECT INTO STRICT found no row."),
	"P0003": always("SELECT INTO STRICT found several rows."),
	"P0004": always("An ASSERT of the migration's own code did not hold."),
}

func nullInWay(s scene) string {
	column, table := or(s.pg.ColumnName, "column"), or(qualified(s.pg.SchemaName, s.pg.TableName), "table")
	if s.words.starts("alter table") && s.words.has("add") && !s.words.has("set not null") && !s.words.has("primary key") {
		return fmt.Sprintf("The table has rows, and they get NULL in the new column: add it with a DEFAULT, or add it without NOT NULL, UPDATE %s SET %s = …, and SET NOT NULL after.", table, column)
	}
	if s.words.starts("alter table") {
		return fmt.Sprintf("Fill the rows first: UPDATE %s SET %s = … WHERE %[2]s IS NULL; before it.", table, column)
	}
	return fmt.Sprintf("Give %s a value in this statement, or a DEFAULT in its table.", column)
}

func duplicate(s scene) string {
	if s.words.starts("insert") {
		return "The row is there already: write ON CONFLICT DO NOTHING, or DO UPDATE, so that the statement may run twice."
	}
	if s.words.starts("update") {
		return "The new value is another row's already."
	}
	if s.words.starts("create") && !s.words.has("index") {
		return "Another session made the same object at the same moment: run the migration again; it writes IF NOT EXISTS where it can."
	}
	return "Rows hold the same key: find them with GROUP BY … HAVING count(*) > 1 and delete or merge them in this file, before the constraint."
}

func checkInWay(s scene) string {
	if s.pg.ConstraintName == "" && s.words.starts("insert") {
		return "No partition takes this row: create one for its value, or a DEFAULT partition."
	}
	if s.words.starts("alter table") {
		return "Rows that are there break the rule: repair them before it, or add the constraint NOT VALID now and VALIDATE CONSTRAINT after the clean-up."
	}
	return "The row breaks a rule of the table: change the value, or the CHECK."
}
