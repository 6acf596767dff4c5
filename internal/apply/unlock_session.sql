-- However often it was taken, and what else the file's session holds.
select pg_advisory_unlock_all()
