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

// CreateSeeds makes the table of seed files as the Supabase CLI makes it.
func CreateSeeds() []target.Step {
	return []target.Step{{SQL: schemaCreateSQL}, {SQL: seedCreateSQL}}
}

// RecordSeed records that the seed file at path ran with this content.
func RecordSeed(path, hash string, began func(xid, pid string)) target.Step {
	return target.Step{SQL: seedRecordSQL, Args: texts(path, hash), Row: two(began)}
}
