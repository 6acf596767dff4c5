package standin

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/cairndb/cairn/internal/sqltext"
)

// routes are the endpoints that there are.
func (s *Server) routes() {
	s.mux = http.NewServeMux()
	s.route("GET /v1/projects", s.listProjects)
	s.route("GET /v1/organizations", func(w http.ResponseWriter, _ *http.Request) {
		give(w, http.StatusOK, []any{map[string]any{"id": organization, "slug": organization, "name": "Stand-in"}})
	})
	s.route("GET /v1/profile", func(w http.ResponseWriter, _ *http.Request) {
		give(w, http.StatusOK, map[string]any{"gotrue_id": "00000000-0000-0000-0000-000000000000", "primary_email": "stand@in.test", "username": "standin"})
	})
	s.route("GET /v1/projects/{ref}", s.project(func(w http.ResponseWriter, _ *http.Request, p Project) { give(w, http.StatusOK, about(p)) }))
	s.route("GET /v1/projects/{ref}/api-keys", s.project(keys))
	s.route("GET /v1/projects/{ref}/config/database/pooler", s.project(func(w http.ResponseWriter, _ *http.Request, p Project) {
		give(w, http.StatusOK, slices.Concat([]Pooler{}, p.Poolers))
	}))
	s.route("GET /v1/projects/{ref}/config/storage", s.project(func(w http.ResponseWriter, _ *http.Request, _ Project) {
		give(w, http.StatusOK, map[string]any{
			"fileSizeLimit": 52428800, "features": map[string]any{"imageTransformation": map[string]any{"enabled": false}, "s3Protocol": map[string]any{"enabled": true}},
		})
	}))
	s.route("GET /v1/projects/{ref}/postgrest", s.project(func(w http.ResponseWriter, _ *http.Request, _ Project) {
		give(w, http.StatusOK, map[string]any{"db_schema": "public,graphql_public", "db_extra_search_path": "public,extensions", "max_rows": 1000, "db_pool": nil})
	}))
	s.route("GET /v1/projects/{ref}/readonly", s.project(func(w http.ResponseWriter, _ *http.Request, p Project) {
		give(w, http.StatusOK, map[string]any{"enabled": p.ReadOnly, "override_enabled": false, "override_active_until": ""})
	}))
	s.route("GET /v1/projects/{ref}/health", s.project(s.health))
	s.route("POST /v1/projects/{ref}/network-bans/retrieve", s.project(func(w http.ResponseWriter, _ *http.Request, _ Project) {
		give(w, http.StatusCreated, map[string]any{"banned_ipv4_addresses": []string{}})
	}))
	s.route("GET /v1/projects/{ref}/branches", s.project(func(w http.ResponseWriter, _ *http.Request, _ Project) { give(w, http.StatusOK, []any{}) }))
	s.route("POST /v1/projects/{ref}/cli/login-role", s.awake(s.loginRole))
	s.route("DELETE /v1/projects/{ref}/cli/login-role", s.awake(s.dropLoginRoles))
	s.route("POST /v1/projects/{ref}/database/query", s.awake(s.query))
	s.route("POST /v1/projects/{ref}/database/query/read-only", s.awake(s.queryReadOnly))
	s.route("GET /v1/projects/{ref}/database/migrations", s.awake(s.listMigrations))
	s.route("POST /v1/projects/{ref}/database/migrations", s.awake(s.applyMigration))
	s.route("PUT /v1/projects/{ref}/database/migrations", s.awake(s.recordMigration))
	s.route("GET /v1/projects/{ref}/database/migrations/{version}", s.awake(s.oneMigration))
	s.mux.HandleFunc("GET "+dataPath+"{ref}/rest/v1/{$}", s.project(s.dataRoot))
	// Of the stand-in itself: what is to go wrong.
	s.mux.HandleFunc("POST /standin/faults", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		if read(w, r, &f) {
			s.Fail(f)
			give(w, http.StatusCreated, f)
		}
	})
	s.mux.HandleFunc("PATCH /standin/projects/{ref}", func(w http.ResponseWriter, r *http.Request) {
		var to struct {
			Status   string `json:"status"`
			ReadOnly *bool  `json:"read_only"`
		}
		if !read(w, r, &to) {
			return
		}
		s.Change(r.PathValue("ref"), func(p *Project) {
			p.Status = cmp.Or(to.Status, p.Status)
			if to.ReadOnly != nil {
				p.ReadOnly = *to.ReadOnly
			}
		})
		give(w, http.StatusOK, to)
	})
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "Cannot "+r.Method+" "+r.URL.Path)
	})
}

