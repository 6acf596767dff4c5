==== 2_migrate
-- Phase 2, when every running version of the application writes both columns: migrate the data.
UPDATE public.users
  SET new_email = lower(email)
  WHERE new_email IS NULL AND email IS NOT NULL;
