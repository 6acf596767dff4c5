-- Description: generations are announced to the booth as they are made
-- Author: The cairn authors
-- Date: 2026-04-20

alter publication supabase_realtime add table public.generations;

notify pgrst, 'reload schema';
