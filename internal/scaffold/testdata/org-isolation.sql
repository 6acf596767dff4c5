-- RLS helper for org_id from JWT
CREATE OR REPLACE FUNCTION public.get_org_id()
RETURNS uuid
LANGUAGE sql
STABLE
SET search_path = ''
AS $$
  SELECT NULLIF(NULLIF(current_setting('request.jwt.claims', true), '')::json->>'org_id', '')::uuid;
$$;

ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON public.documents TO authenticated, service_role;

DROP POLICY IF EXISTS "org_isolation_select" ON public.documents;
CREATE POLICY "org_isolation_select"
ON public.documents FOR SELECT TO authenticated
USING (org_id = (SELECT public.get_org_id()));

DROP POLICY IF EXISTS "org_isolation_insert" ON public.documents;
CREATE POLICY "org_isolation_insert"
ON public.documents FOR INSERT TO authenticated
WITH CHECK (org_id = (SELECT public.get_org_id()));

DROP POLICY IF EXISTS "org_isolation_update" ON public.documents;
CREATE POLICY "org_isolation_update"
ON public.documents FOR UPDATE TO authenticated
USING (org_id = (SELECT public.get_org_id()))
WITH CHECK (org_id = (SELECT public.get_org_id()));

DROP POLICY IF EXISTS "org_isolation_delete" ON public.documents;
CREATE POLICY "org_isolation_delete"
ON public.documents FOR DELETE TO authenticated
USING (org_id = (SELECT public.get_org_id()));

CREATE INDEX IF NOT EXISTS idx_documents_org_id ON public.documents (org_id);
