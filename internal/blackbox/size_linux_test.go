package blackbox

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

// bounded asserts a very loose bound on the memory of a process, in MiB, and tells what it took. The kernel counts what
// this process had when it started that one.
func (o *outcome) bounded(mib int64) *outcome {
	o.t.Helper()
	took := o.usage.Maxrss >> 10
	o.t.Logf("%s: %d MiB, %.1f s of CPU", hidden(o.name), took, float64(o.usage.Utime.Nano()+o.usage.Stime.Nano())/1e9)
	if took > mib {
		o.t.Errorf("%s took %d MiB, more than %d", hidden(o.name), took, mib)
	}
	return o
}

func TestRow82ManyFiles(t *testing.T) {
	t.Parallel()
	count := 10_000
	if *large {
		count = 100_000
	}
	files := make(map[string]string, count)
	for i := range count {
		files[fmt.Sprintf("%06d_f", i)] = fmt.Sprintf("create table t%d (id int primary key, name text);\ninsert into t%d values (1, 'x');\n", i, i)
	}
	s := newSite(t, files)
	s.run("status").exits(0).bounded(int64(count) / 50)
	s.run("status", "--json", "--db-url", s.url).exits(0).says(fmt.Sprint(`"migrations": `, count))
	// All of them are applied, as the Supabase CLI records it: every text is compared.
	s.exec(fmt.Sprintf(`create schema supabase_migrations;
		create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
		insert into supabase_migrations.schema_migrations select lpad(i::text, 6, '0'),
			array[format('create table t%%s (id int primary key, name text)', i), format('insert into t%%s values (1, ''x'')', i)], 'f'
		from generate_series(0, %d) i`, count-1))
	s.run("status", "--check", "--db-url", s.url).exits(0).bounded(int64(count) / 50)
	s.wantQuery("select count(*)::text from supabase_migrations.schema_migrations", fmt.Sprint(count))
	s.migration("999999_last", "create table last (id int);")
	s.push().exits(0).says("Applied 1 migration ")
}

func TestRow82ManyStatements(t *testing.T) {
	t.Parallel()
	count := 30_000
	if *large {
		count = 1_000_000
	}
	var b strings.Builder
	b.WriteString("create table a (id int primary key);\n")
	for i := range count {
		fmt.Fprintf(&b, "insert into a values (%d);\n", i)
	}
	s := newSite(t, map[string]string{"001_many": b.String()})
	s.push().exits(0).bounded(300 + int64(count)/1000)
	s.wantQuery("select count(*)::text from a", fmt.Sprint(count))
	s.wantQuery("select cardinality(statements)::text from supabase_migrations.schema_migrations", fmt.Sprint(count+1))
	s.run("db", "push", "--db-url", s.url).exits(0).says("is up to date").bounded(300 + int64(count)/1000)
}

func TestRow82LongLine(t *testing.T) {
	t.Parallel()
	size := 10 << 20
	if *large {
		size = 200 << 20
	}
	text := "create table a as select '" + strings.Repeat("aé漢🎉 -- $x$ ", size/20) + "'::text as t; create table b (id int);"
	s := newSite(t, map[string]string{"001_long": text})
	s.push().exits(0).bounded(300 + int64(size>>20)*12)
	s.wantTables("a", "b")
	s.wantQuery("select (length(t) > 1000)::text from a", "true")
	s.run("db", "push", "--db-url", s.url).exits(0).says("is up to date")
	// The place of an error far out in the line is found, and not all of the line is shown.
	s.migration("002_far", "select '"+strings.Repeat("漢", size/30)+"'; select nothing;")
	o := s.push().exits(4).says("PG42703", fmt.Sprintf("002_far.sql:1:%d", size/30+len("select ''; select ")+1))
	if len(o.stderr) > 4000 {
		t.Errorf("%d bytes are shown", len(o.stderr))
	}
}

func TestRow82TooLarge(t *testing.T) {
	t.Parallel()
	s := newFolder(t, map[string]string{"001_a": "select 1;"})
	file, err := os.Create(s.path("supabase/migrations/002_huge.sql"))
	if err == nil {
		err = file.Truncate(2 << 30) // takes no room
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
	s.run("db", "push", "--db-url", "postgres://127.0.0.1:1/x").exits(2).says("CA019", "002_huge.sql").bounded(300)
}

// What is read once is hashed, run and recorded, whatever happens to the file meanwhile.
func TestRow84FileChangesWhileRunning(t *testing.T) {
	t.Parallel()
	s := newSite(t, map[string]string{"001_slow": slow, "002_b": "create table old (id int);"})
	s.exec("create table gate ()")
	p := s.start(s.pushArgs()...)
	s.sleeping()
	s.migration("001_slow", "create table new (id int);")
	s.migration("002_b", "create table new (id int);")
	s.exec("drop table gate")
	p.wait().exits(0)
	s.wantTables("a", "b", "old")
	s.wantQuery("select statements[1] from supabase_migrations.schema_migrations order by version", "create table a (id int)", "create table old (id int)")
	sum := sha256.Sum256([]byte("create table old (id int);"))
	s.wantQuery("select checksum from supabase_migrations.cairn_applied where version = '002'", hex.EncodeToString(sum[:]))
	s.push().exits(3).says("CA603", "001_slow")
}

func TestRow84FileChangesAllTheTime(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	stop, stopped := make(chan struct{}), make(chan struct{})
	path := s.path("supabase/migrations/001_x.sql")
	texts := map[string]string{}
	for _, name := range []string{"one", "two", "three"} {
		text := "create table " + name + " as select '" + strings.Repeat(name, 2000) + "' as t;\n-- " + strings.Repeat("x", len(name)*5000)
		sum := sha256.Sum256([]byte(text))
		texts[hex.EncodeToString(sum[:])] = text
	}
	s.migration("001_x", "select 1;")
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			for _, text := range texts {
				select {
				case <-stop:
					return
				default:
				}
				_ = os.WriteFile(path+".new", []byte(text), 0o600)
				_ = os.Rename(path+".new", path)
			}
		}
	}()
	for range 10 {
		s.exec("drop schema if exists supabase_migrations cascade; drop table if exists one, two, three")
		s.push().exits(0)
		var tables []string
		for _, sum := range s.query("select checksum from supabase_migrations.cairn_applied") {
			text, known := texts[sum]
			if !known {
				continue // the first text
			}
			name := strings.Fields(text)[2]
			tables = append(tables, name)
			s.wantQuery("select (statements[1] like 'create table "+name+" as%')::text from supabase_migrations.schema_migrations", "true")
		}
		s.wantTables(tables...)
	}
	close(stop)
	<-stopped
}
