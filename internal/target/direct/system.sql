-- Which server this is, and its timeline. Ours are copies of one template, with one identifier: theirs is told from the others
-- by its folder.
select system_identifier::text || coalesce('/' || nullif(current_setting('cairn.instance', true), ''), ''),
       case when pg_is_in_recovery() then '0' else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int::text end
from pg_control_system()
