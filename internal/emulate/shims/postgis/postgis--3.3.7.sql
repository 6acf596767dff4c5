-- PostGIS' surface in plain SQL. A value is stored as text: hexadecimal EWKB where it was made or fitted to a column's
-- type by us, else what was given. Everything is worked out on a shape: GeoJSON as jsonb, with a key "srid".

CREATE TYPE geometry;
CREATE TYPE geography;

-- Eight bytes of hexadecimal EWKB, little-endian, of a number, and back.
CREATE FUNCTION cairn_swap(hex text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  swapped text := '';
BEGIN
  FOR i IN REVERSE length(hex) - 1 .. 1 BY 2 LOOP
    swapped := swapped || substr(hex, i, 2);
  END LOOP;
  RETURN swapped;
END $$;
CREATE FUNCTION cairn_hex(x double precision) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_swap(upper(encode(float8send(x), 'hex')));
CREATE FUNCTION cairn_hex(n bigint) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_swap(upper(lpad(to_hex(n), 8, '0')));
CREATE FUNCTION cairn_double(hex text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  bits bigint := ('x' || hex)::bit(64)::bigint;
  exponent integer := (bits >> 52) & 2047;
  fraction double precision := (bits & 4503599627370495) / 4503599627370496::double precision;
  size double precision;
BEGIN
  size := CASE exponent WHEN 2047 THEN 'NaN' WHEN 0 THEN fraction * power(2::double precision, -1022)
    ELSE (1 + fraction) * power(2::double precision, exponent - 1023) END;
  RETURN CASE WHEN bits < 0 THEN -size ELSE size END;
END $$;

CREATE FUNCTION cairn_geo_types() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon', 'GeometryCollection'];

-- The shape that lies in hexadecimal WKB or EWKB at a place, and the place after it.
CREATE FUNCTION cairn_geo_unwkb(hex text, INOUT place integer, OUT shape jsonb)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  little boolean := substr(hex, place, 2) = '01';
  code bigint;
  kind integer;
  dims integer := 2;
  srid bigint := 0;
  rings integer := 1;
  count bigint;
  line jsonb;
  lines jsonb := '[]';
  item jsonb;
  word text;
BEGIN
  word := substr(hex, place + 2, 8);
  code := ('x' || CASE WHEN little THEN @extschema@.cairn_swap(word) ELSE word END)::bit(32)::bigint;
  place := place + 10;
  IF code & 536870912 <> 0 THEN
    word := substr(hex, place, 8);
    srid := ('x' || CASE WHEN little THEN @extschema@.cairn_swap(word) ELSE word END)::bit(32)::bigint;
    place := place + 8;
  END IF;
  kind := (code & 268435455) % 1000;
  dims := 2 + CASE WHEN code & 2147483648 <> 0 OR (code & 268435455) / 1000 IN (1, 3) THEN 1 ELSE 0 END
            + CASE WHEN code & 1073741824 <> 0 OR (code & 268435455) / 1000 IN (2, 3) THEN 1 ELSE 0 END;
  IF kind NOT BETWEEN 1 AND 7 THEN
    RAISE EXCEPTION 'Unknown WKB type (%)!', kind USING ERRCODE = 'XX000';
  END IF;
  shape := jsonb_build_object('type', (@extschema@.cairn_geo_types())[kind], 'srid', srid);
  IF kind IN (3, 4, 5, 6, 7) THEN
    word := substr(hex, place, 8);
    rings := ('x' || CASE WHEN little THEN @extschema@.cairn_swap(word) ELSE word END)::bit(32)::integer;
    place := place + 8;
  END IF;
  FOR ring IN 1 .. rings LOOP
    IF place > length(hex) THEN
      RAISE EXCEPTION 'WKB structure does not match expected size!' USING ERRCODE = 'XX000';
    END IF;
    IF kind >= 4 THEN
      SELECT u.place, u.shape INTO place, item FROM @extschema@.cairn_geo_unwkb(hex, place) u;
      lines := lines || jsonb_build_array(CASE kind WHEN 7 THEN item - 'srid' ELSE item -> 'coordinates' END);
      CONTINUE;
    END IF;
    count := 1;
    IF kind > 1 THEN
      word := substr(hex, place, 8);
      count := ('x' || CASE WHEN little THEN @extschema@.cairn_swap(word) ELSE word END)::bit(32)::bigint;
      place := place + 8;
    END IF;
    IF place + count * dims * 16 - 1 > length(hex) THEN
      RAISE EXCEPTION 'WKB structure does not match expected size!' USING ERRCODE = 'XX000';
    END IF;
    SELECT coalesce(jsonb_agg(point ORDER BY p), '[]') INTO line FROM (
      SELECT p, jsonb_agg(@extschema@.cairn_double(CASE WHEN little THEN @extschema@.cairn_swap(w) ELSE w END) ORDER BY d) AS point
      FROM generate_series(0, count - 1) p, generate_series(0, dims - 1) d,
        LATERAL (SELECT substr(hex, (place + (p * dims + d) * 16)::integer, 16) AS w) u
      GROUP BY p) points;
    place := place + count * dims * 16;
    IF kind = 1 THEN
      lines := CASE WHEN line -> 0 ->> 0 = 'NaN' THEN '[]' ELSE line -> 0 END;
    ELSIF kind = 2 THEN
      lines := line;
    ELSE
      lines := lines || jsonb_build_array(line);
    END IF;
  END LOOP;
  shape := shape || jsonb_build_object(CASE kind WHEN 7 THEN 'geometries' ELSE 'coordinates' END, lines);
END $$;

-- The shape of a well-known text.
CREATE FUNCTION cairn_geo_unwkt(value text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  parts text[] := regexp_match(value, '^\s*(?:SRID\s*=\s*(\d+)\s*;)?\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|'
    'MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)\s*(ZM|Z|M)?\s*(EMPTY|\(.*\))\s*$', 'i');
  name text;
  body text := parts[4];
  items jsonb := '[]';
BEGIN
  SELECT t INTO name FROM unnest(@extschema@.cairn_geo_types()) t WHERE upper(t) = upper(parts[2]);
  IF name IS NULL THEN
    RAISE EXCEPTION 'parse error - invalid geometry' USING ERRCODE = 'XX000', HINT = quote_literal(left(value, 60));
  END IF;
  IF upper(body) = 'EMPTY' THEN
  ELSIF name = 'GeometryCollection' THEN
    SELECT coalesce(jsonb_agg(@extschema@.cairn_geo_unwkt(m[1]) - 'srid' ORDER BY n), '[]') INTO items
    FROM regexp_matches(substr(body, 2), '([A-Z]+\s*(?:ZM?|M)?\s*(?:EMPTY|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)))', 'gi')
      WITH ORDINALITY r(m, n);
  ELSE
    body := regexp_replace(body, '\s*([(),])\s*', '\1', 'g');
    body := regexp_replace(body, '(^|[ (,-])\.', '\10.', 'g');
    body := regexp_replace(body, '\.($|[ ),eE])', '.0\1', 'g');
    body := regexp_replace(replace(body, '+', ''), '([^(),]+)', '[\1]', 'g');
    body := translate(regexp_replace(body, '\s+', ',', 'g'), '()', '[]');
    IF body !~ '^[]\[0-9.,eE-]+$' THEN
      RAISE EXCEPTION 'parse error - invalid geometry' USING ERRCODE = 'XX000', HINT = quote_literal(left(value, 60));
    END IF;
    items := body::jsonb;
    IF name = 'Point' THEN
      items := items -> 0;
    ELSIF name = 'MultiPoint' AND jsonb_typeof(items -> 0 -> 0) = 'array' THEN
      SELECT jsonb_agg(p -> 0) INTO items FROM jsonb_array_elements(items) p;
    END IF;
  END IF;
  RETURN jsonb_build_object('type', name, 'srid', coalesce(parts[1], '0')::integer,
    CASE name WHEN 'GeometryCollection' THEN 'geometries' ELSE 'coordinates' END, items);
END $$;

CREATE FUNCTION cairn_geo_rings(shape jsonb) RETURNS SETOF jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT r FROM jsonb_array_elements(CASE $1 ->> 'type' WHEN 'Polygon' THEN $1 -> 'coordinates' END) r
  UNION ALL
  SELECT r FROM jsonb_array_elements(CASE $1 ->> 'type' WHEN 'MultiPolygon' THEN $1 -> 'coordinates' END) p, jsonb_array_elements(p) r;
END;

-- The shape that a stored or given text says.
CREATE FUNCTION cairn_geo_read(value text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  shape jsonb;
BEGIN
  IF value ~ '^\s*0[01][0-9A-Fa-f]+\s*$' THEN
    SELECT u.shape INTO shape FROM @extschema@.cairn_geo_unwkb(upper(trim(value)), 1) u;
    RETURN shape;
  ELSIF value ~ '^\s*\{' THEN
    shape := value::jsonb;
    IF shape ->> 'type' = 'Feature' THEN
      shape := shape -> 'geometry';
    END IF;
    IF (shape ->> 'type' = ANY (@extschema@.cairn_geo_types())) IS NOT TRUE
       OR jsonb_typeof(coalesce(shape -> 'coordinates', shape -> 'geometries')) IS DISTINCT FROM 'array' THEN
      RAISE EXCEPTION 'unknown GeoJSON type' USING ERRCODE = 'XX000';
    END IF;
    RETURN (shape - '{bbox,crs}'::text[])
      || jsonb_build_object('srid', coalesce((substring(shape #>> '{crs,properties,name}', '(\d+)$'))::integer, 4326));
  END IF;
  shape := @extschema@.cairn_geo_unwkt(value);
  IF EXISTS (SELECT FROM @extschema@.cairn_geo_rings(shape) r WHERE r -> 0 <> r -> -1) THEN
    RAISE EXCEPTION 'geometry contains non-closed rings' USING ERRCODE = 'XX000';
  ELSIF EXISTS (SELECT FROM @extschema@.cairn_geo_rings(shape) r WHERE jsonb_array_length(r) < 4)
     OR shape ->> 'type' = 'LineString' AND jsonb_array_length(shape -> 'coordinates') = 1 THEN
    RAISE EXCEPTION 'geometry requires more points' USING ERRCODE = 'XX000';
  END IF;
  RETURN shape;
END $$;

CREATE FUNCTION cairn_geo_points(shape jsonb) RETURNS SETOF jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN jsonb_path_query($1, 'strict $.** ? (@.type() == "array" && @[0].type() == "number")');
CREATE FUNCTION cairn_geo_dims(shape jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN coalesce(jsonb_array_length(jsonb_path_query_first($1, 'strict $.** ? (@.type() == "array" && @[0].type() == "number")')), 2);

CREATE FUNCTION cairn_geo_hexline(line jsonb) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_hex(jsonb_array_length($1)::bigint) || coalesce((SELECT string_agg(cairn_hex(v::double precision), '' ORDER BY n, d)
  FROM jsonb_array_elements($1) WITH ORDINALITY p(point, n), jsonb_array_elements_text(point) WITH ORDINALITY c(v, d)), '');

-- The hexadecimal EWKB of a shape; an SRID is part of it where it is not 0.
CREATE FUNCTION cairn_geo_wkb(shape jsonb, srid bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  kind integer := array_position(@extschema@.cairn_geo_types(), shape ->> 'type');
  dims integer := @extschema@.cairn_geo_dims(shape);
  items jsonb := coalesce(shape -> 'geometries', shape -> 'coordinates');
  head text;
  body text;
BEGIN
  head := '01' || @extschema@.cairn_hex(kind + CASE WHEN dims > 2 THEN 2147483648 ELSE 0 END
    + CASE WHEN dims > 3 THEN 1073741824 ELSE 0 END + CASE WHEN srid > 0 THEN 536870912 ELSE 0 END)
    || CASE WHEN srid > 0 THEN @extschema@.cairn_hex(srid) ELSE '' END;
  IF kind = 1 THEN
    IF items = '[]' THEN
      items := '["NaN", "NaN"]';
    END IF;
    SELECT string_agg(@extschema@.cairn_hex(v::double precision), '' ORDER BY d) INTO body
    FROM jsonb_array_elements_text(items) WITH ORDINALITY c(v, d);
    RETURN head || body;
  ELSIF kind = 2 THEN
    RETURN head || @extschema@.cairn_geo_hexline(items);
  ELSIF kind = 3 THEN
    SELECT string_agg(@extschema@.cairn_geo_hexline(r), '' ORDER BY n) INTO body FROM jsonb_array_elements(items) WITH ORDINALITY e(r, n);
  ELSE
    SELECT string_agg(@extschema@.cairn_geo_wkb(CASE kind WHEN 7 THEN g
      ELSE jsonb_build_object('type', substr(shape ->> 'type', 6), 'coordinates', g) END, 0), '' ORDER BY n) INTO body
    FROM jsonb_array_elements(items) WITH ORDINALITY e(g, n);
  END IF;
  RETURN head || @extschema@.cairn_hex(jsonb_array_length(items)::bigint) || coalesce(body, '');
END $$;
CREATE FUNCTION cairn_geo_write(shape jsonb) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_geo_wkb($1, coalesce(($1 ->> 'srid')::bigint, 0));

-- A base type's input must be an internal function. domain_in checks its text against a domain, and the domain it
-- takes is the type's element type; so an element that the type does not have brings the check in.
CREATE DOMAIN cairn_geo_text AS text CHECK (cairn_geo_read(VALUE) IS NOT NULL);

-- A type modifier is the number that PostGIS has for it. It must be printed by an internal function too: enum_out prints
-- the label of an enum's value with that number, so the modifiers in use are made values of an enum.
CREATE TYPE cairn_geo_modifier AS ENUM ();
CREATE FUNCTION cairn_geo_typmod_out(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'enum_out';
CREATE FUNCTION cairn_geo_typmod(modifiers cstring[], srid integer) RETURNS integer
LANGUAGE plpgsql VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  parts text[] := regexp_match(modifiers[1]::text, '^\s*(Geometry|Point|LineString|Polygon|MultiPoint|MultiLineString|MultiPolygon|'
    'GeometryCollection)(ZM|Z|M)?\s*$', 'i');
  name text;
  label text;
  code integer;
BEGIN
  IF parts IS NULL THEN
    RAISE EXCEPTION 'Invalid geometry type modifier: %', modifiers[1] USING ERRCODE = '22023';
  END IF;
  SELECT t INTO STRICT name FROM unnest('Geometry'::text || @extschema@.cairn_geo_types()) t WHERE upper(t) = upper(parts[1]);
  IF cardinality(modifiers) > 1 THEN
    srid := modifiers[2]::text::integer;
  END IF;
  IF srid NOT BETWEEN 0 AND 999999 THEN
    RAISE EXCEPTION 'invalid SRID: %', srid USING ERRCODE = '22023';
  END IF;
  code := (srid << 8) | (coalesce(array_position(@extschema@.cairn_geo_types(), name), 0) << 2)
    | CASE WHEN upper(parts[2]) LIKE 'Z%' THEN 2 ELSE 0 END | CASE WHEN upper(parts[2]) LIKE '%M' THEN 1 ELSE 0 END;
  IF code = 0 THEN
    RETURN -1;
  END IF;
  label := '(' || name || coalesce(upper(parts[2]), '') || CASE WHEN srid > 0 THEN ',' || srid ELSE '' END || ')';
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_enum WHERE oid = code::oid) THEN
      INSERT INTO pg_enum (oid, enumtypid, enumsortorder, enumlabel) VALUES (code::oid, '@extschema@.cairn_geo_modifier'::regtype, code, label);
    END IF;
  EXCEPTION WHEN unique_violation THEN -- somebody else made it just now
  END;
  RETURN code;
END $$;
CREATE FUNCTION geometry_typmod_in(cstring[]) RETURNS integer
LANGUAGE sql STABLE STRICT RETURN cairn_geo_typmod($1, 0);
CREATE FUNCTION geography_typmod_in(cstring[]) RETURNS integer
LANGUAGE sql STABLE STRICT RETURN cairn_geo_typmod($1, 4326);

CREATE FUNCTION geometry_in(cstring, oid, integer) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'domain_in';
CREATE FUNCTION geometry_out(geometry) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION geography_in(cstring, oid, integer) RETURNS geography LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'domain_in';
CREATE FUNCTION geography_out(geography) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE geometry (INPUT = geometry_in, OUTPUT = geometry_out, TYPMOD_IN = geometry_typmod_in, TYPMOD_OUT = cairn_geo_typmod_out,
  STORAGE = main, ELEMENT = cairn_geo_text, SUBSCRIPT = jsonb_subscript_handler);
CREATE TYPE geography (INPUT = geography_in, OUTPUT = geography_out, TYPMOD_IN = geography_typmod_in, TYPMOD_OUT = cairn_geo_typmod_out,
  STORAGE = main, ELEMENT = cairn_geo_text, SUBSCRIPT = jsonb_subscript_handler);
UPDATE pg_catalog.pg_type SET typsubscript = 0 WHERE oid IN ('geometry'::regtype, 'geography'::regtype);

CREATE FUNCTION cairn_geo_fit(value text, modifier integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  shape jsonb := @extschema@.cairn_geo_read(value);
  kind text := (@extschema@.cairn_geo_types())[(modifier >> 2) & 63];
  dims integer := @extschema@.cairn_geo_dims(shape);
BEGIN
  IF modifier < 0 THEN
    RETURN value;
  ELSIF modifier >> 8 > 0 AND modifier >> 8 <> (shape ->> 'srid')::integer THEN
    RAISE EXCEPTION 'Geometry SRID (%) does not match column SRID (%)', shape ->> 'srid', modifier >> 8 USING ERRCODE = '22023';
  ELSIF kind IS NOT NULL AND kind <> shape ->> 'type' THEN
    RAISE EXCEPTION 'Geometry type (%) does not match column type (%)', shape ->> 'type', kind USING ERRCODE = '22023';
  ELSIF modifier & 2 = 0 AND dims > 2 THEN
    RAISE EXCEPTION 'Geometry has Z dimension but column does not' USING ERRCODE = '22023';
  ELSIF modifier & 2 <> 0 AND dims < 3 THEN
    RAISE EXCEPTION 'Column has Z dimension but geometry does not' USING ERRCODE = '22023';
  END IF;
  RETURN @extschema@.cairn_geo_write(shape);
END $$;

-- Shapes of the two types; a geography without an SRID is on WGS 84.
CREATE FUNCTION cairn_shape(geometry) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_geo_read($1::text);
CREATE FUNCTION cairn_globe(shape jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN $1 ->> 'srid' = '0' THEN $1 || '{"srid": 4326}' ELSE $1 END;
CREATE FUNCTION cairn_shape(geography) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_globe(cairn_geo_read($1::text));
CREATE FUNCTION cairn_geometry(shape jsonb) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geo_write($1)::geometry;
CREATE FUNCTION cairn_geography(shape jsonb) RETURNS geography LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geo_write(cairn_globe($1))::geography;
CREATE FUNCTION cairn_point(srid integer, VARIADIC numbers double precision[]) RETURNS geometry
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geometry(jsonb_build_object('type', 'Point', 'srid', $1, 'coordinates', to_jsonb($2)));

CREATE FUNCTION geometry(geometry, integer, boolean) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geo_fit($1::text, $2)::geometry;
CREATE FUNCTION geography(geography, integer, boolean) RETURNS geography LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geo_fit(cairn_geo_write(cairn_shape($1)), $2)::geography;
CREATE FUNCTION geography(geometry) RETURNS geography LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_geography(cairn_shape($1));
CREATE FUNCTION geometry(geography) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_geometry(cairn_shape($1));
CREATE FUNCTION geometry(text) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_geometry(cairn_geo_read($1));
CREATE FUNCTION text(geometry) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_geo_write(cairn_geo_read(textin(geometry_out($1))));
CREATE FUNCTION geometry(bytea) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geometry(cairn_geo_read(encode($1, 'hex')));
CREATE FUNCTION bytea(geometry) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN decode(cairn_geo_write(cairn_shape($1)), 'hex');
CREATE FUNCTION geometry(point) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_point(0, ($1)[0], ($1)[1]);
CREATE FUNCTION point(geometry) RETURNS point LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN point((cairn_shape($1) #>> '{coordinates,0}')::double precision, (cairn_shape($1) #>> '{coordinates,1}')::double precision);
CREATE CAST (geometry AS geometry) WITH FUNCTION geometry(geometry, integer, boolean) AS IMPLICIT;
CREATE CAST (geography AS geography) WITH FUNCTION geography(geography, integer, boolean) AS IMPLICIT;
CREATE CAST (geometry AS geography) WITH FUNCTION geography(geometry) AS IMPLICIT;
CREATE CAST (geography AS geometry) WITH FUNCTION geometry(geography);
CREATE CAST (text AS geometry) WITH FUNCTION geometry(text) AS IMPLICIT;
CREATE CAST (geometry AS text) WITH FUNCTION text(geometry) AS IMPLICIT;
CREATE CAST (bytea AS geometry) WITH FUNCTION geometry(bytea) AS IMPLICIT;
CREATE CAST (geometry AS bytea) WITH FUNCTION bytea(geometry) AS IMPLICIT;
CREATE CAST (point AS geometry) WITH FUNCTION geometry(point);
CREATE CAST (geometry AS point) WITH FUNCTION point(geometry);

-- What the plane knows. A segment is {x1, y1, x2, y2}; a point is one of no length.
CREATE FUNCTION cairn_geo_segments(shape jsonb) RETURNS SETOF double precision[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  items jsonb := coalesce(shape -> 'geometries', shape -> 'coordinates');
  kind text := shape ->> 'type';
BEGIN
  IF kind = 'Point' THEN
    IF items <> '[]' THEN
      RETURN NEXT ARRAY[items -> 0, items -> 1, items -> 0, items -> 1]::text[]::double precision[];
    END IF;
  ELSIF kind = 'LineString' THEN
    RETURN QUERY SELECT ARRAY[p -> 0, p -> 1, items -> n::integer -> 0, items -> n::integer -> 1]::text[]::double precision[]
      FROM jsonb_array_elements(items) WITH ORDINALITY e(p, n) WHERE n < jsonb_array_length(items);
  ELSIF kind = 'GeometryCollection' THEN
    RETURN QUERY SELECT s FROM jsonb_array_elements(items) g, @extschema@.cairn_geo_segments(g) s;
  ELSE
    RETURN QUERY SELECT s FROM jsonb_array_elements(items) g, @extschema@.cairn_geo_segments(jsonb_build_object(
      'type', CASE kind WHEN 'Polygon' THEN 'LineString' ELSE substr(kind, 6) END, 'coordinates', g)) s;
  END IF;
END $$;

CREATE FUNCTION cairn_side(s double precision[], x double precision, y double precision) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sign(($1[3] - $1[1]) * ($3 - $1[2]) - ($1[4] - $1[2]) * ($2 - $1[1]))::integer;
CREATE FUNCTION cairn_on(s double precision[], x double precision, y double precision) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN $2 BETWEEN least($1[1], $1[3]) AND greatest($1[1], $1[3]) AND $3 BETWEEN least($1[2], $1[4]) AND greatest($1[2], $1[4])
  AND cairn_side($1, $2, $3) = 0;
-- Whether two segments cross, each having ends on both sides of the other.
CREATE FUNCTION cairn_cross(a double precision[], b double precision[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_side($1, $2[1], $2[2]) * cairn_side($1, $2[3], $2[4]) < 0 AND cairn_side($2, $1[1], $1[2]) * cairn_side($2, $1[3], $1[4]) < 0;
CREATE FUNCTION cairn_meet(a double precision[], b double precision[]) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_cross($1, $2) OR cairn_on($1, $2[1], $2[2]) OR cairn_on($1, $2[3], $2[4]) OR cairn_on($2, $1[1], $1[2]) OR cairn_on($2, $1[3], $1[4]);

-- Where a point lies: 1 in the shape, 0 on its boundary, -1 outside.
CREATE FUNCTION cairn_geo_locate(shape jsonb, x double precision, y double precision) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  items jsonb := coalesce(shape -> 'geometries', shape -> 'coordinates');
  kind text := shape ->> 'type';
  s double precision[];
  inside boolean := false;
BEGIN
  IF kind IN ('Point', 'LineString') THEN
    IF NOT EXISTS (SELECT FROM @extschema@.cairn_geo_segments(shape) g WHERE @extschema@.cairn_on(g, x, y)) THEN
      RETURN -1;
    ELSIF kind = 'LineString' AND items -> 0 <> items -> -1
      AND ((items #>> '{0,0}')::double precision = x AND (items #>> '{0,1}')::double precision = y
        OR (items #>> '{-1,0}')::double precision = x AND (items #>> '{-1,1}')::double precision = y) THEN
      RETURN 0;
    END IF;
    RETURN 1;
  ELSIF kind = 'Polygon' THEN
    FOR s IN SELECT * FROM @extschema@.cairn_geo_segments(shape) LOOP
      IF @extschema@.cairn_on(s, x, y) THEN
        RETURN 0;
      ELSIF (s[2] > y) <> (s[4] > y) AND x < (s[3] - s[1]) * (y - s[2]) / (s[4] - s[2]) + s[1] THEN
        inside := NOT inside;
      END IF;
    END LOOP;
    RETURN CASE WHEN inside THEN 1 ELSE -1 END;
  END IF;
  RETURN coalesce((SELECT max(@extschema@.cairn_geo_locate(CASE kind WHEN 'GeometryCollection' THEN g
    ELSE jsonb_build_object('type', substr(kind, 6), 'coordinates', g) END, x, y)) FROM jsonb_array_elements(items) g), -1);
END $$;

CREATE FUNCTION cairn_same_srid(a jsonb, b jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF a -> 'srid' <> b -> 'srid' THEN
    RAISE EXCEPTION 'Operation on mixed SRID geometries (%, %) != (%, %)', a ->> 'type', a ->> 'srid', b ->> 'type', b ->> 'srid'
      USING ERRCODE = 'XX000';
  END IF;
  RETURN true;
END $$;

CREATE FUNCTION cairn_geo_intersects(a jsonb, b jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  PERFORM @extschema@.cairn_same_srid(a, b);
  RETURN EXISTS (SELECT FROM @extschema@.cairn_geo_segments(a) s, @extschema@.cairn_geo_segments(b) t WHERE @extschema@.cairn_meet(s, t))
    OR EXISTS (SELECT FROM @extschema@.cairn_geo_segments(a) s WHERE @extschema@.cairn_geo_locate(b, s[1], s[2]) >= 0)
    OR EXISTS (SELECT FROM @extschema@.cairn_geo_segments(b) t WHERE @extschema@.cairn_geo_locate(a, t[1], t[2]) >= 0);
END $$;

-- Whether no point of b lies outside a: no end or middle of its segments does, and where a is a surface none crosses.
CREATE FUNCTION cairn_geo_covers(a jsonb, b jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  PERFORM @extschema@.cairn_same_srid(a, b);
  RETURN EXISTS (SELECT FROM @extschema@.cairn_geo_segments(b))
    AND NOT EXISTS (SELECT FROM @extschema@.cairn_geo_segments(b) t WHERE @extschema@.cairn_geo_locate(a, t[1], t[2]) < 0
      OR @extschema@.cairn_geo_locate(a, t[3], t[4]) < 0
      OR a ->> 'type' LIKE '%Polygon' AND @extschema@.cairn_geo_locate(a, (t[1] + t[3]) / 2, (t[2] + t[4]) / 2) < 0)
    AND (a ->> 'type' NOT LIKE '%Polygon' OR NOT EXISTS (SELECT FROM @extschema@.cairn_geo_segments(a) s,
      @extschema@.cairn_geo_segments(b) t WHERE @extschema@.cairn_cross(s, t)));
END $$;

-- The nearest points of two shapes: {x1, y1, x2, y2}, the scale of x being that of y times stretch.
CREATE FUNCTION cairn_geo_nearest(a jsonb, b jsonb, stretch double precision) RETURNS double precision[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT CASE WHEN swapped THEN ARRAY[nx, ny, x, y] ELSE ARRAY[x, y, nx, ny] END
  FROM (
    SELECT e.x, e.y, swapped, t[1] + u.u * (t[3] - t[1]) AS nx, t[2] + u.u * (t[4] - t[2]) AS ny
    FROM (
      SELECT s[1] AS x, s[2] AS y, t, false AS swapped FROM cairn_geo_segments($1) s, cairn_geo_segments($2) t
      UNION ALL SELECT s[3], s[4], t, false FROM cairn_geo_segments($1) s, cairn_geo_segments($2) t WHERE s[1:2] <> s[3:4]
      UNION ALL SELECT t[1], t[2], s, true FROM cairn_geo_segments($1) s, cairn_geo_segments($2) t
      UNION ALL SELECT t[3], t[4], s, true FROM cairn_geo_segments($1) s, cairn_geo_segments($2) t WHERE t[1:2] <> t[3:4]
    ) e(x, y, t, swapped),
    LATERAL (SELECT CASE WHEN t[1:2] = t[3:4] THEN 0 ELSE greatest(0, least(1,
      ((e.x - t[1]) * (t[3] - t[1]) * $3 * $3 + (e.y - t[2]) * (t[4] - t[2]))
      / ((t[3] - t[1]) ^ 2 * $3 * $3 + (t[4] - t[2]) ^ 2))) END) u(u)
  ) n
  ORDER BY ((x - nx) * $3) ^ 2 + (y - ny) ^ 2 LIMIT 1);

-- Metres between two places on WGS 84: Vincenty's formula, or on the sphere of its mean radius, which also stands in
-- for places nearly opposite to each other, where the formula does not settle.
CREATE FUNCTION cairn_metres(lon1 double precision, lat1 double precision, lon2 double precision, lat2 double precision,
  spheroid boolean) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  a constant double precision := 6378137;
  f constant double precision := 1 / 298.257223563;
  b constant double precision := a * (1 - f);
  l double precision := radians(lon2 - lon1);
  u1 double precision := atan((1 - f) * tan(radians(lat1)));
  u2 double precision := atan((1 - f) * tan(radians(lat2)));
  lambda double precision := l;
  sin_s double precision;
  cos_s double precision;
  s double precision;
  sin_a double precision;
  cos2_a double precision;
  cos_2m double precision;
  c double precision;
  last double precision;
  k double precision;
BEGIN
  IF lon1 = lon2 AND lat1 = lat2 THEN
    RETURN 0;
  END IF;
  IF spheroid THEN
    FOR i IN 1 .. 100 LOOP
      sin_s := sqrt((cos(u2) * sin(lambda)) ^ 2 + (cos(u1) * sin(u2) - sin(u1) * cos(u2) * cos(lambda)) ^ 2);
      EXIT WHEN sin_s = 0;
      cos_s := sin(u1) * sin(u2) + cos(u1) * cos(u2) * cos(lambda);
      s := atan2(sin_s, cos_s);
      sin_a := cos(u1) * cos(u2) * sin(lambda) / sin_s;
      cos2_a := 1 - sin_a * sin_a;
      cos_2m := CASE WHEN cos2_a < 1e-15 THEN 0 ELSE cos_s - 2 * sin(u1) * sin(u2) / cos2_a END;
      c := f / 16 * cos2_a * (4 + f * (4 - 3 * cos2_a));
      last := lambda;
      lambda := l + (1 - c) * f * sin_a * (s + c * sin_s * (cos_2m + c * cos_s * (2 * cos_2m * cos_2m - 1)));
      IF abs(lambda - last) < 1e-13 THEN
        k := cos2_a * (a * a - b * b) / (b * b);
        c := k / 1024 * (256 + k * (-128 + k * (74 - 47 * k)));
        RETURN b * (1 + k / 16384 * (4096 + k * (-768 + k * (320 - 175 * k)))) * (s - c * sin_s * (cos_2m + c / 4 *
          (cos_s * (2 * cos_2m * cos_2m - 1) - c / 6 * cos_2m * (4 * sin_s * sin_s - 3) * (4 * cos_2m * cos_2m - 3))));
      END IF;
    END LOOP;
  END IF;
  RETURN (2 * a + b) / 3 * 2 * asin(least(1, sqrt(sin(radians(lat2 - lat1) / 2) ^ 2
    + cos(radians(lat1)) * cos(radians(lat2)) * sin(l / 2) ^ 2)));
END $$;

CREATE FUNCTION cairn_geo_distance(a jsonb, b jsonb) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  n double precision[];
BEGIN
  PERFORM @extschema@.cairn_same_srid(a, b);
  IF a ->> 'type' = 'Point' AND b ->> 'type' = 'Point' THEN
    n := ARRAY[a #> '{coordinates,0}', a #> '{coordinates,1}', b #> '{coordinates,0}', b #> '{coordinates,1}']::text[]::double precision[];
  ELSIF @extschema@.cairn_geo_intersects(a, b) THEN
    RETURN 0;
  ELSE
    n := @extschema@.cairn_geo_nearest(a, b, 1);
  END IF;
  RETURN sqrt((n[1] - n[3]) ^ 2 + (n[2] - n[4]) ^ 2);
END $$;
CREATE FUNCTION cairn_globe_distance(a jsonb, b jsonb, spheroid boolean) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  n double precision[];
BEGIN
  PERFORM @extschema@.cairn_same_srid(a, b);
  IF a ->> 'type' = 'Point' AND b ->> 'type' = 'Point' THEN
    n := ARRAY[a #> '{coordinates,0}', a #> '{coordinates,1}', b #> '{coordinates,0}', b #> '{coordinates,1}']::text[]::double precision[];
  ELSIF @extschema@.cairn_geo_intersects(a, b) THEN
    RETURN 0;
  ELSE
    n := @extschema@.cairn_geo_nearest(a, b, (SELECT cos(radians((s[2] + t[2]) / 2))
      FROM @extschema@.cairn_geo_segments(a) s, @extschema@.cairn_geo_segments(b) t LIMIT 1));
  END IF;
  RETURN @extschema@.cairn_metres(n[1], n[2], n[3], n[4], spheroid);
END $$;

-- Refuses a call that only makes sense for one type of shape, or that cairn does not work out.
CREATE FUNCTION cairn_only(shape jsonb, name text, VARIADIC types text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF shape ->> 'type' = ANY (types) THEN
    RETURN shape;
  END IF;
  RAISE EXCEPTION '% of a % is not emulated by cairn', name, shape ->> 'type' USING ERRCODE = '0A000',
    HINT = 'Only the real postgis can do this.';
END $$;
-- It is volatile so that it is refused where it is called, not where it is planned.
CREATE FUNCTION cairn_none(name text) RETURNS text
LANGUAGE plpgsql VOLATILE STRICT PARALLEL SAFE AS $$
BEGIN
  RAISE EXCEPTION '% is not emulated by cairn', name USING ERRCODE = '0A000', HINT = 'Only the real postgis can do this.';
END $$;

CREATE FUNCTION cairn_ordinate(shape jsonb, place integer, name text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF shape ->> 'type' <> 'Point' THEN
    RAISE EXCEPTION 'Argument to %() must have type POINT', name USING ERRCODE = '22023';
  END IF;
  RETURN shape -> 'coordinates' ->> place;
END $$;

-- Numbers of GeoJSON and of well-known text, rounded.
CREATE FUNCTION cairn_geojson(items jsonb, digits integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF jsonb_typeof(items) = 'number' THEN
    RETURN trim_scale(round(items::numeric, digits));
  END IF;
  RETURN '[' || coalesce((SELECT string_agg(@extschema@.cairn_geojson(i, digits), ',' ORDER BY n)
    FROM jsonb_array_elements(items) WITH ORDINALITY e(i, n)), '') || ']';
END $$;
CREATE FUNCTION cairn_wkt(items jsonb, digits integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF jsonb_typeof(items -> 0) = 'number' THEN
    RETURN (SELECT string_agg(trim_scale(round(v::numeric, digits))::text, ' ' ORDER BY n)
      FROM jsonb_array_elements_text(items) WITH ORDINALITY e(v, n));
  END IF;
  RETURN '(' || (SELECT string_agg(@extschema@.cairn_wkt(i, digits), ',' ORDER BY n)
    FROM jsonb_array_elements(items) WITH ORDINALITY e(i, n)) || ')';
END $$;
CREATE FUNCTION cairn_text(shape jsonb, digits integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  items jsonb := coalesce(shape -> 'geometries', shape -> 'coordinates');
  name text := upper(shape ->> 'type') || (ARRAY['', ' Z ', ' ZM '])[@extschema@.cairn_geo_dims(shape) - 1];
BEGIN
  RETURN name || CASE WHEN items = '[]' THEN ' EMPTY'
    WHEN shape ? 'geometries' THEN '(' || (SELECT string_agg(@extschema@.cairn_text(g, digits), ',' ORDER BY n)
      FROM jsonb_array_elements(items) WITH ORDINALITY e(g, n)) || ')'
    WHEN shape ->> 'type' = 'Point' THEN '(' || @extschema@.cairn_wkt(items, digits) || ')'
    ELSE @extschema@.cairn_wkt(items, digits) END;
END $$;
CREATE FUNCTION cairn_json(shape jsonb, digits integer, options integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  srid integer := shape -> 'srid';
BEGIN
  RETURN '{"type":"' || (shape ->> 'type') || '",'
    || CASE WHEN srid > 0 AND (options & 8 <> 0 AND srid <> 4326 OR options & 2 <> 0)
         THEN '"crs":{"type":"name","properties":{"name":"EPSG:' || srid || '"}},' ELSE '' END
    || CASE WHEN shape ? 'geometries' THEN '"geometries":[' || coalesce((SELECT string_agg(@extschema@.cairn_json(g || '{"srid": 0}', digits, 0), ',' ORDER BY n)
         FROM jsonb_array_elements(shape -> 'geometries') WITH ORDINALITY e(g, n)), '') || ']'
       ELSE '"coordinates":' || @extschema@.cairn_geojson(shape -> 'coordinates', digits) END || '}';
END $$;

-- The bounds of a shape: {xmin, ymin, xmax, ymax}.
CREATE FUNCTION cairn_bounds(shape jsonb) RETURNS double precision[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE WHEN count(*) > 0 THEN ARRAY[min(x), min(y), max(x), max(y)] END
  FROM cairn_geo_points($1) p, LATERAL (SELECT (p ->> 0)::double precision AS x, (p ->> 1)::double precision AS y) c);
CREATE FUNCTION cairn_envelope(bounds double precision[], srid integer) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN $1[1:2] = $1[3:4] THEN jsonb_build_object('type', 'Point', 'srid', $2, 'coordinates', to_jsonb($1[1:2]))
  WHEN $1[1] = $1[3] OR $1[2] = $1[4]
  THEN jsonb_build_object('type', 'LineString', 'srid', $2, 'coordinates', to_jsonb(ARRAY[$1[1:2], $1[3:4]]))
  ELSE jsonb_build_object('type', 'Polygon', 'srid', $2, 'coordinates', jsonb_build_array(to_jsonb(
    ARRAY[$1[1:2], ARRAY[$1[1], $1[4]], $1[3:4], ARRAY[$1[3], $1[2]], $1[1:2]]))) END;

CREATE TYPE box2d;
CREATE FUNCTION box2d_in(cstring) RETURNS box2d LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION box2d_out(box2d) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE box2d (INPUT = box2d_in, OUTPUT = box2d_out);
CREATE TYPE box3d;
CREATE FUNCTION box3d_in(cstring) RETURNS box3d LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION box3d_out(box3d) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE TYPE box3d (INPUT = box3d_in, OUTPUT = box3d_out);
CREATE FUNCTION box2d(geometry) RETURNS box2d LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT format('BOX(%s %s,%s %s)', b[1], b[2], b[3], b[4]) FROM cairn_bounds(cairn_shape($1)) b WHERE b IS NOT NULL)::box2d;
CREATE FUNCTION box3d(geometry) RETURNS box3d LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT format('BOX3D(%s %s 0,%s %s 0)', b[1], b[2], b[3], b[4]) FROM cairn_bounds(cairn_shape($1)) b WHERE b IS NOT NULL)::box3d;
CREATE FUNCTION cairn_corners(box text) RETURNS double precision[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT m::double precision[] FROM regexp_match($1, '\(\s*(\S+) ([^\s,]+)[^,]*,\s*(\S+) ([^\s)]+)') m);
CREATE FUNCTION geometry(box2d) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geometry(cairn_envelope(cairn_corners($1::text), 0));
CREATE FUNCTION geometry(box3d) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geometry(cairn_envelope(cairn_corners($1::text), 0));
CREATE FUNCTION box3d(box2d) RETURNS box3d LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT format('BOX3D(%s %s 0,%s %s 0)', b[1], b[2], b[3], b[4]) FROM cairn_corners($1::text) b)::box3d;
CREATE CAST (geometry AS box2d) WITH FUNCTION box2d(geometry) AS IMPLICIT;
CREATE CAST (geometry AS box3d) WITH FUNCTION box3d(geometry) AS IMPLICIT;
CREATE CAST (box2d AS geometry) WITH FUNCTION geometry(box2d) AS IMPLICIT;
CREATE CAST (box3d AS geometry) WITH FUNCTION geometry(box3d) AS IMPLICIT;
CREATE CAST (box2d AS box3d) WITH FUNCTION box3d(box2d) AS IMPLICIT;

-- The rings of a shape's surfaces, with 1 for what adds to it and -1 for a hole.
CREATE FUNCTION cairn_rings(shape jsonb, OUT ring jsonb, OUT weight integer) RETURNS SETOF record
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT r, CASE n WHEN 1 THEN 1 ELSE -1 END
  FROM jsonb_path_query($1, 'strict $.** ? (@.type == "Polygon").coordinates') p, jsonb_array_elements(p) WITH ORDINALITY e(r, n)
  UNION ALL
  SELECT r, CASE n WHEN 1 THEN 1 ELSE -1 END
  FROM jsonb_path_query($1, 'strict $.** ? (@.type == "MultiPolygon").coordinates[*]') p, jsonb_array_elements(p) WITH ORDINALITY e(r, n);
END;
CREATE FUNCTION cairn_ring(ring jsonb) RETURNS SETOF double precision[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geo_segments(jsonb_build_object('type', 'LineString', 'coordinates', $1));
CREATE FUNCTION cairn_area(shape jsonb) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT coalesce(sum(weight * (SELECT abs(sum((s[1] - o.x) * (s[4] - o.y) - (s[3] - o.x) * (s[2] - o.y))) / 2 FROM cairn_ring(ring) s)), 0)
  FROM cairn_rings($1), LATERAL (SELECT (ring #>> '{0,0}')::double precision AS x, (ring #>> '{0,1}')::double precision AS y) o);
-- On the globe a ring is laid on the sphere that has the area of WGS 84.
CREATE FUNCTION cairn_authalic(lat double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT (1 - e * e) * (s / (1 - e * e * s * s) + ln((1 + e * s) / (1 - e * s)) / (2 * e))
  FROM (SELECT 0.0818191908426215::double precision AS e, sin(radians($1)) AS s) c);
CREATE FUNCTION cairn_globe_area(shape jsonb) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT coalesce(sum(weight * (SELECT abs(sum(radians(s[3] - s[1]) * (cairn_authalic(s[2]) + cairn_authalic(s[4])))) / 4
    * 6378137::double precision ^ 2 FROM cairn_ring(ring) s)), 0) FROM cairn_rings($1));
CREATE FUNCTION cairn_centroid(shape jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT jsonb_build_object('type', 'Point', 'srid', $1 -> 'srid', 'coordinates',
    CASE WHEN w IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(x / w, y / w) END)
  FROM (
    SELECT 2 AS dimension, nullif(sum(weight * sign(a.w) * a.w), 0) AS w, sum(weight * sign(a.w) * a.x) AS x, sum(weight * sign(a.w) * a.y) AS y
    FROM cairn_rings($1), LATERAL (SELECT sum(c) * 3 AS w, sum((s[1] + s[3]) * c) AS x, sum((s[2] + s[4]) * c) AS y
      FROM cairn_ring(ring) s, LATERAL (SELECT s[1] * s[4] - s[3] * s[2]) k(c)) a
    UNION ALL
    SELECT 1, nullif(sum(l), 0), sum(l * (s[1] + s[3]) / 2), sum(l * (s[2] + s[4]) / 2)
    FROM cairn_geo_segments($1) s, LATERAL (SELECT sqrt((s[3] - s[1]) ^ 2 + (s[4] - s[2]) ^ 2)) k(l)
    UNION ALL
    SELECT 0, nullif(count(*), 0), sum((p ->> 0)::double precision), sum((p ->> 1)::double precision) FROM cairn_geo_points($1) p
  ) u(dimension, w, x, y)
  ORDER BY w IS NULL, dimension DESC LIMIT 1);

-- 4326 and 3857 are all that is known of projections.
CREATE FUNCTION cairn_project(items jsonb, target integer) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  r constant double precision := 6378137;
  x double precision;
  y double precision;
BEGIN
  IF jsonb_typeof(items -> 0) = 'number' THEN
    x := items -> 0;
    y := items -> 1;
    RETURN CASE target WHEN 3857 THEN jsonb_build_array(radians(x) * r, ln(tan(pi() / 4 + radians(y) / 2)) * r)
      ELSE jsonb_build_array(degrees(x / r), degrees(2 * atan(exp(y / r)) - pi() / 2)) END || coalesce(jsonb_path_query_array(items, '$[2 to last]'), '[]');
  END IF;
  RETURN coalesce((SELECT jsonb_agg(CASE WHEN i ? 'coordinates' THEN i || jsonb_build_object('coordinates', @extschema@.cairn_project(i -> 'coordinates', target))
    ELSE @extschema@.cairn_project(i, target) END ORDER BY n) FROM jsonb_array_elements(items) WITH ORDINALITY e(i, n)), '[]');
END $$;
CREATE FUNCTION cairn_transform(shape jsonb, target integer) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  srid integer := shape -> 'srid';
  key text := CASE WHEN shape ? 'geometries' THEN 'geometries' ELSE 'coordinates' END;
BEGIN
  IF srid = target THEN
    RETURN shape;
  ELSIF srid = 0 THEN
    RAISE EXCEPTION 'ST_Transform: Input geometry has unknown (0) SRID' USING ERRCODE = 'XX000';
  ELSIF (srid, target) NOT IN ((4326, 3857), (3857, 4326)) THEN
    RAISE EXCEPTION 'ST_Transform from % to % is not emulated by cairn', srid, target USING ERRCODE = '0A000',
      HINT = 'Only the real postgis can do this.';
  END IF;
  RETURN shape || jsonb_build_object('srid', target, key, @extschema@.cairn_project(shape -> key, target));
END $$;

-- A circle: from the east, clockwise.
CREATE FUNCTION cairn_circle(shape jsonb, radius double precision, quarter integer, globe boolean) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  x double precision := @extschema@.cairn_only(shape, 'ST_Buffer', 'Point') #> '{coordinates,0}';
  y double precision := shape #> '{coordinates,1}';
  d double precision := radius / 6371008.771415059;
  line jsonb;
BEGIN
  SELECT jsonb_agg(CASE WHEN globe THEN jsonb_build_array(
      x + degrees(atan2(cos(a) * sin(d) * cos(radians(y)), cos(d) - sin(radians(y)) * l.s)), degrees(asin(l.s)))
    ELSE jsonb_build_array(x + radius * cos(a), y + radius * sin(a)) END ORDER BY n) INTO line
  FROM generate_series(0, 4 * quarter) n, LATERAL (SELECT -2 * pi() * (n % (4 * quarter)) / (4 * quarter)) c(a),
    LATERAL (SELECT sin(radians(y)) * cos(d) + cos(radians(y)) * sin(d) * sin(a)) l(s);
  RETURN jsonb_build_object('type', 'Polygon', 'srid', shape -> 'srid', 'coordinates', jsonb_build_array(line));
END $$;

CREATE FUNCTION cairn_collect(shapes jsonb[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
  SELECT CASE WHEN count(*) = 0 THEN NULL
    WHEN count(DISTINCT s -> 'type') = 1 AND min(s ->> 'type') IN ('Point', 'LineString', 'Polygon')
    THEN jsonb_build_object('type', 'Multi' || min(s ->> 'type'), 'srid', min((s ->> 'srid')::integer), 'coordinates', jsonb_agg(s -> 'coordinates' ORDER BY n))
    ELSE jsonb_build_object('type', 'GeometryCollection', 'srid', min((s ->> 'srid')::integer), 'geometries', jsonb_agg(s - 'srid' ORDER BY n)) END
  FROM unnest($1) WITH ORDINALITY u(s, n) WHERE s IS NOT NULL);
-- Points are united; so are shapes of which one covers all.
CREATE FUNCTION cairn_union(shapes jsonb[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  whole jsonb;
BEGIN
  shapes := array_remove(shapes, NULL);
  IF NOT EXISTS (SELECT FROM unnest(shapes) s WHERE s ->> 'type' NOT IN ('Point', 'MultiPoint')) THEN
    SELECT @extschema@.cairn_collect(array_agg(p)) INTO whole FROM (
      SELECT DISTINCT jsonb_build_object('type', 'Point', 'srid', s -> 'srid', 'coordinates', c) AS p
      FROM unnest(shapes) s, @extschema@.cairn_geo_points(s) c ORDER BY p) points;
    RETURN CASE WHEN jsonb_array_length(whole -> 'coordinates') = 1
      THEN whole || jsonb_build_object('type', 'Point', 'coordinates', whole #> '{coordinates,0}') ELSE whole END;
  END IF;
  SELECT s INTO whole FROM unnest(shapes) s
  WHERE NOT EXISTS (SELECT FROM unnest(shapes) t WHERE NOT @extschema@.cairn_geo_covers(s, t)) LIMIT 1;
  RETURN coalesce(whole, to_jsonb(@extschema@.cairn_none('ST_Union of shapes that do not cover each other')));
END $$;
CREATE FUNCTION cairn_overlay(a jsonb, b jsonb, name text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  nothing jsonb := jsonb_build_object('type', a -> 'type', 'srid', a -> 'srid',
    CASE WHEN a ? 'geometries' THEN 'geometries' ELSE 'coordinates' END, '[]'::jsonb);
BEGIN
  IF NOT @extschema@.cairn_geo_intersects(a, b) THEN
    RETURN CASE name WHEN 'ST_Difference' THEN a ELSE nothing END;
  ELSIF @extschema@.cairn_geo_covers(b, a) THEN
    RETURN CASE name WHEN 'ST_Difference' THEN nothing ELSE a END;
  ELSIF name = 'ST_Intersection' AND @extschema@.cairn_geo_covers(a, b) THEN
    RETURN b;
  END IF;
  RETURN to_jsonb(@extschema@.cairn_none(name || ' of shapes that overlap in part'));
END $$;
CREATE FUNCTION cairn_contains(a jsonb, b jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_geo_covers($1, $2) AND ($2 ->> 'type' LIKE '%Polygon' OR EXISTS (SELECT FROM cairn_geo_segments($2) s
  WHERE cairn_geo_locate($1, s[1], s[2]) = 1 OR cairn_geo_locate($1, (s[1] + s[3]) / 2, (s[2] + s[4]) / 2) = 1));

CREATE TYPE geometry_dump AS (path integer[], geom geometry);

-- The functions: name and arguments, what they return, and the expression that works it out.
DO $do$
DECLARE
  f record;
BEGIN
  SET LOCAL check_function_bodies = off;
  FOR f IN SELECT * FROM (VALUES
    ($f$postgis_version()$f$, 'text',
      $f$'3.3 USE_GEOS=1 USE_PROJ=1 USE_STATS=1'$f$),
    ($f$postgis_lib_version()$f$, 'text',
      $f$'3.3.7'$f$),
    ($f$postgis_full_version()$f$, 'text',
      $f$'POSTGIS="3.3.7" (emulated by cairn)'$f$),
    ($f$postgis_extensions_upgrade()$f$, 'text',
      $f$'emulated by cairn'$f$),
    ($f$postgis_typmod_srid(integer)$f$, 'integer',
      $f$CASE WHEN $1 < 0 THEN 0 ELSE $1 >> 8 END$f$),
    ($f$postgis_typmod_dims(integer)$f$, 'integer',
      $f$CASE WHEN $1 < 0 THEN 2 ELSE 2 + (($1 >> 1) & 1) + ($1 & 1) END$f$),
    ($f$postgis_typmod_type(integer)$f$, 'text',
      $f$CASE WHEN $1 < 0 THEN 'Geometry' ELSE coalesce((cairn_geo_types())[($1 >> 2) & 63], 'Geometry') || CASE WHEN $1 & 2 <> 0 THEN 'Z' ELSE '' END || CASE WHEN $1 & 1 <> 0 THEN 'M' ELSE '' END END$f$),
    ($f$ST_MakePoint(double precision, double precision)$f$, 'geometry',
      $f$cairn_point(0, $1, $2)$f$),
    ($f$ST_MakePoint(double precision, double precision, double precision)$f$, 'geometry',
      $f$cairn_point(0, $1, $2, $3)$f$),
    ($f$ST_MakePoint(double precision, double precision, double precision, double precision)$f$, 'geometry',
      $f$cairn_point(0, $1, $2, $3, $4)$f$),
    ($f$ST_Point(double precision, double precision)$f$, 'geometry',
      $f$cairn_point(0, $1, $2)$f$),
    ($f$ST_Point(double precision, double precision, srid integer)$f$, 'geometry',
      $f$cairn_point($3, $1, $2)$f$),
    ($f$ST_PointZ(double precision, double precision, double precision, srid integer DEFAULT 0)$f$, 'geometry',
      $f$cairn_point($4, $1, $2, $3)$f$),
    ($f$ST_GeomFromText(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1))$f$),
    ($f$ST_GeomFromText(text, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_GeometryFromText(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1))$f$),
    ($f$ST_GeometryFromText(text, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_PointFromText(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1))$f$),
    ($f$ST_PointFromText(text, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_LineFromText(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1))$f$),
    ($f$ST_LineFromText(text, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_PolygonFromText(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1))$f$),
    ($f$ST_PolygonFromText(text, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_MPointFromText(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1))$f$),
    ($f$ST_MPointFromText(text, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_MPolyFromText(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1))$f$),
    ($f$ST_MPolyFromText(text, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_GeomFromEWKT(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1))$f$),
    ($f$ST_GeomFromWKB(bytea)$f$, 'geometry',
      $f$geometry($1)$f$),
    ($f$ST_GeomFromEWKB(bytea)$f$, 'geometry',
      $f$geometry($1)$f$),
    ($f$ST_GeomFromWKB(bytea, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_shape(geometry($1)) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_GeogFromText(text)$f$, 'geography',
      $f$cairn_geography(cairn_geo_read($1))$f$),
    ($f$ST_GeographyFromText(text)$f$, 'geography',
      $f$cairn_geography(cairn_geo_read($1))$f$),
    ($f$ST_GeogFromWKB(bytea)$f$, 'geography',
      $f$cairn_geography(cairn_geo_read(encode($1, 'hex')))$f$),
    ($f$ST_GeomFromGeoJSON(text)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1::text))$f$),
    ($f$ST_GeomFromGeoJSON(json)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1::text))$f$),
    ($f$ST_GeomFromGeoJSON(jsonb)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read($1::text))$f$),
    ($f$ST_MakeEnvelope(double precision, double precision, double precision, double precision, integer DEFAULT 0)$f$, 'geometry',
      $f$cairn_geometry(jsonb_build_object('type', 'Polygon', 'srid', $5, 'coordinates',
    jsonb_build_array(to_jsonb(ARRAY[ARRAY[$1, $2], ARRAY[$1, $4], ARRAY[$3, $4], ARRAY[$3, $2], ARRAY[$1, $2]]))))$f$),
    ($f$ST_MakePolygon(geometry)$f$, 'geometry',
      $f$cairn_geometry(cairn_only(cairn_shape($1), 'ST_MakePolygon', 'LineString') || jsonb_build_object('type', 'Polygon', 'coordinates', jsonb_build_array(cairn_shape($1) -> 'coordinates')))$f$),
    ($f$ST_Multi(geometry)$f$, 'geometry',
      $f$CASE WHEN cairn_shape($1) ->> 'type' IN ('Point', 'LineString', 'Polygon') THEN cairn_geometry(cairn_collect(ARRAY[cairn_shape($1)])) ELSE $1 END$f$),
    ($f$ST_SetSRID(geometry, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_shape($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_SRID(geometry)$f$, 'integer',
      $f$(cairn_shape($1) -> 'srid')::integer$f$),
    ($f$ST_SetSRID(geography, integer)$f$, 'geography',
      $f$cairn_geography(cairn_shape($1) || jsonb_build_object('srid', $2))$f$),
    ($f$ST_SRID(geography)$f$, 'integer',
      $f$(cairn_shape($1) -> 'srid')::integer$f$),
    ($f$ST_Transform(geometry, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_transform(cairn_shape($1), $2))$f$),
    ($f$ST_Force2D(geometry)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read(regexp_replace(cairn_text(cairn_shape($1), 15), '(-?[0-9.]+ -?[0-9.]+)( -?[0-9.]+)+', '\1', 'g')) || jsonb_build_object('srid', cairn_shape($1) -> 'srid'))$f$),
    ($f$ST_FlipCoordinates(geometry)$f$, 'geometry',
      $f$cairn_geometry(cairn_geo_read(regexp_replace(cairn_text(cairn_shape($1), 15), '(-?[0-9.]+) (-?[0-9.]+)', '\2 \1', 'g')) || jsonb_build_object('srid', cairn_shape($1) -> 'srid'))$f$),
    ($f$ST_AsText(geometry)$f$, 'text',
      $f$cairn_text(cairn_shape($1), 15)$f$),
    ($f$ST_AsText(geometry, integer)$f$, 'text',
      $f$cairn_text(cairn_shape($1), $2)$f$),
    ($f$ST_AsText(geography)$f$, 'text',
      $f$cairn_text(cairn_shape($1), 15)$f$),
    ($f$ST_AsText(geography, integer)$f$, 'text',
      $f$cairn_text(cairn_shape($1), $2)$f$),
    ($f$ST_AsText(text)$f$, 'text',
      $f$ST_AsText($1::geometry)$f$),
    ($f$ST_AsEWKT(geometry)$f$, 'text',
      $f$CASE WHEN cairn_shape($1) ->> 'srid' = '0' THEN '' ELSE 'SRID=' || (cairn_shape($1) ->> 'srid') || ';' END || cairn_text(cairn_shape($1), 15)$f$),
    ($f$ST_AsGeoJSON(geometry, maxdecimaldigits integer DEFAULT 9, options integer DEFAULT 8)$f$, 'text',
      $f$cairn_json(cairn_shape($1), $2, $3)$f$),
    ($f$ST_AsBinary(geometry)$f$, 'bytea',
      $f$decode(cairn_geo_wkb(cairn_shape($1), 0), 'hex')$f$),
    ($f$ST_AsEWKT(geography)$f$, 'text',
      $f$CASE WHEN cairn_shape($1) ->> 'srid' = '0' THEN '' ELSE 'SRID=' || (cairn_shape($1) ->> 'srid') || ';' END || cairn_text(cairn_shape($1), 15)$f$),
    ($f$ST_AsGeoJSON(geography, maxdecimaldigits integer DEFAULT 9, options integer DEFAULT 0)$f$, 'text',
      $f$cairn_json(cairn_shape($1), $2, $3)$f$),
    ($f$ST_AsBinary(geography)$f$, 'bytea',
      $f$decode(cairn_geo_wkb(cairn_shape($1), 0), 'hex')$f$),
    ($f$ST_AsEWKB(geometry)$f$, 'bytea',
      $f$bytea($1)$f$),
    ($f$ST_AsHEXEWKB(geometry)$f$, 'text',
      $f$cairn_geo_write(cairn_shape($1))$f$),
    ($f$"json"(geometry)$f$, 'json',
      $f$cairn_json(cairn_shape($1), 15, 8)::json$f$),
    ($f$jsonb(geometry)$f$, 'jsonb',
      $f$cairn_json(cairn_shape($1), 15, 8)::jsonb$f$),
    ($f$ST_X(geometry)$f$, 'double precision',
      $f$cairn_ordinate(cairn_shape($1), 0, 'ST_X')$f$),
    ($f$ST_Y(geometry)$f$, 'double precision',
      $f$cairn_ordinate(cairn_shape($1), 1, 'ST_Y')$f$),
    ($f$ST_Z(geometry)$f$, 'double precision',
      $f$cairn_ordinate(cairn_shape($1), 2, 'ST_Z')$f$),
    ($f$ST_M(geometry)$f$, 'double precision',
      $f$cairn_ordinate(cairn_shape($1), 3, 'ST_M')$f$),
    ($f$ST_XMin(box3d)$f$, 'double precision',
      $f$(cairn_corners($1::text))[1]$f$),
    ($f$ST_YMin(box3d)$f$, 'double precision',
      $f$(cairn_corners($1::text))[2]$f$),
    ($f$ST_XMax(box3d)$f$, 'double precision',
      $f$(cairn_corners($1::text))[3]$f$),
    ($f$ST_YMax(box3d)$f$, 'double precision',
      $f$(cairn_corners($1::text))[4]$f$),
    ($f$ST_GeometryType(geometry)$f$, 'text',
      $f$'ST_' || (cairn_shape($1) ->> 'type')$f$),
    ($f$GeometryType(geometry)$f$, 'text',
      $f$upper(cairn_shape($1) ->> 'type')$f$),
    ($f$ST_Dimension(geometry)$f$, 'integer',
      $f$CASE WHEN cairn_shape($1) ->> 'type' LIKE '%Polygon' THEN 2 WHEN cairn_shape($1) ->> 'type' LIKE '%LineString' THEN 1 ELSE 0 END$f$),
    ($f$ST_CoordDim(geometry)$f$, 'smallint',
      $f$cairn_geo_dims(cairn_shape($1))::smallint$f$),
    ($f$ST_IsEmpty(geometry)$f$, 'boolean',
      $f$NOT EXISTS (SELECT FROM cairn_geo_points(cairn_shape($1)))$f$),
    ($f$ST_IsClosed(geometry)$f$, 'boolean',
      $f$cairn_shape($1) #> '{coordinates,0}' = cairn_shape($1) #> '{coordinates,-1}'$f$),
    ($f$ST_NPoints(geometry)$f$, 'integer',
      $f$(SELECT count(*) FROM cairn_geo_points(cairn_shape($1)))::integer$f$),
    ($f$ST_NumPoints(geometry)$f$, 'integer',
      $f$CASE WHEN cairn_shape($1) ->> 'type' = 'LineString' THEN jsonb_array_length(cairn_shape($1) -> 'coordinates') END$f$),
    ($f$ST_NumGeometries(geometry)$f$, 'integer',
      $f$CASE WHEN cairn_shape($1) ->> 'type' LIKE 'Multi%' OR cairn_shape($1) ? 'geometries' THEN jsonb_array_length(coalesce(cairn_shape($1) -> 'geometries', cairn_shape($1) -> 'coordinates')) ELSE 1 END$f$),
    ($f$ST_GeometryN(geometry, integer)$f$, 'geometry',
      $f$(SELECT CASE WHEN s ? 'geometries' THEN cairn_geometry((s -> 'geometries' -> $2 - 1) || jsonb_build_object('srid', s -> 'srid'))
    WHEN s ->> 'type' LIKE 'Multi%' THEN cairn_geometry(jsonb_build_object('type', substr(s ->> 'type', 6), 'srid', s -> 'srid', 'coordinates', s -> 'coordinates' -> $2 - 1))
    WHEN $2 = 1 THEN $1 END FROM cairn_shape($1) s WHERE $2 BETWEEN 1 AND ST_NumGeometries($1))$f$),
    ($f$ST_PointN(geometry, integer)$f$, 'geometry',
      $f$cairn_geometry((SELECT jsonb_build_object('type', 'Point', 'srid', s -> 'srid', 'coordinates', s -> 'coordinates' -> CASE WHEN $2 > 0 THEN $2 - 1 ELSE $2 END) FROM cairn_shape($1) s WHERE s ->> 'type' = 'LineString' AND abs($2) BETWEEN 1 AND jsonb_array_length(s -> 'coordinates')))$f$),
    ($f$ST_StartPoint(geometry)$f$, 'geometry',
      $f$ST_PointN($1, 1)$f$),
    ($f$ST_EndPoint(geometry)$f$, 'geometry',
      $f$ST_PointN($1, -1)$f$),
    ($f$ST_ExteriorRing(geometry)$f$, 'geometry',
      $f$cairn_geometry((SELECT jsonb_build_object('type', 'LineString', 'srid', s -> 'srid', 'coordinates', s #> '{coordinates,0}') FROM cairn_shape($1) s WHERE s ->> 'type' = 'Polygon'))$f$),
    ($f$ST_IsValid(geometry)$f$, 'boolean',
      $f$cairn_shape($1) IS NOT NULL$f$),
    ($f$ST_MakeValid(geometry)$f$, 'geometry',
      $f$$1$f$),
    ($f$ST_IsSimple(geometry)$f$, 'boolean',
      $f$CASE WHEN cairn_only(cairn_shape($1), 'ST_IsSimple', 'Point') IS NOT NULL THEN true END$f$),
    ($f$ST_Distance(geometry, geometry)$f$, 'double precision',
      $f$cairn_geo_distance(cairn_shape($1), cairn_shape($2))$f$),
    ($f$ST_Distance(geography, geography, use_spheroid boolean DEFAULT true)$f$, 'double precision',
      $f$cairn_globe_distance(cairn_shape($1), cairn_shape($2), $3)$f$),
    ($f$ST_Distance(text, text)$f$, 'double precision',
      $f$ST_Distance($1::geometry, $2::geometry)$f$),
    ($f$ST_DWithin(geometry, geometry, double precision)$f$, 'boolean',
      $f$cairn_geo_distance(cairn_shape($1), cairn_shape($2)) <= $3$f$),
    ($f$ST_DWithin(geography, geography, double precision, use_spheroid boolean DEFAULT true)$f$, 'boolean',
      $f$cairn_globe_distance(cairn_shape($1), cairn_shape($2), $4) <= $3$f$),
    ($f$ST_DWithin(text, text, double precision)$f$, 'boolean',
      $f$ST_DWithin($1::geometry, $2::geometry, $3)$f$),
    ($f$ST_DistanceSphere(geometry, geometry)$f$, 'double precision',
      $f$cairn_globe_distance(cairn_shape($1), cairn_shape($2), false)$f$),
    ($f$ST_DistanceSpheroid(geometry, geometry)$f$, 'double precision',
      $f$cairn_globe_distance(cairn_shape($1), cairn_shape($2), true)$f$),
    ($f$ST_Area(geometry)$f$, 'double precision',
      $f$cairn_area(cairn_shape($1))$f$),
    ($f$ST_Area(geography, use_spheroid boolean DEFAULT true)$f$, 'double precision',
      $f$cairn_globe_area(cairn_shape($1))$f$),
    ($f$ST_Length(geometry)$f$, 'double precision',
      $f$CASE WHEN jsonb_path_exists(cairn_shape($1), 'strict $.** ? (@.type like_regex "LineString")') THEN (SELECT sum(sqrt((s[3] - s[1]) ^ 2 + (s[4] - s[2]) ^ 2)) FROM cairn_geo_segments(cairn_shape($1)) s) ELSE 0 END$f$),
    ($f$ST_Length(geography, use_spheroid boolean DEFAULT true)$f$, 'double precision',
      $f$CASE WHEN jsonb_path_exists(cairn_shape($1), 'strict $.** ? (@.type like_regex "LineString")') THEN (SELECT sum(cairn_metres(s[1], s[2], s[3], s[4], $2)) FROM cairn_geo_segments(cairn_shape($1)) s) ELSE 0 END$f$),
    ($f$ST_Perimeter(geometry)$f$, 'double precision',
      $f$CASE WHEN jsonb_path_exists(cairn_shape($1), 'strict $.** ? (@.type like_regex "Polygon")') THEN (SELECT sum(sqrt((s[3] - s[1]) ^ 2 + (s[4] - s[2]) ^ 2)) FROM cairn_geo_segments(cairn_shape($1)) s) ELSE 0 END$f$),
    ($f$ST_Perimeter(geography, use_spheroid boolean DEFAULT true)$f$, 'double precision',
      $f$CASE WHEN jsonb_path_exists(cairn_shape($1), 'strict $.** ? (@.type like_regex "Polygon")') THEN (SELECT sum(cairn_metres(s[1], s[2], s[3], s[4], $2)) FROM cairn_geo_segments(cairn_shape($1)) s) ELSE 0 END$f$),
    ($f$ST_Azimuth(geometry, geometry)$f$, 'double precision',
      $f$(SELECT CASE WHEN a < 0 THEN a + 2 * pi() ELSE a END FROM atan2(ST_X($2) - ST_X($1), ST_Y($2) - ST_Y($1)) a)$f$),
    ($f$ST_Project(geography, double precision, double precision)$f$, 'geography',
      $f$(SELECT cairn_geography(jsonb_build_object('type', 'Point', 'srid', 4326, 'coordinates', jsonb_build_array(
    x + degrees(atan2(sin($3) * sin(d) * cos(radians(y)), cos(d) - sin(radians(y)) * s)), degrees(asin(s)))))
    FROM (SELECT ST_X($1::geometry), ST_Y($1::geometry), $2 / 6371008.771415059) i(x, y, d), LATERAL (SELECT sin(radians(y)) * cos(d) + cos(radians(y)) * sin(d) * cos($3)) l(s))$f$),
    ($f$ST_Centroid(geometry)$f$, 'geometry',
      $f$cairn_geometry(cairn_centroid(cairn_shape($1)))$f$),
    ($f$ST_Centroid(geography, use_spheroid boolean DEFAULT true)$f$, 'geography',
      $f$cairn_geography(cairn_centroid(cairn_shape($1)))$f$),
    ($f$ST_PointOnSurface(geometry)$f$, 'geometry',
      $f$CASE WHEN cairn_geo_intersects(cairn_shape($1), cairn_centroid(cairn_shape($1))) THEN ST_Centroid($1) ELSE cairn_none('ST_PointOnSurface of a shape around its centre')::geometry END$f$),
    ($f$ST_ClosestPoint(geometry, geometry)$f$, 'geometry',
      $f$(SELECT cairn_point(ST_SRID($1), n[1], n[2]) FROM cairn_geo_nearest(cairn_shape($1), cairn_shape($2), 1) n)$f$),
    ($f$ST_Envelope(geometry)$f$, 'geometry',
      $f$cairn_geometry(cairn_envelope(cairn_bounds(cairn_shape($1)), ST_SRID($1)))$f$),
    ($f$ST_Expand(geometry, double precision)$f$, 'geometry',
      $f$(SELECT ST_MakeEnvelope(b[1] - $2, b[2] - $2, b[3] + $2, b[4] + $2, ST_SRID($1)) FROM cairn_bounds(cairn_shape($1)) b)$f$),
    ($f$ST_Buffer(geometry, double precision, options text DEFAULT '')$f$, 'geometry',
      $f$cairn_geometry(cairn_circle(cairn_shape($1), $2, coalesce(substring($3, 'quad_segs=(\d+)')::integer, 8), false))$f$),
    ($f$ST_Buffer(geometry, double precision, integer)$f$, 'geometry',
      $f$cairn_geometry(cairn_circle(cairn_shape($1), $2, $3, false))$f$),
    ($f$ST_Buffer(geography, double precision)$f$, 'geography',
      $f$cairn_geography(cairn_circle(cairn_shape($1), $2, 8, true))$f$),
    ($f$ST_Buffer(geography, double precision, integer)$f$, 'geography',
      $f$cairn_geography(cairn_circle(cairn_shape($1), $2, $3, true))$f$),
    ($f$ST_Intersects(geometry, geometry)$f$, 'boolean',
      $f$cairn_geo_intersects(cairn_shape($1), cairn_shape($2))$f$),
    ($f$ST_Covers(geometry, geometry)$f$, 'boolean',
      $f$cairn_geo_covers(cairn_shape($1), cairn_shape($2))$f$),
    ($f$ST_CoveredBy(geometry, geometry)$f$, 'boolean',
      $f$cairn_geo_covers(cairn_shape($2), cairn_shape($1))$f$),
    ($f$ST_Intersects(geography, geography)$f$, 'boolean',
      $f$cairn_geo_intersects(cairn_shape($1), cairn_shape($2))$f$),
    ($f$ST_Covers(geography, geography)$f$, 'boolean',
      $f$cairn_geo_covers(cairn_shape($1), cairn_shape($2))$f$),
    ($f$ST_CoveredBy(geography, geography)$f$, 'boolean',
      $f$cairn_geo_covers(cairn_shape($2), cairn_shape($1))$f$),
    ($f$ST_Disjoint(geometry, geometry)$f$, 'boolean',
      $f$NOT cairn_geo_intersects(cairn_shape($1), cairn_shape($2))$f$),
    ($f$ST_Contains(geometry, geometry)$f$, 'boolean',
      $f$cairn_contains(cairn_shape($1), cairn_shape($2))$f$),
    ($f$ST_Within(geometry, geometry)$f$, 'boolean',
      $f$cairn_contains(cairn_shape($2), cairn_shape($1))$f$),
    ($f$ST_Equals(geometry, geometry)$f$, 'boolean',
      $f$cairn_geo_covers(cairn_shape($1), cairn_shape($2)) AND cairn_geo_covers(cairn_shape($2), cairn_shape($1))$f$),
    ($f$ST_OrderingEquals(geometry, geometry)$f$, 'boolean',
      $f$cairn_shape($1) = cairn_shape($2)$f$),
    ($f$ST_Touches(geometry, geometry)$f$, 'boolean',
      $f$CASE WHEN cairn_shape($1) ->> 'type' = 'Point' THEN cairn_geo_locate(cairn_shape($2), ST_X($1), ST_Y($1)) = 0 ELSE cairn_geo_locate(cairn_shape($1), cairn_ordinate(cairn_only(cairn_shape($2), 'ST_Touches', 'Point'), 0, 'ST_X'), ST_Y($2)) = 0 END$f$),
    ($f$ST_Intersection(geometry, geometry)$f$, 'geometry',
      $f$cairn_geometry(cairn_overlay(cairn_shape($1), cairn_shape($2), 'ST_Intersection'))$f$),
    ($f$ST_Difference(geometry, geometry)$f$, 'geometry',
      $f$cairn_geometry(cairn_overlay(cairn_shape($1), cairn_shape($2), 'ST_Difference'))$f$),
    ($f$ST_Collect(geometry[])$f$, 'geometry',
      $f$cairn_geometry(cairn_collect(ARRAY(SELECT cairn_shape(g) FROM unnest($1) WITH ORDINALITY u(g, n) WHERE g IS NOT NULL ORDER BY n)))$f$),
    ($f$ST_Union(geometry[])$f$, 'geometry',
      $f$cairn_geometry(cairn_union(ARRAY(SELECT cairn_shape(g) FROM unnest($1) WITH ORDINALITY u(g, n) WHERE g IS NOT NULL ORDER BY n)))$f$),
    ($f$ST_MakeLine(geometry[])$f$, 'geometry',
      $f$cairn_geometry((SELECT jsonb_build_object('type', 'LineString', 'srid', min(ST_SRID(g)), 'coordinates', jsonb_agg(p ORDER BY n, m))
    FROM unnest($1) WITH ORDINALITY u(g, n), cairn_geo_points(cairn_shape(g)) WITH ORDINALITY c(p, m) HAVING count(*) > 0))$f$),
    ($f$ST_Collect(geometry, geometry)$f$, 'geometry',
      $f$ST_Collect(ARRAY[$1, $2])$f$),
    ($f$ST_Union(geometry, geometry)$f$, 'geometry',
      $f$ST_Union(ARRAY[$1, $2])$f$),
    ($f$ST_MakeLine(geometry, geometry)$f$, 'geometry',
      $f$ST_MakeLine(ARRAY[$1, $2])$f$),
    ($f$ST_Simplify(geometry, double precision)$f$, 'geometry',
      $f$cairn_none('ST_Simplify')::geometry$f$),
    ($f$ST_SimplifyPreserveTopology(geometry, double precision)$f$, 'geometry',
      $f$cairn_none('ST_SimplifyPreserveTopology')::geometry$f$),
    ($f$ST_ConvexHull(geometry)$f$, 'geometry',
      $f$cairn_none('ST_ConvexHull')::geometry$f$),
    ($f$ST_SymDifference(geometry, geometry)$f$, 'geometry',
      $f$cairn_none('ST_SymDifference')::geometry$f$),
    ($f$ST_Crosses(geometry, geometry)$f$, 'boolean',
      $f$cairn_none('ST_Crosses')::boolean$f$),
    ($f$ST_Overlaps(geometry, geometry)$f$, 'boolean',
      $f$cairn_none('ST_Overlaps')::boolean$f$),
    ($f$ST_Relate(geometry, geometry)$f$, 'text',
      $f$cairn_none('ST_Relate')$f$),
    ($f$ST_Subdivide(geometry, integer DEFAULT 256)$f$, 'SETOF geometry',
      $f$cairn_none('ST_Subdivide')::geometry$f$),
    ($f$ST_LineMerge(geometry)$f$, 'geometry',
      $f$cairn_none('ST_LineMerge')::geometry$f$),
    ($f$ST_LineInterpolatePoint(geometry, double precision)$f$, 'geometry',
      $f$cairn_none('ST_LineInterpolatePoint')::geometry$f$),
    ($f$ST_LineLocatePoint(geometry, geometry)$f$, 'double precision',
      $f$cairn_none('ST_LineLocatePoint')::double precision$f$),
    ($f$ST_LineSubstring(geometry, double precision, double precision)$f$, 'geometry',
      $f$cairn_none('ST_LineSubstring')::geometry$f$),
    ($f$ST_GeoHash(geometry, integer DEFAULT 0)$f$, 'text',
      $f$cairn_none('ST_GeoHash')$f$),
    ($f$ST_TileEnvelope(integer, integer, integer)$f$, 'geometry',
      $f$cairn_none('ST_TileEnvelope')::geometry$f$),
    ($f$ST_AsMVTGeom(geometry, box2d, integer DEFAULT 4096, integer DEFAULT 256, boolean DEFAULT true)$f$, 'geometry',
      $f$cairn_none('ST_AsMVTGeom')::geometry$f$),
    ($f$ST_AsKML(geometry)$f$, 'text',
      $f$cairn_none('ST_AsKML')$f$),
    ($f$ST_AsSVG(geometry)$f$, 'text',
      $f$cairn_none('ST_AsSVG')$f$),
    ($f$ST_AsGML(geometry)$f$, 'text',
      $f$cairn_none('ST_AsGML')$f$),
    ($f$ST_Segmentize(geometry, double precision)$f$, 'geometry',
      $f$cairn_none('ST_Segmentize')::geometry$f$),
    ($f$ST_MaxDistance(geometry, geometry)$f$, 'double precision',
      $f$cairn_none('ST_MaxDistance')::double precision$f$),
    ($f$ST_ConcaveHull(geometry, double precision)$f$, 'geometry',
      $f$cairn_none('ST_ConcaveHull')::geometry$f$),
    ($f$ST_Node(geometry)$f$, 'geometry',
      $f$cairn_none('ST_Node')::geometry$f$),
    ($f$ST_BuildArea(geometry)$f$, 'geometry',
      $f$cairn_none('ST_BuildArea')::geometry$f$),
    ($f$ST_Rotate(geometry, double precision)$f$, 'geometry',
      $f$cairn_none('ST_Rotate')::geometry$f$),
    ($f$ST_Scale(geometry, double precision, double precision)$f$, 'geometry',
      $f$cairn_none('ST_Scale')::geometry$f$),
    ($f$ST_Boundary(geometry)$f$, 'geometry',
      $f$cairn_none('ST_Boundary')::geometry$f$),
    ($f$ST_Reverse(geometry)$f$, 'geometry',
      $f$cairn_none('ST_Reverse')::geometry$f$),
    ($f$geometry_overlaps(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[1] <= b[3] AND b[1] <= a[3] AND a[2] <= b[4] AND b[2] <= a[4] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_within(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[1] >= b[1] AND a[2] >= b[2] AND a[3] <= b[3] AND a[4] <= b[4] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_contains(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT b[1] >= a[1] AND b[2] >= a[2] AND b[3] <= a[3] AND b[4] <= a[4] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_same(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a = b FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_left(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[3] < b[1] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_right(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[1] > b[3] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_below(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[4] < b[2] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_above(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[2] > b[4] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_overleft(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[3] <= b[3] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_overright(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[1] >= b[1] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_overbelow(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[4] <= b[4] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_overabove(geometry, geometry)$f$, 'boolean',
      $f$coalesce((SELECT a[2] >= b[2] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_distance_centroid(geometry, geometry)$f$, 'double precision',
      $f$cairn_geo_distance(cairn_shape($1), cairn_shape($2))$f$),
    ($f$geometry_distance_box(geometry, geometry)$f$, 'double precision',
      $f$(SELECT sqrt(greatest(0, a[1] - b[3], b[1] - a[3]) ^ 2 + greatest(0, a[2] - b[4], b[2] - a[4]) ^ 2) FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b))$f$),
    ($f$geography_distance_knn(geography, geography)$f$, 'double precision',
      $f$cairn_globe_distance(cairn_shape($1), cairn_shape($2), false)$f$),
    ($f$geography_overlaps(geography, geography)$f$, 'boolean',
      $f$coalesce((SELECT a[1] <= b[3] AND b[1] <= a[3] AND a[2] <= b[4] AND b[2] <= a[4] FROM (SELECT cairn_bounds(cairn_shape($1)), cairn_bounds(cairn_shape($2))) b(a, b)), false)$f$),
    ($f$geometry_cmp(geometry, geometry)$f$, 'integer',
      $f$bttextcmp(cairn_geo_write(cairn_shape($1)) COLLATE "C", cairn_geo_write(cairn_shape($2)) COLLATE "C")$f$),
    ($f$geometry_lt(geometry, geometry)$f$, 'boolean',
      $f$geometry_cmp($1, $2) < 0$f$),
    ($f$geometry_le(geometry, geometry)$f$, 'boolean',
      $f$geometry_cmp($1, $2) <= 0$f$),
    ($f$geometry_eq(geometry, geometry)$f$, 'boolean',
      $f$geometry_cmp($1, $2) = 0$f$),
    ($f$geometry_ge(geometry, geometry)$f$, 'boolean',
      $f$geometry_cmp($1, $2) >= 0$f$),
    ($f$geometry_gt(geometry, geometry)$f$, 'boolean',
      $f$geometry_cmp($1, $2) > 0$f$),
    ($f$geography_cmp(geography, geography)$f$, 'integer',
      $f$bttextcmp(cairn_geo_write(cairn_shape($1)) COLLATE "C", cairn_geo_write(cairn_shape($2)) COLLATE "C")$f$),
    ($f$geography_lt(geography, geography)$f$, 'boolean',
      $f$geography_cmp($1, $2) < 0$f$),
    ($f$geography_le(geography, geography)$f$, 'boolean',
      $f$geography_cmp($1, $2) <= 0$f$),
    ($f$geography_eq(geography, geography)$f$, 'boolean',
      $f$geography_cmp($1, $2) = 0$f$),
    ($f$geography_ge(geography, geography)$f$, 'boolean',
      $f$geography_cmp($1, $2) >= 0$f$),
    ($f$geography_gt(geography, geography)$f$, 'boolean',
      $f$geography_cmp($1, $2) > 0$f$),
    ($f$ST_MakeBox2D(geometry, geometry)$f$, 'box2d',
      $f$format('BOX(%s %s,%s %s)', ST_X($1), ST_Y($1), ST_X($2), ST_Y($2))::box2d$f$),
    ($f$ST_Polygon(geometry, integer)$f$, 'geometry',
      $f$ST_SetSRID(ST_MakePolygon($1), $2)$f$),
    ($f$ST_Translate(geometry, double precision, double precision)$f$, 'geometry',
      $f$cairn_point((cairn_only(cairn_shape($1), 'ST_Translate', 'Point') -> 'srid')::integer, ST_X($1) + $2, ST_Y($1) + $3)$f$),
    ($f$ST_SnapToGrid(geometry, double precision)$f$, 'geometry',
      $f$cairn_point((cairn_only(cairn_shape($1), 'ST_SnapToGrid', 'Point') -> 'srid')::integer, round(ST_X($1) / $2) * $2, round(ST_Y($1) / $2) * $2)$f$),
    ($f$ST_Extent(geometry[])$f$, 'box2d',
      $f$box2d(ST_Collect($1))$f$),
    ($f$ST_Centroid(text)$f$, 'geometry',
      $f$ST_Centroid($1::geometry)$f$),
    ($f$ST_Area(text)$f$, 'double precision',
      $f$ST_Area($1::geometry)$f$),
    ($f$ST_Length(text)$f$, 'double precision',
      $f$ST_Length($1::geometry)$f$),
    ($f$ST_AsGeoJSON(text)$f$, 'text',
      $f$ST_AsGeoJSON($1::geometry)$f$),
    ($f$ST_AsEWKT(text)$f$, 'text',
      $f$ST_AsEWKT($1::geometry)$f$),
    ($f$ST_Intersects(text, text)$f$, 'boolean',
      $f$ST_Intersects($1::geometry, $2::geometry)$f$),
    ($f$ST_Covers(text, text)$f$, 'boolean',
      $f$ST_Covers($1::geometry, $2::geometry)$f$),
    ($f$ST_CoveredBy(text, text)$f$, 'boolean',
      $f$ST_CoveredBy($1::geometry, $2::geometry)$f$),
    ($f$ST_Buffer(text, double precision)$f$, 'geometry',
      $f$ST_Buffer($1::geometry, $2)$f$)
  ) v(signature, result, expression) LOOP
    EXECUTE format('CREATE FUNCTION %s RETURNS %s LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN %s',
      f.signature, f.result, f.expression);
  END LOOP;
END $do$;

CREATE FUNCTION ST_Dump(geometry) RETURNS SETOF geometry_dump
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT CASE WHEN ST_GeometryType($1) ~ '^ST_(Multi|Geo)' THEN ARRAY[n] ELSE '{}' END, ST_GeometryN($1, n)
  FROM generate_series(1, ST_NumGeometries($1)) n;
END;

CREATE FUNCTION ST_AsGeoJSON(r record, geom_column text DEFAULT '', maxdecimaldigits integer DEFAULT 9, pretty_bool boolean DEFAULT false)
RETURNS text LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
  fields jsonb := to_jsonb(r);
  name text := nullif(geom_column, '');
  feature jsonb;
BEGIN
  name := coalesce(name, (SELECT key FROM jsonb_each(fields) WHERE value ? 'coordinates' OR value ? 'geometries' LIMIT 1));
  IF name IS NULL THEN
    RAISE EXCEPTION 'geometry column is missing' USING ERRCODE = '22023';
  END IF;
  feature := jsonb_build_object('type', 'Feature', 'geometry', fields -> name, 'properties', fields - name);
  RETURN CASE WHEN pretty_bool THEN jsonb_pretty(feature) ELSE feature::text END;
END $$;

CREATE CAST (geometry AS json) WITH FUNCTION "json"(geometry);
CREATE CAST (geometry AS jsonb) WITH FUNCTION jsonb(geometry);
CREATE AGGREGATE ST_Collect(geometry) (SFUNC = array_append, STYPE = geometry[], FINALFUNC = ST_Collect);
CREATE AGGREGATE ST_Union(geometry) (SFUNC = array_append, STYPE = geometry[], FINALFUNC = ST_Union);
CREATE AGGREGATE ST_MakeLine(geometry) (SFUNC = array_append, STYPE = geometry[], FINALFUNC = ST_MakeLine);
CREATE AGGREGATE ST_Extent(geometry) (SFUNC = array_append, STYPE = geometry[], FINALFUNC = ST_Extent);

DO $do$
DECLARE
  o record;
  type text;
BEGIN
  FOR o IN SELECT * FROM (VALUES
    ('&&', 'geometry_overlaps', '&&'),
    ('@', 'geometry_within', '~'),
    ('~', 'geometry_contains', '@'),
    ('~=', 'geometry_same', '~='),
    ('<<', 'geometry_left', '>>'),
    ('>>', 'geometry_right', '<<'),
    ('<<|', 'geometry_below', '|>>'),
    ('|>>', 'geometry_above', '<<|'),
    ('&<', 'geometry_overleft', ''),
    ('&>', 'geometry_overright', ''),
    ('&<|', 'geometry_overbelow', ''),
    ('|&>', 'geometry_overabove', '')
  ) v(operator, name, commutator) LOOP
    EXECUTE format('CREATE OPERATOR %s (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = %s, RESTRICT = contsel, JOIN = contjoinsel%s)',
      o.operator, o.name, CASE o.commutator WHEN '' THEN '' ELSE ', COMMUTATOR = ' || o.commutator END);
  END LOOP;
  CREATE OPERATOR &&& (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = geometry_overlaps, COMMUTATOR = &&&, RESTRICT = contsel, JOIN = contjoinsel);
  CREATE OPERATOR && (LEFTARG = geography, RIGHTARG = geography, FUNCTION = geography_overlaps, COMMUTATOR = &&, RESTRICT = contsel, JOIN = contjoinsel);
  CREATE OPERATOR <-> (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = geometry_distance_centroid, COMMUTATOR = <->);
  CREATE OPERATOR <#> (LEFTARG = geometry, RIGHTARG = geometry, FUNCTION = geometry_distance_box, COMMUTATOR = <#>);
  CREATE OPERATOR <-> (LEFTARG = geography, RIGHTARG = geography, FUNCTION = geography_distance_knn, COMMUTATOR = <->);
  FOREACH type IN ARRAY ARRAY['geometry', 'geography'] LOOP
    EXECUTE replace($sql$
      CREATE OPERATOR < (LEFTARG = GEO, RIGHTARG = GEO, FUNCTION = GEO_lt, COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
      CREATE OPERATOR <= (LEFTARG = GEO, RIGHTARG = GEO, FUNCTION = GEO_le, COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
      CREATE OPERATOR = (LEFTARG = GEO, RIGHTARG = GEO, FUNCTION = GEO_eq, COMMUTATOR = =, RESTRICT = eqsel, JOIN = eqjoinsel);
      CREATE OPERATOR >= (LEFTARG = GEO, RIGHTARG = GEO, FUNCTION = GEO_ge, COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel);
      CREATE OPERATOR > (LEFTARG = GEO, RIGHTARG = GEO, FUNCTION = GEO_gt, COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
      CREATE OPERATOR CLASS btree_GEO_ops DEFAULT FOR TYPE GEO USING btree AS
        OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 GEO_cmp(GEO, GEO);
    $sql$, 'GEO', type);
  END LOOP;
END $do$;

-- The indexes hold six bytes of a value's text, as gist does of network addresses, so that they build over any rows;
-- their operator classes have no operators, so that no query uses them.
CREATE FUNCTION cairn_gist_consistent(internal, geometry, smallint, oid, internal) RETURNS boolean
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'inet_gist_consistent';
CREATE FUNCTION cairn_gist_union(internal, internal) RETURNS geometry LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'inet_gist_union';
CREATE FUNCTION cairn_gist_same(geometry, geometry, internal) RETURNS internal LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'inet_gist_same';
CREATE OPERATOR CLASS gist_geometry_ops_2d DEFAULT FOR TYPE geometry USING gist AS
  FUNCTION 1 cairn_gist_consistent(internal, geometry, smallint, oid, internal), FUNCTION 2 cairn_gist_union(internal, internal),
  FUNCTION 3 inet_gist_compress(internal), FUNCTION 5 inet_gist_penalty(internal, internal, internal),
  FUNCTION 6 inet_gist_picksplit(internal, internal), FUNCTION 7 cairn_gist_same(geometry, geometry, internal);
CREATE OPERATOR CLASS gist_geometry_ops_nd FOR TYPE geometry USING gist AS
  FUNCTION 1 cairn_gist_consistent(internal, geometry, smallint, oid, internal), FUNCTION 2 cairn_gist_union(internal, internal),
  FUNCTION 3 inet_gist_compress(internal), FUNCTION 5 inet_gist_penalty(internal, internal, internal),
  FUNCTION 6 inet_gist_picksplit(internal, internal), FUNCTION 7 cairn_gist_same(geometry, geometry, internal);
CREATE OPERATOR CLASS gist_geography_ops DEFAULT FOR TYPE geography USING gist AS
  FUNCTION 1 cairn_gist_consistent(internal, geometry, smallint, oid, internal), FUNCTION 2 cairn_gist_union(internal, internal),
  FUNCTION 3 inet_gist_compress(internal), FUNCTION 5 inet_gist_penalty(internal, internal, internal),
  FUNCTION 6 inet_gist_picksplit(internal, internal), FUNCTION 7 cairn_gist_same(geometry, geometry, internal);

CREATE TABLE spatial_ref_sys (
  srid integer PRIMARY KEY CHECK (srid > 0 AND srid <= 998999),
  auth_name varchar(256),
  auth_srid integer,
  srtext varchar(2048),
  proj4text varchar(2048)
);
INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, proj4text)
SELECT srid, 'EPSG', srid, proj FROM (
  VALUES (4326, '+proj=longlat +datum=WGS84 +no_defs'), (4269, '+proj=longlat +datum=NAD83 +no_defs'),
    (3857, '+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs')
  UNION ALL SELECT 32600 + z, '+proj=utm +zone=' || z || ' +datum=WGS84 +units=m +no_defs' FROM generate_series(1, 60) z
  UNION ALL SELECT 32700 + z, '+proj=utm +zone=' || z || ' +south +datum=WGS84 +units=m +no_defs' FROM generate_series(1, 60) z
) known(srid, proj);
GRANT SELECT ON spatial_ref_sys TO PUBLIC;

CREATE VIEW geometry_columns AS
SELECT current_database()::varchar(256) AS f_table_catalog, n.nspname AS f_table_schema, c.relname AS f_table_name,
  a.attname AS f_geometry_column, postgis_typmod_dims(a.atttypmod) AS coord_dimension, postgis_typmod_srid(a.atttypmod) AS srid,
  upper(rtrim(postgis_typmod_type(a.atttypmod), 'ZM'))::varchar(30) AS type
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.atttypid = 'geometry'::regtype
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT pg_is_other_temp_schema(c.relnamespace)
  AND has_table_privilege(c.oid, 'SELECT');
CREATE VIEW geography_columns AS
SELECT current_database() AS f_table_catalog, n.nspname AS f_table_schema, c.relname AS f_table_name,
  a.attname AS f_geography_column, postgis_typmod_dims(a.atttypmod) AS coord_dimension, postgis_typmod_srid(a.atttypmod) AS srid,
  postgis_typmod_type(a.atttypmod) AS type
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.atttypid = 'geography'::regtype
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT pg_is_other_temp_schema(c.relnamespace)
  AND has_table_privilege(c.oid, 'SELECT');
GRANT SELECT ON geometry_columns, geography_columns TO PUBLIC;

CREATE FUNCTION AddGeometryColumn(schema_name varchar, table_name varchar, column_name varchar, srid integer, type varchar, dim integer,
  use_typmod boolean DEFAULT true) RETURNS text
LANGUAGE plpgsql STRICT AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s%I ADD COLUMN %I @extschema@.geometry(%s%s,%s)',
    CASE schema_name WHEN '' THEN '' ELSE quote_ident(schema_name) || '.' END, table_name, column_name, type,
    CASE WHEN dim = 3 AND type !~* 'z$' THEN 'Z' ELSE '' END, srid);
  RETURN format('%s%s.%s SRID:%s TYPE:%s DIMS:%s ', CASE schema_name WHEN '' THEN '' ELSE schema_name || '.' END, table_name, column_name, srid, type, dim);
END $$;
CREATE FUNCTION AddGeometryColumn(table_name varchar, column_name varchar, srid integer, type varchar, dim integer,
  use_typmod boolean DEFAULT true) RETURNS text
LANGUAGE sql STRICT RETURN AddGeometryColumn(''::varchar, table_name, column_name, srid, type, dim, use_typmod);
