package standin

// Endpoints are those of the API that the server has.
func (s *Server) Endpoints() []string {
	s.once.Do(s.routes)
	return s.names
}
