-- The databases of a server beside the one that it is made with.
select datname from pg_database where not datistemplate and datname <> 'postgres' order by datname
