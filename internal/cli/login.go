package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/account"
	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/render"
)

func loginCommand(c *console) *cobra.Command {
	var q app.LoginRequest
	var token hidden
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Keep an access token for the platform",
		Long: `Keep an access token, in the keyring or else in a file that only you may read, for this and the Supabase CLI. Without
--token one is made in the browser. SUPABASE_ACCESS_TOKEN counts before what is kept.`,
		Example: `  cairn login
  cairn login --token - < token.txt`,
		Args: takes(),
	}
	f := cmd.Flags()
	f.Var(&token, "token", "keep this `TOKEN`; - is standard input, where nobody else can read it")
	f.StringVar(&q.Name, "name", "", "what a token that is made in the browser is called")
	f.Bool("no-browser", false, "print the page's address (as is always done)")
	f.Lookup("no-browser").Hidden = true
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if token.set && token.text.IsZero() {
			return emptyURL("--token")
		}
		q.Token = account.Token{String: token.text, From: "--token"}
		return nil
	}
	return verb(c, cmd, &q, func(a *app.App, ctx context.Context, q app.LoginRequest, s event.Sink) (*app.LoginResult, error) {
		if q.Token.Reveal() == "-" {
			text, err := c.standardInput(ctx, "an access token")
			if err != nil {
				return nil, err
			}
			q.Token = account.NewToken(strings.TrimSpace(string(text)), "standard input")
		}
		return a.Login(ctx, q, s)
	}, func(s *render.Screen, r *app.LoginResult) {
		s.Printf("You are logged in. The token is kept in %s.\n", r.Kept)
	})
}

func logoutCommand(c *console) *cobra.Command {
	var q app.LogoutRequest
	cmd := &cobra.Command{
		Use: "logout", Short: "Forget the access token", Example: "  cairn logout", Args: takes(),
	}
	return verb(c, cmd, &q, (*app.App).Logout, func(s *render.Screen, r *app.LogoutResult) {
		if !r.Was {
			s.Printf("You were not logged in.\n")
			return
		}
		s.Printf("The access token is forgotten here. It stays valid until it is deleted in the dashboard.\n")
	})
}
