package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cairndb/cairn/internal/diagnose"
	"github.com/cairndb/cairn/internal/event"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
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

// remoteProject is a hosted project that was chosen.
type remoteProject struct {
	*hosting
	ref      string
	label    string
	block    string // of [remotes]; "" where it has none
	remote   project.Remote
	link     *project.Link // nil where this project is not linked to it
	password secret.String
	app      *App
	sink     event.Sink
}

// hostedPlace is a hosted project: the linked one, or the one that is named.
func (a *App) hostedPlace(ctx context.Context, p *project.Project, w Where, s event.Sink) (*place, error) {
	h, err := a.hosted(ctx, p, w, s)
	if err != nil {
		return nil, err
	}
	ways, err := h.ways(cmp.Or(w.Via, ViaAuto))
	if err != nil {
		return nil, err
	}
	to := &route.Target{Label: h.label, Ways: ways, Ready: h.ready, Tell: func(f *finding.Finding) { s(event.Found{Finding: f}) }}
	at := &place{Target: to, ways: to, hosted: h, confirm: h.ref, looked: true}
	if h.remote.Protected {
		at.confirm, at.protected = h.block, true
	}
	return at, nil
}

// hosted finds out which hosted project is meant and what is known of it. From here on the project's configuration is the
// one that counts for it.
func (a *App) hosted(ctx context.Context, p *project.Project, w Where, s event.Sink) (*remoteProject, error) {
	link, err := p.Link()
	if err != nil {
		return nil, err
	}
	h := &remoteProject{app: a, sink: s}
	switch {
	case w.Project != "":
		if h.ref, h.block, err = refOf(p, w.Project); err != nil {
			return nil, err
		}
	case link != nil:
		h.ref = link.Ref
	case project.Ref(p.Env.Get("SUPABASE_PROJECT_ID")) != "":
		h.ref = project.Ref(p.Env.Get("SUPABASE_PROJECT_ID"))
	default:
		return nil, notLinked()
	}
	for _, r := range p.Config.Remotes {
		if r.ProjectID == h.ref {
			h.block, h.remote = r.Name, r
		}
	}
	if link != nil && link.Ref == h.ref {
		h.link = link
	}
	if h.hosting, err = a.hosting(ctx, p, h.ref, s); err != nil {
		return nil, err
	}
	name := ""
	if h.link != nil {
		name = h.link.Name
	}
	h.label = hostedName(name, h.ref)
	h.password = w.Password
	if h.password.IsZero() && !p.Config.DB.Password.IsZero() {
		if h.link != nil || link == nil {
			h.password = p.Config.DB.Password
		} else {
			s(event.Found{Finding: &finding.Finding{
				Code: finding.BadUsage, Severity: finding.Warning,
				Message: "SUPABASE_DB_PASSWORD is not used: it belongs to the linked project " + link.Ref + ", and this is " + h.ref,
				Hint:    "give this one's with --password",
			}})
		}
	}
	if h.password.IsZero() {
		kept, _ := a.job(p.Root).Find(h.ref)
		h.password = kept.Password
	}
	if h.block != "" {
		config, _, err := p.Override(h.ref)
		if err != nil {
			return nil, err
		}
		p.Config = config
		s(event.Found{Finding: &finding.Finding{
			Code: finding.BadConfig, Severity: finding.Note, Message: "Loading config override: [remotes." + h.block + "]",
		}})
	}
	return h, nil
}

// notLinked says that there is no database to work on.
func notLinked() error {
	return &finding.Finding{
		Code: finding.NoTarget, Severity: finding.Error, Exit: finding.Usage,
		Message: "no target: this project is not linked and none was named",
		Hint:    "link it with `cairn link --project-ref REF`, name a database with --db-url URL, or work on the local database with --local",
	}
}

// ready looks at the project's state before any way is tried, where the platform can be asked. What the platform does not
// answer, the database does.
func (h *remoteProject) ready(ctx context.Context) error {
	if h.client == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	err := h.api().Ready(ctx)
	if f := finding.As(err); f != nil && f.Exit == finding.Refused {
		return f
	}
	return nil
}

