create schema "Odd, ""name"" \ x";
create table "Odd, ""name"" \ x".t (
	id int generated always as identity primary key,
	a text default 'it''s, "q" (x) \ y' not null,
	b numeric(10, 2)[] check (b[1] > 0),
	c timestamptz default now()
);
create index "i,j" on "Odd, ""name"" \ x".t (lower(a)) where b is not null;
alter table "Odd, ""name"" \ x".t enable row level security;
create policy p on "Odd, ""name"" \ x".t to pg_monitor using (a = 'x,y' or a = E'\\("z")');
comment on table "Odd, ""name"" \ x".t is E'two\nlines, "q", 日本 é 🪨 $cairn$ $1';
grant select (a, b), insert on "Odd, ""name"" \ x".t to public;
create view public.v as select id, a from "Odd, ""name"" \ x".t;
create function public.f(a int default 1, variadic b text[] default '{}') returns setof text language plpgsql as $cairn$
begin
	-- A comment, and a "quote".
	return query select $$x$$::text;
end $cairn$;
create type public.e as enum ('', 'a,b', '"', '\');
