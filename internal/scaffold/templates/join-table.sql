--- A table that joins two others, open to the user who owns the rows it joins
--- platform supabase
--- set table table = project_chats -- the table to create
--- set parent table = projects -- the table whose owner may see and remove the pairs
--- set parent_column ident = project_id -- the column that references it
--- set child table = encrypted_chats -- the other table; who adds a pair must own both rows
--- set child_column ident = chat_id -- the column that references it
--- set owner ident = user_id -- the column of both tables that holds their owner
--- set force bool = true -- hold the owner of the table to the policies too
-- Create table
CREATE TABLE IF NOT EXISTS {{.table}} (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  {{.parent_column}} uuid NOT NULL REFERENCES {{.parent}} (id) ON DELETE CASCADE,
  {{.child_column}} uuid NOT NULL REFERENCES {{.child}} (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE ({{.parent_column}}, {{.child_column}})
);

-- Create indexes; the UNIQUE above serves {{plain .parent_column}}
CREATE INDEX IF NOT EXISTS {{name "idx" .table .child_column}} ON {{.table}} ({{.child_column}});

-- Enable RLS
ALTER TABLE {{.table}} ENABLE ROW LEVEL SECURITY;
{{if .force}}ALTER TABLE {{.table}} FORCE ROW LEVEL SECURITY;
{{end}}
-- Grant what the policies then narrow down
GRANT SELECT, INSERT, DELETE ON {{.table}} TO authenticated, service_role;

-- Create policies
DROP POLICY IF EXISTS {{label .table "_select"}} ON {{.table}};
CREATE POLICY {{label .table "_select"}} ON {{.table}} FOR SELECT TO authenticated
USING (EXISTS (
  SELECT 1 FROM {{.parent}} AS p WHERE p.id = {{.table.Bare}}.{{.parent_column}} AND p.{{.owner}} = (SELECT auth.uid())
));

DROP POLICY IF EXISTS {{label .table "_insert"}} ON {{.table}};
CREATE POLICY {{label .table "_insert"}} ON {{.table}} FOR INSERT TO authenticated
WITH CHECK (
  EXISTS (SELECT 1 FROM {{.parent}} AS p WHERE p.id = {{.table.Bare}}.{{.parent_column}} AND p.{{.owner}} = (SELECT auth.uid()))
  AND EXISTS (SELECT 1 FROM {{.child}} AS c WHERE c.id = {{.table.Bare}}.{{.child_column}} AND c.{{.owner}} = (SELECT auth.uid()))
);

DROP POLICY IF EXISTS {{label .table "_delete"}} ON {{.table}};
CREATE POLICY {{label .table "_delete"}} ON {{.table}} FOR DELETE TO authenticated
USING (EXISTS (
  SELECT 1 FROM {{.parent}} AS p WHERE p.id = {{.table.Bare}}.{{.parent_column}} AND p.{{.owner}} = (SELECT auth.uid())
));
