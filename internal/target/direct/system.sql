-- Which server this is. Ours are copies of one template, with one identifier: theirs is told from the others by its folder.
select system_identifier::text || coalesce('/' || nullif(current_setting('cairn.instance', true), ''), '') from pg_control_system()
