--- A column for a table that exists, also one that may have it already
--- set table table = events -- the table
--- set column ident = max_guests -- the column to add
--- set type type = integer -- its type
--- set default expr = 100 -- its value in rows that do not name one; empty for none
--- set guard bool = false -- look whether the column is there in a DO block, so that the file can run twice
{{if .guard}}-- Add the column only if it does not exist
{{$q := quote}}DO {{$q}}
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM information_schema.columns
    WHERE table_schema = {{literal .table.Schema}} AND table_name = {{literal .table.Name}} AND column_name = {{literal .column}}
  ) THEN
    ALTER TABLE {{.table}} ADD COLUMN {{.column}} {{.type}}{{if .default}} DEFAULT {{.default}}{{end}};
  END IF;
END {{$q}};
{{else}}-- Add column
ALTER TABLE {{.table}} ADD COLUMN {{.column}} {{.type}}{{if .default}} DEFAULT {{.default}}{{end}};
{{end}}
