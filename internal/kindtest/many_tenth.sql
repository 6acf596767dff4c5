CREATE VIEW app.view_{n} AS SELECT id, name, state, amount * 2 AS twice FROM app.table_{n} WHERE state <> 'closed';
CREATE FUNCTION app.count_{n}(owner uuid) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM app.table_{n} WHERE owner_id = owner $$;
