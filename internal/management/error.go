package management

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
)

// Error is a call of the API that brought no result.
type Error struct {
	Method, Path string
	Status       int           // of the answer; 0 where there was none
	Message      string        // what the API says
	Unknown      bool          // whether the request was done is not known
	After        time.Duration // how long a 429 asks to wait; 0 where it does not say
	Cause        error
}

// Error says what happened, on one line.
func (e *Error) Error() string {
	switch {
	case e.Status == 0:
		return fmt.Sprintf("the Management API did not answer: %v", e.Cause)
	case e.Cause != nil:
		return strings.TrimSuffix(fmt.Sprintf("the Management API answered with status %d, but %v: %s", e.Status, e.Cause, e.Message), ": ")
	}
	return fmt.Sprintf("the Management API answered with status %d: %s", e.Status, e.Message)
}

// Unwrap returns the error beneath.
func (e *Error) Unwrap() error { return e.Cause }

// again reports whether sending the request once more may help and can do no harm.
func (e *Error) again(repeatable bool) bool {
	switch {
	case e.Status == http.StatusTooManyRequests:
		return true // it was not done
	case e.Unknown:
		return repeatable
	}
	return e.Status == 0 && e.Cause != nil && transient(e.Cause)
}

// transient reports whether a connection that was not made may be made a moment later.
func transient(err error) bool {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	if isDNS {
		return !dns.IsNotFound
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" && op.Timeout()
}

// unsent reports whether a request that failed with err never left this machine: then it was not done.
func unsent(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, dns := errors.AsType[*net.DNSError](err)
	return ok && op.Op == "dial" || certificate || dns
}

// sqlFailed is what the message of an error begins with that the database itself gave.
const sqlFailed = "Failed to run sql query:"

// SQLError is what the database said against a query.
type SQLError struct {
	PG           *pgconn.PgError // Position is not set
	Line, Column int             // in the query, from 1; 0 where the server named no place
}

// Error returns the server's words.
func (e *SQLError) Error() string { return e.PG.Error() }

// Unwrap returns the server's error.
func (e *SQLError) Unwrap() error { return e.PG }

var (
	sqlHead       = regexp.MustCompile(`^([A-Z]+):\s+(?:([0-9A-Z]{5}): )?`)
	sqlLine       = regexp.MustCompile(`^LINE (\d+): `)
	sqlPart       = regexp.MustCompile(`^(DETAIL|HINT|CONTEXT|QUERY):  ?`)
	constraint    = regexp.MustCompile(`constraint "([^"]+)"`)
	relation      = regexp.MustCompile(`(?:on table|relation) "([^"]+)"`)
	primary       = regexp.MustCompile(`^(.+)_pkey$`)
	upstreamLimit = regexp.MustCompile(`(?i)upstream timeout|query read timeout|connection terminated due to connection timeout`)
)

// sqlError reads the database's words out of a refusal, or returns nil where it is none of the database.
func (e *Error) sqlError() *SQLError {
	text, ok := strings.CutPrefix(e.Message, sqlFailed)
	if !ok || upstreamLimit.MatchString(text) {
		return nil
	}
	text = strings.TrimSpace(text)
	pg := &pgconn.PgError{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "XX000"}
	s := &SQLError{PG: pg}
	if head := sqlHead.FindStringSubmatch(text); head != nil {
		pg.Severity, pg.SeverityUnlocalized = head[1], head[1]
		if head[2] != "" {
			pg.Code = head[2]
		}
		text = text[len(head[0]):]
	}
	to, caret := &pg.Message, false
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case caret:
			caret = false
			if at := strings.IndexByte(line, '^'); at >= 0 && strings.TrimSpace(line) == "^" {
				s.Column = at - len("LINE : ") - len(strconv.Itoa(s.Line)) + 1
				continue
			}
		case sqlLine.MatchString(line) && s.Line == 0:
			s.Line, _ = strconv.Atoi(sqlLine.FindStringSubmatch(line)[1])
			caret = true
			continue
		case sqlPart.MatchString(line):
			part := sqlPart.FindStringSubmatch(line)
			to = map[string]*string{"DETAIL": &pg.Detail, "HINT": &pg.Hint, "CONTEXT": &pg.Where, "QUERY": &pg.InternalQuery}[part[1]]
			line = line[len(part[0]):]
		}
		if *to != "" {
			*to += "\n"
		}
		*to += line
	}
	for _, p := range []*string{&pg.Message, &pg.Detail, &pg.Hint, &pg.Where, &pg.InternalQuery} {
		*p = strings.TrimSpace(*p)
	}
	if m := constraint.FindStringSubmatch(pg.Message); m != nil {
		pg.ConstraintName = m[1]
	}
	if m := relation.FindStringSubmatch(pg.Message); m != nil {
		pg.TableName = m[1]
	} else if m := primary.FindStringSubmatch(pg.ConstraintName); m != nil {
		pg.TableName = m[1]
	}
	return s
}

