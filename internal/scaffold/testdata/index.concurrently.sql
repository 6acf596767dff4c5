-- Create index without holding up writes to the table
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS idx_generations_user_id_created_at
  ON public.generations (user_id, created_at DESC);
