--- An index: on columns, on part of the rows (where), on JSONB or arrays (using=gin)
--- set table table = generations -- the table
--- set columns keys = created_at desc -- the columns, each with desc, nulls first or nulls last
--- set using choice(btree,gin,gist,brin,hash) = btree -- the access method; gin for jsonb and arrays
--- set where expr = -- index only the rows for which this holds: is_active = true
--- set unique bool = false -- no two rows may have the same values
--- set concurrently bool = false -- build it while the table is written to; the statement then runs outside a transaction
{{if .concurrently}}-- Create index without holding up writes to the table
{{else if .where}}-- Create partial index
{{else}}-- Create index if not exists
{{end}}CREATE {{if .unique}}UNIQUE {{end}}INDEX {{if .concurrently}}CONCURRENTLY {{end}}IF NOT EXISTS {{name "idx" .table .columns}}
  ON {{.table}}{{if ne .using "btree"}} USING {{.using}}{{end}} ({{keys .columns}}){{if .where}}
  WHERE {{.where}}{{end}};
