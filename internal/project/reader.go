package project

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/source"
)

// configLimit is the largest configuration we read, in bytes.
const configLimit = 4 << 20

// reader takes settings out of a configuration file by their dotted path, "db.port". The environment variable
// SUPABASE_DB_PORT counts more than the file, and a text env(NAME) in the file stands for that variable.
type reader struct {
	env     *Env
	file    *source.File           // the file with its secrets masked, for findings
	tree    map[string]any         // what the file says
	spans   map[string]source.Span // dotted path → its key in the file
	overlay string                 // "remotes.<name>": settings there count more than those at the top
	errs    []*finding.Finding
}

// readConfig reads the configuration name; "" is an empty one.
func readConfig(tree *folder.Folder, name string, env *Env) (*reader, error) {
	r := &reader{env: env, file: &source.File{Name: name}, tree: map[string]any{}, spans: map[string]source.Span{}}
	if name == "" {
		return r, nil
	}
	data, err := tree.Read(name, configLimit)
	if err != nil {
		return nil, err
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	r.file.Text = mask(text)
	if err := toml.Unmarshal([]byte(text), &r.tree); err != nil {
		return nil, r.broken(err)
	}
	r.locate([]byte(text))
	return r, nil
}

// broken tells of text that is no TOML.
func (r *reader) broken(err error) error {
	f := &finding.Finding{
		Code: finding.BadConfig, Severity: finding.Error, Exit: finding.Usage,
		Message: r.file.Name + " is not valid TOML", At: r.file.Span(0, 0),
	}
	if decode, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, column := decode.Position()
		start := 0
		for range row - 1 {
			start += strings.IndexByte(r.file.Text[start:], '\n') + 1
		}
		f.At = r.file.Span(start+column-1, start+column)
		f.Detail = quotedText.ReplaceAllString(strings.TrimPrefix(decode.Error(), "toml: "), "…")
	}
	return f
}

// quotedText is what the TOML parser repeats of the file in its messages; it might be part of a secret.
var quotedText = regexp.MustCompile(`"[^"]*"|'[^']{2,}'`)

// locate records where each key stands.
func (r *reader) locate(data []byte) {
	var p unstable.Parser
	p.Reset(data)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = r.key(&p, "", e.Key())
		case unstable.KeyValue:
			r.locateValue(&p, table, e)
		}
	}
}

func (r *reader) locateValue(p *unstable.Parser, table string, pair *unstable.Node) {
	path := r.key(p, table, pair.Key())
	if value := pair.Value(); value.Kind == unstable.InlineTable {
		for it := value.Children(); it.Next(); {
			r.locateValue(p, path, it.Node())
		}
	}
}

// key joins a dotted key to the table it stands in and records the place of each part.
func (r *reader) key(p *unstable.Parser, table string, parts unstable.Iterator) string {
	path := table
	for parts.Next() {
		node := parts.Node()
		path = join(path, string(node.Data))
		if _, seen := r.spans[path]; !seen {
			start := int(node.Raw.Offset)
			r.spans[path] = r.file.Span(start, start+int(node.Raw.Length))
		}
	}
	return path
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// at returns where a setting stands; the zero Span if it is not in the file.
func (r *reader) at(path string) source.Span {
	if r.overlay != "" {
		if span, ok := r.spans[join(r.overlay, path)]; ok {
			return span
		}
	}
	return r.spans[path]
}

// get returns what the file says of a setting.
func (r *reader) get(path string) (any, bool) {
	if r.overlay != "" {
		if v, ok := lookup(r.tree, join(r.overlay, path)); ok {
			return v, true
		}
	}
	return lookup(r.tree, path)
}

func lookup(tree map[string]any, path string) (any, bool) {
	name, rest, more := strings.Cut(path, ".")
	v, ok := tree[name]
	if !ok || !more {
		return v, ok
	}
	table, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	return lookup(table, rest)
}

var envCall = regexp.MustCompile(`^env\((.*)\)$`)

// resolve returns text, or where it is env(NAME) and that variable is set, the variable's value.
func (r *reader) resolve(text string) string {
	if call := envCall.FindStringSubmatch(text); call != nil {
		if v := r.env.Get(call[1]); v != "" {
			return v
		}
	}
	return text
}

// origin is where a setting's value comes from: its name for a person, and its place if that is the file.
type origin struct {
	name string
	at   source.Span
}

// here is the origin of what stands in the file at path.
func (r *reader) here(path string) origin { return origin{path, r.at(path)} }

// setting returns the value of a setting and where it comes from; nil where neither file nor environment has it.
func (r *reader) setting(path string) (any, origin) {
	variable := "SUPABASE_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
	variable = strings.Replace(variable, "SUPABASE_CAIRN_", "CAIRN_", 1)
	if text := r.env.Get(variable); text != "" {
		return envText(text), origin{name: variable}
	}
	from := r.here(path)
	v, ok := r.get(path)
	if text, isText := v.(string); ok && isText && envCall.MatchString(text) {
		from.name = path + " = " + text
		if value := r.resolve(text); value != text {
			return envText(value), from
		}
		from.name += ", a variable that is not set,"
	}
	return v, from
}

// envText is a value that came as text from a variable and may stand for a number, a truth or a list.
type envText string

func (r *reader) text(path string, to *string) {
	switch v, from := r.setting(path); v := v.(type) {
	case nil:
	case string:
		*to = v
	case envText:
		*to = string(v)
	default:
		r.wrong(from, "a text in quotes")
	}
}

func (r *reader) truth(path string, to *bool) {
	v, from := r.setting(path)
	switch v := v.(type) {
	case nil:
		return
	case bool:
		*to = v
		return
	case envText:
		if b, err := strconv.ParseBool(string(v)); err == nil {
			*to = b
			return
		}
	}
	r.wrong(from, "true or false")
}

func (r *reader) integer(path string, low, high int, to *int) {
	v, from := r.setting(path)
	n := int64(low) - 1
	switch v := v.(type) {
	case nil:
		return
	case int64:
		n = v
	case envText:
		if i, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			n = i
		}
	}
	if n < int64(low) || n > int64(high) {
		r.wrong(from, fmt.Sprintf("a number from %d to %d", low, high))
		return
	}
	*to = int(n)
}

