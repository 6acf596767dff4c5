-- Runs a statement and keeps how many rows it changed.
do $%3$s$
declare
	n bigint;
begin
	execute %2$L;
	get diagnostics n = row_count;
	perform set_config(%1$L, n::text, false);
end
$%3$s$
