package blackbox

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Decisions rest on codes alone: a server that speaks another language changes no exit code. The server behind the site
// speaks English, so what it says is translated on the way.
func TestRow127TranslatedMessages(t *testing.T) {
	t.Parallel()
	abroad := func(t *testing.T, files map[string]string) *site {
		s := newSite(t, files)
		home := s.url
		s.url = s.in(func(u *url.URL) { u.Host, u.RawQuery = translate(t, mustParse(t, home).Host), "sslmode=disable" })
		return s
	}
	t.Run("errors", func(t *testing.T) {
		t.Parallel()
		s := abroad(t, map[string]string{"001_a": "create table a (id int);\ninsert into nothing values (1);"})
		s.push().exits(4).says("PG42P01", "001_a.sql:2:13", "»nothing«").keepsQuiet("does not exist")
		s.migration("001_a", "create table if not exists a (id int);\ncreate table if not exists a (id int);")
		s.push().exits(0).says("NOTICE (42P07)") // the severity's own name
		s.migration("002_b", "create table b (id int);\ndo $$ begin commit; end $$;")
		s.push().exits(4).says("PG2D000")
		s.migration("002_b", "create table b (id int);\nbegin;\ninsert into b values (1/0);\ncommit;")
		s.push().exits(5).says("PG22012")
		s.run("db", "push", "--yes", "--db-url", s.in(func(u *url.URL) { u.Path = "/nothing" })).exits(8)
		s.run("db", "push", "--yes", "--db-url", s.in(func(u *url.URL) { u.User = url.UserPassword(role, "wrong-one") })).exits(8).says("CA702")
	})
	t.Run("crowd", func(t *testing.T) {
		t.Parallel()
		files, versions := several(4)
		s := abroad(t, files)
		s.wantOnce(s.together(4, func(int) string { return s.url }), versions...)
	})
	t.Run("locks", func(t *testing.T) {
		t.Parallel()
		s := abroad(t, map[string]string{"001_a": "create table a (id int);"})
		s.push().exits(0)
		s.migration("002_alter", "alter table a add column name text;")
		release := s.reader()
		s.push("--lock-timeout", "200ms", "--lock-wait", "1s").exits(6).says("CA705")
		release()
		s.migration("003_slow", slow)
		s.exec("create table gate (); drop table a")
		s.remove("supabase/migrations/002_alter.sql")
		first := s.start(s.pushArgs()...)
		s.sleeping()
		s.push("--lock-wait", "300ms").exits(6).says("CA704", "cairn/")
		s.exec("drop table gate")
		// The server ends the session; the run goes on with another.
		s.exec("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()")
		first.wait().exits(0)
		s.wantHistory("001", "003")
	})
	t.Run("concurrent index", func(t *testing.T) {
		t.Parallel()
		s := abroad(t, map[string]string{"001_a": "create table a (id int);\ninsert into a values (1), (1);"})
		s.push().exits(0)
		s.migration("002_ix", "create unique index concurrently a_id on a (id);")
		s.push().exits(4).says("PG23505")
		s.exec("delete from a")
		s.push().exits(0)
	})
}

// The locale, the zone and the language of whoever runs cairn change nothing that it says or does.
func TestRow127LocaleOfTheMachine(t *testing.T) {
	t.Parallel()
	var said []string
	for _, env := range [][]string{
		nil, {"LC_ALL=C"}, {"LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8"}, {"LC_ALL=de_DE@euro", "LANGUAGE=de"}, {"TZ=Asia/Kathmandu"}, {"TZ=Nowhere/Nothing"}, {"LANG=", "TZ="},
	} {
		s := newSite(t, map[string]string{"001_INSERT_i": "create table a (id int);\nINSERT INTO a VALUES (1);\nBEGIN ISOLATION LEVEL SERIALIZABLE;\nINSERT INTO a VALUES (2);\nCOMMIT;", "002_x": "create table b (x nothıng);"})
		s.env = append(s.env, env...)
		o := s.push("--no-color").exits(4).says("PG42704", "002_x.sql:1:19")
		port := mustParse(t, s.url)
		text := strings.NewReplacer(port.Host+port.Path, "TARGET").Replace(o.stdout + o.stderr)
		said = append(said, regexp.MustCompile(`\([0-9.]+ m?s\)`).ReplaceAllString(text, "(TIME)"))
		s.wantQuery("select id::text from a order by 1", "1", "2")
		s.run("migration", "list", "--db-url", s.url).exits(0)
	}
	for _, text := range said[1:] {
		if text != said[0] {
			t.Errorf("said\n%s\nand elsewhere\n%s", said[0], text)
		}
	}
}

// translate listens in front of the server at address and gives what it says in another language. It returns where.
func translate(t *testing.T, address string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		work.Wait()
	})
	work.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", address)
			if err != nil {
				_ = client.Close()
				continue
			}
			work.Go(func() { _, _ = io.Copy(server, client); _ = server.Close() })
			work.Go(func() { interpret(client, server); _ = client.Close() })
		}
	})
	return listener.Addr().String()
}

// interpret copies messages to the client; the texts of errors and notices are translated.
func interpret(client io.Writer, server io.Reader) {
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(server, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(server, body); err != nil {
			return
		}
		if head[0] == 'E' || head[0] == 'N' {
			body = foreign(body)
			binary.BigEndian.PutUint32(head[1:], uint32(len(body)+4))
		}
		if _, err := client.Write(append(bytes.Clone(head), body...)); err != nil {
			return
		}
	}
}

var quotedPart = regexp.MustCompile(`"[^"]*"`)

// foreign returns the fields of an error or a notice with their words replaced; only what is quoted stays, in quotes of
// the other language.
func foreign(fields []byte) []byte {
	var b bytes.Buffer
	for field := range bytes.SplitSeq(bytes.TrimRight(fields, "\x00"), []byte{0}) {
		if len(field) == 0 {
			continue
		}
		text := string(field[1:])
		switch field[0] {
		case 'S':
			text = "ERNST" + strconv.Itoa(len(text))
		case 'M', 'D', 'H', 'W':
			var quoted []string
			for _, part := range quotedPart.FindAllString(text, -1) {
				quoted = append(quoted, "»"+strings.Trim(part, `"`)+"«")
			}
			text = strings.TrimSpace("etwas mit " + strings.Join(quoted, " und "))
		}
		b.WriteByte(field[0])
		b.WriteString(text)
		b.WriteByte(0)
	}
	b.WriteByte(0)
	return b.Bytes()
}
