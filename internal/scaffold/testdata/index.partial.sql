-- Create partial index
CREATE INDEX IF NOT EXISTS idx_events_is_active
  ON public.events (is_active)
  WHERE is_active = true;