func (h *remoteProject) api() *api.Target {
	return &api.Target{Client: h.client, Ref: h.ref, Label: h.label, Told: func(err error) error { return h.told(err, h.ref) }}
}

// ways lists the ways to the database in the order in which they are tried: the server itself, the session pooler, the
// Management API.
func (h *remoteProject) ways(via string) ([]route.Way, error) {
	all := []route.Way{h.direct(), h.pooler(), {
		Via: ViaAPI, At: h.profile.APIURL,
		Find: func(context.Context) (target.Target, error) {
			if err := h.need(); err != nil {
				return nil, err
			}
			return h.api(), nil
		},
	}}
	switch via {
	case ViaAuto:
		if h.client == nil && h.password.IsZero() {
			return nil, h.noCredentials()
		}
		if h.client == nil {
			return all[:2], nil
		}
		return all, nil
	case ViaDirect, ViaPooler:
		if h.client == nil && h.password.IsZero() {
			return nil, h.noCredentials()
		}
	}
	for _, w := range all {
		if w.Via == via {
			return []route.Way{w}, nil
		}
	}
	return nil, &finding.Finding{
		Code: finding.BadUsage, Severity: finding.Error, Exit: finding.Usage,
		Message: fmt.Sprintf("there is no route %q", via), Hint: "the routes are auto, direct, pooler and api",
	}
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

// pooler is the way through the session pooler.
func (h *remoteProject) pooler() route.Way {
	at := "session pooler"
	if h.link != nil && h.link.PoolerURL != "" {
		if u, err := url.Parse(h.link.PoolerURL); err == nil {
			at = u.Host
		}
	}
	return route.Way{Via: ViaPooler, At: at, Find: func(ctx context.Context) (target.Target, error) {
		address, err := h.poolerAddress(ctx)
		if err != nil {
			return nil, err
		}
		return h.loggedIn(ctx, *address, "."+h.ref)
	}}
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
		for _, one := range all {
			if one.Type == "PRIMARY" && text == "" {
				text = poolerURL(one)
			}
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
	foreign := func(why string) error {
		return &finding.Finding{
			Code: finding.UntrustedServer, Severity: finding.Error, Exit: finding.Unreachable,
			Message: "the pooler's address " + address.String() + " is not of this project: " + why,
			Hint:    "supabase/.temp/pooler-url may have been changed: `cairn link --project-ref " + h.ref + "` writes it anew; no password was sent there",
		}
	}
	user, ref, ok := strings.Cut(address.User, ".")
	if !ok {
		ref = strings.TrimPrefix(address.Params["options"], "reference=")
	}
	if ref != h.ref {
		return nil, foreign("its user names another project")
	}
	if domain := h.profile.PoolerHost; domain != "" && address.Host != domain && !strings.HasSuffix(address.Host, "."+domain) {
		return nil, foreign("poolers are in the domain " + domain)
	}
	if address.Port == 6543 {
		address.Port = 5432
	}
	address.User = user
	for key, value := range h.encryption(address.Host) {
		if _, given := address.Params[key]; !given {
			address.Params[key] = value
		}
	}
	return address, nil
}

// loggedIn is the database at an address, for the role postgres: by its password, or as a role that the platform makes
// for this run. suffix is what a pooler tells projects apart by.
func (h *remoteProject) loggedIn(ctx context.Context, address project.Address, suffix string) (target.Target, error) {
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
	to := &direct.Target{URL: address.DSN(), Label: h.label, Role: "postgres"}
	if suffix == "" {
		return to, nil
	}
	return &patient{to}, nil
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

// editor adds where the SQL can be run by hand to what ended a run on a hosted project.
func (at *place) editor(err error) error {
	f := finding.As(err)
	if at.hosted == nil || f == nil || f.Exit != finding.Failed && f.Exit != finding.Unreachable && f.Exit != finding.Usage {
		return err
	}
	page := at.hosted.profile.Editor(at.hosted.ref)
	if page == "" || strings.Contains(f.Hint, page) {
		return err
	}
	out := *f
	out.Hint = paragraphs(f.Hint, "by hand: `cairn db push --dry-run --with-history` prints the SQL for the editor at "+page)
	return &out
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
