-- The start of the transaction that notes the run: nothing of the run is committed before it.
select to_char(date_trunc('milliseconds', now()) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
