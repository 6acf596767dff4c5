package project

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
)

func TestParseEnv(t *testing.T) {
	text := "\ufeff# comment\r\n" + `A=plain
export B = spaced value   # comment
C='single $A \n'
D="double $A ${B} \$A \"q\" \n." # comment
E=
F="two
lines"
G=a#b
H: yaml
A=again
I=${A}$Z
J=
K=last`
	pairs, findings := parseEnv(".env", text, environment("Z", "!"))
	want := []pair{
		{"A", "plain"},
		{"B", "spaced value"},
		{"C", `single $A \n`},
		{"D", "double plain spaced value $A \"q\" \n."},
		{"E", ""},
		{"F", "two\nlines"},
		{"G", "a#b"},
		{"H", "yaml"},
		{"A", "again"},
		{"I", "again!"},
		{"J", ""},
		{"K", "last"},
	}
	if !slices.Equal(pairs, want) || len(findings) > 0 {
		t.Errorf("got %q, %v", pairs, findings)
	}
}

func TestParseEnvShowsNoValues(t *testing.T) {
	pairs, findings := parseEnv(".env", "A=1\nsbp_hush\nB=\"hush\nC=2\n=hush\n", environment())
	if !slices.Equal(pairs, []pair{{"A", "1"}, {"C", "2"}}) {
		t.Errorf("got %q", pairs)
	}
	var lines []int
	for _, f := range findings {
		lines = append(lines, f.At.Pos().Line)
		if f.Severity != finding.Warning || strings.Contains(f.Error()+f.At.File.Text+f.Detail, "hush") {
			t.Errorf("%v: severity %s, text %q", f, f.Severity, f.At.File.Text)
		}
	}
	if !slices.Equal(lines, []int{2, 3, 5}) {
		t.Errorf("findings at lines %v", lines)
	}
}

func TestEnvPrecedence(t *testing.T) {
	files := map[string]string{}
	for i, name := range []string{
		"supabase/.env.staging.local", "supabase/.env.local", "supabase/.env.staging", "supabase/.env",
		".env.staging.local", ".env.local", ".env.staging", ".env",
	} {
		var b strings.Builder
		for j := i; j < 8; j++ { // the i-th file is the first to have variable V<i>…V7
			b.WriteString("V" + string(rune('0'+j)) + "=" + name + "\n")
		}
		files[name] = b.String()
	}
	delete(files, "")
	root := lay(t, files)
	p := open(t, Options{Cwd: root, Getenv: environment("SUPABASE_ENV", "staging", "V0", "shell")})
	if text, from := p.Env.Lookup("V0"); text != "shell" || from != "environment" {
		t.Errorf("V0 is %q from %s", text, from)
	}
	if text, from := p.Env.Lookup("V7"); text != "supabase/.env.staging.local" || from != text {
		t.Errorf("V7 is %q from %s", text, from)
	}
	if p.Env.Process("V7") != "" {
		t.Error("a value of a file counts as the process's own")
	}
	p = open(t, Options{Cwd: root, Getenv: environment("SUPABASE_ENV", "test")})
	if text := p.Env.Get("V7"); text != "supabase/.env" {
		t.Errorf("in test V7 is %q", text)
	}
	p = open(t, Options{Cwd: root})
	if text := p.Env.Get("V7"); text != "supabase/.env.local" {
		t.Errorf("in development V7 is %q", text)
	}
	if _, err := Open(Options{Cwd: root, Getenv: environment("SUPABASE_ENV", "../x")}); finding.As(err) == nil {
		t.Errorf("SUPABASE_ENV=../x: %v", err)
	}
}

func TestEnvFileEverybodyMayRead(t *testing.T) {
	root := lay(t, map[string]string{".env": "SUPABASE_DB_PASSWORD=hush", ".env.local": "OTHER=1"})
	path := filepath.Join(root, ".env")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	p := open(t, Options{Cwd: root})
	if len(p.Findings) != 1 || p.Findings[0].Code != finding.ExposedSecret || strings.Contains(p.Findings[0].Error(), "hush") {
		t.Errorf("got %v", p.Findings)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if p = open(t, Options{Cwd: root}); len(p.Findings) > 0 {
		t.Errorf("got %v", p.Findings)
	}
}

func FuzzParseEnv(f *testing.F) {
	f.Add("A=1\nB='x\n")
	f.Add("export A: \"a\\\"$B${C}\n\"\n#")
	f.Fuzz(func(t *testing.T, text string) {
		_, findings := parseEnv(".env", text, environment())
		for _, f := range findings {
			if line := f.At.Pos().Line; line > strings.Count(text, "\n")+1 {
				t.Errorf("points at line %d", line)
			}
		}
	})
}
