package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/sqltext"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// differ is a tool that compares two databases.
type differ struct {
	name string
	args func(from, to string) []string
}

// allDiffers are the tools that we compare with where they are on PATH. None is ever installed.
var allDiffers = []differ{
	{"pgdelta", func(from, to string) []string {
		return []string{"plan", "--source", from, "--desired", to, "--out", os.DevNull}
	}},
	{"migra", func(from, to string) []string { return []string{"--unsafe", from, to} }},
	{"atlas", func(from, to string) []string {
		return []string{"schema", "diff", "--from", from, "--to", to}
	}},
}

// unproven is cairn without the proof. The peers run nothing of what they plan.
const unproven = "cairn --no-proof"

// changed are the changes to five of the tables of kindtest.Many.
const changed = `
ALTER TABLE app.table_7 ADD COLUMN extra text DEFAULT 'x';
ALTER TABLE app.table_70 ALTER COLUMN note TYPE text;
CREATE INDEX table_171_name ON app.table_171 (name);
ALTER TABLE app.table_272 DROP CONSTRAINT amount_272, ADD CONSTRAINT amount_272 CHECK (amount > 1);
ALTER POLICY "owners read" ON app.table_373 USING (true);
COMMENT ON COLUMN app.table_7.name IS 'changed';
`

// diff measures a comparison of two databases, each time in a fresh process.
func (b *bench) diff(ctx context.Context) error {
	folder := filepath.Join(b.dir, "plain")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "cairn.toml"), []byte("[cairn]\nplatform = \"none\"\n"), 0o644); err != nil {
		return err
	}
	databases := map[string]string{}
	for name, sql := range map[string]string{
		"none": "", "many": kindtest.Many(500), "same": kindtest.Many(500), "five": kindtest.Many(500) + changed,
		"5000": kindtest.Many(5000), "5000 same": kindtest.Many(5000),
	} {
		database, err := b.filled(ctx, sql)
		if err != nil {
			return err
		}
		b.later(func() { b.drop(database) })
		databases[name] = database
	}
	cairn := func(from, to string, flags ...string) program {
		return b.command(append([]string{"db", "diff", "--workdir", folder, "--from", from, "--to", to}, flags...)...)
	}
	if err := b.readCatalog(ctx, databases["many"]); err != nil {
		return err
	}
	var small sample
	for _, m := range []struct {
		what, from, to string
		most, times    float64
	}{
		{"nothing changed", "many", "same", 1, 0.5},
		{"five tables changed", "many", "five", 1, 0.5},
		{"from empty", "none", "many", 0, 0}, // the proof makes every table: Postgres alone takes longer than half of a peer's plan
	} {
		from, to := b.tcp(databases[m.from]), b.tcp(databases[m.to])
		contenders := []contender{b.simply("cairn", cairn(from, to)), b.simply(unproven, cairn(from, to, "--no-proof"))}
		for _, d := range allDiffers {
			if path, err := exec.LookPath(d.name); err == nil {
				contenders = append(contenders, b.simply(d.name, program{path: path, args: d.args(from, to), env: b.environment()}))
			} else if m.to == "same" {
				b.report.Missing = append(b.report.Missing, d.name)
			}
		}
		took, err := b.race(ctx, b.rounds, contenders...)
		if err != nil {
			return err
		}
		what := "db diff, 500 tables, " + m.what
		b.report.add(row{What: what, Unit: seconds, Ours: walls(took["cairn"]), Most: m.most})
		for _, c := range contenders[2:] {
			theirs := walls(took[c.name])
			b.report.add(row{What: what + ", planned only", Unit: seconds, Ours: walls(took[unproven]), Whose: c.name, Theirs: theirs, Times: 0.5})
			b.report.add(row{What: what, Unit: seconds, Ours: walls(took["cairn"]), Whose: c.name, Theirs: theirs, Times: m.times})
		}
		b.report.add(row{What: what + ": memory at its peak", Unit: memory, Ours: memories(took["cairn"]), Most: 200 << 20})
		if m.to == "same" {
			small = walls(took["cairn"])
		}
	}
	large, err := b.race(ctx, max(1, b.rounds/2), b.simply("cairn", cairn(b.tcp(databases["5000"]), b.tcp(databases["5000 same"]))))
	if err != nil {
		return err
	}
	b.report.add(row{What: "db diff, 5000 tables, nothing changed, as times of 500", Unit: times, Ours: ratios(walls(large["cairn"]), small), Most: 12})
	return b.diffOverLink(ctx, cairn, databases, small)
}

// readCatalog measures one reading of everything that a database of 500 tables holds, and the next in the same session.
func (b *bench) readCatalog(ctx context.Context, database string) error {
	var first, again sample
	for range b.rounds {
		at := direct.Target{URL: secret.New(b.tcp(database)), Label: "the database", IsLocal: true}
		session, err := at.Open(ctx, target.Options{Application: "bench"})
		if err != nil {
			return err
		}
		for _, figures := range []*sample{&first, &again} {
			begin := time.Now()
			if _, err := catalog.Read(ctx, session, kinds.Database()); err != nil {
				return errors.Join(err, session.Close())
			}
			*figures = append(*figures, time.Since(begin).Seconds())
		}
		if err := session.Close(); err != nil {
			return err
		}
	}
	b.report.add(row{What: "read the catalog, 500 tables, new session", Unit: seconds, Ours: first})
	b.report.add(row{What: "read the catalog, 500 tables, again", Unit: seconds, Ours: again, Most: 0.2})
	return nil
}

// ratios are the figures of a in the median of b.
func ratios(a, b sample) sample {
	r := make(sample, len(a))
	for i, v := range a {
		r[i] = v / b.median()
	}
	return r
}

// diffOverLink measures what a link of 30 ms adds.
func (b *bench) diffOverLink(ctx context.Context, cairn func(from, to string, flags ...string) program, databases map[string]string, near sample) error {
	a := faulttest.Start(scope{b: b}, b.tcp(databases["many"]), faulttest.Options{Latency: oneWay})
	defer a.Close()
	c := faulttest.Start(scope{b: b}, b.tcp(databases["same"]), faulttest.Options{Latency: oneWay})
	defer c.Close()
	far, err := b.race(ctx, b.rounds, b.simply("cairn", cairn(a.URL(), c.URL())))
	if err != nil {
		return err
	}
	added := make(sample, len(far["cairn"]))
	for i, u := range far["cairn"] {
		added[i] = u.Wall.Seconds() - near.median()
	}
	b.report.add(row{What: "db diff, 500 tables, what a link of 30 ms adds", Unit: seconds, Ours: added, Most: 1})
	return nil
}

// filled makes a database with what a script makes.
func (b *bench) filled(ctx context.Context, sql string) (string, error) {
	database, err := b.newDatabase(ctx)
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, b.socket(database))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var statements []string
	for p, err := range sqltext.Pieces(sql) {
		if err != nil {
			return "", err
		}
		statements = append(statements, sql[p.From:p.To]+";")
	}
	for some := range slices.Chunk(statements, 1000) { // one transaction each, or the locks run out
		if _, err := conn.PgConn().Exec(ctx, strings.Join(some, "\n")).ReadAll(); err != nil {
			return "", fmt.Errorf("fill a database: %w", err)
		}
	}
	_, err = conn.Exec(ctx, "ANALYZE")
	return database, err
}
