select pg_advisory_unlock(1667328370, 1)
