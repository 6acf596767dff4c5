--- Extensions, in the schema that keeps them out of public
--- platform supabase
--- set names names = "uuid-ossp", pg_trgm -- the extensions: "uuid-ossp", pg_net, vector
--- set schema ident = extensions -- where their objects go
{{range .names}}CREATE EXTENSION IF NOT EXISTS {{.}} WITH SCHEMA {{$.schema}};
{{end}}
