--- Policies for a table that exists: each row belongs to the organisation in the user's token
--- platform supabase
--- set table table = documents -- the table
--- set column ident = org_id -- its column of type uuid that holds the organisation
--- set claim word = org_id -- the claim of the token that names the organisation
--- set function table = get_org_id -- the function to create, which reads the claim
{{$q := quote}}-- RLS helper for {{plain .column}} from JWT
CREATE OR REPLACE FUNCTION {{.function}}()
RETURNS uuid
LANGUAGE sql
STABLE
SET search_path = ''
AS {{$q}}
  SELECT NULLIF(NULLIF(current_setting('request.jwt.claims', true), '')::json->>{{literal .claim}}, '')::uuid;
{{$q}};

ALTER TABLE {{.table}} ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON {{.table}} TO authenticated, service_role;

DROP POLICY IF EXISTS "org_isolation_select" ON {{.table}};
CREATE POLICY "org_isolation_select"
ON {{.table}} FOR SELECT TO authenticated
USING ({{.column}} = (SELECT {{.function}}()));

DROP POLICY IF EXISTS "org_isolation_insert" ON {{.table}};
CREATE POLICY "org_isolation_insert"
ON {{.table}} FOR INSERT TO authenticated
WITH CHECK ({{.column}} = (SELECT {{.function}}()));

DROP POLICY IF EXISTS "org_isolation_update" ON {{.table}};
CREATE POLICY "org_isolation_update"
ON {{.table}} FOR UPDATE TO authenticated
USING ({{.column}} = (SELECT {{.function}}()))
WITH CHECK ({{.column}} = (SELECT {{.function}}()));

DROP POLICY IF EXISTS "org_isolation_delete" ON {{.table}};
CREATE POLICY "org_isolation_delete"
ON {{.table}} FOR DELETE TO authenticated
USING ({{.column}} = (SELECT {{.function}}()));

CREATE INDEX IF NOT EXISTS {{name "idx" .table .column}} ON {{.table}} ({{.column}});
