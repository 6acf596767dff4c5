-- Description: keys among which the AI requests are spread; only the service may see them
-- Author: The cairn authors
-- Date: 2026-02-10

create table if not exists public.api_key_pool (
  id uuid primary key default gen_random_uuid(),
  api_key text not null unique,
  account_name text,
  is_active boolean default true,
  last_used_at timestamptz default now(),
  usage_count integer default 0,
  created_at timestamptz default now()
);

alter table public.api_key_pool enable row level security;

create policy "Service role only" on public.api_key_pool
  for all to service_role using (true) with check (true);
