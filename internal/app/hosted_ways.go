package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/target"
	"github.com/cairndb/cairn/internal/target/api"
	"github.com/cairndb/cairn/internal/target/direct"
	"github.com/cairndb/cairn/internal/target/route"
)

// The ways to a hosted project's database; Via chooses one.
const (
	ViaAuto   = "auto"
	ViaDirect = "direct"
	ViaPooler = "pooler"
	ViaAPI    = "api"
)

func (h *remoteProject) api() *api.Target {
	return &api.Target{Client: h.client, Ref: h.ref, Label: h.label, Told: func(err error) error { return h.told(err, h.ref) }}
}

// ways lists the ways to the database in the order in which they are tried: the server itself, the session pooler, the
// transaction pooler, the Management API.
func (h *remoteProject) ways(via string) ([]route.Way, error) {
	ways := map[string][]route.Way{
		ViaDirect: {h.direct()}, ViaPooler: {h.pooler(), h.transactionPooler()}, ViaAPI: {h.overAPI()},
	}
	ways[ViaAuto] = slices.Concat(ways[ViaDirect], ways[ViaPooler])
	if h.client != nil {
		ways[ViaAuto] = append(ways[ViaAuto], h.overAPI())
	}
	chosen, ok := ways[via]
	if !ok {
		return nil, &finding.Finding{
			Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
			Message: fmt.Sprintf("there is no route %q", via), Hint: "the routes are auto, direct, pooler and api",
		}
	}
	if via != ViaAPI && h.client == nil && h.password.IsZero() {
		return nil, h.noCredentials()
	}
	return chosen, nil
}

// overAPI is the way over the Management API.
func (h *remoteProject) overAPI() route.Way {
	return route.Way{Via: ViaAPI, At: h.profile.APIURL, Find: func(context.Context) (target.Target, error) {
		if err := h.need(); err != nil {
			return nil, err
		}
		return h.api(), nil
	}}
}

func (h *remoteProject) noCredentials() error {
	f := *finding.As(h.need())
	f.Message = "Access token not provided, nor the database's password: nothing opens " + h.label
	f.Hint = "`cairn login`, or set SUPABASE_ACCESS_TOKEN or SUPABASE_DB_PASSWORD; " + f.Hint
	return &f
}

// direct is the way to the server itself.
func (h *remoteProject) direct() route.Way {
	host := "db." + h.ref + "." + h.profile.ProjectHost
	port := uint16(5432)
	if h.link != nil && h.link.Host != "" {
		host = h.link.Host
		if name, number, err := net.SplitHostPort(host); err == nil {
			n, _ := strconv.ParseUint(number, 10, 16)
			host, port = name, uint16(n)
		}
	}
	address := project.Address{Host: host, Port: port, Database: "postgres", User: "postgres", Params: h.encryption(host)}
	return route.Way{Via: ViaDirect, At: net.JoinHostPort(host, strconv.Itoa(int(port))), Find: func(ctx context.Context) (target.Target, error) {
		if err := reachable(ctx, address); err != nil {
			return nil, err
		}
		return h.loggedIn(ctx, address, "")
	}}
}

// probeWait is how long the direct host may take to answer, as in the Supabase CLI.
const probeWait = 5 * time.Second

// reachable asks whether anything listens at an address, before a role is made to log in with.
func reachable(ctx context.Context, address project.Address) error {
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(address.Host, strconv.Itoa(int(address.Port))))
	if err != nil {
		return diagnose.Connect(err, net.JoinHostPort(address.Host, strconv.Itoa(int(address.Port))))
	}
	return conn.Close()
}

// loggedIn is the database at an address, for the role postgres: by its password, or as a role that the platform makes
// for this run. suffix is what a pooler tells projects apart by.
func (h *remoteProject) loggedIn(ctx context.Context, address project.Address, suffix string) (*direct.Target, error) {
	address.User = cmp.Or(address.User, "postgres")
	if !h.password.IsZero() {
		address.Password, address.User = h.password, address.User+suffix
		return &direct.Target{URL: address.DSN(), Label: h.label}, nil
	}
	if err := h.need(); err != nil {
		return nil, err
	}
	made, err := h.client.LoginRole(ctx, h.ref, false)
	if err != nil {
		f := finding.As(h.told(err, h.ref))
		if f == nil {
			return nil, err
		}
		out := *f
		out.Message = "no role to log in with: " + f.Message
		if f.Code == finding.AuthFailed && !strings.Contains(f.Message, "accept") {
			out.Code = finding.Unreached // another way may need less
		}
		return nil, &out
	}
	address.User, address.Password = made.Role+suffix, made.Password
	return &direct.Target{URL: address.DSN(), Label: h.label, Role: "postgres"}, nil
}

// encryption is how connections to a host are secured, unless the environment says: encrypted and verified, save on this
// machine. The platform's certificates are of an issuer of its own, whose certificate the dashboard has.
func (h *remoteProject) encryption(host string) map[string]string {
	if h.app.Getenv("PGSSLMODE") != "" || nearAddress(host) {
		return map[string]string{}
	}
	params := map[string]string{"sslmode": "verify-full"}
	if h.app.Getenv("PGSSLROOTCERT") != "" {
		return params
	}
	for _, name := range []string{filepath.Join(h.app.home(), ".postgresql", "root.crt"), filepath.Join(h.app.home(), ".supabase", "prod-ca-2021.crt")} {
		if _, err := os.Stat(name); err == nil && filepath.IsAbs(name) {
			params["sslrootcert"] = name
			break
		}
	}
	return params
}

// errNoWire says that the way that was taken does not speak the Postgres protocol.
var errNoWire = errors.New("the Management API speaks no Postgres protocol")

// wire is the database of a hosted project over the Postgres protocol, on the way that was found to work.
func (at *place) wire(ctx context.Context, application string) (*direct.Target, error) {
	to, _ := at.ways.Taken()
	if to == nil {
		session, err := at.Open(ctx, target.Options{Application: application})
		if err != nil {
			return nil, err
		}
		_ = session.Close()
		to, _ = at.ways.Taken()
	}
	switch to := to.(type) {
	case *direct.Target:
		return to, nil
	case *patient:
		return to.Target, nil
	}
	return nil, errNoWire
}
