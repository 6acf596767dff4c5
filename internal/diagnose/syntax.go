package diagnose

import (
	"fmt"
	"strings"
)

// syntaxAdvice is about text that Postgres cannot read, or reads as something that makes no sense.
var syntaxAdvice = map[string]func(scene) string{
	"42601": syntax,
	"42602": always("A name may hold anything when it stands in double quotes; without them only letters, digits and _."),
	"42622": always("Names have at most 63 bytes."),
	"42939": always("Names that start with pg_ belong to the server: take another one."),
	"42803": always("Every column that is not inside an aggregate must stand in GROUP BY."),
	"42804": always("Cast one side, or USING in ALTER COLUMN … TYPE: the two types do not go together by themselves."),
	"42846": always("There is no cast between these types: convert by way of text, or say how with USING."),
	"42702": always("Several tables have a column of this name: write table.column. In a function, a variable may hide the column: name variables differently."),
	"42725": always("Several functions fit: cast the arguments, or name the argument types."),
	"42P18": always("Cast the parameter or the NULL, so that its type is known."),
	"42P09": always("Two tables have this alias: give each its own."),
	"428C9": always("The column is generated: leave it out of the column list, or write OVERRIDING SYSTEM VALUE for an identity column."),
	"26000": always("The prepared statement is not on this connection: behind a transaction pooler each transaction may have another one. Use the session port (5432) or no PREPARE."),
	"22023": always("The value is not one that this setting or option takes; the message says which are."),
}

// foreign are words of other databases, by the word at which Postgres stops.
var foreign = map[string]string{
	"auto_increment": "AUTO_INCREMENT is MySQL's: write bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY.",
	"autoincrement":  "AUTOINCREMENT is SQLite's: write bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY.",
	"identity":       "IDENTITY(1,1) is SQL Server's: write GENERATED ALWAYS AS IDENTITY.",
	"engine":         "ENGINE= is MySQL's: leave it out.",
	"charset":        "CHARSET is MySQL's: leave it out, the database is UTF-8.",
	"unsigned":       "Postgres has no unsigned numbers: take the next larger type, or add CHECK (column >= 0).",
	"`":              "Backticks are MySQL's: quote names with \"double quotes\", or not at all.",
	"[":              "Names in [brackets] are SQL Server's: quote names with \"double quotes\", or not at all.",
	"#":              "Comments start with -- or stand between /* and */; # is MySQL's.",
	"modify":         "MODIFY is MySQL's: write ALTER COLUMN name TYPE type, and ALTER COLUMN name SET NOT NULL.",
	"change":         "CHANGE is MySQL's: write RENAME COLUMN old TO new, and ALTER COLUMN name TYPE type.",
	"after":          "Postgres adds columns at the end: leave AFTER out.",
	"first":          "Postgres adds columns at the end: leave FIRST out.",
	"ignore":         "INSERT IGNORE is MySQL's: write INSERT … ON CONFLICT DO NOTHING.",
	"duplicate":      "ON DUPLICATE KEY UPDATE is MySQL's: write ON CONFLICT (key) DO UPDATE SET …",
	"enum":           "Postgres has no inline ENUM('a', 'b'): CREATE TYPE name AS ENUM ('a', 'b') first, or write text with a CHECK.",
	"top":            "TOP is SQL Server's: write LIMIT at the end.",
	"go":             "GO is SQL Server's: leave it out; statements end with ;",
	"use":            "USE is MySQL's: a connection has one database; name schemas instead (schema.table).",
	"delimiter":      "DELIMITER is MySQL's: leave it out; bodies stand between $$ and $$.",
	"describe":       "DESCRIBE is MySQL's: read information_schema.columns.",
	"exec":           "EXEC is SQL Server's: write CALL procedure() or SELECT function().",
	"print":          "PRINT is SQL Server's: write RAISE NOTICE in a DO block.",
	"nolock":         "NOLOCK is SQL Server's: leave it out; readers never wait for writers here.",
	"raise":          "RAISE is plpgsql: it stands inside a DO block or a function.",
	"elsif":          "IF … ELSIF is plpgsql: it stands inside a DO block or a function.",
	"if":             "IF is plpgsql: wrap it as DO $$ BEGIN IF … THEN …; END IF; END $$;",
	"while":          "Loops are plpgsql: they stand inside a DO block or a function.",
}

// reserved are the words that cannot be a name without quotes.
var reserved = set("all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create" +
	" current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end" +
	" except false fetch for foreign from grant group having in initially intersect into lateral leading limit localtime" +
	" localtimestamp not null offset on only or order placing primary references returning select session_user some symmetric" +
	" table then to trailing true union unique user using variadic when where window with")

