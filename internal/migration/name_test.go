package migration

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/cairndb/cairn/internal/finding"
)

func TestParseName(t *testing.T) {
	for _, c := range []struct {
		file, version, name string
		ok                  bool
	}{
		{"20240115103000_add_users.sql", "20240115103000", "add_users", true},
		{"00_base_schema.sql", "00", "base_schema", true},
		{"00100_.sql", "00100", "", true},
		{"123456789012345678901234_hello world é.sql", "123456789012345678901234", "hello world é", true},
		{"1_x'; drop table t;--.sql", "1", "x'; drop table t;--", true},
		{"1_$(id).sql", "1", "$(id)", true},
		{"1_\x1b[31m.sql", "1", "\x1b[31m", true},
		{"1_a.sql.sql", "1", "a.sql", true},
		{"1_a.SQL", "", "", false},
		{"1-a.sql", "", "", false},
		{"20240101.sql", "", "", false},
		{"projects.sql", "", "", false},
		{"١٢_a.sql", "", "", false},
		{"1_a\nb.sql", "", "", false},
		{" 1_a.sql", "", "", false},
		{"1_a.sql\n", "", "", false},
		{".DS_Store", "", "", false},
	} {
		version, name, ok := ParseName(c.file)
		if version != c.version || name != c.name || ok != c.ok {
			t.Errorf("%q: got %q, %q, %t", c.file, version, name, ok)
		}
	}
}

func TestSlug(t *testing.T) {
	for text, want := range map[string]string{
		"add users":               "add_users",
		"Add-User  Settings!":     "add_user_settings",
		"addUserSettings":         "add_user_settings",
		"enable RLSPolicy":        "enable_rls_policy",
		"../../etc/passwd":        "etc_passwd",
		`..\evil`:                 "evil",
		"/abs/path.sql":           "abs_path_sql",
		"naïve Größe Łódź Œuvre":  "naive_grosse_lodz_oeuvre",
		"İstanbul ılık":           "istanbul_ilik",
		"Ǣ ǽ Ǿ ẞ":                 "ae_ae_o_ss",
		"addÆther":                "add_aether",
		"cafe\u0301":              "cafe",
		"テーブル 追加 が":               "テーブル_追加_が",
		"добавить таблицу":        "добавить_таблицу",
		"άλφα":                    "άλφα",
		"":                        "migration",
		"...":                     "migration",
		"\u202e\x1b[31m\n":        "31m",
		"x'; drop table t;--":     "x_drop_table_t",
		"$(id)":                   "id",
		"a\xffb":                  "a_b",
		strings.Repeat("é", 300):  strings.Repeat("e", 100),
		strings.Repeat("ab ", 40): strings.TrimSuffix(strings.Repeat("ab_", 33)+"a", "_"),
		strings.Repeat("追加", 40):  strings.Repeat("追加", 16) + "追",
	} {
		if got := Slug(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestSlugHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,150}`), rapid.StringMatching(`[\x{300}-\x{36f}a-cÀ-ɏḀ-ỿ가-각]{0,60}`)).Draw(t, "text")
		slug := Slug(text)
		switch {
		case slug == "", len(slug) > slugLimit, !utf8.ValidString(slug):
			t.Fatalf("%q", slug)
		case strings.ContainsAny(slug, "/\\.:*?\"'<>| \x00"):
			t.Fatalf("%q has a character that is none of a name", slug)
		case strings.HasPrefix(slug, "_") || strings.HasSuffix(slug, "_"):
			t.Fatalf("%q has an edge", slug)
		case !norm.NFC.IsNormalString(slug):
			t.Fatalf("%q is not NFC", slug)
		case Slug(slug) != slug:
			t.Fatalf("%q becomes %q", slug, Slug(slug))
		}
		version, name, ok := ParseName(FileName("20240101000000", slug))
		if !ok || version != "20240101000000" || name != slug {
			t.Fatalf("%q does not come back: %q, %q", slug, version, name)
		}
	})
}

func TestNextVersion(t *testing.T) {
	now := time.Date(2024, 2, 28, 23, 59, 59, 999, time.FixedZone("x", 3600))
	for _, c := range []struct {
		name     string
		existing []string
		want     string
	}{
		{"none", nil, "20240228225959"},
		{"older", []string{"20240228225958", "00100"}, "20240228225959"},
		{"the same second", []string{"20240228225959"}, "20240228230000"},
		{"ahead by minutes", []string{"20240228231000"}, "20240228231001"},
		{"ahead over midnight", []string{"20240228235959"}, "20240229000000"},
		{"far ahead", []string{"20990101000000"}, "20240228225959"},
		{"no moment", []string{"20241399999999", "99999999999999"}, "20240228225959"},
	} {
		if got := NextVersion(now, c.existing); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestNextVersionNeverCollides(t *testing.T) {
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		// Several machines with clocks up to an hour apart write into one folder.
		var existing []string
		for range rapid.IntRange(1, 40).Draw(t, "files") {
			now := base.Add(time.Duration(rapid.IntRange(-3600, 3600).Draw(t, "skew")) * time.Second / time.Duration(rapid.IntRange(1, 3600).Draw(t, "scale")))
			next := NextVersion(now, existing)
			if slices.Contains(existing, next) {
				t.Fatalf("%s is taken", next)
			}
			if len(existing) > 0 && next <= slices.Max(existing) {
				t.Fatalf("%s sorts before %s", next, slices.Max(existing))
			}
			if _, err := time.Parse(versionLayout, next); err != nil {
				t.Fatal(err)
			}
			existing = append(existing, next)
		}
	})
}

func TestNextNumber(t *testing.T) {
	for _, c := range []struct {
		existing []string
		want     string
	}{
		{nil, "00001"},
		{[]string{"00000", "00100", "00101"}, "00102"},
		{[]string{"00"}, "01"},
		{[]string{"00100", "20240101000000"}, "00101"},
		{[]string{"20240101000000"}, "00001"},
		{[]string{"9", "10"}, "11"},
	} {
		if got, err := NextNumber(c.existing); got != c.want || err != nil {
			t.Errorf("%v: got %s, %v", c.existing, got, err)
		}
	}
	if got, err := NextNumber([]string{"98", "99"}); err == nil {
		t.Errorf("behind 99: %s", got)
	}
}

func TestCheckFileName(t *testing.T) {
	for _, name := range []string{"20240101000000_a.sql", "00_.sql", "1_x'; drop table t;--.sql", "1_é.sql", "1_...sql"} {
		if err := CheckFileName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "a.sql", "1_../../etc/x.sql", `1_..\x.sql`, "1_a\x00.sql", "1_\xff.sql", "1_a\n.sql", "1_" + strings.Repeat("x", 250) + ".sql", "/1_a.sql"} {
		if err := CheckFileName(name); finding.As(err) == nil || finding.As(err).Exit != finding.Usage {
			t.Errorf("%q: %v", name, err)
		}
	}
}
