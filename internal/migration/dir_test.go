package migration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
)

// lay makes a project of the given files and returns its Dir. A name that ends in "/" is a folder; "->" in front of
// the text makes a link.
func lay(t testing.TB, files map[string]string) Dir {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch to, link := strings.CutPrefix(text, "->"); {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o755)
		case link:
			err = os.Symlink(to, path)
		default:
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return Dir{Root: root, Path: filepath.Join(root, "supabase", "migrations"), Rollbacks: filepath.Join(root, "supabase", "rollbacks")}
}

// in lays files in supabase/migrations; a name with a "/" in front is one of the project.
func in(t testing.TB, files map[string]string) Dir {
	t.Helper()
	placed := map[string]string{"supabase/migrations/": ""}
	for name, text := range files {
		if at, ok := strings.CutPrefix(name, "/"); ok {
			placed[at] = text
		} else {
			placed["supabase/migrations/"+name] = text
		}
	}
	return lay(t, placed)
}

func load(t testing.TB, d Dir) *Listing {
	t.Helper()
	l, err := d.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func ids(l *Listing) string {
	var names []string
	for _, m := range l.Migrations {
		id := m.ID()
		if m.Down != nil {
			id += "<" + strings.TrimSuffix(filepath.Base(m.Down.Path), ".sql")
		}
		names = append(names, id)
	}
	return strings.Join(names, " ")
}

func codes(l *Listing) string {
	var all []string
	for _, f := range l.Findings {
		all = append(all, fmt.Sprintf("%s:%s", f.Code, f.Severity))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

const sql = "select 1;\n"

func TestLoad(t *testing.T) {
	for _, c := range []struct {
		name       string
		files      map[string]string
		want, says string
	}{
		{"none", nil, "", ""},
		{
			"text order",
			map[string]string{"20240115_x.sql": sql, "00100_b.sql": sql, "001_y.sql": sql, "20240107000000_y.sql": sql, "00_base.sql": sql},
			"00_base 001_y 00100_b 20240107000000_y 20240115_x", "CA022:note",
		},
		{"numbers against text", map[string]string{"10_a.sql": sql, "2_b.sql": sql}, "10_a 2_b", "CA022:note"},
		{
			"names that are no migrations", map[string]string{
				"1_a.sql": sql, "projects.sql": sql, "2-b.sql": sql, "20240101.sql": sql, "3_c.SQL": sql, "٣_d.sql": sql, ".DS_Store": "", "README.md": "", "4_n\n.sql": sql,
			}, "1_a", "CA001:note CA001:note CA001:warning CA001:warning CA001:warning CA001:warning CA001:warning CA001:warning",
		},
		{"nested", map[string]string{"1_a.sql": sql, "old/2_b.sql": sql, "old/deep/3_c.sql": sql, "meta/x.json": ""}, "1_a", "CA001:warning"},
		{"a folder named .sql", map[string]string{"1_a.sql": sql, "2_b.sql/": ""}, "1_a", "CA011:error"},
		{"old init", map[string]string{"20200101000000_init.sql": sql, "20240101000000_a.sql": sql}, "20240101000000_a", "CA001:warning"},
		{"old init, not the first entry", map[string]string{".DS_Store": "", "20200101000000_init.sql": sql}, "20200101000000_init", "CA001:note"},
		{"new init", map[string]string{"20211209000000_init.sql": sql}, "20211209000000_init", ""},
		{"init, not anchored", map[string]string{"9920200101000000_init.sql": sql}, "", "CA001:warning"},
		{"duplicates", map[string]string{"1_a.sql": sql, "1_b.sql": sql, "2_c.sql": sql}, "1_a 1_b 2_c", "CA002:error"},
		{"case", map[string]string{"1_a.sql": sql, "1_A.sql": sql}, "1_A 1_a", "CA016:error"},
		{"case of the ending", map[string]string{"1_a.sql": sql, "1_a.SQL": sql}, "1_a", "CA001:warning CA016:error"},
		{"NFC and NFD", map[string]string{"1_\u00e9.sql": sql, "1_e\u0301.sql": sql}, "1_e\u0301 1_\u00e9", "CA016:error"},
		{"not UTF-8", map[string]string{"1_\xff.sql": sql, "2_a.sql": sql}, "2_a", "CA021:error"},
		{"a leftover", map[string]string{".cairn-ABC.tmp": sql, "1_a.sql": sql}, "1_a", "CA023:note"},
		{"link inside", map[string]string{"1_a.sql": "->../../shared/a.sql", "/shared/a.sql": sql}, "1_a", ""},
		{"link outside", map[string]string{"1_a.sql": "->/etc/passwd", "2_b.sql": "->../../../x", "3_c.sql": "->/proc/self/environ"}, "", "CA010:error CA010:error CA010:error"},
		{"link to nothing", map[string]string{"1_a.sql": "->nothing"}, "", "CA012:error"},
		{"link to a folder", map[string]string{"1_a.sql": "->../other", "/supabase/other/": ""}, "", "CA011:error"},
		{"hostile names", map[string]string{"1_x'; drop table t;--.sql": sql, "2_$(id).sql": sql, "3_\x1b[31m.sql": sql, "4_\u202e.sql": sql}, "1_x'; drop table t;-- 2_$(id) 3_\x1b[31m 4_\u202e", ""},
		// Down files.
		{"down beside", map[string]string{"1_a.sql": sql, "1_a_down.sql": sql}, "1_a<1_a_down", "CA017:warning"},
		{"rollback beside", map[string]string{"1_a.sql": sql, "1_a_rollback.sql": sql}, "1_a<1_a_rollback", "CA017:warning"},
		{"dot down beside", map[string]string{"1_a.sql": sql, "1_a.down.sql": sql}, "1_a<1_a.down", "CA017:warning"},
		{"up and down with dots", map[string]string{"1_a.up.sql": sql, "1_a.down.sql": sql}, "1_a.up<1_a.down", "CA017:warning"},
		{"alone", map[string]string{"1_page_scroll_down.sql": sql}, "1_page_scroll_down", "CA018:note"},
		{"of another version", map[string]string{"1_a.sql": sql, "2_a_down.sql": sql}, "1_a 2_a_down", "CA018:note"},
		{"of another name", map[string]string{"1_a.sql": sql, "1_b_down.sql": sql}, "1_a 1_b_down", "CA002:error CA018:note"},
		{"down of a name that ends so", map[string]string{"1_page_down.sql": sql, "1_page_down_down.sql": sql}, "1_page_down<1_page_down_down", "CA017:warning CA018:note"},
		{"down of a down", map[string]string{"1_a.sql": sql, "1_a_down.sql": sql, "1_a_down_down.sql": sql}, "1_a<1_a_down 1_a_down_down", "CA002:error CA017:warning CA018:note"},
		{"in rollbacks", map[string]string{"1_a.sql": sql, "2_b.sql": sql, "3_c.sql": sql, "4_d.sql": sql, "/supabase/rollbacks/1_a.sql": sql, "/supabase/rollbacks/2_b_down.sql": sql, "/supabase/rollbacks/3_c_rollback.sql": sql, "/supabase/rollbacks/4_d.down.sql": sql}, "1_a<1_a 2_b<2_b_down 3_c<3_c_rollback 4_d<4_d.down", ""},
		{"in rollbacks, of nothing", map[string]string{"1_a.sql": sql, "/supabase/rollbacks/2_b.sql": sql, "/supabase/rollbacks/x.sql": sql}, "1_a", "CA001:warning CA018:warning"},
		{"rollbacks is a file", map[string]string{"1_a.sql": sql, "/supabase/rollbacks": ""}, "1_a", "CA011:error"},
		{"two alike", map[string]string{"1_a.sql": sql, "1_a_down.sql": "x", "/supabase/rollbacks/1_a.sql": "x"}, "1_a<1_a_down", "CA017:warning"},
		{"two that differ", map[string]string{"1_a.sql": sql, "1_a_down.sql": "x", "/supabase/rollbacks/1_a.sql": "y"}, "1_a<1_a_down", "CA002:error CA017:warning"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := load(t, in(t, c.files))
			if got := ids(l); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got := codes(l); got != c.says {
				t.Errorf("findings %q, want %q", got, c.says)
				for _, f := range l.Findings {
					t.Log(f)
				}
			}
			for _, f := range l.Findings {
				if strings.ContainsAny(f.Error()+f.Detail, "\x1b\u202e") || strings.Contains(f.Message, "\n") {
					t.Errorf("a name is not escaped: %q", f.Error())
				}
				if f.Severity == finding.Error && f.Exit != finding.Usage {
					t.Errorf("%v has exit %d", f, f.Exit)
				}
			}
		})
	}
}

func TestLoadReadsTheBytes(t *testing.T) {
	text := "select 'é';\r\n-- end"
	d := in(t, map[string]string{"1_a.sql": text})
	m := load(t, d).Migrations[0]
	sum := sha256.Sum256([]byte(text))
	if m.Checksum != hex.EncodeToString(sum[:]) || m.Path != filepath.Join(d.Path, "1_a.sql") || m.File.Name != "supabase/migrations/1_a.sql" {
		t.Errorf("got %+v, %+v", m, m.File)
	}
	if m.Version != "1" || m.Name != "a" {
		t.Errorf("got %s, %s", m.Version, m.Name)
	}
}

func TestLoadSaysHowToMend(t *testing.T) {
	l := load(t, in(t, map[string]string{"projects.sql": sql, "2-b.sql": sql, "20240101.sql": sql, "3_c.SQL": sql, "1_a.sql": sql, "old/x.sql": sql}))
	var said []string
	for _, f := range l.Findings {
		said = append(said, fmt.Sprintf("%s\n\t%s\n\t%s", f.Message, f.Detail, f.Hint))
	}
	want := []string{
		"Skipping migration 2-b.sql... (file name must match pattern \"<timestamp>_name.sql\")\n\tbehind the version there must be \"_\", not '-'\n\trename it to 2_b.sql",
		"Skipping migration 20240101.sql... (file name must match pattern \"<timestamp>_name.sql\")\n\tbehind the version there must be \"_\" and a name\n\trename it to 20240101_name.sql",
		"Skipping migration 3_c.SQL... (file name must match pattern \"<timestamp>_name.sql\")\n\tthe ending must be .sql in lower case\n\trename it to 3_c.sql",
		"Skipping folder supabase/migrations/old... (1 .sql files in it are not read)\n\tmigrations stand directly in supabase/migrations\n\tcairn migration adopt supabase/migrations/old",
		"Skipping migration projects.sql... (file name must match pattern \"<timestamp>_name.sql\")\n\tthere is no version in front of the name\n\tcairn migration adopt supabase/migrations",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got\n%s", strings.Join(said, "\n"))
	}
}

func TestLoadWithoutFolder(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		code  finding.Code
		none  bool
	}{
		"missing":       {map[string]string{"supabase/": ""}, finding.Unreadable, true},
		"a file":        {map[string]string{"supabase/migrations": ""}, finding.NotRegular, false},
		"a link out":    {map[string]string{"supabase/migrations": "->/etc"}, finding.OutsideProject, false},
		"a broken link": {map[string]string{"supabase/migrations": "->nowhere"}, finding.Unreadable, true},
	} {
		_, err := lay(t, c.files).Load(t.Context())
		if f := finding.As(err); f == nil || f.Code != c.code || f.Exit != finding.Usage || errors.Is(err, fs.ErrNotExist) != c.none {
			t.Errorf("%s: %v", name, err)
		} else if !strings.Contains(f.Message, "supabase/migrations") {
			t.Errorf("%s: %v names no path", name, f)
		}
	}
}

func TestLoadFollowsALinkToTheFolder(t *testing.T) {
	d := lay(t, map[string]string{"supabase/migrations": "->../db", "db/1_a.sql": sql})
	if got := ids(load(t, d)); got != "1_a" {
		t.Errorf("got %s", got)
	}
}

func TestLoadOutsideTheProject(t *testing.T) {
	d := lay(t, map[string]string{"project/": "", "elsewhere/1_a.sql": sql, "elsewhere/2_b.sql": "->../project/x.sql", "project/x.sql": sql})
	d.Path, d.Root = filepath.Join(d.Root, "elsewhere"), filepath.Join(d.Root, "project")
	d.Rollbacks = ""
	l := load(t, d)
	if ids(l) != "1_a" || codes(l) != "CA010:error" {
		t.Errorf("got %s, %s", ids(l), codes(l))
	}
	if name := l.Migrations[0].File.Name; !filepath.IsAbs(name) {
		t.Errorf("shown as %s", name)
	}
}

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	d := in(t, map[string]string{"2_b.sql": sql, "3_c.sql": "->../fifo"})
	for _, path := range []string{filepath.Join(d.Path, "1_a.sql"), filepath.Join(d.Root, "supabase", "fifo")} {
		if err := syscall.Mkfifo(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l := load(t, d)
	if ids(l) != "2_b" || codes(l) != "CA011:error CA011:error" {
		t.Errorf("got %s, %s", ids(l), codes(l))
	}
	if f := finding.As(l.Err()); f == nil || !strings.Contains(f.Message, "supabase/migrations/1_a.sql is a FIFO") {
		t.Errorf("got %v", f)
	}
}

func TestLoadTooLarge(t *testing.T) {
	d := in(t, map[string]string{"1_a.sql": sql, "2_b.sql": sql + sql})
	d.MaxSize = int64(len(sql))
	if l := load(t, d); ids(l) != "1_a" || codes(l) != "CA019:error" {
		t.Errorf("got %s, %s", ids(l), codes(l))
	}
}

func TestLoadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := in(t, map[string]string{"1_a.sql": sql}).Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestListing(t *testing.T) {
	l := load(t, in(t, map[string]string{"1_a.sql": sql, "3_b.sql": sql}))
	if versions, err := in(t, map[string]string{"1_a.sql": sql, "x.sql": sql, "02_.sql": sql}).Versions(); err != nil || !slices.Equal(versions, []string{"02", "1"}) {
		t.Errorf("versions %v, %v", versions, err)
	}
	if versions, err := lay(t, nil).Versions(); err != nil || versions != nil {
		t.Errorf("versions of no folder: %v, %v", versions, err)
	}
	if len(l.Migrations) != 2 || l.Migrations[1].Name != "b" || l.Err() != nil {
		t.Errorf("got %v, %v", l.Migrations, l.Err())
	}
}

func TestLoose(t *testing.T) {
	d := lay(t, map[string]string{"migrations/00_base_schema.sql": sql, "migrations/projects.sql": sql, "migrations/README.md": "", "migrations/out.sql": "->/etc/passwd"})
	d.Path = filepath.Join(d.Root, "migrations")
	l, err := d.Loose(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range l.Migrations {
		names = append(names, m.Version+"|"+m.Name+"|"+m.File.Name)
	}
	if got := strings.Join(names, " "); got != "|00_base_schema|migrations/00_base_schema.sql |projects|migrations/projects.sql" || codes(l) != "CA001:note CA010:error" {
		t.Errorf("got %s, %s", got, codes(l))
	}
}

// many lays n migrations of five statements.
func many(tb testing.TB, n int) Dir {
	d := lay(tb, map[string]string{"supabase/migrations/": ""})
	for i := range n {
		table := fmt.Sprintf("t%d", i)
		text := strings.ReplaceAll(`-- Description: a table
create table public.T (id uuid primary key default gen_random_uuid(), name text not null, created_at timestamptz default now());
create index T_name on public.T (name);
alter table public.T enable row level security;
create policy "T are visible to their owner" on public.T for select to authenticated using (true);
insert into public.T (name) values ('one'), ('two; three');
`, "T", table)
		if err := os.WriteFile(filepath.Join(d.Path, fmt.Sprintf("2024%010d_%s.sql", i, table)), []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	return d
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		d := many(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if l := load(b, d); len(l.Migrations) != n {
					b.Fatal(len(l.Migrations))
				}
			}
		})
	}
}
