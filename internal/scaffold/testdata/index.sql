-- Create index if not exists
CREATE INDEX IF NOT EXISTS idx_generations_created_at
  ON public.generations (created_at DESC);
