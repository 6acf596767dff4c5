package app

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/target"
)

//go:embed database_stays.sql
var staysSQL string

// staying says what a database keeps when it is emptied although a migration may have made it; "" where that is
// nothing. A history that makes such a thing without asking whether it is there does not run a second time.
func staying(ctx context.Context, s target.Session) (string, error) {
	names := map[string][]string{}
	rows, err := target.Rows(ctx, s, staysSQL)
	if err != nil {
		return "", unseen(err)
	}
	for _, row := range rows {
		kind := string(row[0])
		names[kind] = append(names[kind], string(row[1]))
	}
	if len(names["vault"]) > 0 {
		secrets, err := target.Rows(ctx, s, "select coalesce(name, id::text) from vault.secrets order by 1")
		if err != nil {
			return "", unseen(err)
		}
		for _, row := range secrets {
			names["secret"] = append(names["secret"], string(row[0]))
		}
	}
	var lines []string
	for _, k := range []struct{ kind, called string }{
		{"role", "roles"}, {"secret", "secrets in the vault"}, {"extension", "extensions that the platform installs"},
	} {
		if all := names[k.kind]; len(all) > 0 {
			lines = append(lines, "  "+k.called+": "+few(all))
		}
	}
	if len(lines) == 0 {
		return "", nil
	}
	return "These stay, and a migration that makes one of them anew fails:\n" + strings.Join(lines, "\n"), nil
}

// few lists names, but no more than a person reads.
func few(names []string) string {
	const most = 12
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// unseen says that nobody could look what a database holds.
func unseen(err error) error {
	return &finding.Finding{
		Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, Cause: err,
		Message: "the database could not be asked what it holds: nothing was changed", Detail: err.Error(),
		Hint: "run the command again",
	}
}
