-- Description: projects, and the chats that belong to them
-- Author: The cairn authors
-- Date: 2026-01-12

create table public.projects (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  name text not null,
  description text,
  is_archived boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table public.project_chats (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  chat_id uuid not null references public.encrypted_chats (id) on delete cascade,
  created_at timestamptz not null default now(),
  unique (project_id, chat_id)
);

create index idx_projects_archived on public.projects (user_id, is_archived);
create index idx_project_chats_chat on public.project_chats (chat_id);

alter table public.projects enable row level security;
alter table public.projects force row level security;
alter table public.project_chats enable row level security;
alter table public.project_chats force row level security;

create policy "projects_select" on public.projects for select using (auth.uid() = user_id);
create policy "projects_insert" on public.projects for insert with check (auth.uid() = user_id);
create policy "projects_update" on public.projects for update using (auth.uid() = user_id) with check (auth.uid() = user_id);
create policy "projects_delete" on public.projects for delete using (auth.uid() = user_id);

-- A row of the join belongs to whoever owns the project; joining needs the chat as well.
create policy "project_chats_select" on public.project_chats for select using (
  exists (select 1 from public.projects p where p.id = project_id and p.user_id = auth.uid())
);
create policy "project_chats_insert" on public.project_chats for insert with check (
  exists (select 1 from public.projects p where p.id = project_id and p.user_id = auth.uid())
  and exists (select 1 from public.encrypted_chats c where c.id = chat_id and c.user_id = auth.uid())
);
create policy "project_chats_delete" on public.project_chats for delete using (
  exists (select 1 from public.projects p where p.id = project_id and p.user_id = auth.uid())
);

create trigger touch_projects before update on public.projects
  for each row execute function public.touch_updated_at();
