--- A foreign key from one table that exists to another, with the index it needs
--- set table table = events -- the table that points
--- set column ident = partner_id -- its column
--- set references table = partners -- the table it points at
--- set key ident = id -- the column there
--- set on_delete choice(cascade,restrict,set null,no action) = cascade -- what becomes of a row whose partner is deleted
-- Add foreign key constraint
ALTER TABLE {{.table}}
  ADD CONSTRAINT {{name "fk" .table (stem .column)}}
  FOREIGN KEY ({{.column}})
  REFERENCES {{.references}} ({{.key}})
  ON DELETE {{upper .on_delete}};

-- Without it each delete in {{plain .references}} reads the whole table
CREATE INDEX IF NOT EXISTS {{name "idx" .table .column}} ON {{.table}} ({{.column}});
