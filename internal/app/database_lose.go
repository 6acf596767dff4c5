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
		return a.consentToLose(ctx, st, losses{unseen: []string{"it cannot be started to look for rows: " + reason(f)}}, s)
	}
}

// losses are what a reset loses, line by line.
type losses struct {
	rows      []string // tables with rows that neither migrations nor seed made
	databases []string // other databases of the server
	unseen    []string // what nobody could look at, which counts as lost
}

// lines are all losses, as a person reads them.
func (l losses) lines() []string { return slices.Concat(l.rows, l.databases, l.unseen) }

// action is the phrase for a reset that loses them.
func (l losses) action() string {
	var what []string
	if len(l.rows) > 0 {
		what = append(what, "these rows")
	}
	switch len(l.databases) {
	case 0:
	case 1:
		what = append(what, "this database")
	default:
		what = append(what, "these databases")
	}
	if len(l.unseen) > 0 {
		what = append(what, "what cannot be looked at")
	}
	if len(what) == 0 {
		return "reset"
	}
	return "reset and lose " + strings.Join(what, " and ")
}

// consentToLose asks where there is anything to lose.
func (a *App) consentToLose(ctx context.Context, st *local.Status, lost losses, s event.Sink) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var detail []string
	for _, l := range lost.lines() {
		detail = append(detail, "  "+l)
	}
	i := ourPlace(st).intent(ctx, Reset, lost.action(), strings.Join(detail, "\n"))
	i.LosesRows = len(detail) > 0
	return a.consent(ctx, i, s)
}

// losses says what a reset of a running local database loses: rows in it, and other databases.
func (a *App) losses(ctx context.Context, st *local.Status, s event.Sink) (l losses) {
	r := a.reader(ourPlace(st), s)
	defer r.Close()
	if _, err := r.Read(ctx); err != nil {
		l.unseen = append(l.unseen, "its history cannot be read, so nobody knows which rows would be lost: "+reason(err))
	} else if rows, err := apply.ForeignRows(ctx, r.Session()); err != nil {
		l.unseen = append(l.unseen, "its rows cannot be counted: "+reason(err))
	} else {
		for _, t := range rows {
			l.rows = append(l.rows, t.String())
		}
	}
	if r.Session() == nil {
		return l
	}
	names, err := otherDatabases(ctx, r.Session(), st)
	if err != nil {
		l.unseen = append(l.unseen, "its other databases cannot be listed: "+reason(err))
	}
	for _, name := range names {
		l.databases = append(l.databases, "the database "+name+", with all that it holds")
	}
	return l
}

// otherDatabases says which other databases of the server hold tables.
func otherDatabases(ctx context.Context, s target.Session, st *local.Status) ([]string, error) {
	names, err := apply.Databases(ctx, s)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool {
		other := &direct.Target{URL: secret.New(st.SocketURL(name, "postgres")), Label: "database " + name, IsLocal: true}
		session, err := other.Open(ctx, target.Options{Application: "cairn"})
		if err != nil {
			return false
		}
		defer func() { _ = session.Close() }()
		has, err := apply.HasTables(ctx, session)
		return err == nil && !has
	}), nil
}

// reason is what an error says, without its hint.
func reason(err error) string {
	if f := finding.As(err); f != nil {
		return f.Message
	}
	return err.Error()
}
