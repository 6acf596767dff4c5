package local

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/pgbin"
	"github.com/jackc/pgx/v5"
)

func TestTry(t *testing.T) {
	a, _ := pgbin.Unprivileged(os.Getenv)
	c, err := pgbin.Cache(os.Getenv, a)
	if err != nil {
		t.Fatal(err)
	}
	f := &pgbin.Finder{Cache: c, Account: a, Getenv: os.Getenv, OS: runtime.GOOS, Arch: runtime.GOARCH}
	s := Server{Project: t.TempDir(), Port: 45999, Major: 17, Finder: f}
	b := time.Now()
	st, err := s.Start(t.Context())
	t.Logf("%+v %v %v", st, err, time.Since(b))
	for range 6 {
		b = time.Now()
		st, err = s.Reset(t.Context())
		t.Logf("%+v %v %v", st, err, time.Since(b))
		cc, err := pgx.Connect(t.Context(), st.URL())
		if err != nil {
			t.Fatal(err)
		}
		cc.Close(t.Context())
	}
	st, err = s.Status(t.Context())
	t.Logf("%+v %v", st, err)
	b = time.Now()
	ok, err := s.Stop(t.Context())
	t.Log(ok, err, time.Since(b))
	st, err = s.Status(t.Context())
	t.Logf("%+v %v", st, err)
	h, _ := s.home()
	os.RemoveAll(h)
}
