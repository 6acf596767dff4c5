-- Jobs at set times. Here they are kept and never run.

CREATE SCHEMA cron;

CREATE SEQUENCE cron.jobid_seq;
CREATE TABLE cron.job (
    jobid bigint PRIMARY KEY DEFAULT nextval('cron.jobid_seq'),
    schedule text NOT NULL,
    command text NOT NULL,
    nodename text NOT NULL DEFAULT 'localhost',
    nodeport integer NOT NULL DEFAULT coalesce(inet_server_port(), 5432), -- a socket has no port
    database text NOT NULL DEFAULT current_database(),
    username text NOT NULL DEFAULT CURRENT_USER,
    active boolean NOT NULL DEFAULT true,
    jobname text,
    CONSTRAINT jobname_username_uniq UNIQUE (jobname, username)
);
ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY cron_job_policy ON cron.job USING (username = CURRENT_USER);

CREATE SEQUENCE cron.runid_seq;
CREATE TABLE cron.job_run_details (
    jobid bigint,
    runid bigint PRIMARY KEY DEFAULT nextval('cron.runid_seq'),
    job_pid integer,
    database text,
    username text,
    command text,
    status text,
    return_message text,
    start_time timestamptz,
    end_time timestamptz
);
ALTER TABLE cron.job_run_details ENABLE ROW LEVEL SECURITY;
CREATE POLICY cron_job_run_details_policy ON cron.job_run_details USING (username = CURRENT_USER);

