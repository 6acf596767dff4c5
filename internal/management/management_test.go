package management

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/secret"
)

const token = "sbp_0123456789abcdef0123456789abcdef01234567"

// serve is a client of a server that answers as handler does.
func serve(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return &Client{URL: s.URL, Token: secret.New(token), Version: "test"}
}

// What is asked may be sent again, what is done may not, unless the answer says that it was not done.
func TestRepeats(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		header     string
		get, query int32 // how many requests there are
	}{
		"500":             {500, "", 3, 1},
		"502":             {502, "", 3, 1},
		"429":             {429, "1", 3, 3},
		"429 for an hour": {429, "3600", 1, 1},
		"400":             {400, "", 1, 1},
		"401":             {401, "", 1, 1},
		"403":             {403, "", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				n.Add(1)
				if r.Header.Get("Authorization") != "Bearer "+token {
					t.Error("without the token")
				}
				w.Header().Set("Retry-After", c.header)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(`{"message":"no"}`))
			})
			client.Retries = 2
			if _, err := client.Projects(t.Context()); err == nil || n.Swap(0) != c.get {
				t.Errorf("asking: %v", err)
			}
			if _, err := client.Query(t.Context(), "ref", "create table a ()", false); err == nil || n.Load() != c.query {
				t.Errorf("doing: %v, %d requests", err, n.Load())
			}
		})
	}
}

// A redirect would carry the token elsewhere.
func TestRedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer other.Close()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	if _, err := client.Projects(t.Context()); err == nil {
		t.Error("no error")
	}
}

// Each text has its meaning, and none shows the token.
func TestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		err  *Error
		code finding.Code
		text string
	}{
		"401":      {&Error{Status: 401, Message: "Unauthorized"}, finding.AuthFailed, "does not accept the access token from x"},
		"403":      {&Error{Status: 403, Path: "/v1/projects/r/database/query", Message: "Forbidden resource"}, finding.AuthFailed, "database_write"},
		"404":      {&Error{Status: 404, Message: "Not found"}, finding.APIFailed, "there is no project r"},
		"429":      {&Error{Status: 429, Message: "ThrottlerException: Too Many Requests"}, finding.RateLimited, "takes no more requests"},
		"timeout":  {&Error{Cause: context.DeadlineExceeded}, finding.Unreached, "did not answer in time"},
		"web page": {&Error{Status: 502, Message: excerpt("text/html", []byte("<html><title>Bad\n Gateway</title>"))}, finding.APIFailed, `a web page titled "Bad Gateway"`},
		"nothing":  {&Error{Status: 500, Message: excerpt("", nil)}, finding.APIFailed, "an empty answer"},
	} {
		f := finding.As(Finding(c.err, "r", "x", "https://tokens"))
		if f == nil || f.Code != c.code || !strings.Contains(f.Message+f.Hint+f.Detail, c.text) {
			t.Errorf("%s: %v", name, f)
		}
	}
}

// What the database says is read out of the platform's text, wherever it has line breaks of its own.
func TestSQLError(t *testing.T) {
	e := &Error{Status: 400, Message: sqlFailed + " ERROR:  23505: duplicate key value violates unique constraint \"schema_migrations_pkey\"\nof two lines\n" +
		"LINE 12: insert into é.x\n              ^\nDETAIL:  Key (version)=(1) already exists.\nHINT:  do this\nCONTEXT:  SQL function \"f\"\nstatement 1\n"}
	s := e.sqlError()
	if s == nil || s.PG.Code != "23505" || s.PG.ConstraintName != "schema_migrations_pkey" || s.PG.TableName != "schema_migrations" ||
		s.PG.Message != "duplicate key value violates unique constraint \"schema_migrations_pkey\"\nof two lines" ||
		s.Line != 12 || s.Column != 6 || s.PG.Detail != "Key (version)=(1) already exists." || s.PG.Hint != "do this" || s.PG.Where != "SQL function \"f\"\nstatement 1" {
		t.Errorf("%+v %+v", s, s.PG)
	}
	for _, none := range []string{"Forbidden resource", sqlFailed + " Connection terminated due to connection timeout", sqlFailed + " SQL query ran into an upstream timeout"} {
		if s := (&Error{Status: 400, Message: none}).sqlError(); s != nil {
			t.Errorf("%q is read as %v", none, s)
		}
	}
}

// All clients of one token share its limit, through files; another token has its own.
func TestLimits(t *testing.T) {
	now := time.Now()
	dir := t.TempDir()
	limits := func() *Limits { return &Limits{Dir: dir, Now: func() time.Time { return now }} }
	ctx, cancel := context.WithCancel(t.Context())
	waited := time.Duration(0)
	note := func(_ string, d time.Duration) {
		waited = d
		cancel()
	}
	for range perWindow {
		if err := limits().wait(ctx, secret.New(token), "query", note); err != nil {
			t.Fatal(err)
		}
	}
	if err := limits().wait(ctx, secret.New(token+"0"), "query", note); err != nil {
		t.Error("another token waits", err)
	}
	if err := limits().wait(ctx, secret.New(token), "projects", note); err != nil {
		t.Error("another endpoint waits", err)
	}
	if err := limits().wait(ctx, secret.New(token), "query", note); !errors.Is(err, context.Canceled) || waited != window {
		t.Errorf("did not wait: %v, %s", err, waited)
	}
	now = now.Add(window)
	if err := limits().wait(t.Context(), secret.New(token), "query", note); err != nil {
		t.Error(err)
	}
	limits().heard(secret.New(token), "query", http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {"7"}})
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	if err := limits().wait(ctx, secret.New(token), "query", note); err == nil || waited != 7*time.Second {
		t.Errorf("what the platform said was not heard: %v, %s", err, waited)
	}
}
