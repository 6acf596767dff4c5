-- Description: preferences as JSON, searchable
-- Author: The cairn authors
-- Date: 2026-03-15

alter table public.profiles add column preferences jsonb not null default '{}'::jsonb;

create index idx_profiles_preferences on public.profiles using gin (preferences);
