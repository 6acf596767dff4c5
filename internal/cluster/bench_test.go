package cluster_test

import (
	"path/filepath"
	"testing"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/jackc/pgx/v5"
)

// prepared returns a host with its plain template and a throwaway folder.
func prepared(b *testing.B) (cluster.Host, string, *cluster.Scratch) {
	b.Helper()
	h, err := pgtest.Host(b.Context(), 17)
	if err != nil {
		b.Fatal(err)
	}
	template, err := h.Template(b.Context(), cluster.Template{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := h.Scratch(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Remove)
	return h, template, s
}

// BenchmarkCopy measures the copy of a data directory into a throwaway folder.
func BenchmarkCopy(b *testing.B) {
	h, template, first := prepared(b)
	first.Remove()
	for b.Loop() {
		b.StopTimer()
		s, err := h.Scratch(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := h.Copy(template, filepath.Join(s.Dir, "data")); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Remove()
		b.StartTimer()
	}
}

// BenchmarkFirstQuery measures a server from its start to the answer of a first query.
func BenchmarkFirstQuery(b *testing.B) {
	h, template, s := prepared(b)
	if err := h.Copy(template, filepath.Join(s.Dir, "data")); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		server, err := h.Start(b.Context(), cluster.Config{Home: s.Dir})
		if err != nil {
			b.Fatal(err)
		}
		conn, err := pgx.Connect(b.Context(), server.URL("postgres", "postgres"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Exec(b.Context(), "SELECT 1"); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_ = conn.Close(b.Context())
		if err := server.Stop(b.Context(), cluster.Fast); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkStop measures how long a fast stop takes.
func BenchmarkStop(b *testing.B) {
	h, template, s := prepared(b)
	if err := h.Copy(template, filepath.Join(s.Dir, "data")); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		b.StopTimer()
		server, err := h.Start(b.Context(), cluster.Config{Home: s.Dir})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if err := server.Stop(b.Context(), cluster.Fast); err != nil {
			b.Fatal(err)
		}
	}
}
