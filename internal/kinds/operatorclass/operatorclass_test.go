package operatorclass_test

import (
	"os"
	"testing"

	"github.com/cairndb/cairn/internal/kindtest"
	"github.com/cairndb/cairn/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestKind(t *testing.T) { kindtest.Run(t) }
