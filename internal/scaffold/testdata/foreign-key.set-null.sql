-- Add foreign key constraint
ALTER TABLE public.events
  ADD CONSTRAINT fk_events_partner
  FOREIGN KEY (partner_id)
  REFERENCES public.partners (id)
  ON DELETE SET NULL;

-- Without it each delete in partners reads the whole table
CREATE INDEX IF NOT EXISTS idx_events_partner_id ON public.events (partner_id);
