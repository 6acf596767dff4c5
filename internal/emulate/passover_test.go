package emulate_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
)

// What a dump says of functions that a shim lacks is passed over and told; what it says of anything else is not.
func TestPassover(t *testing.T) {
	each(t, func(t *testing.T, s *pgtest.Server) {
		config, err := pgx.ParseConfig(s.URL(s.DatabaseName(t), "postgres"))
		if err != nil {
			t.Fatal(err)
		}
		var notices []*pgconn.Notice
		config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n) }
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
		e := emulator(t, conn)
		run(t, conn, `CREATE SCHEMA app; CREATE FUNCTION public.own() RETURNS int LANGUAGE sql AS 'SELECT 1'; SET client_min_messages = error`)

		const grant = `GRANT ALL ON FUNCTION "public"."vector_recv"("internal", "oid", integer) TO "anon"`
		if _, _, err := send(t, e, conn, grant); err == nil {
			t.Error("it was passed over before the extension was there")
		}
		for _, sql := range []string{`CREATE EXTENSION vector SCHEMA public`, `CREATE EXTENSION postgis SCHEMA extensions`, `CREATE EXTENSION pg_net`} {
			if _, _, err := send(t, e, conn, sql); err != nil {
				t.Fatal(err)
			}
		}
		for _, test := range []struct {
			sql, about string // "" for what runs
			fails      bool
		}{
			{grant, "vector_recv", false},
			{`REVOKE EXECUTE ON FUNCTION public.vector_recv(internal, oid, integer), public.vector_send(public.vector) FROM anon`, "vector_recv, vector_send", false},
			{`COMMENT ON FUNCTION extensions.st_asmvt(anyelement) IS 'x'`, "st_asmvt", false},
			{`COMMENT ON AGGREGATE extensions.st_asmvt(anyelement, text) IS 'x'`, "st_asmvt", false},
			{`GRANT ALL ON FUNCTION extensions.box2df_out(extensions.box2df) TO anon`, "box2df_out", false},
			{`ALTER FUNCTION public.vector_recv(internal, oid, integer) OWNER TO postgres`, "vector_recv", false},
			{`ALTER FUNCTION public.vector_recv(internal, oid, integer) OWNER TO supabase_admin`, "vector_recv", false},
			{`GRANT ALL ON FUNCTION net._prune_queue(bigint) TO anon`, "_prune_queue", false},
			{`GRANT ALL ON FUNCTION public.cosine_distance(public.vector, public.vector) TO anon`, "", false},
			{`GRANT ALL ON FUNCTION public.own() TO anon`, "", false},
			{`GRANT ALL ON FUNCTION public.vector_search(public.vector) TO anon`, "", true},
			{`GRANT ALL ON FUNCTION app.vector_recv(internal, oid, integer) TO anon`, "", true},
			{`GRANT ALL ON FUNCTION public.vector_recv(internal, oid, integer), public.mine() TO anon`, "", true},
			{`GRANT ALL ON FUNCTION public.cosine_distance(public.vector, public.vector) TO nobody`, "", true},
			{`ALTER FUNCTION public.vector_recv(internal, oid, integer) STABLE`, "", true},
			{`DROP FUNCTION public.vector_recv(internal, oid, integer)`, "", true},
		} {
			notices = nil
			_, _, err := send(t, e, conn, test.sql)
			about := ""
			for _, n := range notices {
				if f := e.Notice(n); f != nil {
					about = f.Detail
					if f.Code != finding.PassedOver || f.Severity != finding.Note {
						t.Errorf("%+v", f)
					}
				}
			}
			if (err != nil) != test.fails || about != test.about {
				t.Errorf("%s: %v, passed over for %q", test.sql, err, about)
			}
		}
		if e.Notice(&pgconn.Notice{Code: "00000", Message: "x"}) != nil {
			t.Error("any notice counts")
		}
	})
}
