package standin

import (
	_ "embed"
	"net/http"
)

//go:embed data.sql
var dataSQL string

// dataPath is where the data APIs of projects are, which on the platform have an address each: https://REF.supabase.co.
const dataPath = "/standin/data/"

// DataURL is the path of a project's data API, for SUPABASE_URL.
func DataURL(ref string) string { return dataPath + ref }

// dataRoot is the root of a data API: an OpenAPI document of what it serves to the key.
func (s *Server) dataRoot(w http.ResponseWriter, r *http.Request, p Project) {
	if !isAwake(p) {
		fail(w, http.StatusServiceUnavailable, "Project is paused") // replayed
		return
	}
	if r.Header.Get("apikey") != serviceKey(p) {
		give(w, http.StatusUnauthorized, map[string]any{"message": "Invalid API key", "hint": "Double check your Supabase `anon` or `service_role` API key."}) // replayed
		return
	}
	conn := s.connect(w, r, p)
	if conn == nil {
		return
	}
	defer func() { _ = conn.Close(r.Context()) }()
	rows, err := lastRows(r.Context(), conn, dataSQL, nil)
	if err != nil {
		fail(w, http.StatusServiceUnavailable, "Could not query the database for the schema cache. Retrying.")
		return
	}
	give(w, http.StatusOK, map[string]any{
		"swagger": "2.0", "info": map[string]any{"title": "standard public schema", "version": "13.0"}, "paths": rows[0][0].value,
	})
}
