select current_setting('server_version_num'),
       a.pid::text,
       a.backend_start::text,
       current_database()::text,
       current_user::text,
       case when pg_is_in_recovery() then 'standby'
            when current_setting('default_transaction_read_only')::boolean then 'default_transaction_read_only'
            else '' end
from pg_stat_get_activity(pg_backend_pid()) a
