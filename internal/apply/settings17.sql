-- The same with transaction_timeout, which Postgres has since 17.
select set_config('lock_timeout', $1, $3::boolean),
       set_config('statement_timeout', $2, $3::boolean),
       set_config('idle_in_transaction_session_timeout', '0', $3::boolean),
       set_config('transaction_timeout', '0', $3::boolean),
       set_config('client_connection_check_interval', '500ms', $3::boolean)
