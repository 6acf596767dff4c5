-- Description: what every table leans on
-- Author: The cairn authors
-- Date: 2026-01-10

-- Keeps updated_at true; used by a trigger on each table that has the column.
create or replace function public.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at = now();
  return new;
end;
$$;

-- The organisation that the caller's token names, or null.
create or replace function public.get_org_id()
returns uuid
language sql
stable
set search_path = ''
as $$
  select nullif(current_setting('request.jwt.claims', true)::json ->> 'org_id', '')::uuid;
$$;
