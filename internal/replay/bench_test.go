package replay_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cairndb/cairn/internal/replay"
)

// BenchmarkReplay replays 300 generated files, as on a project with a long history.
func BenchmarkReplay(b *testing.B) {
	var files []file
	rng := rand.New(rand.NewPCG(1, 1))
	s := &shape{rng: rng}
	for i := range 300 {
		d := doc{name: "step"}
		for range 1 + rng.IntN(4) {
			d.stmts = append(d.stmts, s.next()...)
		}
		for _, e := range s.enums {
			e.labels, e.fresh = append(e.labels, e.fresh...), nil
		}
		text, _ := d.text()
		files = append(files, file{fileName(i, d), text})
	}
	parsed, broken := history(b, files...)
	b.ResetTimer()
	for b.Loop() {
		if r := run(b, server, replay.Replay{Files: parsed, Broken: broken}); len(r.Failures) > 0 {
			b.Fatal(shown(r))
		}
	}
}

// BenchmarkDiagnose replays a short history in which every file fails, and tells why.
func BenchmarkDiagnose(b *testing.B) {
	var files []file
	for i := range 100 {
		files = append(files, file{fileName(i, doc{name: "step"}), "create index on nowhere (a);\nselect 1;\n"})
	}
	parsed, _ := history(b, files...)
	b.ResetTimer()
	for b.Loop() {
		if r := run(b, server, replay.Replay{Files: parsed}); len(r.Causes) != 1 || len(r.Failures) != 100 {
			b.Fatal(shown(r))
		}
	}
}
