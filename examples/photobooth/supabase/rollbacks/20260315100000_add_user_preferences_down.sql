-- Takes the preferences back. What users had stored in them is lost.
drop index if exists public.idx_profiles_preferences;
alter table public.profiles drop column if exists preferences;
