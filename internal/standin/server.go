// Package standin stands in for the hosted platform: an HTTP server with the part of the Management API that cairn and
// the Supabase CLI use, with real Postgres databases behind it. It limits rates as the platform does, and fails on
// demand. Which texts only the real platform could confirm is said where they stand: "replayed".
package standin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cairndb/cairn/internal/secret"
)

// Server is the platform. Its fields are set before it serves.
type Server struct {
	Token     secret.String // the one that is accepted
	Now       func() time.Time
	PerMinute int           // requests of an account, by endpoint; 0 is 120
	Gateway   time.Duration // how long the gateway waits for an answer; 0 is a minute

	mu       sync.Mutex
	projects []*Project
	faults   []*Fault
	sent     map[string][]time.Time // by endpoint
	requests []string               // "POST /v1/…", in order
	once     sync.Once
	mux      *http.ServeMux
}

// Project is a hosted project.
type Project struct {
	Ref, Name, Region string
	Status            string
	ReadOnly          bool // the platform keeps it from being written
	Version           string
	Host              string // of its database, with a port where that is not 5432
	Poolers           []Pooler
	URL               secret.String // its database, as the role postgres
	Admin             secret.String // the same as a superuser, for login roles; zero has none
	ServiceKey        secret.String // the legacy key of the role service_role; zero is made up
}

// Pooler is an entry of a project's pooler configuration.
type Pooler struct {
	Identifier string `json:"identifier"`
	Type       string `json:"database_type"`
	SCRAM      bool   `json:"is_using_scram_auth"`
	User       string `json:"db_user"`
	Host       string `json:"db_host"`
	Port       int    `json:"db_port"`
	Database   string `json:"db_name"`
	Connection string `json:"connection_string"`
	Size       int    `json:"default_pool_size"`
	Clients    int    `json:"max_client_conn"`
	Mode       string `json:"pool_mode"`
}

// Fault is what goes wrong with some of the next requests.
type Fault struct {
	Match  string            `json:"match"`            // a regular expression for "METHOD /path"
	Body   string            `json:"in_body"`          // what the request's body must hold; "" is anything
	Times  int               `json:"times"`            // for how many requests; 0 is one
	Done   bool              `json:"done"`             // the request is done first, and only its answer is lost
	Status int               `json:"status"`           // of the answer in place of the real one; 0 leaves it
	Header map[string]string `json:"header,omitempty"` // of that answer
	Text   string            `json:"text"`             // the body of that answer
	Cut    bool              `json:"cut"`              // the connection is closed without an answer
	Short  int               `json:"short"`            // with Done: the real answer, but only its first bytes
	Delay  time.Duration     `json:"delay_ns"`         // before all else
	Late   time.Duration     `json:"late_ns"`          // the connection is closed at once, and the request done so much later
}

// Add puts a project on the platform.
func (s *Server) Add(p *Project) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Status == "" {
		p.Status = "ACTIVE_HEALTHY"
	}
	s.projects = append(s.projects, p)
}

// Change changes a project while the platform runs.
func (s *Server) Change(ref string, change func(*Project)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.projects {
		if p.Ref == ref {
			change(p)
		}
	}
}

// Fail makes some of the next requests fail.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.faults = append(s.faults, &f)
}

// Requests returns what was asked so far, as "METHOD /path", and forgets it.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.requests
	s.requests = nil
	return all
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.once.Do(s.routes)
	text, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	f := s.record(r, string(text))
	if f == nil {
		s.mux.ServeHTTP(w, r)
		return
	}
	if f.Late > 0 {
		late := r.WithContext(context.WithoutCancel(r.Context()))
		time.AfterFunc(f.Late, func() { s.mux.ServeHTTP(&answer{header: http.Header{}}, late) })
		s.cut(w)
		return
	}
	select {
	case <-time.After(f.Delay):
	case <-r.Context().Done():
	}
	real := &answer{header: http.Header{}, status: http.StatusOK}
	if f.Done || !f.Cut && f.Status == 0 {
		s.mux.ServeHTTP(real, r.WithContext(context.WithoutCancel(r.Context())))
	}
	switch {
	case f.Cut:
		s.cut(w)
		return
	case f.Status != 0:
		w.Header().Set("Content-Type", "text/html")
		if strings.HasPrefix(f.Text, "{") {
			w.Header().Set("Content-Type", "application/json")
		}
		for name, value := range f.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Text)
		return
	}
	for name, values := range real.header {
		w.Header()[name] = values
	}
	body := real.body.Bytes()
	if f.Short > 0 {
		body = body[:min(f.Short, len(body))]
	}
	w.WriteHeader(real.status)
	_, _ = w.Write(body)
}