// common are words that people misspell.
var common = strings.Fields("select insert update delete create alter table index unique policy trigger function returns language values" +
	" where from into column constraint primary references foreign default check using grant revoke schema extension" +
	" truncate comment security enable disable level execute procedure before after exists replace begin commit return perform")

func syntax(s scene) string {
	w, near := s.words, s.near
	if s.pg.Routine == "exec_parse_message" {
		return "cairn split this file at the wrong place: please report it, with the statement. Until then, put the statement into a file of its own."
	}
	if hint := policySyntax(w); hint != "" {
		return hint
	}
	if s.pg.Position == 0 && len(near) == 0 {
		return "The words are right, their sum is not: the message says which part does not fit the other."
	}
	if len(near) == 0 {
		return ended(w)
	}
	word := near[0]
	kind, name, table := w.made()
	if fix, ok := idempotent[kind]; ok && (near.starts("not exists") || near.starts("if not exists") || w.starts("create or replace "+word.key)) {
		return "Postgres has no such form for this kind of object: " + strings.NewReplacer("{name}", or(name, "…"), "{table}", or(table, "…")).Replace(fix) + "."
	}
	before := w[:len(w)-min(len(near), len(w))]
	last := ""
	if len(before) > 0 {
		last = before[len(before)-1].key
	}
	switch {
	case last == "," && (word.key == ")" || word.key == "from" || word.key == "where"):
		return "There is a comma too many before it."
	case strings.HasPrefix(word.text, "$") && dollarTag(word.text) != "":
		return "The body that starts with " + dollarTag(word.text) + " must end with the same mark, and each END inside it with a ;"
	case last == "top":
		return foreign[last]
	case word.key == "if" && last != "":
		return "IF EXISTS and IF NOT EXISTS stand right behind the kind of object, before its name: DROP TABLE IF EXISTS name."
	case w.starts("create table") && word.key == "(" && (last == "index" || last == "key"):
		return "Indexes are made by CREATE INDEX of their own, not inside CREATE TABLE."
	case foreign[word.key] != "":
		return foreign[word.key]
	case reserved[word.key] && (last == "(" || last == "," || last == "table" || last == "column" || last == "add" || last == "."):
		return fmt.Sprintf("%s is a reserved word: write it in double quotes everywhere, or better take another name.", word.text)
	}
	if meant := similar(word.key); meant != "" {
		return fmt.Sprintf("Did you mean %s?", strings.ToUpper(meant))
	}
	return general
}

const general = "Postgres stops at the first word that does not fit; the mistake is there or just before it: a comma, a bracket, a quote, a missing ;"

// policySyntax knows the forms of policies that are near at hand and wrong.
func policySyntax(w words) string {
	switch {
	case w.starts("drop policy") && !w.has("on"), w.starts("drop trigger") && !w.has("on"):
		return fmt.Sprintf("A %[1]s belongs to a table: write DROP %[2]s IF EXISTS name ON table;", w[1].key, strings.ToUpper(w[1].key))
	case !w.starts("create policy"):
		return ""
	case w.has("for insert") && w.has("using") && !w.has("for insert ,"):
		return "A policy FOR INSERT has only WITH CHECK (…): there is no old row that USING could look at."
	case w.has("with check") && (w.has("for select") || w.has("for delete")):
		return "A policy FOR SELECT or FOR DELETE has only USING (…): there is no new row that WITH CHECK could look at."
	}
	for _, command := range []string{"select", "insert", "update", "delete"} {
		if w.has("for " + command + " ,") {
			return "A policy is for one command or FOR ALL: write one policy for each."
		}
	}
	return ""
}

// ended is about a statement that ends too early.
func ended(w words) string {
	open := 0
	for _, word := range w {
		switch word.key {
		case "(":
			open++
		case ")":
			open--
		}
	}
	switch {
	case open > 0:
		return fmt.Sprintf("The statement ends too early: brackets that are opened and not closed: %d.", open)
	case open < 0:
		return fmt.Sprintf("Brackets that are closed and were not opened: %d.", -open)
	}
	return "The statement ends too early: something is missing before the ; or the ; stands too early."
}

// similar returns the common word that a misspelled one may stand for.
func similar(key string) string {
	if len(key) < 4 {
		return ""
	}
	best, nearest := "", 3
	for _, word := range common {
		if word == key {
			return ""
		}
		if d := distance(key, word); d < nearest {
			best, nearest = word, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their neighbour between two words.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func set(list string) map[string]bool {
	m := make(map[string]bool)
	for _, word := range strings.Fields(list) {
		m[word] = true
	}
	return m
}
