package standin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/platform"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/standin"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const (
	ref   = "abcdefghijklmnopqrst"
	token = "sbp_0123456789abcdef0123456789abcdef01234567"
	reads = "sbp_9999999999abcdef0123456789abcdef01234567"
)

// inspector holds what goes over HTTP against the published shapes.
type inspector struct {
	t      *testing.T
	shapes map[string]*operation

	mu   sync.Mutex
	well map[string]bool // the endpoints that have answered well
}

// RoundTrip does a request and looks at it and at its answer.
func (i *inspector) RoundTrip(r *http.Request) (*http.Response, error) {
	op := i.of(r)
	if op == nil {
		i.t.Errorf("the document has no %s %s", r.Method, r.URL.Path)
		return http.DefaultTransport.RoundTrip(r)
	}
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	i.look(op.name+" is sent", op.request, sent)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(text))
	status := fmt.Sprint(answer.StatusCode)
	switch {
	case status == op.statuses[0]:
		i.look(op.name+" answers", op.answer, text)
		i.mu.Lock()
		i.well[op.name] = true
		i.mu.Unlock()
	case answer.StatusCode < 400:
		i.t.Errorf("%s answers well with %s, not with %s", op.name, status, op.statuses[0])
	default:
		// The document says nothing of what a refusal looks like, and not of every one that it happens: these are replayed.
		if !slices.Contains(append([]string{"400", "401", "404", "429"}, op.statuses...), status) {
			i.t.Errorf("%s refuses with %s", op.name, status)
		}
		i.look(op.name+" refuses", &shape{kind: "object", fields: map[string]*shape{"message": {kind: "string"}}}, text)
	}
	return answer, nil
}

func (i *inspector) look(what string, s *shape, text []byte) {
	if s == nil {
		return
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		i.t.Errorf("%s: %v in %q", what, err, text)
		return
	}
	for _, wrong := range s.check("", v) {
		i.t.Errorf("%s: %s", what, wrong)
	}
}

// of finds the endpoint of a request.
func (i *inspector) of(r *http.Request) *operation {
	parts := strings.Split(r.URL.Path, "/")
	for n, part := range parts {
		switch {
		case n == 3 && parts[2] == "projects":
			parts[n] = "{ref}"
		case n == 6 && parts[5] == "migrations" && part != "":
			parts[n] = "{version}"
		}
	}
	return i.shapes[r.Method+" "+strings.Join(parts, "/")]
}

