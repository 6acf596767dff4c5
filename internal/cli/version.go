package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/render"
)

func versionCommand(c *console) *cobra.Command {
	var q app.VersionRequest
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print which cairn this is",
		Long:    "Print the version, the commit it was built from, and the platform it was built for. `cairn --version` is the same.",
		Example: "  cairn version --json",
		Args:    takes(),
	}
	return verb(c, cmd, &q, (*app.App).Version, func(s *render.Screen, r *app.VersionResult) {
		s.Printf("cairn %s\n", r.Version)
		if r.Revision != "" {
			built := r.Revision
			if r.Modified {
				built += ", modified"
			}
			s.Printf("commit %s\n", strings.TrimSpace(built+" "+r.Time))
		}
		s.Printf("%s %s\n", r.Go, r.Platform)
	})
}
