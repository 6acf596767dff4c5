-- Labels, a row for each provider. Shared objects' labels are among them.
SELECT l.classoid, l.objoid, l.objsubid, l.provider, l.classoid, l.objoid, l.objsubid, jsonb_build_object('label', l.label), NULL::jsonb
FROM pg_seclabel l
UNION ALL
SELECT l.classoid, l.objoid, 0, l.provider, l.classoid, l.objoid, 0, jsonb_build_object('label', l.label), NULL::jsonb
FROM pg_shseclabel l
