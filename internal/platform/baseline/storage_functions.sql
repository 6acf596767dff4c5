-- The functions that policies on storage.objects call, and the triggers on buckets and objects.

SET LOCAL ROLE supabase_storage_admin;

-- 'a/b/c.png' is {a,b}; a name without a folder gives the empty array.
CREATE FUNCTION storage.foldername(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    parts constant text[] := string_to_array(name, '/');
BEGIN
    RETURN parts[1 : cardinality(parts) - 1];
END
$$;

-- 'a/b/c.png' is 'c.png'.
CREATE FUNCTION storage.filename(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN split_part(name, '/', -1);
END
$$;

-- 'a/b/c.tar.gz' is 'gz'; a file without a dot gives its whole name.
CREATE FUNCTION storage.extension(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN split_part(split_part(name, '/', -1), '.', -1);
END
$$;

-- The API call that the storage service is busy with, such as 'storage.object.list'.
CREATE FUNCTION storage.operation() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN current_setting('storage.operation', true);
END
$$;

-- Both take names with or without 'storage.' before them, and are false outside of the service.
CREATE FUNCTION storage.allow_any_operation(expected_operations text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM unnest(expected_operations) AS expected(name)
        WHERE nullif(storage.operation(), '') IS NOT NULL
            AND regexp_replace(expected.name, '^storage\.', '') = regexp_replace(storage.operation(), '^storage\.', '')
    )
$$;
CREATE FUNCTION storage.allow_only_operation(expected_operation text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT storage.allow_any_operation(ARRAY[expected_operation])
$$;

-- Asks row level security whether an upload would be let through: inserts the row, then raises, so that nothing stays.
CREATE FUNCTION storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO storage.objects (bucket_id, name, owner, metadata)
    VALUES (can_insert_object.bucketid, can_insert_object.name, can_insert_object.owner, can_insert_object.metadata);
    RAISE SQLSTATE 'PT200' USING MESSAGE = 'ROLLBACK', DETAIL = 'The object may be inserted; the insert is undone.';
END
$$;

CREATE FUNCTION storage.enforce_bucket_name_length() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF length(NEW.name) > 100 THEN
        RAISE EXCEPTION 'bucket name "%" is too long (% characters, at most 100)', NEW.name, length(NEW.name);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER enforce_bucket_name_length_trigger
    BEFORE INSERT OR UPDATE OF name ON storage.buckets
    FOR EACH ROW EXECUTE FUNCTION storage.enforce_bucket_name_length();

-- A row deleted here would leave its file behind in the store.
CREATE FUNCTION storage.protect_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('storage.allow_delete_query', true), '') <> 'true' THEN
        RAISE EXCEPTION 'Direct deletion from storage.% is not allowed', TG_TABLE_NAME
            USING ERRCODE = '42501', HINT = 'Delete through the Storage API, which removes the files as well.';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER protect_buckets_delete
    BEFORE DELETE ON storage.buckets
    FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete();
CREATE TRIGGER protect_objects_delete
    BEFORE DELETE ON storage.objects
    FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete();

CREATE FUNCTION storage.update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER update_objects_updated_at
    BEFORE UPDATE ON storage.objects
    FOR EACH ROW EXECUTE FUNCTION storage.update_updated_at_column();

RESET ROLE;
