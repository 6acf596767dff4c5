package emulate_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cairndb/cairn/internal/emulate"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/cairndb/cairn/internal/pgtest"
)

// original returns a Postgres as it is found, and a Finder with a cache of its own.
func original(t *testing.T, major int) (*pgbin.Installation, *pgbin.Finder) {
	t.Helper()
	host, err := pgtest.Host(t.Context(), major)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.MkdirTemp("", "cairn-emulate-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(cache) })
	if err := os.Chmod(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	return host.Postgres, &pgbin.Finder{Cache: cache, Account: host.Account, Getenv: os.Getenv}
}

func TestInstall(t *testing.T) {
	for _, major := range majors {
		inst, f := original(t, major)
		before, err := os.ReadDir(filepath.Join(inst.Share, "extension"))
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		made := make([]*pgbin.Installation, 8)
		for i := range made {
			all.Go(func() {
				var note *finding.Finding
				if made[i], note = emulate.Install(t.Context(), f, inst); note != nil {
					t.Errorf("%s\n%s", note, note.Detail)
				}
			})
		}
		all.Wait()
		for _, m := range made {
			if *m != *made[0] || m.Bin == inst.Bin || !strings.HasPrefix(m.Share, f.Cache) || m.Major != major {
				t.Fatalf("made %+v and %+v", m, made[0])
			}
		}
		left, err := os.ReadDir(filepath.Join(f.Cache, "emulated"))
		if err != nil || len(left) != 2 { // the folder and its lock
			t.Errorf("there are %v, %v", left, err)
		}
		after, err := os.ReadDir(filepath.Join(inst.Share, "extension"))
		if err != nil || len(after) != len(before) {
			t.Errorf("the original had %d files and has %d: %v", len(before), len(after), err)
		}
		again, note := emulate.Install(t.Context(), f, made[0])
		if note != nil || again.Share == made[0].Share {
			t.Errorf("over an emulation: %+v %v", again, note)
		}
	}
}

// A real extension stays what it is, and one that comes later takes the place of its shim.
func TestInstallKeepsReal(t *testing.T) {
	inst, f := original(t, 17)
	mine, note := emulate.Install(t.Context(), f, inst)
	if note != nil {
		t.Fatal(note)
	}
	extensions := filepath.Join(mine.Share, "extension")
	if _, err := os.Stat(filepath.Join(extensions, "pg_net.control")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"pg_net.control":  "comment = 'the real one'\ndefault_version = '9.9'\ntrusted = true\n",
		"pg_net--9.9.sql": "CREATE FUNCTION real() RETURNS int LANGUAGE sql AS 'SELECT 1';\n",
	} {
		if err := os.WriteFile(filepath.Join(extensions, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	next, note := emulate.Install(t.Context(), f, mine)
	if note != nil {
		t.Fatal(note)
	}
	if next.Bin == mine.Bin { // the name of a template is made of it
		t.Errorf("with another extension it is still %s", next.Bin)
	}
	control, err := os.ReadFile(filepath.Join(next.Share, "extension", "pg_net.control"))
	if err != nil || !strings.Contains(string(control), "the real one") {
		t.Errorf("the real extension became %s: %v", control, err)
	}
	crypto, err := os.Readlink(filepath.Join(next.Share, "extension", "pgcrypto.control"))
	if err != nil || !strings.HasSuffix(crypto, "pgcrypto.control") {
		t.Errorf("pgcrypto is %s: %v", crypto, err)
	}
}

func TestInstallCannot(t *testing.T) {
	inst, f := original(t, 17)
	for name, change := range map[string]func(*pgbin.Installation){
		"no share":          func(i *pgbin.Installation) { i.Share = "" },
		"share not there":   func(i *pgbin.Installation) { i.Share = "/nowhere" },
		"modules elsewhere": func(i *pgbin.Installation) { i.Lib = os.TempDir() },
	} {
		broken := *inst
		change(&broken)
		got, note := emulate.Install(t.Context(), f, &broken)
		if got != &broken || note == nil || note.Code != finding.NoEmulation || note.Severity != finding.Note {
			t.Errorf("%s: %+v %v", name, got, note)
		}
	}
}

func TestFingerprint(t *testing.T) {
	first := emulate.Fingerprint(17)
	if again := emulate.Fingerprint(17); again != first {
		t.Errorf("the fingerprint was %s and is %s", first, again)
	}
	if emulate.Fingerprint(15) == first {
		t.Error("15 and 17 have one fingerprint, though pgaudit differs")
	}
}

func TestPlainUser(t *testing.T) {
	pgtest.AsPlainUser(t, "^(TestCron|TestInstallKeepsReal)$/17", 17)
}
