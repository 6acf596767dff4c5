package app

import (
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/cluster"
	"github.com/cairndb/cairn/internal/project"
	"github.com/cairndb/cairn/internal/secret"
)

// forward passes connections on from one address to another, as ssh -L does, and returns where it listens.
func forward(t *testing.T, network, listen, to string) net.Addr {
	t.Helper()
	l, err := net.Listen(network, listen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial(network, to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
		}
	}()
	return l.Addr()
}

// placed is the place behind a connection string in a project whose local database has this port.
func placed(t *testing.T, at string, port int) *place {
	t.Helper()
	p := &project.Project{Config: &project.Config{}}
	p.Config.DB.Port = port
	place, err := placeAt(p, secret.New(at))
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// TestNear: an address of this machine is not enough to be on it.
func TestNear(t *testing.T) {
	server := hosted(t)
	straight := server.TCP("postgres", "postgres", cluster.Password)
	socket := server.URL("postgres", "postgres")
	tcp, err := pgconn.ParseConfig(straight)
	if err != nil {
		t.Fatal(err)
	}
	unix, err := pgconn.ParseConfig(socket)
	if err != nil {
		t.Fatal(err)
	}
	tunnel := forward(t, "tcp", "127.0.0.1:0", net.JoinHostPort(tcp.Host, strconv.Itoa(int(tcp.Port)))).(*net.TCPAddr).Port
	dir, err := os.MkdirTemp("", "cairn") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	name := ".s.PGSQL." + strconv.Itoa(int(unix.Port))
	forward(t, "unix", filepath.Join(dir, name), filepath.Join(unix.Host, name))

	through := strings.Replace(straight, ":"+strconv.Itoa(int(tcp.Port))+"/", ":"+strconv.Itoa(tunnel)+"/", 1)
	bySocket := func(dir string) string {
		return "postgresql://postgres@/postgres?host=" + url.QueryEscape(dir) + "&port=" + strconv.Itoa(int(unix.Port))
	}
	for _, c := range []struct {
		name, at string
		local    bool
		away     string // part of why it is not
	}{
		{"straight", straight, true, ""},
		{"a tunnel", through, false, "behind 127.0.0.1:" + strconv.Itoa(tunnel) + " is on this machine"},
		{"a socket", bySocket(unix.Host), true, ""},
		{"a socket that is passed on", bySocket(dir), false, "behind " + filepath.Join(dir, name) + " is on this machine"},
		{"nobody", "postgresql://postgres@127.0.0.1:1/postgres", false, ""},
		{"another host", "postgresql://postgres@192.0.2.1/postgres", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := placed(t, c.at, int(tcp.Port))
			if at.Local() {
				t.Error("local before anybody looked")
			}
			i := at.intent(t.Context(), Apply, "change it", "detail")
			if i.Local != c.local || at.Local() != c.local || i.Ours {
				t.Errorf("%+v, want local %t", i, c.local)
			}
			if c.away == "" && i.Detail != "detail" || !strings.Contains(i.Detail, c.away) {
				t.Errorf("detail %q, want %q in it", i.Detail, c.away)
			}
			if !c.local {
				i.Action, i.Target = "change it", at.Name()
				if d := Consent(i, Setting{Yes: true, Agent: "CLAUDECODE"}); d.Verdict != Denied {
					t.Errorf("an agent's --yes counts: %+v", d)
				}
			}
		})
	}
}

// TestNearStack: Supabase's local stack answers from its container, with the well-known password at the project's port.
func TestNearStack(t *testing.T) {
	server := hosted(t)
	straight := server.TCP("postgres", "postgres", cluster.Password)
	tcp, err := pgconn.ParseConfig(straight)
	if err != nil {
		t.Fatal(err)
	}
	unix, err := pgconn.ParseConfig(server.URL("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	trusting := "postgresql://postgres:postgres@/postgres?host=" + url.QueryEscape(unix.Host) + "&port=" + strconv.Itoa(int(unix.Port))
	container, production := ends{server: netip.MustParseAddrPort("172.18.0.4:5432")}, ends{server: netip.MustParseAddrPort("127.0.0.1:5432")}
	for _, c := range []struct {
		name string
		at   string
		port int
		said ends
		want bool
	}{
		{"the stack", straight, int(tcp.Port), container, true},
		{"another port", straight, 54322, container, false},
		{"a server on the loopback of another machine", straight, int(tcp.Port), production, false},
		{"a public address", straight, int(tcp.Port), ends{server: netip.MustParseAddrPort("203.0.113.7:5432")}, false},
		{"another role", server.TCP("postgres", "supabase_admin", cluster.Password), int(tcp.Port), container, false},
		{"a server that takes any password", trusting, int(unix.Port), container, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := placed(t, c.at, c.port)
			config, err := pgconn.ParseConfig(at.route.URL.Reveal())
			if err != nil {
				t.Fatal(err)
			}
			if got := at.stack(t.Context(), config, c.said); got != c.want {
				t.Errorf("%t, want %t", got, c.want)
			}
		})
	}
}