-- Refuses what is neither five fields of cron, nor a word such as @daily, nor a number of seconds.
CREATE FUNCTION cron._check(schedule text) RETURNS void
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
    bounds constant int4range[] := ARRAY['[0,59]', '[0,23]', '[1,31]', '[1,12]', '[0,7]']::int4range[];
    names constant text[] := ARRAY['', '', '', 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec', 'sun|mon|tue|wed|thu|fri|sat'];
    fields constant text[] := regexp_split_to_array(trim(E' \t\n' FROM lower(schedule)), '\s+');
    seconds constant text := substring(lower(schedule) FROM '^\s*(\d{1,9})\s+seconds?\s*$');
    hint constant text := 'five fields such as "5 4 * * *", or "30 seconds" with a number from 1 to 59';
    item text;
    number text;
BEGIN
    IF seconds::integer BETWEEN 1 AND 59
        OR trim(lower(schedule)) IN ('@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly', '@reboot')
    THEN
        RETURN;
    END IF;
    IF array_length(fields, 1) = 5 THEN
        FOR field IN 1 .. 5 LOOP
            FOREACH item IN ARRAY string_to_array(fields[field], ',') LOOP
                IF field = 3 AND item = '$' THEN -- the last day of a month
                    CONTINUE;
                END IF;
                IF item !~ ('^(\*|([0-9]{1,4}' || CASE WHEN names[field] = '' THEN '' ELSE '|' || names[field] END
                    || ')(-([0-9]{1,4}' || CASE WHEN names[field] = '' THEN '' ELSE '|' || names[field] END || '))?)(/[0-9]{1,4})?$')
                THEN
                    RAISE EXCEPTION 'invalid schedule: %', schedule USING HINT = hint;
                END IF;
                FOR number IN SELECT m[1] FROM regexp_matches(split_part(item, '/', 1), '(\d+)', 'g') AS m LOOP
                    IF NOT number::integer <@ bounds[field] THEN
                        RAISE EXCEPTION 'invalid schedule: %', schedule USING HINT = hint;
                    END IF;
                END LOOP;
            END LOOP;
        END LOOP;
        RETURN;
    END IF;
    RAISE EXCEPTION 'invalid schedule: %', schedule USING HINT = hint;
END
$$;

-- Writes a job as the owner of the table. The functions that people call run as the caller and say who that is: in
-- here it could not be told any more.
CREATE FUNCTION cron._put(
    job_name text, schedule text, command text, database text, username text, active boolean
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    id bigint;
BEGIN
    PERFORM cron._check(schedule);
    INSERT INTO cron.job AS j (jobname, schedule, command, database, username, active)
    VALUES (job_name, schedule, command, database, username, active)
    ON CONFLICT ON CONSTRAINT jobname_username_uniq DO UPDATE SET
        schedule = EXCLUDED.schedule, command = EXCLUDED.command, database = EXCLUDED.database, active = EXCLUDED.active
    RETURNING j.jobid INTO id;
    RETURN id;
END
$$;

CREATE FUNCTION cron._drop(id bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DELETE FROM cron.job WHERE jobid = id
$$;

CREATE FUNCTION cron._change(
    id bigint, schedule text, command text, database text, username text, active boolean
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF schedule IS NOT NULL THEN
        PERFORM cron._check(schedule);
    END IF;
    UPDATE cron.job AS j SET
        schedule = coalesce(_change.schedule, j.schedule),
        command = coalesce(_change.command, j.command),
        database = coalesce(_change.database, j.database),
        username = coalesce(_change.username, j.username),
        active = coalesce(_change.active, j.active)
    WHERE j.jobid = id;
END
$$;

CREATE FUNCTION cron._mine(id bigint, caller name) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (
        SELECT FROM cron.job
        WHERE jobid = id AND (username = caller OR (SELECT rolsuper FROM pg_roles WHERE rolname = caller))
    )
$$;

CREATE FUNCTION cron._named(job_name text, caller name) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT jobid FROM cron.job WHERE jobname = job_name AND username = caller
$$;

CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT cron._put(NULL, schedule, command, current_database()::text, CURRENT_USER::text, true)
$$;

CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF job_name IS NULL THEN
        RAISE EXCEPTION 'job_name can not be NULL';
    END IF;
    RETURN cron._put(job_name, schedule, command, current_database()::text, CURRENT_USER::text, true);
END
$$;

CREATE FUNCTION cron.schedule_in_database(
    job_name text, schedule text, command text, database text, username text DEFAULT NULL, active boolean DEFAULT true
) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF job_name IS NULL THEN
        RAISE EXCEPTION 'job_name can not be NULL';
    END IF;
    RETURN cron._put(
        job_name, schedule, command, coalesce(database, current_database()::text), coalesce(username, CURRENT_USER::text),
        coalesce(active, true)
    );
END
$$;

CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT cron._mine(job_id, CURRENT_USER) THEN
        RAISE EXCEPTION 'could not find valid entry for job %', job_id;
    END IF;
    PERFORM cron._drop(job_id);
    RETURN true;
END
$$;

CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    id constant bigint := cron._named(job_name, CURRENT_USER);
BEGIN
    IF id IS NULL THEN
        RAISE EXCEPTION 'could not find valid entry for job ''%''', job_name;
    END IF;
    PERFORM cron._drop(id);
    RETURN true;
END
$$;

CREATE FUNCTION cron.alter_job(
    job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
    username text DEFAULT NULL, active boolean DEFAULT NULL
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT cron._mine(job_id, CURRENT_USER) THEN
        RAISE EXCEPTION 'Job % does not exist or you don''t own it', job_id;
    END IF;
    PERFORM cron._change(job_id, schedule, command, database, username, active);
END
$$;

-- Tells the worker to look again: there is none.
CREATE FUNCTION cron.job_cache_invalidate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RETURN NULL;
END
$$;
CREATE TRIGGER cron_job_cache_invalidate AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON cron.job
    FOR EACH STATEMENT EXECUTE FUNCTION cron.job_cache_invalidate();

GRANT SELECT ON cron.job TO PUBLIC;
GRANT SELECT, DELETE ON cron.job_run_details TO PUBLIC;
REVOKE ALL ON FUNCTION cron.schedule_in_database(text, text, text, text, text, boolean) FROM PUBLIC;
REVOKE ALL ON FUNCTION cron.alter_job(bigint, text, text, text, text, boolean) FROM PUBLIC;

DO $$
BEGIN
    IF to_regrole('postgres') IS NULL THEN
        RETURN;
    END IF;
    GRANT USAGE ON SCHEMA cron TO postgres WITH GRANT OPTION;
    GRANT ALL ON ALL FUNCTIONS IN SCHEMA cron TO postgres WITH GRANT OPTION;
    GRANT ALL ON ALL SEQUENCES IN SCHEMA cron TO postgres WITH GRANT OPTION;
    GRANT ALL ON ALL TABLES IN SCHEMA cron TO postgres WITH GRANT OPTION;
    REVOKE ALL ON cron.job FROM postgres;
    GRANT SELECT ON cron.job TO postgres WITH GRANT OPTION;
END
$$;
