-- Parameters that only a superuser may set and that the platform opens to postgres. Those of modules that are not
-- loaded need the grant as well: without it ALTER ROLE … SET of an unknown prefixed name is refused.

GRANT SET ON PARAMETER
    log_lock_waits, log_min_duration_statement, log_min_messages, log_parameter_max_length, log_replication_commands,
    log_statement, log_temp_files, session_replication_role, track_io_timing, wal_compression
TO postgres;

GRANT SET ON PARAMETER
    auto_explain.log_analyze, auto_explain.log_buffers, auto_explain.log_format, auto_explain.log_level,
    auto_explain.log_min_duration, auto_explain.log_nested_statements, auto_explain.log_parameter_max_length,
    auto_explain.log_settings, auto_explain.log_timing, auto_explain.log_triggers, auto_explain.log_verbose,
    auto_explain.log_wal, auto_explain.sample_rate,
    pg_net.batch_size, pg_net.ttl,
    pg_stat_statements.max, pg_stat_statements.save, pg_stat_statements.track, pg_stat_statements.track_planning,
    pg_stat_statements.track_utility,
    pgaudit.log, pgaudit.log_catalog, pgaudit.log_client, pgaudit.log_level, pgaudit.log_parameter,
    pgaudit.log_relation, pgaudit.log_rows, pgaudit.log_statement, pgaudit.log_statement_once, pgaudit.role,
    plan_filter.limit_select_only, plan_filter.module_loaded, plan_filter.statement_cost_limit,
    safeupdate.enabled
TO postgres;

GRANT SET ON PARAMETER
    pgrst.admin_server_port, pgrst.app_settings, pgrst.db_aggregates_enabled, pgrst.db_anon_role, pgrst.db_channel,
    pgrst.db_channel_enabled, pgrst.db_config, pgrst.db_extra_search_path, pgrst.db_hoisted_tx_settings,
    pgrst.db_max_rows, pgrst.db_plan_enabled, pgrst.db_pool, pgrst.db_pool_acquisition_timeout,
    pgrst.db_pool_automatic_recovery, pgrst.db_pool_max_idletime, pgrst.db_pool_max_lifetime, pgrst.db_pre_config,
    pgrst.db_pre_request, pgrst.db_prepared_statements, pgrst.db_root_spec, pgrst.db_schema, pgrst.db_schemas,
    pgrst.db_timezone_enabled, pgrst.db_tx_end, pgrst.db_use_legacy_gucs, pgrst.jwt_aud,
    pgrst.jwt_cache_max_entries, pgrst.jwt_cache_max_lifetime, pgrst.jwt_role_claim_key, pgrst.jwt_secret,
    pgrst.jwt_secret_is_base64, pgrst.log_level, pgrst.log_query, pgrst.max_rows, pgrst.openapi_mode,
    pgrst.openapi_security_active, pgrst.openapi_server_proxy_uri, pgrst.pre_request, pgrst.raw_media_types,
    pgrst.role_claim_key, pgrst.server_cors_allowed_origins, pgrst.server_timing_enabled,
    pgrst.server_trace_header, pgrst.timezone
TO postgres;
