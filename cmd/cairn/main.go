// Command cairn is the migration system for Postgres and Supabase.
package main

import (
	"os"

	"github.com/cairndb/cairn/internal/cli"
)

func main() { os.Exit(cli.Main(cli.Process())) }