// Finding says what err, of a call, means for the project ref: what to do now. Where the token came from, and where a
// new one is made, may be "".
func Finding(err error, ref, from, tokens string) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	f := &finding.Finding{
		Code: finding.APIFailed, Severity: finding.Error, Exit: finding.Unreachable, Cause: e,
		Message: e.Error(), Hint: "run it again in a moment; if it stays so, look at the platform's status page",
	}
	make := "make a token at " + tokens + " and run `cairn login`"
	if tokens == "" {
		make = "make a new token and run `cairn login`"
	}
	if from != "" {
		from = " from " + from
	}
	switch {
	case e.Status == http.StatusUnauthorized:
		f.Code = finding.AuthFailed
		f.Message, f.Detail = "the platform does not accept the access token"+from, e.Message
		f.Hint = make + ", or set SUPABASE_ACCESS_TOKEN; it is not tried again"
	case e.Status == http.StatusForbidden:
		f.Code = finding.AuthFailed
		f.Message, f.Detail = "the access token"+from+" may not do this", e.Message
		f.Hint = "it needs " + permission(e) + ", for the project and its organization; or use a token of a member who may"
	case e.Status == http.StatusNotFound && ref != "":
		f.Message, f.Detail = "there is no project "+ref+" that this access token"+from+" can see", e.Message
		f.Hint = "check the ref (dashboard > Project Settings > General) and whose account the token is of; `cairn projects list` shows what it sees"
	case e.Status == http.StatusGone:
		f.Code = finding.ProjectAsleep
		f.Message, f.Detail = "project "+ref+" is gone", e.Message
		f.Hint = "it was deleted, or paused for so long that it cannot be resumed"
	case e.Status == http.StatusTooManyRequests:
		f.Code = finding.RateLimited
		f.Message, f.Detail = "the Management API takes no more requests of this account for now", e.Message
		f.Hint = "it counts all that the account does, by endpoint and minute: wait a minute and run it again, or go around it with --via direct"
	case e.Status == http.StatusBadRequest:
		f.Exit = finding.Failed
		f.Hint = "the message is the platform's own"
	case e.Status == 0:
		f.Code = finding.Unreached
		f.Message = "the Management API cannot be reached"
		f.Detail = fmt.Sprint(e.Cause)
		f.Hint = "check the network and its proxy (HTTPS_PROXY); --profile says which platform is asked"
		if errors.Is(e.Cause, context.DeadlineExceeded) {
			f.Message = "the Management API did not answer in time"
		}
		if _, bad := errors.AsType[*tls.CertificateVerificationError](e.Cause); bad {
			f.Code = finding.UntrustedServer
			f.Message, f.Hint = "the certificate of what answers as the Management API does not verify", "nothing was sent; something between may read along, or this machine lacks a certificate of its network's proxy"
		}
	}
	return f
}

// Lacks returns the permission that the token lacks for the call that err is of: "the permission database_write"; "" where
// that is not why it failed.
func Lacks(err error) string {
	if e, ok := errors.AsType[*Error](err); ok && e.Status == http.StatusForbidden {
		return permission(e)
	}
	return ""
}

// permission names what a scoped token needs for a call.
func permission(e *Error) string {
	for _, p := range []struct{ part, name string }{
		{"/database/query", "database_write (or database_read to look only)"},
		{"/database/migrations", "database_migrations_read and _write"},
		{"/cli/login-role", "database_write"},
		{"/config/database/pooler", "database_pooling_config_read"},
		{"/api-keys", "api_gateway_keys_read"},
		{"/postgrest", "data_api_config_read"},
		{"/readonly", "project_admin_read"},
		{"/health", "project_admin_read"},
	} {
		if strings.Contains(e.Path, p.part) {
			return "the permission " + p.name
		}
	}
	if strings.Count(e.Path, "/") > 2 {
		return "the permission project_admin_read"
	}
	return "the permission projects_read"
}