// cut closes the connection without an answer.
func (s *Server) cut(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// record notes a request and returns the fault that it meets, or nil.
func (s *Server) record(r *http.Request, body string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.Method + " " + r.URL.Path
	s.requests = append(s.requests, name)
	for i, f := range s.faults {
		if ok, err := regexp.MatchString(f.Match, name); err != nil || !ok || !strings.Contains(body, f.Body) {
			continue
		}
		if f.Times--; f.Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	return nil
}

// answer is an answer that is kept back.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header                { return a.header }
func (a *answer) WriteHeader(status int)             { a.status = status }
func (a *answer) Write(text []byte) (int, error)     { return a.body.Write(text) }
func (s *Server) route(m string, h http.HandlerFunc) { s.mux.HandleFunc(m, s.guarded(m, h)) }

// project makes a handler of one that works on a project.
func (s *Server) project(h func(http.ResponseWriter, *http.Request, Project)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		i := slices.IndexFunc(s.projects, func(p *Project) bool { return p.Ref == r.PathValue("ref") })
		var p Project
		if i >= 0 {
			p = *s.projects[i]
		}
		s.mu.Unlock()
		if i < 0 {
			fail(w, http.StatusNotFound, "Project not found") // replayed
			return
		}
		h(w, r, p)
	}
}

// awake is project for what needs the database.
func (s *Server) awake(h func(http.ResponseWriter, *http.Request, Project)) http.HandlerFunc {
	return s.project(func(w http.ResponseWriter, r *http.Request, p Project) {
		if !isAwake(p) {
			fail(w, http.StatusBadRequest, "Project is not active: its status is "+p.Status) // replayed
			return
		}
		h(w, r, p)
	})
}

func isAwake(p Project) bool { return p.Status == "ACTIVE_HEALTHY" || p.Status == "ACTIVE_UNHEALTHY" }

// guarded checks the token and the rate before a handler.
func (s *Server) guarded(name string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		switch {
		case !ok || token == "":
			fail(w, http.StatusUnauthorized, "Unauthorized")
		case token != s.Token.Reveal():
			fail(w, http.StatusUnauthorized, "JWT could not be decoded") // replayed
		case !s.inTime(w, name):
			fail(w, http.StatusTooManyRequests, "ThrottlerException: Too Many Requests")
		default:
			h(w, r)
		}
	}
}

// inTime counts a request and says in the header what is left.
func (s *Server) inTime(w http.ResponseWriter, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := s.PerMinute
	if limit == 0 {
		limit = 120
	}
	now := s.now()
	if s.sent == nil {
		s.sent = map[string][]time.Time{}
	}
	sent := slices.DeleteFunc(s.sent[name], func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	reset := 60
	if len(sent) > 0 {
		reset = int((time.Minute - now.Sub(sent[0])).Seconds()) + 1
	}
	ok := len(sent) < limit
	if ok {
		sent = append(sent, now)
	}
	s.sent[name] = sent
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(limit-len(sent)))
	w.Header().Set("X-RateLimit-Reset", strconv.Itoa(reset))
	return ok
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// read decodes a request's body.
func read(w http.ResponseWriter, r *http.Request, to any) bool {
	if err := json.NewDecoder(r.Body).Decode(to); err != nil && !errors.Is(err, io.EOF) {
		fail(w, http.StatusBadRequest, "Unexpected token in JSON")
		return false
	}
	return true
}

// give answers with JSON.
func give(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// fail answers as the platform does where it says no.
func fail(w http.ResponseWriter, status int, message string) {
	give(w, status, map[string]any{"message": message})
}
