-- Update all existing records
UPDATE public.events
  SET credits_remaining = credits_allocated - credits_used
  WHERE true;
