-- Description: the extensions that the booth uses
-- Author: The cairn authors
-- Date: 2026-01-10

create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pg_trgm with schema extensions;
