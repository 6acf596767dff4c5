package history

import (
	"context"
	_ "embed"

	"github.com/cairndb/cairn/internal/target"
)

//go:embed seed_create.sql
var seedCreateSQL string

//go:embed seed_probe.sql
var seedProbeSQL string

//go:embed seed_read.sql
var seedReadSQL string

//go:embed seed_update.sql
var seedUpdateSQL string

//go:embed seed_record.sql
var seedRecordSQL string

// Seeds returns the SHA-256 of each seed file that ran, by recorded path; nil where none ever did.
func Seeds(ctx context.Context, s target.Session) (map[string]string, error) {
	there, err := target.Rows(ctx, s, seedProbeSQL)
	if err != nil || string(there[0][0]) != "t" {
		return nil, err
	}
	seeds := map[string]string{}
	err = target.One(ctx, s, target.Step{SQL: seedReadSQL, Row: func(v [][]byte) { seeds[string(v[0])] = string(v[1]) }})
	return seeds, err
}

// CreateSeeds makes the table of seed files as the Supabase CLI makes it, beside the history.
func CreateSeeds() []target.Step { return []target.Step{{SQL: seedCreateSQL}} }

// RecordSeed records that the seed file at path has this content: fresh, before it runs, which fails with 23505 where
// another run has recorded it; else in place of what was recorded.
func RecordSeed(path, hash string, fresh bool, claimed func(Claim)) target.Step {
	sql := seedUpdateSQL
	if fresh {
		sql = seedRecordSQL
	}
	return target.Step{SQL: sql, Args: texts(path, hash), Row: ReadClaim(claimed)}
}
