-- Description: a private bucket in which everybody has a folder named by their id
-- Author: The cairn authors
-- Date: 2026-02-20

insert into storage.buckets (id, name, public, file_size_limit)
values ('images', 'images', false, 10485760)
on conflict (id) do nothing;

create policy "images_insert" on storage.objects for insert with check (
  bucket_id = 'images' and auth.uid()::text = (storage.foldername(name))[1]
);
create policy "images_select" on storage.objects for select using (
  bucket_id = 'images' and auth.uid()::text = (storage.foldername(name))[1]
);
create policy "images_delete" on storage.objects for delete using (
  bucket_id = 'images' and auth.uid()::text = (storage.foldername(name))[1]
);
