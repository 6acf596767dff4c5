-- Gives a recorded version the version, name and text of a file. What other tools keep in its row stays, and so does
-- what we know of when and by whom it ran; where we know nothing, this run recorded it.
with renamed as (
	update supabase_migrations.schema_migrations
	set version = $2, name = $3, statements = $4::text[]
	where version = $1
	returning version, coalesce(statements, '{}') as statements
), kept as (
	update supabase_migrations.cairn_applied a
	set version = r.version, checksum = $5::text, statements_md5 = md5(r.statements::text)
	from renamed r
	where a.version = $1
	returning a.version
), sealed as (
	insert into supabase_migrations.cairn_seals (seal) select $9::uuid from renamed where not exists (select from kept)
)
insert into supabase_migrations.cairn_applied (version, checksum, statements_md5, run, who, route, seal)
select version, $5::text, md5(statements::text), $6::text, $7::text, $8::text, $9::uuid
from renamed
where not exists (select from kept)
