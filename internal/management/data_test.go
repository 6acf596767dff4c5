package management

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

// What a data API answers is told apart, asked once, and the key goes nowhere else and is shown nowhere.
func TestDataAPI(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	for name, c := range map[string]struct {
		status int
		body   string
		code   finding.Code // "" where it works
		text   string
	}{
		"works":    {200, `{"paths":{"/":{},"/notes":{},"/tags":{},"/rpc/add":{}}}`, "", ""},
		"refused":  {401, `{"message":"Invalid API key"}`, finding.AuthFailed, "does not accept the key"},
		"down":     {503, `<html><title>Service Unavailable</title>`, finding.APIFailed, "status 503"},
		"redirect": {307, ``, finding.APIFailed, "status 307"},
		"a page":   {200, `<html><title>Hello</title>`, finding.APIFailed, "is none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				if r.URL.Path != "/rest/v1/" || r.Header.Get("apikey") != "sb_secret_key" {
					t.Errorf("%s %s", r.URL.Path, r.Header)
				}
				w.Header().Set("Location", elsewhere.URL)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			t.Cleanup(web.Close)
			offer, err := (&DataAPI{URL: web.URL, Key: secret.New("sb_secret_key"), Version: "test"}).Ask(t.Context())
			f := finding.As(err)
			switch {
			case asked != 1:
				t.Errorf("asked %d times", asked)
			case c.code == "" && (err != nil || offer != Offer{Relations: 2, Functions: 1}):
				t.Errorf("%+v, %v", offer, err)
			case c.code != "" && (f == nil || f.Code != c.code || f.Hint == "" || !strings.Contains(f.Message, c.text) || strings.Contains(f.Message+f.Detail+f.Hint, "sb_secret_key")):
				t.Errorf("%+v", f)
			}
		})
	}
	if _, err := (&DataAPI{URL: "http://127.0.0.1:1", Key: secret.New("sb_secret_key")}).Ask(t.Context()); err == nil || !strings.Contains(err.Error(), "did not answer") {
		t.Error(err)
	}
}
