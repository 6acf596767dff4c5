package diagnose

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// code returns the SQLSTATE in err's chain, "" if Postgres has not spoken.
func code(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}

// LockTimeout reports whether a statement gave up waiting for a lock: the transaction may be tried again.
func LockTimeout(err error) bool { return code(err) == "55P03" }

// Conflict reports whether Postgres ended the transaction for another one's sake (a deadlock, a serialization
// failure): it may be tried again from its start.
func Conflict(err error) bool {
	return slices.Contains([]string{"40P01", "40001"}, code(err))
}

// Shutdown reports whether the server ended the session or does not take one now (an administrator, a restart, a
// crash, recovery): the transaction may be tried again on a new connection.
func Shutdown(err error) bool {
	return slices.Contains([]string{"57P01", "57P02", "57P03"}, code(err))
}

// Busy reports whether a connection was refused because none is free now, or because the server is starting or
// stopping: connecting may be tried again after a pause.
func Busy(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	if pg.Code == "53300" || pg.Code == "57P03" {
		return true
	}
	story, ok := poolerStory(pg)
	return ok && story.busy
}

// Rejected reports whether authentication failed. It is never tried again: poolers ban whoever repeats it.
func Rejected(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	if strings.HasPrefix(pg.Code, "28") {
		return true
	}
	story, ok := poolerStory(pg)
	return ok && story.rejected
}

// Lost reports whether a connection that was there broke, or the server or a pooler ended it: what was sent and not
// answered may have run. A connection that never came about is not lost.
func Lost(err error) bool {
	if err == nil {
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		severity := or(pg.SeverityUnlocalized, pg.Severity) // poolers leave the first out
		return severity == "FATAL" || severity == "PANIC" || strings.HasPrefix(pg.Code, "08") || pg.Code == "57P01" || pg.Code == "57P02"
	}
	for _, broken := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, pgconn.ErrConnClosed,
		syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN,
	} {
		if errors.Is(err, broken) {
			return true
		}
	}
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() && !errors.Is(err, context.DeadlineExceeded)
}
