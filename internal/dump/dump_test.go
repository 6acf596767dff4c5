package dump_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/dump"
	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// What is dumped and loaded into an empty database is the same there: by our catalog, and on 15 by pg_dump.
func TestRoundTrip(t *testing.T) {
	for _, state := range kindtest.States(t, "../kinds", 0) {
		for _, major := range kindtest.On(state.Name, state.Majors) {
			t.Run(fmt.Sprintf("%s/%d", state.Name, major), func(t *testing.T) {
				t.Parallel()
				server := pgtest.Start(t, major)
				source := server.Database(t)
				state.Make(t, source)
				roundTrip(t, server, source, server.Database, dump.Schema{})
			})
		}
	}
}

// The example project, on the platform: its migrations run, and what they made is dumped and loaded into another one.
func TestExample(t *testing.T) {
	for _, major := range []int{15, 17} {
		server := pgtest.StartWith(t, pgtest.Options{
			Major: major, Superuser: platform.Superuser, Extend: emulate.Install,
			Fingerprint: platform.Baseline{Major: major}.Fingerprint(), Lay: platform.Baseline{Major: major}.LayURL,
		})
		source, err := asOwner(server.Database(t))
		if err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob("../../examples/photobooth/supabase/migrations/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatalf("no example: %v", err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			run(t, source, string(text))
		}
		empty := func(t testing.TB) string {
			url, err := asOwner(server.Database(t))
			if err != nil {
				t.Fatal(err)
			}
			return url
		}
		roundTrip(t, server, source, empty, dump.Schema{Role: platform.Owner, Scope: dump.Scope{Platform: true}})
	}
}

// asOwner is the URL of a database for the role that runs migrations.
func asOwner(url string) (string, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("postgresql:///%s?host=%s&port=%d&user=%s", config.Database, config.Host, config.Port, platform.Owner), nil
}

// roundTrip loads a dump of source into an empty database and compares.
func roundTrip(t *testing.T, server *pgtest.Server, source string, empty func(testing.TB) string, s dump.Schema) {
	t.Helper()
	goal := empty(t)
	s.From, s.To = kindtest.ReadWith(t, goal, kinds.Database()), kindtest.ReadWith(t, source, kinds.Database())
	if s.Role == "" {
		s.Role = s.To.Role
	}
	text := schemaOf(t, s)
	load(t, goal, text)
	for _, d := range catalog.Diff(kindtest.ReadWith(t, goal, kinds.Database()), s.To) {
		if d.To == nil || d.From == nil || !slices.Contains(ofCluster, d.ID().Kind) {
			t.Errorf("%s differs in %v\n%s", d.ID(), d.Attrs, text)
		}
	}
	if server.Major == 15 {
		if is, want := pgDump(t, goal, s.Platform), pgDump(t, source, s.Platform); is != want {
			t.Errorf("pg_dump differs:\n%s\nafter\n%s", lineDiff(want, is), text)
		}
	}
	s.Idempotent = true
	text = schemaOf(t, s)
	load(t, goal, text) // a second time, over what is there
}

var ofCluster = []string{"role", "membership", "setting", "parameter_grant"}

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
func pgDump(t *testing.T, url string, public bool) string {
	t.Helper()
	args := []string{"--schema-only", "--dbname", url}
	if public {
		args = append(args, "--schema", "public")
	}
	text, err := exec.CommandContext(t.Context(), kindtest.Judge(t, 15).Path, args...).Output()
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
