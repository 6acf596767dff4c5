-- What a fresh booth starts with.
insert into public.styles_metadata (id, label, category, subcategory, is_premium)
values
  ('noir', 'Film noir', 'cinema', 'classic', true),
  ('polaroid', 'Polaroid 1978', 'retro', 'instant film', false),
  ('ukiyo_e', '浮世絵 woodblock', 'art', 'print', true)
on conflict (id) do nothing;

insert into public.partners (id, name)
values ('00000000-0000-0000-0000-0000000000a1', 'Café Ünion')
on conflict (id) do nothing;

insert into public.events (id, partner_id, name, credits_allocated)
values ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-0000000000a1', 'Opening night', 500)
on conflict (id) do nothing;

-- A person to sign in as; the sign-up trigger makes the profile.
insert into auth.users (id, email, raw_user_meta_data)
values ('00000000-0000-0000-0000-000000000001', 'master@photobooth.example', '{"display_name": "Master"}')
on conflict (id) do nothing;

update public.profiles set is_master = true, role = 'master'
where id = '00000000-0000-0000-0000-000000000001';

copy public.api_key_pool (api_key, account_name) from stdin;
example-key-1	first account
example-key-2	second account
\.
