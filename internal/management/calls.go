package management

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/secret"
)

// Project is a hosted project.
type Project struct {
	ID               string   `json:"id"`
	Ref              string   `json:"ref"`
	OrganizationID   string   `json:"organization_id"`
	OrganizationSlug string   `json:"organization_slug"`
	Name             string   `json:"name"`
	Region           string   `json:"region"`
	CreatedAt        string   `json:"created_at"`
	Status           string   `json:"status"`
	Database         Database `json:"database"`
}

// Database is where a project's database is.
type Database struct {
	Host    string `json:"host"`
	Version string `json:"version"`
	Engine  string `json:"postgres_engine"`
	Channel string `json:"release_channel"`
}

// States of a project in which its database answers.
const (
	Healthy   = "ACTIVE_HEALTHY"
	Unhealthy = "ACTIVE_UNHEALTHY"
)

// Key is an API key of a project.
type Key struct {
	Name string        `json:"name"`
	Type string        `json:"type"` // "legacy", "publishable", "secret"
	Key  secret.String `json:"-"`
}

// Pooler is a pooler in front of a project.
type Pooler struct {
	Identifier string `json:"identifier"`
	Type       string `json:"database_type"` // "PRIMARY" or "READ_REPLICA"
	User       string `json:"db_user"`
	Host       string `json:"db_host"`
	Port       int    `json:"db_port"`
	Database   string `json:"db_name"`
	Connection string `json:"connection_string"` // with [YOUR-PASSWORD]
	Mode       string `json:"pool_mode"`
}

// LoginRole is a role of the database that was made for this run.
type LoginRole struct {
	Role     string
	Password secret.String
	TTL      time.Duration
}

// Health is how a service of a project is.
type Health struct {
	Name    string `json:"name"`
	Healthy bool   `json:"healthy"`
	Status  string `json:"status"`
	Error   string `json:"error"`
}

// Migration is a row of the history, as the platform shows it.
type Migration struct {
	Version    string   `json:"version"`
	Name       string   `json:"name"`
	Statements []string `json:"statements"`
	Rollback   []string `json:"rollback"`
	CreatedBy  string   `json:"created_by"`
}

// of returns a path below a project.
func of(ref, path string) string { return "/v1/projects/" + url.PathEscape(ref) + path }

// get is a call that may be sent again.
func get(name, path string) request {
	return request{method: http.MethodGet, path: path, name: name, repeatable: true, wait: 30 * time.Second}
}

// Projects returns the projects that the token can see.
func (c *Client) Projects(ctx context.Context) (all []Project, err error) {
	return all, c.call(ctx, get("projects", "/v1/projects"), &all)
}

// Project returns one project.
func (c *Client) Project(ctx context.Context, ref string) (p Project, err error) {
	return p, c.call(ctx, get("projects/ref", of(ref, "")), &p)
}

// Keys returns a project's API keys; those that are not revealed are zero.
func (c *Client) Keys(ctx context.Context, ref string) ([]Key, error) {
	var all []struct {
		Key
		Text string `json:"api_key"`
	}
	err := c.call(ctx, get("api-keys", of(ref, "/api-keys?reveal=true")), &all)
	keys := make([]Key, len(all))
	for i, k := range all {
		keys[i] = k.Key
		keys[i].Key = secret.New(k.Text)
	}
	return keys, err
}

// Poolers returns the poolers in front of a project.
func (c *Client) Poolers(ctx context.Context, ref string) (all []Pooler, err error) {
	return all, c.call(ctx, get("config/database/pooler", of(ref, "/config/database/pooler")), &all)
}

// Health asks how services of a project are.
func (c *Client) Health(ctx context.Context, ref, services string) (all []Health, err error) {
	return all, c.call(ctx, get("health", of(ref, "/health?services="+url.QueryEscape(services))), &all)
}

// Served returns the schemas that a project's data API serves.
func (c *Client) Served(ctx context.Context, ref string) ([]string, error) {
	var config struct {
		Schemas string `json:"db_schema"`
	}
	err := c.call(ctx, get("postgrest", of(ref, "/postgrest")), &config)
	return strings.FieldsFunc(config.Schemas, func(r rune) bool { return r == ',' || r == ' ' }), err
}

// ReadOnly reports whether the platform keeps a project's database from being written.
func (c *Client) ReadOnly(ctx context.Context, ref string) (bool, error) {
	var mode struct {
		Enabled bool `json:"enabled"`
	}
	return mode.Enabled, c.call(ctx, get("readonly", of(ref, "/readonly")), &mode)
}

// LoginRole makes a role to log in to the database with. Another one does no harm.
func (c *Client) LoginRole(ctx context.Context, ref string, readOnly bool) (LoginRole, error) {
	var made struct {
		Role     string `json:"role"`
		Password string `json:"password"`
		TTL      int    `json:"ttl_seconds"`
	}
	err := c.call(ctx, request{
		method: http.MethodPost, path: of(ref, "/cli/login-role"), name: "cli/login-role", repeatable: true,
		body: map[string]any{"read_only": readOnly}, wait: 30 * time.Second,
	}, &made)
	return LoginRole{made.Role, secret.New(made.Password), time.Duration(made.TTL) * time.Second}, err
}

// Query runs SQL on a project's database, as one message of the simple protocol, and returns the rows of its last
// statement. Repeatable SQL may be sent again where no answer came. The error is a *SQLError where the database refused.
func (c *Client) Query(ctx context.Context, ref, sql string, repeatable bool) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	err := c.call(ctx, request{
		method: http.MethodPost, path: of(ref, "/database/query"), name: "database/query", repeatable: repeatable,
		body: map[string]any{"query": sql},
	}, &rows)
	return rows, sqlOr(err)
}

// sqlOr returns what the database said, where err is that.
func sqlOr(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		if s := e.sqlError(); s != nil {
			return s
		}
		// The platform's own limit on a query: it was given up, and what became of it is for the history to say.
		e.Unknown = e.Unknown || upstreamLimit.MatchString(e.Message)
	}
	return err
}

// Migrations lists the history as the platform shows it.
func (c *Client) Migrations(ctx context.Context, ref string) (all []Migration, err error) {
	return all, c.call(ctx, get(migrations+"/list", of(ref, "/database/migrations")), &all)
}

// Migration returns one row of the history with its statements.
func (c *Client) Migration(ctx context.Context, ref, version string) (m Migration, err error) {
	return m, c.call(ctx, get(migrations+"/version", of(ref, "/database/migrations/"+url.PathEscape(version))), &m)
}

// ApplyMigration has the platform run and record a migration. The version is the platform's: its clock. The key names
// the migration, so that it is recorded once however often it is sent.
func (c *Client) ApplyMigration(ctx context.Context, ref, name, sql, key string) error {
	return sqlOr(c.call(ctx, request{
		method: http.MethodPost, path: of(ref, "/database/migrations"), name: migrations,
		body: map[string]any{"query": sql, "name": name}, header: http.Header{"Idempotency-Key": {key}},
	}, nil))
}

// Object is a JSON object whose order of names is kept.
type Object []Pair

// Pair is a name of an object with its value.
type Pair struct {
	Name  string
	Value json.RawMessage
}

// UnmarshalJSON reads the pairs in the order in which they stand.
func (o *Object) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return errors.Join(err, errors.New("a row of the answer is no object"))
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		p := Pair{Name: name.(string)}
		if err := d.Decode(&p.Value); err != nil {
			return err
		}
		*o = append(*o, p)
	}
	return nil
}
