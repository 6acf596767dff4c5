// Command cairn is the migration system for Postgres and Supabase.
package main

import (
	"os"
	"runtime"

	"github.com/cairndb/cairn/internal/cli"
)

func main() {
	// A command mostly waits for a server, often one on this machine: threads that look for work meanwhile would take the
	// server's time. Measured on two cores, a push of 1,000 files takes an eighth less on one.
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(1)
	}
	os.Exit(cli.Main(cli.Process()))
}
