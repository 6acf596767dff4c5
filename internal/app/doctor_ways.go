package app

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/route"
)

// What can be run on a way.
const (
	runsAll   = "every migration"
	runsWhole = "migrations of one transaction: no CREATE INDEX CONCURRENTLY"
	runsShort = "migrations of one transaction, up to a minute: no CREATE INDEX CONCURRENTLY, no COPY"
	runsRows  = "rows and functions: no DDL, so no migration"
	runsBlind = "any SQL, past the history and every check"
)

// onlyWay looks at the one way to a database that is no hosted project.
func (e *examination) onlyWay(ctx context.Context) {
	w := DoctorWay{Way: "connection", Runs: runsAll}
	if e.at == nil {
		w.fails(e.refusal)
	} else {
		w.At = e.label
		_ = w.try(ctx, func(context.Context) (target.Target, error) { return e.at.Target, nil })
	}
	e.result.Ways = append(e.result.Ways, w)
}

// hostedWays tries every way to a hosted project: those of the Postgres protocol one after the other, since a refused login
// ends them all, and beside them those of the platform.
func (e *examination) hostedWays(ctx context.Context) {
	h := e.hosted
	if h.client != nil {
		// One probe shall not wait long nor tell on its own: there are several at once.
		client := *h.client
		client.Retries, client.Waiting = 1, nil
		hosting := *h.hosting
		hosting.client, h.hosting = &client, &hosting
	}
	e.platform = e.askPlatform(ctx)
	if e.platform.refused != nil {
		h.client = nil // it is not asked again
	}
	ways := []DoctorWay{
		h.wire("direct", h.direct(), runsAll), h.wire("session pooler", h.pooler(), runsAll), h.wire("transaction pooler", h.transactionPooler(), runsWhole),
		{Way: "Management API", via: ViaAPI, At: h.profile.APIURL, Runs: runsShort},
		{Way: "data API", Runs: runsRows},
	}
	if via := cmp.Or(e.where.Via, ViaAuto); via != ViaAuto {
		ways = slices.DeleteFunc(ways, func(w DoctorWay) bool { return w.via != via })
	}
	var all sync.WaitGroup
	all.Go(func() { e.tryWires(ctx, ways) })
	for i := range ways {
		switch w := &ways[i]; w.Way {
		case "Management API":
			all.Go(func() { e.tryAPI(ctx, w) })
		case "data API":
			all.Go(func() { e.tryDataAPI(ctx, w) })
		}
	}
	all.Wait()
	e.result.Ways = ways
	e.check(e.platform.checks(e)...)
	if e.login != nil {
		c := findingCheck("login", CheckProblem, e.login)
		c.Found, c.Objects = "refused before any way worked: every command stops there, unless --via names another way", nil
		c.Do = e.cure(e.login)
		e.check(c)
	}
}

// wire is a way over the Postgres protocol before it is tried.
func (h *remoteProject) wire(name string, r route.Way, runs string) DoctorWay {
	w := DoctorWay{Way: name, via: r.Via, At: r.At, Runs: runs, find: r.Find}
	if w.At == name { // where it leads is still to be found out
		w.At = ""
	}
	return w
}

// transactionPort is that of the platform's pooler where it gives every transaction another connection to the server.
const transactionPort = 6543

// transactionPooler is the way through it. Nothing but the doctor goes it: the session pooler, which runs everything, is on
// the same host.
func (h *remoteProject) transactionPooler() route.Way {
	r := route.Way{At: "transaction pooler"}
	if host, _, err := net.SplitHostPort(h.pooler().At); err == nil {
		r.At = net.JoinHostPort(host, strconv.Itoa(transactionPort))
	}
	r.Find = func(ctx context.Context) (target.Target, error) {
		address, err := h.poolerAddress(ctx)
		if err != nil {
			return nil, err
		}
		address.Port = transactionPort
		if h.client != nil {
			all, _ := h.client.Poolers(ctx, h.ref) // where the token may not ask it is the usual port
			for _, one := range all {
				if one.Type == "PRIMARY" && one.Mode == "transaction" {
					address.Port = uint16(one.Port)
				}
			}
		}
		return h.loggedIn(ctx, *address, "."+h.ref)
	}
	return r
}

