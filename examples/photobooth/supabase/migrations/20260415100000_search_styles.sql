-- Description: finds styles by part of their name without blocking the booth while the index is built
-- Author: The cairn authors
-- Date: 2026-04-15

create index concurrently if not exists idx_styles_label_trgm
  on public.styles_metadata using gin (label extensions.gin_trgm_ops);
