-- Create index if not exists
CREATE INDEX IF NOT EXISTS idx_profiles_preferences
  ON public.profiles USING gin (preferences);
