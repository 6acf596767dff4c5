-- Add column
ALTER TABLE public.events ADD COLUMN max_guests integer DEFAULT 100;
