package project

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"

	"github.com/cairndb/cairn/internal/finding"
)

func TestParseURL(t *testing.T) {
	for _, c := range []struct{ raw, host, user, password, shown string }{
		{"postgresql://postgres:secret@db.example.test:5432/postgres", "db.example.test", "postgres", "secret", "db.example.test:5432/postgres"},
		{"POSTGRES://u@h", "h", "u", "", "h:5432"},
		{"postgres://h:6543/d", "h", "", "", "h:6543/d"},
		{"postgresql:///d?host=/run/postgresql", "/run/postgresql", "", "", "/run/postgresql:5432/d"},
		{"postgres://u:p@%2Ftmp/d", "/tmp", "u", "p", "/tmp:5432/d"},
		{"postgres://u:p@[::1]:5433/d", "::1", "u", "p", "[::1]:5433/d"},
		{"  'postgres://u:p@h/d'\n", "h", "u", "p", "h:5432/d"},
		// Percent-encoded, and not.
		{"postgres://u:a%40b%3Ac%2Fd%3Fe%23f%20g@h/d", "h", "u", "a@b:c/d?e#f g", "h:5432/d"},
		{"postgres://u:a@b@h/d", "h", "u", "a@b", "h:5432/d"},
		{"postgres://u:a:b@h/d", "h", "u", "a:b", "h:5432/d"},
		{"postgres://u:a/b@h/d", "h", "u", "a/b", "h:5432/d"},
		{"postgres://u:a@b/c@h/d", "h", "u", "a@b/c", "h:5432/d"},
		{"postgres://u:a?b@h/d", "h", "u", "a?b", "h:5432/d"},
		{"postgres://u:a#b@h/d", "h", "u", "a#b", "h:5432/d"},
		{"postgres://u:a b c@h/d", "h", "u", "a b c", "h:5432/d"},
		{"postgres://u:%zz@h/d", "h", "u", "%zz", "h:5432/d"},
		{"postgres://u:100%@h/d", "h", "u", "100%", "h:5432/d"},
		{"postgres://u:@ : / # ?@h/d", "h", "u", "@ : / # ?", "h:5432/d"},
		{"postgres://u:p@h/d?application_name=a@b", "h", "u", "p", "h:5432/d"},
		{"postgres://postgres.abcdefghijklmnopqrst:p@aws-0-eu.pooler.example.test:6543/postgres?pgbouncer=true", "aws-0-eu.pooler.example.test", "postgres.abcdefghijklmnopqrst", "p", "aws-0-eu.pooler.example.test:6543/postgres"},
		// Keyword/value.
		{"host=h port=6543 user=u password='a b\\'c\\\\' dbname=d", "h", "u", `a b'c\`, "h:6543/d"},
		{"host = h user= u password =p%20@ ", "h", "u", "p%20@", "h:5432"},
		{"host=h password=a\\ b", "h", "", "a b", "h:5432"},
	} {
		a, err := ParseURL(c.raw)
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		if a.Host != c.host || a.User != c.user || a.Password.Reveal() != c.password || a.String() != c.shown {
			t.Errorf("%s: got host %q user %q password %q shown %q", c.raw, a.Host, a.User, a.Password.Reveal(), a)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	const canary = "Tr0ub4dor"
	for _, c := range []struct{ raw, says string }{
		{"", "empty"},
		{"Tr0ub4dor", "neither"},
		{"https://Tr0ub4dor.example.test", "does not begin"},
		{"postgres://u:Tr0ub4dor%20%zz@h/d", "mixes"},
		{"postgres://u:Tr0ub4dor@a%20@h/d", "mixes"},
		{"postgres://u:Tr0ub4dor@w?a=b@h/d", "more than one way"},
		{"postgres://u:Tr0ub4dor@h:99999/d", "port"},
		{"postgres://u:Tr0ub4dor@h:0/d", "port"},
		{"postgres://u:Tr0ub4dor", "host"},
		{"postgres://u:Tr0ub4dor@h_!/d", "host"},
		{"postgres://u:Tr0ub4dor@a,b/d", "several hosts"},
		{"postgres://u:Tr0ub4dor@h/d?Tr0ub4dor=1", "not known"},
		{"postgres://u:Tr0ub4dor@h/d?sslmodee=require", "not known"},
		{"postgres://u:Tr0ub4dor@h/d?options=-c%20search_path%3Dx", "options"},
		{"postgres://u:Tr0ub4dor@h/d?sslmode=%zz", "malformed"},
		{"postgres://u:Tr0ub4dor\n@h/d", "control"},
		{"postgres://u:Tr0ub4dor\xff@h/d", "UTF-8"},
		{"postgresql://postgres:[password]@h:5432/postgres", "placeholder"},
		{"postgresql://postgres:[YOUR-PASSWORD]@h:5432/postgres", "placeholder"},
		{"postgresql://postgres:Tr0ub4dor@[host]:5432/postgres", "host in it is still the placeholder"},
		{"host=h password='Tr0ub4dor", "never closes"},
		{"host=h Tr0ub4dor", "key=value"},
		{"host=a,b password=Tr0ub4dor", "several hosts"},
	} {
		_, err := ParseURL(c.raw)
		f := finding.As(err)
		if f == nil || f.Code != finding.BadURL || f.Exit != finding.Usage {
			t.Errorf("%q: got %#v", c.raw, err)
			continue
		}
		if !strings.Contains(f.Error(), c.says) {
			t.Errorf("%q: %v does not say %q", c.raw, f, c.says)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %s", err, *f, f.Detail), canary) {
			t.Errorf("%q: the finding shows the password: %v", c.raw, f)
		}
	}
	_, err := ParseURL("postgres://h/d?sslmodee=require")
	if !strings.Contains(err.Error(), "did you mean sslmode?") {
		t.Errorf("no suggestion: %v", err)
	}
}

// TestParseURLRoundTrip: an encoded password comes back whatever is in it, the driver reads the DSN as we do, and no
// formatting shows the password.
func TestParseURLRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[ -~é☃]{8,20}`).Draw(t, "password")
		raw := (&url.URL{Scheme: "postgresql", User: url.UserPassword("u", password), Host: "127.0.0.1:5433", Path: "/d b"}).String()
		a, err := ParseURL(raw)
		if placeholder.MatchString(password) {
			t.Skip()
		}
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if a.Password.Reveal() != password || a.Database != "d b" || a.Port != 5433 {
			t.Fatalf("%s: got %q, %q, %d", raw, a.Password.Reveal(), a.Database, a.Port)
		}
		config, err := pgconn.ParseConfig(a.DSN().Reveal())
		if err != nil {
			t.Fatal(err)
		}
		if config.Password != password || config.Host != "127.0.0.1" || config.Port != 5433 || config.Database != "d b" || config.User != "u" {
			t.Fatalf("the driver reads %+v", config)
		}
		again, err := ParseURL(a.DSN().Reveal())
		if err != nil || again.Password.Reveal() != password {
			t.Fatalf("the DSN does not come back: %v", err)
		}
		encoded, _ := json.Marshal(a)
		shown := fmt.Sprintf("%v %+v %#v %s %s %s", a, *a, a, a.DSN(), encoded, a)
		for _, form := range []string{password, url.QueryEscape(password), base64.StdEncoding.EncodeToString([]byte(password))} {
			if strings.Contains(shown, form) {
				t.Fatalf("%q is shown in %s", form, shown)
			}
		}
	})
}

// FuzzParseURL: whatever is given, the error is a finding, and the DSN of what was read is one that we read again.
func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{
		"postgres://u:p@h/d", "postgres://u:a@b/c?d=e@h:1/x?sslmode=require", "host=h password='x y'", "postgres://[::1]/", "postgres://@@@@/?&=",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := ParseURL(raw)
		if err == nil {
			_ = a.String()
			if _, err := ParseURL(a.DSN().Reveal()); err != nil && a.DSN().Reveal() != "" {
				t.Fatalf("%q: our own DSN is refused: %v", raw, err)
			}
			return
		}
		if finding.As(err) == nil {
			t.Fatalf("%q: %v is no finding", raw, err)
		}
	})
}
