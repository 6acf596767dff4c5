package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/pgdump"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// trip is what became of one database.
type trip struct {
	objects int      // all, at the finest grain
	kinds   string   // how many of which kind
	told    []string // what the dump left out by its own word
	refused []string // statements of the dump that the server refused, with why
	catalog []string // objects that differ
	judged  bool     // by pg_dump
	pgdump  []string // statements that only one side's pg_dump has
	plans   []string // what is wrong with the plans from an empty database and back to one
}

func (t *trip) isEqual() bool {
	return len(t.told)+len(t.refused)+len(t.catalog)+len(t.pgdump)+len(t.plans) == 0
}

func (t *trip) dumped() string {
	if !t.judged {
		return "-"
	}
	return fmt.Sprint(len(t.pgdump))
}

//go:embed impossible.txt
var impossible string

// excuse takes what is impossible out of the differences of a database, and prints it with why.
func (t *trip) excuse(name string) {
	for line := range strings.Lines(impossible) {
		parts := strings.Split(strings.TrimSpace(line), "\t")
		if len(parts) != 3 || parts[0] != name {
			continue
		}
		for _, list := range []*[]string{&t.told, &t.catalog, &t.pgdump} {
			*list = slices.DeleteFunc(*list, func(item string) bool {
				first, _, _ := strings.Cut(item, "\n")
				known := strings.HasPrefix(strings.TrimPrefix(first, "CA731 "), parts[1])
				if known {
					fmt.Printf("%s: impossible: %s: %s\n", name, first, parts[2])
				}
				return known
			})
		}
	}
}

// shown is how many differences of a sort are printed.
const shown = 20

// report prints what is not as it should be.
func (t *trip) report(name string) {
	fmt.Printf("%s: %s\n", name, t.kinds)
	for _, list := range []struct {
		what  string
		items []string
	}{{"left out", t.told}, {"refused", t.refused}, {"differs", t.catalog}, {"pg_dump", t.pgdump}, {"plan", t.plans}} {
		for i, item := range list.items {
			if i == shown {
				fmt.Printf("%s: %s: … %d more\n", name, list.what, len(list.items)-shown)
				break
			}
			fmt.Printf("%s: %s: %s\n", name, list.what, strings.ReplaceAll(item, "\n", "\n    "))
		}
	}
}

// roundTrip dumps a database, loads the dump into a new one, and compares.
func (m *measure) roundTrip(ctx context.Context, from, to string) (*trip, error) {
	t := &trip{}
	file := filepath.Join(m.dir, from+".sql")
	out, err := m.command(ctx, "db", "dump", "--db-url", m.server.URL(from, "postgres"), "-f", file)
	if err != nil {
		return nil, err
	}
	if out.Error != nil {
		return nil, errors.New(out.Error.String())
	}
	for _, f := range out.Findings {
		t.told = append(t.told, f.String())
	}
	if err := m.create(ctx, to); err != nil {
		return nil, err
	}
	empty, err := m.read(ctx, to)
	if err != nil {
		return nil, err
	}
	if t.refused, err = m.load(ctx, to, file); err != nil {
		return nil, err
	}
	want, err := m.read(ctx, from)
	if err != nil {
		return nil, err
	}
	is, err := m.read(ctx, to)
	if err != nil {
		return nil, err
	}
	t.objects, t.kinds = len(want.Objects)-len(empty.Objects), counted(want, empty)
	t.catalog = differences(want, is)
	if m.tool != nil {
		t.judged = true
		if t.pgdump, err = m.judge(ctx, from, to); err != nil {
			return nil, err
		}
	}
	blank := "c_" + from
	if err := m.create(ctx, blank); err != nil {
		return nil, err
	}
	for _, ends := range [][2]string{{blank, from}, {from, blank}} {
		wrong, err := m.plan(ctx, ends[0], ends[1])
		if err != nil {
			return nil, err
		}
		if wrong != "" {
			t.plans = append(t.plans, ends[0]+" → "+ends[1]+": "+wrong)
		}
	}
	return t, nil
}

// counted says how many objects of which kind a catalog has beyond an empty one.
func counted(all, empty *catalog.Catalog) string {
	var list []string
	for _, k := range kinds.Database() {
		if n := len(all.OfKind(k.Name)) - len(empty.OfKind(k.Name)); n > 0 {
			list = append(list, fmt.Sprintf("%s %d", k.Name, n))
		}
	}
	return strings.Join(list, ", ")
}

// differences names the objects in which two catalogs differ, but for what is said of a database by its name.
func differences(want, is *catalog.Catalog) []string {
	var all []string
	for _, d := range catalog.Diff(want, is) {
		switch {
		case d.To == nil:
			all = append(all, d.ID().String()+" is missing")
		case d.From == nil:
			all = append(all, d.ID().String()+" is too many")
		default:
			text := d.ID().String()
			for _, attr := range d.Attrs {
				text += fmt.Sprintf("\n%s: %s, not %s", attr, d.To.Attrs.Raw(attr), d.From.Attrs.Raw(attr))
			}
			all = append(all, text)
		}
	}
	return all
}

// read reads the catalog of a database.
func (m *measure) read(ctx context.Context, name string) (*catalog.Catalog, error) {
	to := &direct.Target{URL: secret.New(m.server.URL(name, "postgres")), Label: name, IsLocal: true}
	s, err := to.Open(ctx, target.Options{Application: "corpus"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	return catalog.Read(ctx, s, kinds.Database())
}

// load runs a dump statement by statement, past those that are refused: they are returned, with why.
func (m *measure) load(ctx context.Context, name, file string) (refused []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pieces, err := sqltext.Split(string(text))
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, m.server.URL(name, "postgres"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, p := range pieces {
		if p.IsEmpty() {
			continue
		}
		statement := string(text[p.First:p.To])
		if _, err := conn.PgConn().Exec(ctx, statement).ReadAll(); err != nil {
			if conn.IsClosed() {
				return nil, err
			}
			refused = append(refused, err.Error()+"\n"+statement)
		}
	}
	return refused, nil
}

// judge asks pg_dump of both databases.
func (m *measure) judge(ctx context.Context, from, to string) ([]string, error) {
	var dumps [2]*pgdump.Dump
	for i, name := range []string{from, to} {
		d, err := m.tool.Schema(ctx, secret.New(m.server.URL(name, "postgres")))
		if err != nil {
			return nil, err
		}
		dumps[i] = d
	}
	missing, extra := pgdump.Compare(dumps[0], dumps[1])
	var all []string
	for _, s := range missing {
		all = append(all, "- "+s)
	}
	for _, s := range extra {
		all = append(all, "+ "+s)
	}
	return all, nil
}

// plan has cairn plan from one database to another and prove it, and says what is wrong with it: "" for nothing.
func (m *measure) plan(ctx context.Context, from, to string) (string, error) {
	out, err := m.command(ctx, "db", "diff", "--from", m.server.URL(from, "postgres"), "--to", m.server.URL(to, "postgres"))
	if err != nil {
		return "", err
	}
	if out.Error != nil {
		return out.Error.String(), nil
	}
	switch p := out.Result.Proof; {
	case p == nil || !p.Proven:
		return "not proven", nil
	case p.Repaired > 0:
		return fmt.Sprintf("proven, but for %d statements that only the proof has found", p.Repaired), nil
	}
	return "", nil
}

// command runs cairn on the server, away from any project.
func (m *measure) command(ctx context.Context, args ...string) (*outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, m.cairn, append(args, "--json")...)
	cmd.Dir = m.dir
	text, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() > 4) {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	o := &outcome{}
	if err := json.Unmarshal(text, o); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return o, nil
}
