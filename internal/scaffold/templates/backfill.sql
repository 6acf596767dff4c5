--- Values for the rows that have none in a column
--- set table table = profiles -- the table
--- set column ident = role -- its column
--- set value expr = 'user' -- the value, an expression over the row
--- set where expr = -- the rows; empty for those where the column is null
-- Update all existing records
UPDATE {{.table}}
  SET {{.column}} = {{.value}}
  WHERE {{if .where}}{{.where}}{{else}}{{.column}} IS NULL{{end}};
