--- A table on plain Postgres, without row level security
--- platform none
--- set table table = items -- the table to create
--- set columns columns = name text! -- its columns beside id and created_at, as in `new --table`
--- set indexes indexes = -- further indexes, parted by ";": name; price desc, name
--- set updated_at bool = false -- a column updated_at and the trigger that sets it
-- Create table
CREATE TABLE IF NOT EXISTS {{.table}} (
{{lines .columns}}
);
{{if .indexes}}
-- Create indexes
{{range .indexes}}CREATE INDEX IF NOT EXISTS {{name "idx" $.table .}} ON {{$.table}} ({{keys .}});
{{end}}{{end}}{{if .updated_at}}
{{template "updated_at" .}}{{end}}
