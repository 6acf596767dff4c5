package account

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/secret"
)

const token = "sbp_0123456789abcdef0123456789abcdef01234567"

// ring is a keyring in memory.
type ring map[string]string

func (r ring) Get(service, account string) (string, error) {
	text, ok := r[service+"/"+account]
	if !ok {
		return "", errors.New("not found")
	}
	return text, nil
}

func (r ring) Set(service, account, secret string) error {
	r[service+"/"+account] = secret
	return nil
}

func (r ring) Delete(service, account string) error {
	_, err := r.Get(service, account)
	delete(r, service+"/"+account)
	return err
}

func TestCheck(t *testing.T) {
	for _, good := range []string{token, strings.Replace(token, "sbp_", "sbp_oauth_", 1), strings.Replace(token, "sbp_", "sbp_v0_", 1)} {
		if err := Check(secret.New(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "sbp_", token + "0", strings.ToUpper(token), "eyJhbGciOi.e30.x", " " + token} {
		if err := Check(secret.New(bad)); err == nil || bad != "" && len(bad) > 4 && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A token is kept in the keyring, else in a file of its owner alone, found again, and forgotten.
func TestStore(t *testing.T) {
	for name, keyring := range map[string]Keyring{"keyring": ring{}, "file": nil} {
		t.Run(name, func(t *testing.T) {
			s := &Store{Home: t.TempDir(), Profile: Default, Keyring: keyring}
			if found, err := s.Find(); err != nil || !found.IsZero() {
				t.Fatal("found before it was kept", err)
			}
			if _, err := s.Keep(secret.New(token)); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(s.file()); (err == nil) != (keyring == nil) || err == nil && info.Mode().Perm() != 0o600 {
				t.Errorf("file: %v, %v", info, err)
			}
			if found, err := s.Find(); err != nil || found.Reveal() != token || found.From == "" {
				t.Errorf("found %q from %q, %v", found.Reveal(), found.From, err)
			}
			if was, err := s.Forget(); !was || err != nil {
				t.Error("nothing was forgotten", err)
			}
			if found, _ := s.Find(); !found.IsZero() {
				t.Error("found after it was forgotten")
			}
			if was, err := s.Forget(); was || err != nil {
				t.Error("forgotten twice", err)
			}
		})
	}
	legacyRing := ring{service + "/" + legacy: token}
	if found, err := (&Store{Profile: "snap", Keyring: legacyRing}).Find(); err != nil || found.Reveal() != token {
		t.Error("the older account is not looked at", err)
	}
}

// What a job keeps, that job alone finds again, in that project, for that long.
func TestJob(t *testing.T) {
	env := map[string]string{"GITHUB_RUN_ID": "1"}
	now := time.Now()
	j := &Job{
		Dir: t.TempDir(), Keys: filepath.Join(t.TempDir(), "keys"), Root: "/project", Getenv: func(n string) string { return env[n] },
		Now: func() time.Time { return now },
	}
	file, err := j.Keep("ref", Kept{Token: secret.New(token), Password: secret.New("pw")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if info, statErr := os.Stat(file); err != nil || statErr != nil || info.Mode().Perm() != 0o600 || strings.Contains(string(text), token) {
		t.Errorf("the file: %v %v %v", info, err, statErr)
	}
	if k, from := j.Find("ref"); k.Token.Reveal() != token || k.Password.Reveal() != "pw" || from != file {
		t.Error("not found again")
	}
	if k, _ := j.Find("other"); !k.Token.IsZero() {
		t.Error("found for another project")
	}
	env["GITHUB_RUN_ID"] = "2"
	if k, _ := j.Find("ref"); !k.Token.IsZero() {
		t.Error("found by another run")
	}
	env["GITHUB_RUN_ID"] = "1"
	now = now.Add(jobLimit + time.Minute)
	if k, _ := j.Find("ref"); !k.Token.IsZero() {
		t.Error("found after its time")
	}
	now = now.Add(-time.Hour)
	text[len(text)-1] ^= 1
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if k, _ := j.Find("ref"); !k.Token.IsZero() {
		t.Error("found although a bit of it was changed")
	}
	j.Forget()
	if _, err := os.Stat(file); err == nil {
		t.Error("not forgotten")
	}
}

func TestFindProfile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for name, want := range map[string]string{
		"": "https://api.supabase.com", "SUPABASE": "https://api.supabase.com", "supabase-local": "http://localhost:8080",
		write("a.yaml", "name: mine\napi_url: http://127.0.0.1:1234/\nproject_host: example.test\n"): "http://127.0.0.1:1234",
		write("a.toml", "api_url = 'https://example.test'\n"):                                        "https://example.test",
	} {
		if p, err := FindProfile(name, dir); err != nil || p.APIURL != want {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	for _, bad := range []string{
		"nothing", dir, write("b.yaml", "api_url: http://example.test\n"), write("c.yaml", "name: x\n"), write("d.toml", "api_url = "), write("e.yaml", "api_url: [\n"),
	} {
		if p, err := FindProfile(bad, dir); err == nil {
			t.Errorf("%s: taken as %v", bad, p)
		}
	}
}
