package source_test

import (
	"strings"
	"testing"

	"github.com/cairndb/cairn/internal/source"
)

// Places says of every place what Pos says, in whatever order it is asked.
func TestPlaces(t *testing.T) {
	f := &source.File{Name: "f", Text: strings.Repeat("é漢🎉 x\r\n\n\tyz", 20)}
	other := &source.File{Name: "g", Text: "a\nb"}
	var places source.Places
	var starts []int
	for at := range f.Text {
		starts = append(starts, at)
	}
	for i, at := range starts {
		for _, s := range []source.Span{f.Span(at, at), f.Span(starts[i*7%len(starts)], at), other.Span(at%3, 3), {}} {
			if got, want := places.Pos(s), s.Pos(); got != want {
				t.Fatalf("%d: %v, want %v", s.Start, got, want)
			}
			if got, want := places.String(s), s.String(); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
	}
}
