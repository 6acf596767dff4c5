select current_setting('server_version_num'),
       current_database()::text,
       current_user::text,
       case when pg_is_in_recovery() then 'standby'
            when current_setting('default_transaction_read_only')::boolean then 'default_transaction_read_only'
            else '' end,
       (extract(epoch from clock_timestamp()) * 1000000)::bigint::text
