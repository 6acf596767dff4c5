package kindtest

import (
	_ "embed"
	"strconv"
	"strings"
)

//go:embed many.sql
var manySQL string

//go:embed many_each.sql
var eachSQL string

//go:embed many_tenth.sql
var tenthSQL string

// Many is the SQL of a schema that is like an application's and has so many tables, each with ten columns, three
// indexes, a foreign key, a check, row level security with two policies, a trigger and comments; every tenth with a
// view, a function and an enum beside it.
func Many(tables int) string {
	var b strings.Builder
	b.WriteString(manySQL)
	for i := range tables {
		number := strconv.Itoa(i)
		write := func(text string) {
			b.WriteString(strings.NewReplacer("{n}", number, "{before}", strconv.Itoa(max(i-1, 0))).Replace(text))
		}
		if i%10 == 0 {
			write("CREATE TYPE app.state_{n} AS ENUM ('new', 'open', 'closed');\n")
		}
		write(strings.ReplaceAll(eachSQL, "{tenth}", strconv.Itoa(i/10*10)))
		if i%10 == 0 {
			write(tenthSQL)
		}
	}
	return b.String()
}
