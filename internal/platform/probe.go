package platform

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed probe.sql
var probe string

// ProbeExposure says which of the variants a live database began with, as its catalog tells it now: what the role
// postgres grants by default on new tables in the schema public. A database without any such grant is NotExposed.
//
// Migrations may have changed those grants since for a role or two, so the variant is the one that more of the three API
// roles still show. The error is the session's.
func ProbeExposure(ctx context.Context, s target.Session) (Exposure, error) {
	rows, err := target.Rows(ctx, s, probe)
	if err != nil {
		return Classic, fmt.Errorf("read the default privileges: %w", err)
	}
	if string(rows[0][0]) == "t" {
		return Classic, nil
	}
	return NotExposed, nil
}
