package app

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/management"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/direct"
	"github.com/cairndb/cairn/internal/target/route"
)

// The ports of the platform's poolers, which tell their modes apart.
const (
	sessionPort     = 5432
	transactionPort = 6543
)

// pooler is the way through the session pooler.
func (h *remoteProject) pooler() route.Way {
	return route.Way{Via: ViaPooler, At: h.poolerAt(sessionPort, "session pooler"), Find: func(ctx context.Context) (target.Target, error) {
		address, err := h.poolerAddress(ctx)
		if err != nil {
			return nil, err
		}
		to, err := h.loggedIn(ctx, *address, "."+h.ref)
		if err == nil && to.Role != "" {
			return &patient{to}, nil
		}
		return to, err
	}}
}

// transactionPooler is the way through the pooler that gives each transaction another connection to the server. It is worth
// trying where no session can be had: files that keep to one transaction run there as well.
func (h *remoteProject) transactionPooler() route.Way {
	w := route.Way{Via: ViaPooler, At: h.poolerAt(transactionPort, "transaction pooler")}
	w.Worth = func(before *finding.Finding) bool {
		_, answered := errors.AsType[*pgconn.PgError](before)
		return before.Code == finding.ServerBusy || before.Code == finding.Unreached && before.Cause != nil && !answered
	}
	w.Find = func(ctx context.Context) (target.Target, error) {
		if h.password.IsZero() {
			return nil, &finding.Finding{
				Code: finding.NeedsSession, Severity: finding.Error, Exit: finding.Unreachable,
				Message: "it takes the database's password: a role that is made for one run cannot stay postgres where no session is kept",
				Hint:    "set SUPABASE_DB_PASSWORD, or wait for the session pooler (port 5432) and run it again",
			}
		}
		address, err := h.transactionAddress(ctx)
		if err != nil {
			return nil, err
		}
		return h.loggedIn(ctx, *address, "."+h.ref)
	}
	return w
}

// poolerAt is a port of the pooler, for people, or what stands for it until its address is known.
func (h *remoteProject) poolerAt(port int, unknown string) string {
	if h.link == nil || h.link.PoolerURL == "" {
		return unknown
	}
	u, err := url.Parse(h.link.PoolerURL)
	switch {
	case err != nil:
		return unknown
	case port == transactionPort && u.Port() == strconv.Itoa(sessionPort):
		return net.JoinHostPort(u.Hostname(), strconv.Itoa(port))
	case port == transactionPort:
		return unknown
	}
	return u.Host
}

// poolerAddress is where the session pooler is: as the link has it, or else as the platform says.
func (h *remoteProject) poolerAddress(ctx context.Context) (*project.Address, error) {
	text := ""
	if h.link != nil {
		text = h.link.PoolerURL
	}
	if text == "" && h.client != nil {
		all, err := h.client.Poolers(ctx, h.ref)
		if err != nil {
			return nil, h.told(err, h.ref)
		}
		if one := primary(all, "session"); one != nil {
			text = poolerURL(*one)
		}
	}
	if text == "" {
		return nil, &finding.Finding{
			Code: finding.Unreached, Severity: finding.Error, Exit: finding.Unreachable,
			Message: "the pooler's address is not known",
			Hint:    "Run `cairn link --project-ref " + h.ref + "` to setup IPv4 connection.",
		}
	}
	address, err := project.ParseURL(text)
	if err != nil {
		return nil, err
	}
	user, ref, ok := strings.Cut(address.User, ".")
	if !ok {
		ref = strings.TrimPrefix(address.Params["options"], "reference=")
	}
	if ref != h.ref {
		return nil, h.foreign(address, "its user names another project")
	}
	if address.Port == transactionPort {
		address.Port = sessionPort
	}
	address.User = user
	for key, value := range h.encryption(address.Host) {
		if _, given := address.Params[key]; !given {
			address.Params[key] = value
		}
	}
	return h.trusted(address)
}

// primary is the pooler of the project's own database, not of a replica: the one in that mode, or else the first.
func primary(all []management.Pooler, mode string) *management.Pooler {
	var first *management.Pooler
	for i, one := range all {
		if one.Type != "PRIMARY" || one.Host == "" {
			continue
		}
		if one.Mode == mode {
			return &all[i]
		}
		if first == nil {
			first = &all[i]
		}
	}
	return first
}

// trusted returns a pooler's address where this project's password may be sent to it.
func (h *remoteProject) trusted(address *project.Address) (*project.Address, error) {
	domain := h.profile.PoolerHost
	if domain == "" || address.Host == domain || strings.HasSuffix(address.Host, "."+domain) {
		return address, nil
	}
	return nil, h.foreign(address, "poolers are in the domain "+domain)
}

func (h *remoteProject) foreign(address *project.Address, why string) error {
	return &finding.Finding{
		Code: finding.UntrustedServer, Severity: finding.Error, Exit: finding.Unreachable,
		Message: "the pooler's address " + address.String() + " is not of this project: " + why,
		Hint:    "supabase/.temp/pooler-url may have been changed: `cairn link --project-ref " + h.ref + "` writes it anew; no password was sent there",
	}
}

// transactionAddress is where the pooler in transaction mode is: beside the session pooler, at the platform's usual port or
// at the one that the platform says.
func (h *remoteProject) transactionAddress(ctx context.Context) (*project.Address, error) {
	address, err := h.poolerAddress(ctx)
	if err != nil {
		return nil, err
	}
	if address.Port == sessionPort {
		address.Port = transactionPort
		return address, nil
	}
	if h.client != nil {
		all, err := h.client.Poolers(ctx, h.ref)
		if err != nil {
			return nil, h.told(err, h.ref)
		}
		if one := primary(all, "transaction"); one != nil && one.Mode == "transaction" {
			address.Host, address.Port = one.Host, uint16(one.Port)
			return h.trusted(address)
		}
	}
	return nil, &finding.Finding{
		Code: finding.Unreached, Severity: finding.Error, Exit: finding.Unreachable,
		Message: "no pooler in transaction mode is known",
	}
}

// patient is a pooler that may not know yet of a role that was made a moment ago.
type patient struct{ *direct.Target }

// Open tries a few times.
func (p *patient) Open(ctx context.Context, opt target.Options) (target.Session, error) {
	for n := 1; ; n++ {
		session, err := p.Target.Open(ctx, opt)
		if err == nil || !diagnose.Rejected(err) || n == 4 {
			return session, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(time.Duration(n) * time.Second):
		}
	}
}
