package pgbin_test

import (
	"testing"

	"github.com/cairndb/cairn/internal/pgtest"
)

func TestPlainUser(t *testing.T) {
	pgtest.AsPlainUser(t, "^(TestFind|TestExtract|TestCache|TestUnprivileged|TestLock)", 17)
}
