-- Runs a statement and keeps what it gives for the end of the request, of which only the last statement's rows come back.
do $%3$s$
declare
	r record;
	kept text[] := '{}';
begin
	for r in execute %2$L loop
		kept := kept || r::text;
	end loop;
	perform set_config(%1$L, to_json(kept)::text, false);
end
$%3$s$
