-- Create table
CREATE TABLE IF NOT EXISTS public.api_key_pool (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  api_key text NOT NULL UNIQUE,
  account_name text,
  is_active boolean DEFAULT true,
  last_used_at timestamptz DEFAULT now(),
  usage_count integer DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Enable RLS
ALTER TABLE public.api_key_pool ENABLE ROW LEVEL SECURITY;

-- Only the service role has access
REVOKE ALL ON public.api_key_pool FROM anon, authenticated;
GRANT ALL ON public.api_key_pool TO service_role;

DROP POLICY IF EXISTS "Service role only" ON public.api_key_pool;
CREATE POLICY "Service role only" ON public.api_key_pool
  FOR ALL
  TO service_role
  USING (true)
  WITH CHECK (true);
