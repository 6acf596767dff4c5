DO $cairn$
DECLARE
    bound name;
BEGIN
    SELECT conname INTO bound FROM pg_catalog.pg_constraint
    WHERE conrelid = %1$L::regclass AND contype = 'c' AND conname NOT IN (%2$s);
    IF FOUND THEN
        EXECUTE pg_catalog.format('ALTER TABLE %%s DROP CONSTRAINT %%I', %1$L::regclass, bound);
    END IF;
END
$cairn$
