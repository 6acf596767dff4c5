package dump_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/tools/txtar"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// cases are the states that the tests of all kinds know, by name.
func cases(t *testing.T) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob("../kinds/*/testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases of kinds: %v", err)
	}
	all := map[string]map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts := map[string]string{}
		for _, f := range txtar.Parse(text).Files {
			parts[f.Name] = string(f.Data)
		}
		kind := filepath.Base(filepath.Dir(filepath.Dir(file)))
		all[kind+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar")] = parts
	}
	return all
}

// runsOn reports whether a case is for a major, by the line "majors" of its expectations.
func runsOn(parts map[string]string, major int) bool {
	for line := range strings.Lines(parts["expect"]) {
		if words := strings.Fields(line); len(words) > 0 && words[0] == "majors" {
			return slices.Contains(words[1:], strconv.Itoa(major))
		}
	}
	return true
}

// What is dumped and loaded into an empty database is the same there: by our catalog, and on 15 by pg_dump.
func TestRoundTrip(t *testing.T) {
	for name, parts := range cases(t) {
		for _, major := range []int{15, 17, 18} {
			if !runsOn(parts, major) {
				continue
			}
			for _, state := range []string{"a.sql", "b.sql"} {
				t.Run(name+"/"+strings.TrimSuffix(state, ".sql")+"/"+strconv.Itoa(major), func(t *testing.T) {
					t.Parallel()
					server := pgtest.Start(t, major)
					source := server.Database(t)
					run(t, source, parts["both.sql"])
					run(t, source, parts[state])
					roundTrip(t, server, source, server.Database, dump.Schema{Scope: dump.Scope{}})
				})
			}
		}
	}
}

// roundTrip loads a dump of source into an empty database and compares.
func roundTrip(t *testing.T, server *pgtest.Server, source string, empty func(testing.TB) string, s dump.Schema) {
	t.Helper()
	goal := empty(t)
	s.From, s.To = kindtest.Read(t, goal), kindtest.Read(t, source)
	if s.Role == "" {
		s.Role = s.To.Role
	}
	text := schemaOf(t, s)
	load(t, goal, text)
	for _, d := range catalog.Diff(kindtest.Read(t, goal), s.To) {
		if d.To == nil || d.From == nil || !slices.Contains(ofCluster, d.ID().Kind) {
			t.Errorf("%s differs in %v\n%s", d.ID(), d.Attrs, text)
		}
	}
	if server.Major == 15 {
		if is, want := pgDump(t, goal), pgDump(t, source); is != want {
			t.Errorf("pg_dump differs:\n%s\nafter\n%s", lineDiff(want, is), text)
		}
	}
	s.Idempotent = true
	text = schemaOf(t, s)
	load(t, goal, text) // a second time, over what is there
}

var ofCluster = []string{"role", "membership", "role_setting"}

func schemaOf(t *testing.T, s dump.Schema) string {
	t.Helper()
	plan, err := s.Plan()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Write(&b, plan); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func load(t *testing.T, url, text string) {
	t.Helper()
	if err := try(t.Context(), url, text); err != nil {
		t.Fatalf("load the dump: %v\n%s", err, text)
	}
}

func run(t *testing.T, url, text string) {
	t.Helper()
	if err := try(t.Context(), url, text); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func try(ctx context.Context, url, text string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.PgConn().Exec(ctx, text).ReadAll()
	return err
}

// options are storage parameters, which are a set.
var options = regexp.MustCompile(`WITH \((\w[^()]*)\)`)

// pgDump is what pg_dump says of a database, the objects in an order that does not depend on how it came to be.
func pgDump(t *testing.T, url string) string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "pg_dump", "--schema-only", "--dbname", url).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	var objects []string
	for _, part := range regexp.MustCompile(`(?m)^--\n-- (?:Name|TOC)`).Split(string(text), -1)[1:] {
		objects = append(objects, options.ReplaceAllStringFunc(strings.TrimSpace(part), func(list string) string {
			all := strings.Split(strings.TrimSuffix(list[len("WITH ("):], ")"), ", ")
			slices.Sort(all)
			return "WITH (" + strings.Join(all, ", ") + ")"
		}))
		if strings.Contains(part, " ACL;") { // grants are a set too
			lines := strings.Split(objects[len(objects)-1], "\n")
			slices.Sort(lines)
			objects[len(objects)-1] = strings.Join(lines, "\n")
		}
	}
	slices.Sort(objects)
	return regexp.MustCompile(`(?m)^\\(un)?restrict .*$`).ReplaceAllString(strings.Join(objects, "\n"), "")
}

func lineDiff(want, is string) string {
	var b strings.Builder
	wants, has := strings.Split(want, "\n"), strings.Split(is, "\n")
	for _, line := range wants {
		if !slices.Contains(has, line) {
			b.WriteString("- " + line + "\n")
		}
	}
	for _, line := range has {
		if !slices.Contains(wants, line) {
			b.WriteString("+ " + line + "\n")
		}
	}
	if b.Len() == 0 {
		return "the order of lines"
	}
	return b.String()
}
