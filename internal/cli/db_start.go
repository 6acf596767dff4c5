package cli

import (
	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func startCommand(c *console) *cobra.Command {
	var q app.DatabaseRequest
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Start the project's local database",
		Long: `Start a Postgres for this project on the port that supabase/config.toml names. The first time it is made: with the
Supabase platform, the migrations and the seed. It runs on until it is stopped.`,
		Example: "  cairn db start",
		Args:    takes(),
	}
	return verb(c, cmd, &q, (*app.App).StartDatabase, func(s *render.Screen, r *app.Database) {
		if !r.Changed {
			s.Printf("The local database is running already.\n")
		}
		showDatabase(s, r)
	})
}

func stopCommand(c *console) *cobra.Command {
	var q app.DatabaseRequest
	cmd := &cobra.Command{
		Use:     "stop",
		Short:   "Stop the project's local database; its data stays",
		Example: "  cairn db stop",
		Args:    takes(),
	}
	return verb(c, cmd, &q, (*app.App).StopDatabase, func(s *render.Screen, r *app.Database) {
		if r.Changed {
			s.Printf("The local database is stopped.\n")
		} else {
			s.Printf("The local database was not running.\n")
		}
	})
}

func databaseStatusCommand(c *console) *cobra.Command {
	var q app.DatabaseRequest
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Say whether the local database runs, and where",
		Example: "  cairn db status --json",
		Args:    takes(),
	}
	return verb(c, cmd, &q, (*app.App).DatabaseStatus, showDatabase)
}

func showDatabase(s *render.Screen, r *app.Database) {
	if !r.Running {
		s.Printf("The local database is not running. `cairn db start` starts it.\n")
		return
	}
	s.Printf("Postgres %s at %s\n", r.Version, r.URL)
	if r.Stale {
		s.Printf("It was made with another version of the platform; `cairn db reset` makes it anew.\n")
	}
}
