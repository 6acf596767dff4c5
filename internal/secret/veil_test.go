package secret_test

import (
	"testing"

	"github.com/cairndb/cairn/internal/secret"
)

func TestIsName(t *testing.T) {
	for name, is := range map[string]bool{
		"password": true, "Password": true, "sslpassword": true, "api_key": true, "sa_key": true, "secret_access_key": true, "auth_token": true,
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
	} {
		if is := secret.Connection(text); is != want {
			t.Errorf("%q becomes %q, want %q", text, is, want)
		}
	}
}
