-- On the platform a library lets postgres run some statements that take a superuser: CREATE EVENT TRIGGER, ALTER ROLE
-- with a prefixed setting that no module knows, GRANT on what an extension owns. A shadow sends such a statement through
-- this function, in the transaction and with the search_path of whoever migrates, and tells of it. On a real database
-- it does not exist.
--
-- It lives in pg_catalog so that no migration, diff or dump meets it. pg_dump would print its grants where they differ
-- from those the function was made with, which is why they are written down as such.

CREATE FUNCTION pg_catalog.cairn_escalate(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    EXECUTE statement;
END
$$;
REVOKE ALL ON FUNCTION pg_catalog.cairn_escalate(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.cairn_escalate(text) TO postgres;

INSERT INTO pg_init_privs (objoid, classoid, objsubid, privtype, initprivs)
SELECT oid, 'pg_proc'::regclass, 0, 'i', proacl FROM pg_proc
WHERE oid = 'pg_catalog.cairn_escalate(text)'::regprocedure;
