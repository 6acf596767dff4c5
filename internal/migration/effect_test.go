package migration

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cairndb/cairn/internal/source"
)

func statement(text string) Statement {
	return Statement{Span: (&source.File{Name: "f.sql", Text: text}).Whole()}
}

func TestEffect(t *testing.T) {
	for text, want := range map[string]Effect{
		`-- c
		create unique index concurrently if not exists "My Idx" on only Public."Tab" using btree (a)`: {
			Kind: BuildsIndex, Name: []string{"My Idx"}, Table: []string{"public", "Tab"}, IfNotExists: true,
		},
		"create index concurrently on t (a)":                      {Kind: BuildsIndex, Table: []string{"t"}},
		"CREATE INDEX CONCURRENTLY Idx ON S.T(a)":                 {Kind: BuildsIndex, Name: []string{"idx"}, Table: []string{"s", "t"}},
		"create index concurrently /* on */ \"on\" on t (a)":      {Kind: BuildsIndex, Name: []string{"on"}, Table: []string{"t"}},
		"drop index concurrently if exists s.a, b cascade":        {Kind: DropsIndex, Name: []string{"s", "a"}, Names: [][]string{{"s", "a"}, {"b"}}, IfExists: true},
		"reindex (verbose, concurrently) table s.t":               {Kind: Reindexes, Name: []string{"s", "t"}},
		"reindex index concurrently i":                            {Kind: Reindexes, Name: []string{"i"}},
		"reindex database":                                        {Kind: Reindexes},
		"reindex schema concurrently s":                           {Kind: Reindexes, Name: []string{"s"}},
		"alter table only s.p detach partition s.p1 concurrently": {Kind: DetachesPartition, Name: []string{"s", "p1"}, Table: []string{"s", "p"}},
		"alter table if exists p detach partition p1 concurrently": {
			Kind: DetachesPartition, Name: []string{"p1"}, Table: []string{"p"}, IfExists: true,
		},
		"create database \"D\" template x":                    {Kind: CreatesDatabase, Name: []string{"D"}},
		"drop database if exists d with (force)":              {Kind: DropsDatabase, Name: []string{"d"}, IfExists: true},
		"create tablespace ts location '/x'":                  {Kind: CreatesTablespace, Name: []string{"ts"}},
		"drop tablespace ts":                                  {Kind: DropsTablespace, Name: []string{"ts"}},
		"create subscription s connection 'x' publication p":  {Kind: CreatesSubscription, Name: []string{"s"}},
		"drop subscription if exists s":                       {Kind: DropsSubscription, Name: []string{"s"}, IfExists: true},
		"alter subscription s refresh publication":            {Kind: Repeatable},
		"alter subscription s add publication p":              {},
		"alter system set work_mem = '1MB'":                   {Kind: Repeatable},
		"alter database d set tablespace ts":                  {Kind: Repeatable},
		"vacuum (full) t":                                     {Kind: Repeatable},
		"cluster":                                             {Kind: Repeatable},
		"discard all":                                         {Kind: Repeatable},
		"create index i on t (a)":                             {},
		"create index concurrently_i on t (a)":                {},
		"select 'create index concurrently i on t (a)'":       {},
		"reindex table t":                                     {},
		"do $$ begin execute 'vacuum'; end $$":                {},
		"create function vacuum() returns int return 1":       {},
		"alter table t add column detach int, drop partition": {},
		"": {},
	} {
		if diff := cmp.Diff(want, statement(text).Effect()); diff != "" {
			t.Errorf("%q: -want +got\n%s", text, diff)
		}
	}
}

func TestSetsSession(t *testing.T) {
	for text, want := range map[string]bool{
		"set search_path = ''":                                                       true,
		"SET SESSION work_mem TO '1MB'":                                              true,
		"set role anon":                                                              true,
		"set session authorization x":                                                true,
		"set time zone 'UTC'":                                                        true,
		"set session characteristics as transaction read only":                       true,
		"reset all":                                                                  true,
		"set local work_mem = '1MB'":                                                 false,
		"set constraints all deferred":                                               false,
		"set transaction isolation level serializable":                               false,
		"set session transaction read write":                                         false,
		"select pg_catalog.set_config('search_path', '', false)":                     true,
		"select SET_CONFIG('a.b', 'x', is_local => false), 1":                        true,
		`select "set_config"('a', (select 'true'), f.local) from f`:                  true,
		"select set_config('a', 'b', true)":                                          false,
		"select set_config('a', set_config('b', 'c', true), 't')":                    false,
		"select set_config('a', set_config('b', 'c', false), true)":                  true,
		"select 'set_config(1, 2, false)' -- set_config(1, 2, false)":                false,
		"create function f() returns int set search_path = '' language sql return 1": false,
		"update t set a = 1":                                                         false,
		"select asset_config(1, 2, 3)":                                               false,
	} {
		if got := statement(text).SetsSession(); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
