package secret_test

import (
	"testing"

	"github.com/cairndb/cairn/internal/secret"
)

func TestIsName(t *testing.T) {
	for name, is := range map[string]bool{
		"password": true, "Password": true, "sslpassword": true, "api_key": true, "sa_key": true, "secret_access_key": true, "auth_token": true,
		"pwd": true, "PWD": true, "passwort": true, "pass": true, "db_pass": true, "app.settings.service_role_key": true, "bypass": false, "keep_connections": false,
		"api_key_id": false, "vault_secret_id": false, "user": false, "key": false, "keycolumn": false, "sslkey": false, "passfile": false, "partition_key": false,
	} {
		if secret.IsName(name) != is {
			t.Errorf("%s is one: %t", name, !is)
		}
	}
}

func TestConnection(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"host=a dbname=d":                 "host=a dbname=d",
		"host=a password=p\\ q user=u":    "host=a password=*** user=u",
		"password = 'it\\'s ' host='a b'": "password = *** host='a b'",
		"password='open":                  "password=***",
		"host=a password=":                "host=a password=***",
		"host=a sslpassword=x application_name='://'":  "host=a sslpassword=*** application_name='://'",
		"postgresql://u:p@h:5432/d?sslmode=require":    "postgresql://u:***@h:5432/d?sslmode=require",
		"postgres://u@h/d?password=p&pass%77ord=q&x=y": "postgres://u@h/d?password=***&pass%77ord=***&x=y",
		"postgres://u:p%40@h1,h2:5433/d":               "postgres://u:***@h1,h2:5433/d",
		"postgres://h/d@x:y":                           "postgres://h/d@x:y",
		"tcp://default:p@q@h/d":                        "tcp://default:***@h/d",
		"redis://:p@h":                                 "redis://:***@h",
		"u:p@tcp(h:3306)/d":                            "u:***@tcp(h:3306)/d",
		"Driver=x;UID=u;PWD={a b};Server=h":            "Driver=x;UID=u;PWD=***;Server=h",
		"UID=u;Pwd=a;b Server=h":                       "UID=u;Pwd=*** Server=h",
		"url=redis://u:p@h db=1":                       "url=redis://u:***@h db=1",
		"jdbc:sqlserver://h;user=u;password=p":         "jdbc:sqlserver://h;user=u;password=***",
		"\"$user\", public":                            "\"$user\", public",
		"%m [%p] %q%u@%d ":                             "%m [%p] %q%u@%d ",
	} {
		if is := secret.Connection(text); is != want {
			t.Errorf("%q becomes %q, want %q", text, is, want)
		}
	}
}

func TestOption(t *testing.T) {
	for _, c := range [][3]string{
		{"password", "p", "***"},
		{"password", "", ""},
		{"conn_string", "tcp://u:p@h/d", "tcp://u:***@h/d"},
		{"header", "Bearer abc", "***"},
		{"app.x", "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln", "***"},
		{"host", "a.example", "a.example"},
		{"keep_connections", "on", "on"},
	} {
		if is := secret.Option(c[0], c[1]); is != c[2] {
			t.Errorf("%s %q becomes %q, want %q", c[0], c[1], is, c[2])
		}
	}
}
