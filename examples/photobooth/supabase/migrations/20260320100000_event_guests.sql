-- Description: how many guests an event takes; safe to run on databases that have the column already
-- Author: The cairn authors
-- Date: 2026-03-20

do $$
begin
  if not exists (
    select 1 from information_schema.columns
    where table_schema = 'public' and table_name = 'events' and column_name = 'max_guests'
  ) then
    alter table public.events add column max_guests integer default 100;
  end if;
end $$;

update public.events set max_guests = 100 where max_guests is null;
