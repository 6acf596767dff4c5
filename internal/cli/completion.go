package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cairndb/cairn/internal/app"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/render"
)

type completionRequest struct{ shell string }

// completionResult is a script for a shell. It is about this command line and nothing else, so it is no verb of the app.
type completionResult struct {
	Shell  string `json:"shell"`
	Script string `json:"script" jsonschema:"to be read by that shell"`
}

var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionCommand(c *console) *cobra.Command {
	var q completionRequest
	cmd := &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that completes cairn's commands in your shell",
		Long: `Print a script that completes commands and flags when you press Tab, for ` + oneOf(shells) + `.

bash needs the package bash-completion; zsh needs compinit in ~/.zshrc.`,
		Example: `  source <(cairn completion bash)                                      for this shell only
  cairn completion bash > ~/.local/share/bash-completion/completions/cairn
  cairn completion zsh > "${fpath[1]}/_cairn"
  cairn completion fish > ~/.config/fish/completions/cairn.fish
  cairn completion powershell | Out-String | Invoke-Expression`,
		Args:      takes("SHELL"),
		ValidArgs: shells,
		PreRunE: func(_ *cobra.Command, args []string) error {
			q.shell = args[0]
			return nil
		},
	}
	script := func(_ *app.App, _ context.Context, q completionRequest, _ event.Sink) (*completionResult, error) {
		var b strings.Builder
		var err error
		switch root := cmd.Root(); q.shell {
		case "bash":
			err = root.GenBashCompletionV2(&b, true)
		case "zsh":
			err = root.GenZshCompletion(&b)
		case "fish":
			err = root.GenFishCompletion(&b, true)
		case "powershell":
			err = root.GenPowerShellCompletionWithDesc(&b)
		default:
			return nil, &finding.Finding{
				Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
				Message: "no completion for " + q.shell, Hint: "there is one for " + oneOf(shells),
			}
		}
		return &completionResult{q.shell, b.String()}, err
	}
	return verb(c, cmd, &q, script, func(s *render.Screen, r *completionResult) { s.Verbatim(r.Script) })
}
