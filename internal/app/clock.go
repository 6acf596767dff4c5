package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/migration"
	"github.com/cairndb/cairn/internal/target"
)

// ahead is how far a version may be dated after the server's clock: a day's worth of time zones is no mistake.
const ahead = 24 * time.Hour

// noteClock tells of pending versions that are dated after the server's clock: made on a machine whose clock is wrong,
// they will stand before everything that others make in the meantime. A server that gives no answer says so soon.
func noteClock(ctx context.Context, session target.Session, pending []*migration.Migration, s event.Sink) {
	var dated []*migration.Migration
	for _, m := range pending {
		if _, ok := migration.VersionTime(m.Version); ok {
			dated = append(dated, m)
		}
	}
	if len(dated) == 0 {
		return
	}
	rows, err := target.Rows(ctx, session, "select extract(epoch from clock_timestamp())::bigint::text")
	if err != nil {
		return
	}
	var seconds int64
	if _, err := fmt.Sscan(string(rows[0][0]), &seconds); err != nil {
		return
	}
	server := time.Unix(seconds, 0).UTC()
	var files []string
	for _, m := range dated {
		if at, _ := migration.VersionTime(m.Version); at.After(server.Add(ahead)) {
			files = append(files, m.File.Name)
		}
	}
	if len(files) == 0 {
		return
	}
	s(event.Found{Finding: &finding.Finding{
		Code: finding.ClockAhead, Severity: finding.Warning,
		Message: fmt.Sprintf("%s dated after the server's clock, which says %s", areOrIs(len(files)), server.Format(time.DateTime)),
		Detail:  strings.Join(files[:min(len(files), 10)], "\n"),
		Hint:    "look at the clocks of this machine and of the server; what others make with the right time will be out of order behind these",
	}})
}

func areOrIs(n int) string {
	if n == 1 {
		return "1 migration is"
	}
	return count(n, "migration") + " are"
}
