package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/local"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// consentToReset asks before a local database is replaced that holds what neither migrations nor seed made. One that is
// stopped is started for the look, and stopped again where the answer is no. Where nobody can look, that is asked.
func (a *App) consentToReset(ctx context.Context, server *local.Server, st *local.Status, s event.Sink) error {
	if st.Data == "" {
		return nil
	}
	if _, err := os.Stat(st.Data); errors.Is(err, fs.ErrNotExist) {
		return nil // nothing is left to lose
	}
	if st.Running {
		return a.consentToLose(ctx, st, a.losses(ctx, st, s), s)
	}
	started, err := server.Start(ctx)
	switch f := finding.As(err); {
	case err == nil:
		err = a.consentToLose(ctx, started, a.losses(ctx, started, s), s)
		if err != nil {
			_, _ = server.Stop(context.WithoutCancel(ctx)) // as it was; the refusal is what there is to tell
		}
		return err
	case f == nil || ctx.Err() != nil || f.Code == finding.PortTaken: // a reset would fail the same way
		return err
	default:
		return a.consentToLose(ctx, st, []string{"it cannot be started to look for rows: " + reason(f)}, s)
	}
}

// consentToLose asks where there is anything to lose.
func (a *App) consentToLose(ctx context.Context, st *local.Status, losses []string, s event.Sink) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	at := ourPlace(st)
	var detail []string
	for _, l := range losses {
		detail = append(detail, "  "+l)
	}
	return a.consent(ctx, Intent{
		Class: Reset, Action: "reset and lose these rows", Target: at.Name(), Detail: strings.Join(detail, "\n"),
		Confirm: at.confirm, Local: true, Ours: true, LosesRows: len(losses) > 0,
	}, s)
}

// losses says, line by line, what a reset of a running local database loses: rows in it, and other databases. What
// cannot be looked at counts as lost.
func (a *App) losses(ctx context.Context, st *local.Status, s event.Sink) []string {
	r := a.reader(ourPlace(st), s)
	defer r.Close()
	if _, err := r.Read(ctx); err != nil {
		lines := []string{"its history cannot be read, so nobody knows which rows would be lost: " + reason(err)}
		if r.Session() == nil {
			return lines
		}
		return append(lines, otherDatabases(ctx, r.Session(), st)...)
	}
	rows, err := apply.ForeignRows(ctx, r.Session())
	if err != nil {
		return []string{"its rows cannot be counted: " + reason(err)}
	}
	var lines []string
	for _, t := range rows {
		lines = append(lines, t.String())
	}
	return append(lines, otherDatabases(ctx, r.Session(), st)...)
}

// otherDatabases says which other databases of the server hold tables.
func otherDatabases(ctx context.Context, s target.Session, st *local.Status) []string {
	names, err := apply.Databases(ctx, s)
	if err != nil {
		return []string{"its other databases cannot be listed: " + reason(err)}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		other := &direct.Target{URL: secret.New(st.SocketURL(name, "postgres")), Label: "database " + name, IsLocal: true}
		session, err := other.Open(ctx, target.Options{Application: "cairn"})
		if err != nil {
			return false
		}
		defer func() { _ = session.Close() }()
		has, err := apply.HasTables(ctx, session)
		return err == nil && !has
	})
	for i, name := range names {
		names[i] = "the database " + name + ", with all that it holds"
	}
	return names
}

// reason is what an error says, without its hint.
func reason(err error) string {
	if f := finding.As(err); f != nil {
		return f.Message
	}
	return err.Error()
}