func (r *reader) list(path string, to *[]string) {
	v, from := r.setting(path)
	switch v := v.(type) {
	case nil:
		return
	case envText:
		*to = strings.Split(string(v), ",")
		return
	case []any:
		texts := make([]string, 0, len(v))
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				r.wrong(from, "a list of texts in quotes")
				return
			}
			texts = append(texts, r.resolve(text))
		}
		*to = texts
		return
	}
	r.wrong(from, "a list of texts in quotes")
}

// table returns the names in a table, in the file's own spelling.
func (r *reader) table(path string) map[string]any {
	v, ok := r.get(path)
	if !ok {
		return nil
	}
	table, ok := v.(map[string]any)
	if !ok {
		r.wrong(r.here(path), "a table, ["+path+"]")
	}
	return table
}

// wrong records a setting that is not of its type. It never repeats the value, which may be a secret.
func (r *reader) wrong(from origin, want string) { r.fail(from, from.name+" must be "+want, "") }

func (r *reader) fail(from origin, message, hint string) {
	r.errs = append(r.errs, &finding.Finding{
		Code: finding.BadConfig, Severity: finding.Error, Exit: finding.Usage,
		At: from.at, Message: message, Hint: hint,
	})
}

// err returns all that was recorded as one finding: the first, with the others in its Detail; nil where all is well.
func (r *reader) err() error {
	if len(r.errs) == 0 {
		return nil
	}
	first := *r.errs[0]
	var more []string
	for _, f := range r.errs[1:] {
		more = append(more, f.Error())
	}
	first.Detail = strings.Join(more, "\n")
	return &first
}

var secretKey = regexp.MustCompile(`(?i)(password|passwd|secret|token|private_key|api_key|root_key|encryption_key)[\w.-]*"?\s*=\s*(.*)$`)

// mask returns the text with the values of secrets replaced by as many "*", so that places in it stay the same.
// Secrets are what secretKey names and everything under [db.vault] and [edge_runtime.secrets].
func mask(text string) string {
	var b strings.Builder
	vault, until := false, ""
	for line := range strings.SplitAfterSeq(text, "\n") {
		start := len(line)
		trimmed := strings.TrimSpace(line)
		switch key := secretKey.FindStringSubmatchIndex(strings.TrimRight(line, "\r\n")); {
		case until != "":
			start = 0
		case strings.HasPrefix(trimmed, "["):
			vault = strings.HasSuffix(trimmed, "vault]") || strings.HasSuffix(trimmed, "secrets]")
		case key != nil:
			start = key[4]
		case vault && strings.Contains(line, "="):
			start = strings.IndexByte(line, '=') + 1
		}
		value := line[start:]
		for _, quote := range []string{`"""`, `'''`} {
			if until == quote && strings.Contains(value, quote) {
				until = ""
			} else if until == "" && start < len(line) && strings.Count(value, quote) == 1 {
				until = quote
				break
			}
		}
		b.WriteString(line[:start])
		for i := range len(value) {
			if c := value[i]; c == ' ' || c == '\n' || c == '\r' || c == '"' || c == '\'' {
				b.WriteByte(c)
			} else {
				b.WriteByte('*')
			}
		}
	}
	return b.String()
}
