package apply_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cairndb/cairn/internal/apply"
	"github.com/cairndb/cairn/internal/faulttest"
	"github.com/cairndb/cairn/internal/finding"
	"github.com/cairndb/cairn/internal/pgtest"
	"github.com/cairndb/cairn/internal/standin"
)

// invented is what a platform's endpoint records: a version of its clock, the text as one element, columns of its own.
const invented = `alter table supabase_migrations.schema_migrations add if not exists created_by text;
insert into supabase_migrations.schema_migrations (version, name, statements, created_by) values
	('20260301000001', 'one', array[E'create table t1 (id int);\ninsert into t1 values (1);\n'], 'ai'),
	('20260301000002', 'two', array['create table t2 (id int); insert into t2 values (2)'], 'ai')`

// strangers opens a runner on a database with invented versions, and pairs them with files.
func strangers(t *testing.T, r *apply.Runner) []apply.Renamed {
	t.Helper()
	h, err := r.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	local := parse(t, table(0), table(1), table(2))
	if err := h.Fetch(t.Context(), r.Session(), apply.Unread(local, h)); err != nil {
		t.Fatal(err)
	}
	unknown := apply.UnknownOf(local, h)
	var all []apply.Renamed
	for i, m := range unknown.Same() {
		all = append(all, apply.Renamed{Row: unknown.Rows[i], File: m.File})
	}
	return all
}

func invent(t *testing.T, url string) {
	t.Helper()
	for _, sql := range strings.Split(invented, ";\ninsert") {
		if !strings.HasPrefix(sql, "alter") {
			sql = "insert" + sql
		}
		query(t, url, sql)
	}
}

func TestRename(t *testing.T) {
	url := pgtest.Start(t, 17).Database(t)
	if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
		t.Fatal(err)
	}
	invent(t, url)
	_, err := push(t, url, &events{}, parse(t, table(0), table(1)))
	if f := wantExit(t, err, finding.MissingLocal, finding.Refused); !strings.Contains(f.Hint, "repair --auto") || !strings.Contains(f.Detail, "20260301000001 ran what") {
		t.Errorf("the refusal does not say what would help: %s, %s", f.Detail, f.Hint)
	}
	r := runner(t, url, &events{})
	all := strangers(t, r)
	if len(all) != 2 {
		t.Fatalf("found %+v", all)
	}
	// What an earlier life of a version left behind is in nobody's way.
	query(t, url, `insert into supabase_migrations.cairn_steps (version, direction, step, state, statement_md5, run, seal)
		select '001', 'up', 0, 'done', '', 'old', seal from supabase_migrations.cairn_applied`)
	query(t, url, `insert into supabase_migrations.cairn_applied (version, checksum, statements_md5, run, who, route, seal)
		select '001', '', '', 'old', '', '', seal from supabase_migrations.cairn_applied`)
	if err := r.Rename(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "history", query(t, url, "select concat_ws(' ', version, name, created_by) from supabase_migrations.schema_migrations order by version"),
		"000 t0", "001 t1 ai", "002 t2 ai")
	wantStrings(t, "ours", query(t, url, "select version || ' ' || (run = '"+r.Run+"') from supabase_migrations.cairn_applied order by version"),
		"000 false", "001 true", "002 true")
	wantStrings(t, "steps", query(t, url, "select version from supabase_migrations.cairn_steps"))
	if done, err := push(t, url, &events{}, parse(t, table(0), table(1), table(2))); err != nil || len(done.Applied) > 0 {
		t.Errorf("a push afterwards: %+v, %v", done, err)
	}
	// A file that is renamed after cairn ran it: when and by whom it ran stays.
	before := query(t, url, "select run || xid || started || seal from supabase_migrations.cairn_applied where version = '000'")
	moved := parse(t, file{name: "003_moved", text: table(0).text})
	again := runner(t, url, &events{})
	h, err := again.Open(t.Context())
	if err == nil {
		err = h.Fetch(t.Context(), again.Session(), []string{"000"})
	}
	if err == nil {
		err = again.Rename(t.Context(), []apply.Renamed{{Row: h.Version("000"), File: moved[0]}})
	}
	if err != nil {
		t.Fatal(err)
	}
	wantStrings(t, "who ran it", query(t, url, "select run || xid || started || seal from supabase_migrations.cairn_applied where version = '003'"), before...)
	if row := again.History().Version("003"); row == nil || !row.Intact || row.Applied.Checksum != moved[0].Checksum {
		t.Errorf("the row is %+v", row)
	}
}

// Two at once, and what somebody else does meanwhile: one wins, and the other changes nothing.
func TestRenameMeetsOthers(t *testing.T) {
	server := pgtest.Start(t, 17)
	url := server.Database(t)
	invent1 := func(url string) {
		if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
			t.Fatal(err)
		}
		invent(t, url)
	}
	invent1(url)
	a, b := runner(t, url, &events{}), runner(t, url, &events{})
	one, two := strangers(t, a), strangers(t, b)
	var errs [2]error
	var both sync.WaitGroup
	both.Go(func() { errs[0] = a.Rename(t.Context(), one) })
	both.Go(func() { errs[1] = b.Rename(t.Context(), two) })
	both.Wait()
	lost := errs[0]
	if lost == nil {
		lost = errs[1]
	} else if errs[1] != nil {
		t.Fatal(errs)
	}
	wantExit(t, lost, finding.HistoryMoved, finding.Refused)
	wantStrings(t, "history", query(t, url, historySQL), "000", "001", "002")

	for name, sql := range map[string]string{
		"other statements": "update supabase_migrations.schema_migrations set statements = '{select 2}' where version = '20260301000002'",
		"a row gone":       "delete from supabase_migrations.schema_migrations where version = '20260301000002'",
		"a row came":       "insert into supabase_migrations.schema_migrations values ('001')",
	} {
		url := server.Database(t)
		invent1(url)
		r := runner(t, url, &events{})
		all := strangers(t, r)
		query(t, url, sql)
		before := query(t, url, historySQL)
		t.Log(name)
		wantExit(t, r.Rename(t.Context(), all), finding.HistoryMoved, finding.Refused)
		wantStrings(t, name, query(t, url, historySQL), before...)
	}
}

// A commit whose answer is lost is looked up; over the API too.
func TestRenameInDoubt(t *testing.T) {
	for name, at := range map[string]func(faulttest.Message) bool{"on the way": isCommit, "answered": isCommitted} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, proxy := behind(t, faulttest.Options{})
			invent(t, url)
			r := runner(t, proxy.URL(), &events{})
			r.Options.DoubtWait = 3 * time.Second
			all := strangers(t, r)
			proxy.When(at, faulttest.CutBefore(faulttest.RST))
			if err := r.Rename(t.Context(), all); err != nil || !proxy.Done() {
				t.Fatal(err, proxy.Done())
			}
			wantStrings(t, "history", query(t, url, historySQL), "000", "001", "002")
		})
	}
	t.Run("api", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Start(t, 17).Database(t)
		if _, err := push(t, url, &events{}, parse(t, table(0))); err != nil {
			t.Fatal(err)
		}
		invent(t, url)
		r, server := apiRunner(t, url, &events{})
		all := strangers(t, r)
		server.Fail(standin.Fault{Match: "POST .*/database/query$", Body: "cairn: the history has moved", Done: true, Cut: true})
		if err := r.Rename(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		wantStrings(t, "history", query(t, url, historySQL), "000", "001", "002")
	})
}
