package management

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/cairndb/cairn/internal/pause"
	"github.com/cairndb/cairn/internal/secret"
)

// Limits counts requests, so that all runs on this machine together stay below what the platform allows an account. It
// counts by token and endpoint, in files, as the platform counts by account and endpoint.
type Limits struct {
	Dir string // where counts are kept
	Now func() time.Time
}

// The platform's limits (Supabase docs, "Management API rate limits").
const (
	window     = time.Minute
	perWindow  = 120
	migrations = "database/migrations" // the endpoint that has the same in three minutes
)

// tally is what is known of one token at one endpoint.
type tally struct {
	Sent    []time.Time `json:"sent"`              // in the window
	Blocked time.Time   `json:"blocked,omitempty"` // until then the platform takes no more
}

// wait waits until a request may be sent, and counts it. A count that cannot be kept keeps nobody from asking.
func (l *Limits) wait(ctx context.Context, token secret.String, endpoint string, waiting func(string, time.Duration)) error {
	if l == nil {
		return nil
	}
	for {
		var until time.Time
		now := l.Now()
		span := window
		if endpoint == migrations {
			span = 3 * window
		}
		l.with(token, endpoint, func(t *tally) {
			for len(t.Sent) > 0 && now.Sub(t.Sent[0]) >= span {
				t.Sent = t.Sent[1:]
			}
			switch {
			case t.Blocked.After(now) && t.Blocked.Sub(now) <= maxWait:
				until = t.Blocked
			case len(t.Sent) >= perWindow:
				until = t.Sent[0].Add(span)
			default:
				t.Sent = append(t.Sent, now)
			}
		})
		if until.IsZero() {
			return nil
		}
		d := until.Sub(now)
		if waiting != nil {
			waiting("the Management API's rate limit is reached", d)
		}
		if err := pause.For(ctx, d); err != nil {
			return err
		}
	}
}

// heard takes note of what an answer says of the limit.
func (l *Limits) heard(token secret.String, endpoint string, h http.Header) {
	if l == nil || h.Get("X-RateLimit-Remaining") != "0" {
		return
	}
	seconds, err := strconv.ParseFloat(h.Get("X-RateLimit-Reset"), 64)
	if err != nil || seconds <= 0 {
		return
	}
	l.with(token, endpoint, func(t *tally) { t.Blocked = l.Now().Add(time.Duration(seconds * float64(time.Second))) })
}

// with reads a tally, changes it, and writes it back, alone among all processes.
func (l *Limits) with(token secret.String, endpoint string, change func(*tally)) {
	sum := sha256.Sum256([]byte(token.Reveal() + "\x00" + endpoint))
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		change(&tally{})
		return
	}
	file, err := os.OpenFile(filepath.Join(l.Dir, hex.EncodeToString(sum[:16])+".json"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		change(&tally{})
		return
	}
	defer func() { _ = file.Close() }()
	for {
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX); !errors.Is(err, unix.EINTR) {
			break
		}
	}
	var t tally
	_ = json.NewDecoder(file).Decode(&t) // what was half written counts as nothing
	change(&t)
	if text, err := json.Marshal(t); err == nil && file.Truncate(0) == nil {
		_, _ = file.WriteAt(text, 0)
	}
}
