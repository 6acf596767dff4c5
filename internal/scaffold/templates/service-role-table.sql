--- A table that only the service role can see, such as a pool of API keys
--- platform supabase
--- set table table = api_key_pool -- the table to create
--- set columns columns = api_key text! unique, account_name text, is_active boolean =true, last_used_at timestamptz =now(), usage_count integer =0 -- its columns beside id and created_at, as in `new --table`
--- set indexes indexes = -- further indexes, parted by ";": name; price desc, name
--- set updated_at bool = false -- a column updated_at and the trigger that sets it
-- Create table
CREATE TABLE IF NOT EXISTS {{.table}} (
{{lines .columns}}
);
{{if .indexes}}
-- Create indexes
{{range .indexes}}CREATE INDEX IF NOT EXISTS {{name "idx" $.table .}} ON {{$.table}} ({{keys .}});
{{end}}{{end}}
-- Enable RLS
ALTER TABLE {{.table}} ENABLE ROW LEVEL SECURITY;

-- Only the service role has access
REVOKE ALL ON {{.table}} FROM anon, authenticated;
GRANT ALL ON {{.table}} TO service_role;

DROP POLICY IF EXISTS "Service role only" ON {{.table}};
CREATE POLICY "Service role only" ON {{.table}}
  FOR ALL
  TO service_role
  USING (true)
  WITH CHECK (true);
{{if .updated_at}}
{{template "updated_at" .}}{{end}}
