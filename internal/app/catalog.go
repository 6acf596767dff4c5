package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/catalog"
	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/kinds"
	"github.com/cairndb/cairn/internal/secret"
	"github.com/cairndb/cairn/internal/shadow"
	"github.com/cairndb/cairn/internal/source"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
)

// oldest is the first major of Postgres whose catalog can be read.
const oldest = 14

// readings is how often a catalog is read anew that changed while it was read: pg_get_viewdef() and its like look at what
// is there now, not at the snapshot.
const readings = 5

// readCatalog reads the catalog of a session's database: what is of these kinds, or of all that a database holds.
func readCatalog(ctx context.Context, session target.Session, name string, of []*catalog.Kind) (*catalog.Catalog, error) {
	if major := session.Facts().Server / 10000; major < oldest {
		return nil, &finding.Finding{
			Code: finding.ServerVersion, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("%s is of Postgres %d: catalogs are read from %d on", name, major, oldest),
			Hint:    "upgrade it first",
		}
	}
	if of == nil {
		of = kinds.Database()
	}
	for try := 1; ; try++ {
		c, err := catalog.Read(ctx, session, of)
		if err == nil {
			return c, nil
		}
		if !changedMeanwhile(err) {
			return nil, unread(err, name)
		}
		if try == readings {
			return nil, damaged(ctx, session, err, name)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(try) * 50 * time.Millisecond):
		}
	}
}

// damaged is unread for what failed at each reading in the same way: it may be that an object names one that is not there.
func damaged(ctx context.Context, session target.Session, err error, name string) error {
	f := finding.As(unread(err, name))
	no, ok := errors.AsType[*target.StatementError](err)
	if f == nil || !ok {
		return unread(err, name)
	}
	if names, looked := catalog.Damaged(ctx, session, no.PG.Message); looked == nil && len(names) > 0 {
		f.Detail = strings.TrimSpace(f.Detail + "\nwhat names the missing object: " + strings.Join(names, ", "))
		f.Hint = "it does not go away by itself: its system catalogs are damaged. Drop what names the missing object, or restore it; pg_dump fails on it too"
	}
	return f
}

// changedMeanwhile reports whether an object was dropped or altered while it was read.
func changedMeanwhile(err error) bool {
	no, ok := errors.AsType[*target.StatementError](err)
	if !ok {
		return false
	}
	switch no.PG.Code {
	case "XX000", "42P01", "42704", "42883", "42703":
		return strings.Contains(no.PG.Message, "cache lookup failed") || strings.Contains(no.PG.Message, "does not exist") ||
			strings.Contains(no.PG.Message, "could not open relation") || strings.Contains(no.PG.Message, "could not find")
	}
	return false
}

// unread is the finding for a catalog that could not be read.
func unread(err error, name string) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	no, ok := errors.AsType[*target.StatementError](err)
	if !ok {
		if finding.As(err) != nil {
			return err
		}
		if _, lost := errors.AsType[*target.LostError](err); !lost {
			return err
		}
		return &finding.Finding{
			Code: finding.ConnectionLost, Severity: finding.Error, Exit: finding.Unreachable, Cause: err,
			Message: "the connection to " + name + " was lost while its catalog was read", Detail: err.Error(), Hint: "nothing was changed: run it again",
		}
	}
	f := *diagnose.Statement(no.PG, (&source.File{Name: "catalog"}).Span(0, 0))
	at := ""
	if list, ok := errors.AsType[*catalog.ListError](err); ok {
		at = ", at objects of the kind " + list.Kind.Name
		if list.Kind.Has != "" {
			at += " (" + list.Kind.Has + ")"
		}
	}
	f.At, f.Exit, f.Message = source.Span{}, finding.Refused, "the catalog of "+name+" cannot be read"+at+": "+f.Message
	switch {
	case no.PG.Code == "42501":
		f.Hint = "read it as a role that may see all of it, such as the owner of the database"
	case no.PG.Code == "55P03":
		f.Hint = "another session holds a lock that keeps a table's definition from being read: run it again when that is over"
	case changedMeanwhile(err):
		f.Hint = "its objects change while they are read: run it again when that is over"
	}
	return &f
}

// inShadow reads the catalog of a shadow's database, as the role that runs migrations there.
func inShadow(ctx context.Context, s *shadow.Shadow, database, role string, of []*catalog.Kind) (*catalog.Catalog, error) {
	to := &direct.Target{URL: secret.New(s.URL(database, role)), Label: "the shadow", IsLocal: true}
	session, err := to.Open(ctx, target.Options{Application: "cairn"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }()
	return readCatalog(ctx, session, "the shadow", of)
}
