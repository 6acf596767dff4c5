-- client_connection_check_interval stops a statement whose client has died, and frees the lock (reliability §0.2).
select set_config('lock_timeout', $1, $3::boolean),
       set_config('statement_timeout', $2, $3::boolean),
       set_config('idle_in_transaction_session_timeout', '0', $3::boolean),
       set_config('client_connection_check_interval', '500ms', $3::boolean)
