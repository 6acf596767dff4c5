-- Whether a moment is past, by the server's clock.
select (clock_timestamp() >= $1::timestamptz)::text
