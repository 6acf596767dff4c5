-- IF NOT EXISTS alone wants the right to make schemas also where this one is there.
do $create$
begin
	if to_regnamespace('supabase_migrations') is null then
		create schema if not exists supabase_migrations;
	end if;
end
$create$