// tryWires tries the ways over the Postgres protocol in their order. After a refused login none is tried any more: the same
// password would only be refused again, and whoever repeats that is banned.
func (e *examination) tryWires(ctx context.Context, ways []DoctorWay) {
	var by string // the way that refused the login
	var refused *finding.Finding
	works := false
	for i := range ways {
		w := &ways[i]
		switch {
		case w.find == nil:
		case e.refusal != nil && e.refusal.Code == finding.ProjectAsleep:
			w.skip(e.refusal.Message, e.refusal.Hint)
		case refused != nil:
			w.skip("the login was refused on the way "+by+", and once more would only lead to a ban", e.cure(refused))
		case !e.canLogIn():
			w.fails(e.noLogin())
		default:
			err := w.try(ctx, w.find)
			if f := finding.As(err); f != nil && (f.Code == finding.AuthFailed || diagnose.Rejected(err)) {
				by, refused = w.Way, f
				if !works {
					e.login = f
				}
			}
			works = works || w.State == WayWorks
			e.keepFromWriting(w)
		}
	}
}

// keepFromWriting takes note that the platform keeps the database from being written, whatever the way.
func (e *examination) keepFromWriting(w *DoctorWay) {
	if e.refusal != nil && w.Migrates {
		w.Migrates, w.Code, w.Why, w.Do = false, e.refusal.Code, e.refusal.Message, e.refusal.Hint
	}
}

// canLogIn reports whether there is anything to log in with: a password, or a token with which the platform makes a role.
func (e *examination) canLogIn() bool {
	return !e.hosted.password.IsZero() || e.hosted.client != nil
}

func (e *examination) noLogin() *finding.Finding {
	f := &finding.Finding{
		Code: finding.AuthFailed, Message: "there is nothing to log in with: no password, and no access token with which the platform would make a role",
		Hint: "set SUPABASE_DB_PASSWORD (dashboard > Project Settings > Database resets it), or `cairn login`",
	}
	if e.platform.refused != nil {
		f.Message = "there is nothing to log in with: no password, and " + e.platform.refused.Message
	}
	return f
}

// cure is what to do about a refused login.
func (e *examination) cure(refused *finding.Finding) string {
	if diagnose.Rejected(refused) && !e.hosted.password.IsZero() && e.hosted.client != nil {
		return "correct SUPABASE_DB_PASSWORD, or unset it: with the access token the platform makes a role for each run"
	}
	return refused.Hint
}

// tryAPI tries the Management API.
func (e *examination) tryAPI(ctx context.Context, w *DoctorWay) {
	switch {
	case e.platform.refused != nil:
		w.fails(e.platform.refused)
	case e.refusal != nil:
		w.fails(e.refusal)
	default:
		_ = w.try(ctx, func(context.Context) (target.Target, error) {
			if err := e.hosted.need(); err != nil {
				return nil, err
			}
			return e.hosted.api(), nil
		})
	}
}

// try goes a way and looks what can be run on it. It returns why it could not.
func (w *DoctorWay) try(ctx context.Context, find func(context.Context) (target.Target, error)) error {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	to, err := find(ctx)
	var session target.Session
	if err == nil {
		session, err = to.Open(ctx, target.Options{Application: "cairn doctor"})
	}
	if err != nil {
		w.fails(err)
		return err
	}
	defer func() { _ = session.Close() }()
	keeps, err := session.Keeps(ctx)
	if err != nil {
		w.fails(err)
		return err
	}
	w.State, w.to, w.facts = WayWorks, to, session.Facts()
	switch {
	case keeps:
		w.Runs = runsAll
	case !w.facts.Whole:
		w.Runs = runsWhole
	}
	if w.facts.ReadOnly != "" {
		f := diagnose.ReadOnly(w.facts.ReadOnly, cmp.Or(w.At, to.Name()))
		w.Code, w.Why, w.Do = f.Code, f.Message, f.Hint
		return nil
	}
	w.Migrates = true
	return nil
}

// fails takes note of why a way does not work.
func (w *DoctorWay) fails(err error) {
	w.State = WayFails
	f := finding.As(err)
	switch {
	case f != nil:
		w.Code, w.Why, w.Said, w.Do = f.Code, f.Message, f.Detail, f.Hint
		if rest, ok := strings.CutPrefix(f.Message, "cannot connect to "); ok {
			if address, why, ok := strings.Cut(rest, ": "); ok {
				w.At, w.Why = address, why
			}
		}
	case errors.Is(err, context.DeadlineExceeded):
		w.Code, w.Why, w.Do = finding.Unreached, "no answer came within "+probeLimit.String(), "check the network, and run this again"
	default:
		w.Why = err.Error()
	}
}

// skip takes note of why a way was not tried.
func (w *DoctorWay) skip(why, do string) { w.State, w.Why, w.Do = WayNotTried, why, do }
