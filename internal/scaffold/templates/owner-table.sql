--- A table whose rows each belong to one user, with row level security
--- platform supabase
--- set table table = user_settings -- the table to create
--- set columns columns = settings jsonb ='{}' -- its columns beside id, the owner and created_at, as in `new --table`
--- set owner ident = user_id -- the column that holds the user a row belongs to
--- set indexes indexes = -- further indexes, parted by ";": name; price desc, name
--- set updated_at bool = true -- a column updated_at and the trigger that sets it
--- set read choice(owner,signed-in,everyone) = owner -- who may read the rows; only their owner may change them
--- set force bool = true -- hold the owner of the table to the policies too
-- Create table
CREATE TABLE IF NOT EXISTS {{.table}} (
{{lines .columns}}
);

-- Create indexes
{{range .indexes}}CREATE INDEX IF NOT EXISTS {{name "idx" $.table .}} ON {{$.table}} ({{keys .}});
{{end}}
-- Enable RLS
ALTER TABLE {{.table}} ENABLE ROW LEVEL SECURITY;
{{if .force}}ALTER TABLE {{.table}} FORCE ROW LEVEL SECURITY;
{{end}}
-- Grant what the policies then narrow down
GRANT SELECT, INSERT, UPDATE, DELETE ON {{.table}} TO authenticated, service_role;
{{if eq .read "everyone"}}GRANT SELECT ON {{.table}} TO anon;
{{end}}
-- Create policies
{{if eq .read "everyone"}}{{$p := label "Everyone can view " (words .table)}}DROP POLICY IF EXISTS {{$p}} ON {{.table}};
CREATE POLICY {{$p}}
  ON {{.table}} FOR SELECT TO anon, authenticated
  USING (true);
{{else if eq .read "signed-in"}}{{$p := label "Signed-in users can view " (words .table)}}DROP POLICY IF EXISTS {{$p}} ON {{.table}};
CREATE POLICY {{$p}}
  ON {{.table}} FOR SELECT TO authenticated
  USING (true);
{{else}}{{$p := label "Users can view own " (words .table)}}DROP POLICY IF EXISTS {{$p}} ON {{.table}};
CREATE POLICY {{$p}}
  ON {{.table}} FOR SELECT TO authenticated
  USING ((SELECT auth.uid()) = {{.owner}});
{{end}}
{{$p := label "Users can insert own " (words .table)}}DROP POLICY IF EXISTS {{$p}} ON {{.table}};
CREATE POLICY {{$p}}
  ON {{.table}} FOR INSERT TO authenticated
  WITH CHECK ((SELECT auth.uid()) = {{.owner}});

{{$p := label "Users can update own " (words .table)}}DROP POLICY IF EXISTS {{$p}} ON {{.table}};
CREATE POLICY {{$p}}
  ON {{.table}} FOR UPDATE TO authenticated
  USING ((SELECT auth.uid()) = {{.owner}})
  WITH CHECK ((SELECT auth.uid()) = {{.owner}});

{{$p := label "Users can delete own " (words .table)}}DROP POLICY IF EXISTS {{$p}} ON {{.table}};
CREATE POLICY {{$p}}
  ON {{.table}} FOR DELETE TO authenticated
  USING ((SELECT auth.uid()) = {{.owner}});
{{if .updated_at}}
{{template "updated_at" .}}{{end}}
