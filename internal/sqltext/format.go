package sqltext

import (
	"fmt"
	"strconv"
	"strings"
)

// Format writes SQL by the rules of Postgres' format(): %I an identifier, quoted where it must be; %L a literal, NULL
// for nil; %s the text itself, nothing for nil; %% a percent sign; %2$I the second argument. An argument is a string,
// a number, a boolean, a fmt.Stringer or nil; for %I also []string, a qualified name. It panics where the arguments
// do not fit the format, which is a mistake of the caller's and never of the data.
func Format(format string, args ...any) string {
	var b strings.Builder
	next, used := 0, 0
	for {
		before, rest, found := strings.Cut(format, "%")
		b.WriteString(before)
		if !found {
			break
		}
		if position, after, ok := strings.Cut(rest, "$"); ok && position != "" && strings.Trim(position, "0123456789") == "" {
			next, _ = strconv.Atoi(position)
			next--
			rest = after
		}
		verb := at(rest, 0)
		if verb == '%' {
			b.WriteByte('%')
			format = rest[1:]
			continue
		}
		if next < 0 || next >= len(args) {
			panic(fmt.Sprintf("sqltext: format %q has no argument %d", format, next+1))
		}
		b.WriteString(argument(verb, args[next]))
		next++
		used = max(used, next)
		format = rest[1:]
	}
	if used < len(args) {
		panic(fmt.Sprintf("sqltext: %d arguments for a format that uses %d", len(args), used))
	}
	return b.String()
}

func argument(verb byte, arg any) string {
	text := ""
	switch a := arg.(type) {
	case nil:
		switch verb {
		case 'L':
			return "NULL"
		case 's':
			return ""
		}
		panic("sqltext: nil is no identifier")
	case []string:
		if verb == 'I' {
			return Ident(a...)
		}
		panic("sqltext: a qualified name is for %I only")
	case string:
		text = a
	case fmt.Stringer, bool, int, int32, int64, uint32, uint64, float64:
		text = fmt.Sprint(a)
	default:
		panic(fmt.Sprintf("sqltext: cannot format a %T", arg))
	}
	switch verb {
	case 'I':
		return Ident(text)
	case 'L':
		return Literal(text)
	case 's':
		return text
	}
	panic(fmt.Sprintf("sqltext: unknown verb %%%c", verb))
}

// Ident returns the parts as a qualified name: each as it is where that is safe, in double quotes otherwise.
func Ident(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = quoteIdent(part)
	}
	return strings.Join(quoted, ".")
}

func quoteIdent(name string) string {
	safe := name != "" && (name[0] < '0' || name[0] > '9') && !keywords[name]
	for i := 0; safe && i < len(name); i++ {
		c := name[i]
		safe = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
	}
	if safe {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Literal returns text as a string literal, in the E'…' form if it holds a backslash.
func Literal(text string) string {
	text = strings.ReplaceAll(text, `'`, `''`)
	if strings.Contains(text, `\`) {
		return `E'` + strings.ReplaceAll(text, `\`, `\\`) + `'`
	}
	return `'` + text + `'`
}

// Dollar returns text as a string literal in dollar quotes, with a tag that is not in it: what is between them stays as
// it is, byte for byte.
func Dollar(text string) string {
	tag := "$$"
	for n := 0; strings.Contains(text+"$", tag); n++ {
		tag = "$body$"
		if n > 0 {
			tag = fmt.Sprintf("$body%d$", n)
		}
	}
	return tag + text + tag
}

// keywords are the words that some version of Postgres from 15 to 18 takes as a name only in quotes, or only in some
// places: those of pg_get_keywords() whose catcode is not U.
var keywords = func() map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(keywordList) {
		set[word] = true
	}
	return set
}()

const keywordList = `
	all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
	cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
	current_date current_role current_schema current_time current_timestamp current_user dec decimal default
	deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
	greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
	json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
	json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national
	natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay
	placing position precision primary real references returning right row select session_user setof similar
	smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true
	union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
	xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
`

// OneLine keeps text that may hold a name from ending the comment that it is to stand in.
func OneLine(text string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(text) }
