-- Description: pictures that users marked; safe to run more than once
-- Author: The cairn authors
-- Date: 2026-04-01

begin;

create table if not exists public.favorites (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id) on delete cascade,
  generation_id uuid not null references public.generations (id) on delete cascade,
  created_at timestamptz default now(),
  unique (user_id, generation_id)
);

do $$
begin
  if not exists (
    select 1 from information_schema.columns
    where table_schema = 'public' and table_name = 'favorites' and column_name = 'note'
  ) then
    alter table public.favorites add column note text;
  end if;
end $$;

alter table public.favorites enable row level security;

drop policy if exists "Users can manage their own favorites" on public.favorites;
create policy "Users can manage their own favorites" on public.favorites
  for all using (auth.uid() = user_id) with check (auth.uid() = user_id);

commit;
