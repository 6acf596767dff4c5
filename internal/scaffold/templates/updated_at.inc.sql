{{define "updated_at"}}{{$q := quote}}-- Create trigger for updated_at
CREATE OR REPLACE FUNCTION public.update_updated_at_column()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS {{$q}}
BEGIN
  NEW.updated_at = now();
  RETURN NEW;
END;
{{$q}};

CREATE OR REPLACE TRIGGER {{name "update" .table "updated_at"}}
  BEFORE UPDATE ON {{.table}}
  FOR EACH ROW
  EXECUTE FUNCTION public.update_updated_at_column();
{{end}}