// Every endpoint of the stand-in answers as the published document says, and what cairn sends is what the document takes.
func TestShapes(t *testing.T) {
	text, err := os.ReadFile("testdata/shapes")
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := readShapes(string(text))
	if err != nil {
		t.Fatal(err)
	}
	look := &inspector{t: t, shapes: shapes, well: map[string]bool{}}
	b := platform.Baseline{Major: 17}
	pg := pgtest.New(t, pgtest.Options{Major: 17, Superuser: platform.Superuser, Fingerprint: b.Fingerprint(), Lay: b.LayURL})
	now := time.Now()
	server := &standin.Server{Token: secret.New(token), Reader: secret.New(reads), Now: func() time.Time { now = now.Add(time.Second); return now }}
	server.Add(&standin.Project{
		Ref: ref, Name: "shop", Region: "eu-central-1", Version: pg.Version(), Host: "db." + ref + ".standin.invalid",
		URL: secret.New(pg.URL("postgres", "postgres")), Admin: secret.New(pg.URL("postgres", platform.Superuser)),
		Poolers: []standin.Pooler{{Identifier: ref, Type: "PRIMARY", User: "postgres." + ref, Host: "127.0.0.1", Port: 6543, Database: "postgres", Mode: "transaction", Connection: "postgresql://"}},
	})
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	client := &management.Client{URL: web.URL, Token: secret.New(token), Version: "test", HTTP: &http.Client{Transport: look}, Retries: -1}
	raw := func(endpoint, token, body string) {
		t.Helper()
		verb, path, _ := strings.Cut(endpoint, " ")
		r, err := http.NewRequestWithContext(t.Context(), verb, web.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := client.HTTP.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}

	// What cairn calls, as it calls it.
	all, err := client.Projects(t.Context())
	must("projects", err)
	one, err := client.Project(t.Context(), ref)
	must("project", err)
	if len(all) != 1 || all[0] != one || one.Ref != ref || one.Database.Engine != "17" {
		t.Errorf("%+v, %+v", all, one)
	}
	keys, err := client.Keys(t.Context(), ref)
	must("keys", err)
	if len(keys) != 4 || keys[1].Name != "service_role" {
		t.Errorf("%+v", keys)
	}
	poolers, err := client.Poolers(t.Context(), ref)
	must("poolers", err)
	if len(poolers) != 1 || poolers[0].Mode != "transaction" {
		t.Errorf("%+v", poolers)
	}
	health, err := client.Health(t.Context(), ref, "auth", "db", "pooler")
	must("health", err)
	if len(health) != 3 || !health[1].Healthy {
		t.Errorf("%+v", health)
	}
	_, err = client.ReadOnly(t.Context(), ref)
	must("read-only mode", err)
	role, err := client.LoginRole(t.Context(), ref, false)
	must("login role", err)
	if role.Role == "" || role.TTL == 0 {
		t.Errorf("%+v", role)
	}
	_, err = client.Query(t.Context(), ref, "select 1 as one, null as nothing", true)
	must("query", err)
	must("migration", client.ApplyMigration(t.Context(), ref, management.NewMigration{Name: "widgets", SQL: "create table widgets (id int)", Rollback: "drop table widgets", Key: "key"}))
	_, err = client.Query(t.Context(), ref, "insert into supabase_migrations.schema_migrations (version) values ('1')", false)
	must("a row of another tool", err)
	history, err := client.Migrations(t.Context(), ref)
	must("migrations", err)
	if len(history) != 2 || history[1].Name != "widgets" {
		t.Fatalf("%+v", history)
	}
	for _, m := range history {
		_, err = client.Migration(t.Context(), ref, m.Version)
		must("one migration", err)
	}

	// What others call beside.
	at := "/v1/projects/" + ref
	for endpoint, body := range map[string]string{
		"GET /v1/organizations": "", "GET /v1/profile": "", "GET " + at + "/config/storage": "", "GET " + at + "/postgrest": "", "GET " + at + "/branches": "",
		"POST " + at + "/network-bans/retrieve": "", "POST " + at + "/cli/login-role": `{"read_only":true}`, "DELETE " + at + "/cli/login-role": "",
		"POST " + at + "/database/query/read-only": `{"query":"select $1::int as one","parameters":[1]}`,
		"PUT " + at + "/database/migrations":       `{"query":"select 1","name":"recorded","rollback":"select 2"}`,
	} {
		raw(endpoint, token, body)
	}
	endpoints := slices.Sorted(slices.Values(server.Endpoints()))
	if got := slices.Sorted(maps.Keys(look.well)); !slices.Equal(got, endpoints) {
		t.Errorf("answered well: %q\nof %q", got, endpoints)
	}

	// What a token may not do names the permission that the document has.
	for _, endpoint := range endpoints {
		called := []string{"/projects", "{ref}", "/api-keys", "/pooler", "/readonly", "/health", "/login-role", "/query", "/read-only", "/migrations", "{version}"}
		if !slices.ContainsFunc(called, func(end string) bool { return strings.HasSuffix(endpoint, end) }) {
			continue // nobody here calls it
		}
		_, path, _ := strings.Cut(endpoint, " ")
		no := finding.As(management.Finding(&management.Error{Status: 403, Path: path}, ref, "", ""))
		if !slices.ContainsFunc(shapes[endpoint].needs, func(p string) bool { return strings.Contains(no.Hint, p) }) {
			t.Errorf("%s needs %q; told is: %s", endpoint, shapes[endpoint].needs, no.Hint)
		}
	}

	// A token that may only read reads all the same.
	reader := *client
	reader.Token = secret.New(reads)
	if rows, err := reader.Query(t.Context(), ref, "select current_user as me", true); err != nil || len(rows) != 1 || string(rows[0]) != `{"me":"supabase_read_only_user"}` {
		t.Errorf("%s, %v", rows, err)
	}
	if _, err := reader.Query(t.Context(), ref, "create table a ()", false); err == nil {
		t.Error("it may write")
	}

	// And each endpoint in all the ways in which it says no.
	bodies := map[string]string{"POST": `{"query":"select 1 from nowhere","read_only":false}`, "PUT": `{"query":"select 1"}`}
	for _, endpoint := range endpoints {
		verb, path, _ := strings.Cut(endpoint, " ")
		body := bodies[verb]
		switch { // no more than the document takes
		case strings.HasSuffix(path, "/login-role"):
			body = `{"read_only":false}`
		case strings.HasSuffix(path, "/read-only"), strings.HasSuffix(path, "/migrations"):
			body = strings.Replace(body, `,"read_only":false`, "", 1)
		}
		path = strings.Replace(path, "{version}", "2", 1)
		there := verb + " " + strings.Replace(path, "{ref}", ref, 1)
		raw(there, "", body)
		raw(there, "sbp_wrong", body)
		raw(there, reads, body)
		raw(there, token, body)
		raw(verb+" "+strings.Replace(path, "{ref}", "nosuchprojectnosuchp", 1), token, body)
		server.Change(ref, func(p *standin.Project) { p.Status = "INACTIVE" })
		raw(there, token, body)
		server.Change(ref, func(p *standin.Project) { p.Status = "ACTIVE_HEALTHY" })
		server.PerMinute = 1
		raw(there, token, body)
		server.PerMinute = 0
	}
}
