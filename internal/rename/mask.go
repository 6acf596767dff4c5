package rename

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/sqltext"
)

// mask hides names in texts.
type mask []string

// masked hides the names of objects; of a function what stands before its arguments.
func masked(some ...*catalog.Object) mask {
	m := make(mask, len(some))
	for i, o := range some {
		m[i], _, _ = strings.Cut(o.Name(), "(")
	}
	return m
}

// sign is an object with its parts as a text in which its own name does not show; whole is with its satellites.
func sign(o *catalog.Object, whole bool) string {
	m := masked(o)
	rest := strings.TrimPrefix(o.Name(), m[0])
	return rest + m.sign(o, true, whole)
}

func (m mask) sign(o *catalog.Object, root, whole bool) string {
	var b strings.Builder
	b.WriteString(o.Kind + " ")
	if !root {
		b.WriteString(m.word(o.Name()))
	}
	for _, name := range o.Attrs.Names() {
		b.WriteString("\x00" + name + "=")
		var v any
		o.Attrs.Decode(name, &v)
		text, _ := json.Marshal(m.value(v)) // what was decoded can be encoded
		b.Write(text)
	}
	var parts []string
	for _, c := range o.Children() {
		if whole || !o.In().Kind(c.Kind).Satellite {
			parts = append(parts, m.sign(c, false, whole))
		}
	}
	slices.Sort(parts)
	b.WriteString("{" + strings.Join(parts, "\x01") + "}")
	return b.String()
}

func (m mask) value(v any) any {
	switch v := v.(type) {
	case string:
		return m.text(v)
	case []any:
		for i := range v {
			v[i] = m.value(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = m.value(v[k])
		}
	}
	return v
}

// hidden stands in a signature for the name.
const hidden = "\x02"

// text hides the name in SQL.
func (m mask) text(sql string) string {
	var b strings.Builder
	end := 0
	for t := range sqltext.Tokens(sql) {
		token := sql[t.Start:t.End]
		end = t.End
		switch t.Kind {
		case sqltext.Word:
			b.WriteString(m.word(token))
		case sqltext.Identifier:
			b.WriteString(m.word(strings.ReplaceAll(token[1:len(token)-1], `""`, `"`)))
		case sqltext.String:
			if strings.HasPrefix(sql[t.End:], "::reg") { // 'public.users_id_seq'::regclass
				for _, name := range m {
					token = strings.ReplaceAll(token, name, hidden)
				}
			}
			b.WriteString(token)
		default:
			b.WriteString(token)
		}
	}
	b.WriteString(sql[end:])
	return b.String()
}

// word hides the name, also where another one is made of it: users_pkey.
func (m mask) word(name string) string {
	for _, own := range m {
		if rest, ok := strings.CutPrefix(name, own); ok && own != "" && (rest == "" || strings.HasPrefix(rest, "_")) {
			return hidden + rest
		}
	}
	return name
}
