select coalesce(pg_catalog.host(pg_catalog.inet_client_addr()), ''),
       coalesce(pg_catalog.inet_client_port(), 0)::text,
       coalesce(pg_catalog.host(pg_catalog.inet_server_addr()), ''),
       coalesce(pg_catalog.inet_server_port(), 0)::text,
       pg_catalog.pg_backend_pid()::text
