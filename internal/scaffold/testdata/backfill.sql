-- Update all existing records
UPDATE public.profiles
  SET role = 'user'
  WHERE role IS NULL;
