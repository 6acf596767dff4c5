-- Rows of one table, where no run is noted.
select %2$L as name, count(*)::text as rows from only %1$s having count(*) > 0
