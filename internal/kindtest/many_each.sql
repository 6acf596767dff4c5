CREATE TABLE app.table_{n} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    state app.state_{tenth} NOT NULL DEFAULT 'new',
    amount numeric(12, 2) DEFAULT 0 CONSTRAINT amount_{n} CHECK (amount >= 0),
    note varchar(200),
    data jsonb NOT NULL DEFAULT '{}',
    before_id bigint REFERENCES app.table_{before} (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE app.table_{n} IS 'table number {n}';
CREATE INDEX table_{n}_owner ON app.table_{n} (owner_id);
CREATE INDEX table_{n}_before ON app.table_{n} (before_id) WHERE before_id IS NOT NULL;
ALTER TABLE app.table_{n} ENABLE ROW LEVEL SECURITY;
CREATE POLICY "owners read" ON app.table_{n} FOR SELECT USING (owner_id::text = current_setting('app.user', true));
CREATE POLICY "owners write" ON app.table_{n} FOR UPDATE USING (owner_id::text = current_setting('app.user', true)) WITH CHECK (amount < 1000000);
CREATE TRIGGER touch BEFORE UPDATE ON app.table_{n} FOR EACH ROW EXECUTE FUNCTION app.touch();
GRANT SELECT, INSERT ON app.table_{n} TO PUBLIC;
