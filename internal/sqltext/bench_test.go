package sqltext

import (
	"strings"
	"testing"
)

func BenchmarkSplit(b *testing.B) {
	statement := "insert into public.items (id, name, note) values (42, 'a name; with '' quotes', $$body; here$$); -- done\n" +
		"create index if not exists items_name_idx on public.items (name) where note is not null;\n"
	text := strings.Repeat(statement, 200<<20/len(statement)/20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for p, err := range Pieces(text) {
			if err != nil || p.End == 0 {
				b.Fatal(err)
			}
		}
	}
}
