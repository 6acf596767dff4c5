-- Create table
CREATE TABLE IF NOT EXISTS public.project_chats (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL REFERENCES public.projects (id) ON DELETE CASCADE,
  chat_id uuid NOT NULL REFERENCES public.encrypted_chats (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (project_id, chat_id)
);

-- Create indexes; the UNIQUE above serves project_id
CREATE INDEX IF NOT EXISTS idx_project_chats_chat_id ON public.project_chats (chat_id);

-- Enable RLS
ALTER TABLE public.project_chats ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.project_chats FORCE ROW LEVEL SECURITY;

-- Grant what the policies then narrow down
GRANT SELECT, INSERT, DELETE ON public.project_chats TO authenticated, service_role;

-- Create policies
DROP POLICY IF EXISTS "project_chats_select" ON public.project_chats;
CREATE POLICY "project_chats_select" ON public.project_chats FOR SELECT TO authenticated
USING (EXISTS (
  SELECT 1 FROM public.projects AS p WHERE p.id = project_chats.project_id AND p.user_id = (SELECT auth.uid())
));

DROP POLICY IF EXISTS "project_chats_insert" ON public.project_chats;
CREATE POLICY "project_chats_insert" ON public.project_chats FOR INSERT TO authenticated
WITH CHECK (
  EXISTS (SELECT 1 FROM public.projects AS p WHERE p.id = project_chats.project_id AND p.user_id = (SELECT auth.uid()))
  AND EXISTS (SELECT 1 FROM public.encrypted_chats AS c WHERE c.id = project_chats.chat_id AND c.user_id = (SELECT auth.uid()))
);

DROP POLICY IF EXISTS "project_chats_delete" ON public.project_chats;
CREATE POLICY "project_chats_delete" ON public.project_chats FOR DELETE TO authenticated
USING (EXISTS (
  SELECT 1 FROM public.projects AS p WHERE p.id = project_chats.project_id AND p.user_id = (SELECT auth.uid())
));
