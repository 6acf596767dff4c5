--- A function and the trigger that calls it: updated_at is set at every update
--- set table table = events -- the table
--- set column ident = updated_at -- its column, of type timestamptz
--- set function table = update_updated_at_column -- the function to create
{{$q := quote}}-- Function to auto-update timestamps
CREATE OR REPLACE FUNCTION {{.function}}()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS {{$q}}
BEGIN
  NEW.{{.column}} = now();
  RETURN NEW;
END;
{{$q}};

-- Trigger to call function
CREATE OR REPLACE TRIGGER {{name "update" .table .column}}
  BEFORE UPDATE ON {{.table}}
  FOR EACH ROW
  EXECUTE FUNCTION {{.function}}();
