-- Jobs of pg_cron. One without a name is known by what it does and when; of several that are alike, by their number.
SELECT 'cron.job'::regclass::oid, j.jobid, 0,
    concat(
        coalesce(j.jobname, concat(j.schedule, ' ', j.command)),
        CASE WHEN j.username <> current_user THEN format(' of %I', j.username) END,
        CASE WHEN j.jobname IS NULL THEN
            ' #' || row_number() OVER (PARTITION BY j.jobname, j.schedule, j.command, j.username ORDER BY j.jobid) END),
    0, 0, 0,
    jsonb_build_object(
        'schedule', j.schedule,
        'command', j.command,
        'database', nullif(j.database, current_database()),
        'active', CASE WHEN NOT j.active THEN false END
    ),
    jsonb_build_object('name', j.jobname, 'username', j.username, 'database', j.database)
FROM cron.job j
