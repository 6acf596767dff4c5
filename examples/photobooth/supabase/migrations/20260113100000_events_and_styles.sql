-- Description: partners, their events, the styles, and the pictures made there
-- Author: The cairn authors
-- Date: 2026-01-13

create table public.partners (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  created_at timestamptz not null default now()
);

create table public.events (
  id uuid primary key default gen_random_uuid(),
  partner_id uuid,
  name text not null,
  is_active boolean not null default true,
  credits_allocated integer not null default 0,
  credits_used integer not null default 0,
  created_at timestamptz not null default now()
);

alter table public.events
  add constraint fk_events_partner foreign key (partner_id) references public.partners (id) on delete cascade;

create table public.styles_metadata (
  id text primary key,
  label text not null,
  category text not null,
  subcategory text,
  is_premium boolean not null default false
);

create table public.generations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id) on delete cascade,
  style_id text references public.styles_metadata (id),
  event_id uuid references public.events (id) on delete set null,
  image_path text not null,
  created_at timestamptz not null default now()
);

create index idx_events_active on public.events (is_active) where is_active = true;
create index idx_generations_created_at on public.generations (created_at desc);
create index idx_generations_user on public.generations (user_id);

alter table public.partners enable row level security;
alter table public.events enable row level security;
alter table public.styles_metadata enable row level security;
alter table public.generations enable row level security;

create policy "Anyone can see styles" on public.styles_metadata
  for select to anon, authenticated using (true);
create policy "Signed-in users can see active events" on public.events
  for select to authenticated using (is_active);
create policy "Users can view own generations" on public.generations
  for select to authenticated using (auth.uid() = user_id);
create policy "Users can insert own generations" on public.generations
  for insert to authenticated with check (auth.uid() = user_id);
