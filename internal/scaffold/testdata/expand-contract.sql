==== 1_add
-- Phase 1: add the new column, which may be null. Deploy an application that writes both columns after it.
ALTER TABLE public.users ADD COLUMN new_email text;
==== 2_migrate
-- Phase 2, when every running version of the application writes both columns: migrate the data.
UPDATE public.users
  SET new_email = email
  WHERE new_email IS NULL AND email IS NOT NULL;
==== 3_require
-- Phase 3, after verification: make the new column required. Fails, and changes nothing, while a row has no value.
ALTER TABLE public.users ALTER COLUMN new_email SET NOT NULL;
==== 4_remove
-- Phase 4, when no running version of the application reads the old column: remove it. Its values are lost.
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM public.users WHERE new_email IS NULL AND email IS NOT NULL) THEN
    RAISE EXCEPTION 'there are rows whose old value has not been migrated';
  END IF;
END $$;

ALTER TABLE public.users DROP COLUMN email;
