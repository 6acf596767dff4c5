--- A column in place of another in four phases, so that old and new versions of an application work meanwhile
--- set table table = users -- the table
--- set old ident = email -- the column to leave
--- set new ident = new_email -- the column to go to
--- set type type = text -- the type of the new column
--- set value expr = -- how to make the new value of the row; empty for the old one as it is
--- set phase choice(all,1,2,3,4) = all -- one phase alone, when its time has come
--- phase 1 add
-- Phase 1: add the new column, which may be null. Deploy an application that writes both columns after it.
ALTER TABLE {{.table}} ADD COLUMN {{.new}} {{.type}};
--- phase 2 migrate
-- Phase 2, when every running version of the application writes both columns: migrate the data.
UPDATE {{.table}}
  SET {{.new}} = {{if .value}}{{.value}}{{else}}{{.old}}{{end}}
  WHERE {{.new}} IS NULL AND {{.old}} IS NOT NULL;
--- phase 3 require
-- Phase 3, after verification: make the new column required. Fails, and changes nothing, while a row has no value.
ALTER TABLE {{.table}} ALTER COLUMN {{.new}} SET NOT NULL;
--- phase 4 remove
{{$q := quote}}-- Phase 4, when no running version of the application reads the old column: remove it. Its values are lost.
DO {{$q}}
BEGIN
  IF EXISTS (SELECT 1 FROM {{.table}} WHERE {{.new}} IS NULL AND {{.old}} IS NOT NULL) THEN
    RAISE EXCEPTION 'there are rows whose old value has not been migrated';
  END IF;
END {{$q}};

ALTER TABLE {{.table}} DROP COLUMN {{.old}};
