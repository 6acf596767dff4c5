package project

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/folder"
	"github.com/cairndb/cairn/internal/source"
)

// envLimit is the largest .env file we read, in bytes.
const envLimit = 1 << 20

// Env is the environment of a project: the process's own, then the .env files in the order of the Supabase CLI.
type Env struct {
	getenv   func(string) string
	files    map[string]value
	findings []*finding.Finding
}

type value struct{ text, from string }

// Get returns the value of a variable, from the process's environment or else from the first .env file that has it.
func (e *Env) Get(name string) string {
	text, _ := e.Lookup(name)
	return text
}

// Lookup returns the value of a variable and where it comes from: "environment" or the file, relative to the root.
// Both are empty where the variable is unset or empty.
func (e *Env) Lookup(name string) (text, from string) {
	if text := e.getenv(name); text != "" {
		return text, "environment"
	}
	v := e.files[name]
	return v.text, v.from
}

// Process returns the value of a variable in the process's own environment: consent, for one, never comes from a file.
func (e *Env) Process(name string) string { return e.getenv(name) }

var envName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// readEnv reads the .env files: in home, then in the root, .env.<E>.local, .env.local (not for the environment
// "test"), .env.<E>, .env, where E is SUPABASE_ENV or "development". The first file that has a variable wins.
func readEnv(tree *folder.Folder, home string, getenv func(string) string) (*Env, error) {
	e := &Env{getenv: getenv, files: map[string]value{}}
	kind := getenv("SUPABASE_ENV")
	if kind == "" {
		kind = "development"
	}
	if !envName.MatchString(kind) {
		return nil, &finding.Finding{
			Code: finding.BadConfig, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("SUPABASE_ENV is %q, which names no environment", kind),
			Hint:    "use letters, digits, - and _, as in SUPABASE_ENV=staging",
		}
	}
	names := []string{".env." + kind + ".local", ".env.local", ".env." + kind, ".env"}
	if kind == "test" {
		names = append(names[:1], names[2:]...)
	}
	dirs := []string{home}
	if home != "." {
		dirs = append(dirs, ".")
	}
	for _, dir := range dirs {
		for _, name := range names {
			if err := e.read(tree, path.Join(dir, name)); err != nil {
				return nil, err
			}
		}
	}
	return e, nil
}

func (e *Env) read(tree *folder.Folder, name string) error {
	info, err := fs.Stat(tree.FS(), name)
	if errors.Is(err, fs.ErrNotExist) || notAFolder(err) {
		return nil
	}
	data, err := tree.Read(name, envLimit)
	if err != nil {
		// A .env file may belong to another tool. Say that it was not read; what needs it will say so too.
		found := *finding.As(err)
		found.Severity = finding.Warning
		e.findings = append(e.findings, &found)
		return nil
	}
	pairs, findings := parseEnv(name, string(data), e.Get)
	e.findings = append(e.findings, findings...)
	exposed := ""
	for _, p := range pairs {
		if v, taken := e.files[p.name]; !taken || v.from == name {
			e.files[p.name] = value{p.text, name}
		}
		if secretName(p.name) && p.text != "" {
			exposed = p.name
		}
	}
	if exposed != "" && info.Mode().Perm()&0o004 != 0 {
		e.findings = append(e.findings, &finding.Finding{
			Code: finding.ExposedSecret, Severity: finding.Warning,
			Message: fmt.Sprintf("%s holds %s and every user of this machine may read it", name, exposed),
			Hint:    "chmod 600 " + name,
		})
	}
	return nil
}

// secretName reports whether a variable is one of those whose value opens a project.
func secretName(name string) bool {
	switch name {
	case "SUPABASE_DB_PASSWORD", "SUPABASE_ACCESS_TOKEN", "PGPASSWORD":
		return true
	}
	return strings.HasPrefix(name, "DOTENV_PRIVATE_KEY")
}

type pair struct{ name, text string }

var (
	envLine = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]\s*`)
	envRef  = regexp.MustCompile(`\\?\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))`)
)

// parseEnv reads NAME=value lines: `export` before them, # comments, values bare, in 'single' quotes (as they stand)
// or in "double" quotes (with \n, \r, \t, \", \\ and line breaks). $NAME and ${NAME} outside single quotes stand for a
// variable set above, or else for what lookup says. A line of another form is a warning that shows nothing of it.
func parseEnv(name, text string, lookup func(string) string) ([]pair, []*finding.Finding) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	var pairs []pair
	var findings []*finding.Finding
	expand := func(s string) string {
		return envRef.ReplaceAllStringFunc(s, func(ref string) string {
			if strings.HasPrefix(ref, `\`) {
				return ref[1:]
			}
			want := strings.Trim(ref, "${}")
			for i := len(pairs) - 1; i >= 0; i-- {
				if pairs[i].name == want {
					return pairs[i].text
				}
			}
			return lookup(want)
		})
	}
	for line := 1; text != ""; {
		rest, next, _ := strings.Cut(text, "\n")
		head := envLine.FindStringSubmatch(rest)
		switch bare := strings.TrimSpace(rest); {
		case bare == "" || bare[0] == '#':
		case head == nil:
			findings = append(findings, envProblem(name, line, "", "is no NAME=value"))
		default:
			body := text[len(head[0]):]
			if body != "" && (body[0] == '"' || body[0] == '\'') && len(head[0]) < len(rest) {
				end := closing(body)
				if end < 0 {
					findings = append(findings, envProblem(name, line, head[1], "opens a quote that never closes"))
					break
				}
				value := body[1:end]
				if body[0] == '"' {
					value = expand(unescape(value))
				}
				pairs = append(pairs, pair{head[1], value})
				line += strings.Count(body[:end], "\n")
				_, next, _ = strings.Cut(body[end:], "\n")
				break
			}
			value := rest[len(head[0]):]
			if i := strings.Index(value, " #"); i >= 0 {
				value = value[:i]
			}
			pairs = append(pairs, pair{head[1], expand(strings.TrimSpace(value))})
		}
		text, line = next, line+1
	}
	return pairs, findings
}

// closing returns the index of the quote that closes the one at s[0], or -1.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] == '"':
			i++
		case s[i] == s[0]:
			return i
		}
	}
	return -1
}

func unescape(s string) string {
	return strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\"`, `"`, `\\`, `\`).Replace(s)
}

// envProblem points at a line of a .env file through a copy of it that has no values.
func envProblem(name string, line int, variable, what string) *finding.Finding {
	text := strings.Repeat("\n", line-1) + variable
	file := &source.File{Name: name, Text: text}
	return &finding.Finding{
		Code: finding.BadConfig, Severity: finding.Warning, At: file.Span(line-1, len(text)),
		Message: fmt.Sprintf("line %d of %s %s, and is not read", line, name, what),
	}
}