// organization is the one that all projects are in.
const organization = "standinorganization"

func about(p Project) map[string]any {
	return map[string]any{
		"id": p.Ref, "ref": p.Ref, "organization_id": organization, "organization_slug": organization, "name": p.Name, "region": p.Region,
		"created_at": "2026-01-01T00:00:00.000000Z", "status": p.Status,
		"database": map[string]any{"host": p.Host, "version": p.Version, "postgres_engine": strings.SplitN(p.Version, ".", 2)[0], "release_channel": "ga"},
	}
}

func (s *Server) listProjects(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []any{}
	for _, p := range s.projects {
		all = append(all, about(*p))
	}
	give(w, http.StatusOK, all)
}

func keys(w http.ResponseWriter, r *http.Request, p Project) {
	service := serviceKey(p)
	reveal := r.URL.Query().Get("reveal") == "true"
	key := func(name, kind, text string) map[string]any {
		if kind == "secret" && !reveal {
			text = text[:len(text)-min(len(text), 8)] + "········"
		}
		return map[string]any{"name": name, "type": kind, "id": name, "api_key": text, "prefix": text[:min(8, len(text))], "description": nil}
	}
	give(w, http.StatusOK, []any{
		key("anon", "legacy", "anon_standin_"+p.Ref), key("service_role", "legacy", service),
		key("default", "publishable", "sb_publishable_standin_"+p.Ref), key("default", "secret", service),
	})
}

func serviceKey(p Project) string {
	if !p.ServiceKey.IsZero() {
		return p.ServiceKey.Reveal()
	}
	return "sb_secret_standin_" + p.Ref
}

// health asks the database itself; the other services that are asked for are always well.
func (s *Server) health(w http.ResponseWriter, r *http.Request, p Project) {
	services := r.URL.Query()["services"]
	if len(services) == 1 {
		services = strings.Split(services[0], ",")
	}
	if len(services) == 0 || services[0] == "" {
		fail(w, http.StatusBadRequest, "services should not be empty")
		return
	}
	all := []any{}
	for _, name := range services {
		one := map[string]any{"name": name, "healthy": true, "status": "ACTIVE_HEALTHY"}
		if name == "db" {
			conn, err := pgx.Connect(r.Context(), p.URL.Reveal())
			if err == nil {
				_ = conn.Close(r.Context())
			}
			if err != nil || p.Status != "ACTIVE_HEALTHY" {
				one = map[string]any{"name": name, "healthy": false, "status": "UNHEALTHY", "error": "the database does not answer"}
			}
		}
		all = append(all, one)
	}
	give(w, http.StatusOK, all)
}

// loginPrefix is what the names of login roles begin with on the platform.
const loginPrefix = "cli_login_"

// loginRole makes a role that may become postgres and is good for five minutes.
func (s *Server) loginRole(w http.ResponseWriter, r *http.Request, p Project) {
	var req struct {
		ReadOnly bool `json:"read_only"`
	}
	if !read(w, r, &req) {
		return
	}
	if p.Admin.IsZero() {
		fail(w, http.StatusForbidden, "Forbidden resource")
		return
	}
	of := "postgres"
	if req.ReadOnly {
		of = "supabase_read_only_user"
	}
	name, password := loginPrefix+randomHex(6), randomHex(16)
	err := asAdmin(r.Context(), p,
		sqltext.Format("create role %I login noinherit password %L valid until '%s'", name, password, s.now().Add(loginTTL).UTC().Format("2006-01-02 15:04:05Z07:00")),
		sqltext.Format("grant %I to %I", of, name))
	if err != nil {
		fail(w, http.StatusInternalServerError, "Failed to create login role: "+err.Error())
		return
	}
	give(w, http.StatusCreated, map[string]any{"role": name, "password": password, "ttl_seconds": int(loginTTL.Seconds())})
}

func (s *Server) dropLoginRoles(w http.ResponseWriter, r *http.Request, p Project) {
	err := asAdmin(r.Context(), p, `do $$ declare name text; begin
		for name in select rolname from pg_roles where rolname like 'cli\_login\_%' loop execute format('drop role %I', name); end loop; end $$`)
	if err != nil {
		fail(w, http.StatusInternalServerError, "Failed to delete login roles: "+err.Error())
		return
	}
	give(w, http.StatusOK, map[string]any{"message": "ok"})
}

func asAdmin(ctx context.Context, p Project, statements ...string) error {
	conn, err := pgx.Connect(ctx, p.Admin.Reveal())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// raw is text that is JSON already.
func raw(text string) json.RawMessage { return json.RawMessage(text) }
