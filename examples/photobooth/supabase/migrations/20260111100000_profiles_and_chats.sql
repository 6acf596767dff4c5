-- Description: who uses the booth, and what they talk about
-- Author: The cairn authors
-- Date: 2026-01-11

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  email text,
  display_name text,
  role text default 'user',
  is_master boolean not null default false,
  credits numeric(10, 4) not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table public.encrypted_chats (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  encrypted_data text not null,
  title text,
  is_starred boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index idx_encrypted_chats_user_updated on public.encrypted_chats (user_id, updated_at desc);

alter table public.profiles enable row level security;
alter table public.profiles force row level security;
alter table public.encrypted_chats enable row level security;
alter table public.encrypted_chats force row level security;

create policy "Users can view own profile" on public.profiles
  for select using (auth.uid() = id);
create policy "Users can update own profile" on public.profiles
  for update using (auth.uid() = id) with check (auth.uid() = id);

create policy "Users can view own chats" on public.encrypted_chats
  for select using (auth.uid() = user_id);
create policy "Users can insert own chats" on public.encrypted_chats
  for insert with check (auth.uid() = user_id);
create policy "Users can update own chats" on public.encrypted_chats
  for update using (auth.uid() = user_id) with check (auth.uid() = user_id);
create policy "Users can delete own chats" on public.encrypted_chats
  for delete using (auth.uid() = user_id);

create trigger touch_profiles before update on public.profiles
  for each row execute function public.touch_updated_at();
create trigger touch_encrypted_chats before update on public.encrypted_chats
  for each row execute function public.touch_updated_at();

-- A profile for everybody who signs up.
create or replace function public.handle_new_user()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.profiles (id, email, display_name)
  values (new.id, new.email, new.raw_user_meta_data ->> 'display_name');
  return new;
end;
$$;

create trigger on_auth_user_created after insert on auth.users
  for each row execute function public.handle_new_user();
