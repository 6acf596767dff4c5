-- pgvector's surface in plain SQL. A value is stored as its text. Bodies that name objects of the extension are
-- BEGIN ATOMIC or RETURN, so that they are bound when they are made: the extension can be moved to another schema.

CREATE TYPE vector;
CREATE TYPE halfvec;
CREATE TYPE sparsevec;

-- Refuses a text that is not a value of the type. Numbers are left to real's own input.
CREATE FUNCTION cairn_vector_check(value text, type text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  dims integer;
  most constant integer := 16000;
BEGIN
  IF value !~ '^\s*\[[-+0-9.eE,\s]*\]\s*$' THEN
    IF value ~* '^\s*\[[-+0-9.e,\s]*\ynan\y' THEN
      RAISE EXCEPTION 'NaN not allowed in %', type USING ERRCODE = '22000';
    ELSIF value ~* '^\s*\[[-+0-9.e,\s]*\yinf(inity)?\y' THEN
      RAISE EXCEPTION 'infinite value not allowed in %', type USING ERRCODE = '22000';
    END IF;
    RAISE EXCEPTION 'invalid input syntax for type %: "%"', type, value USING ERRCODE = '22P02';
  END IF;
  dims := cardinality(translate(value, '[]', '{}')::real[]);
  IF dims < 1 THEN
    RAISE EXCEPTION '% must have at least 1 dimension', type USING ERRCODE = '22000';
  ELSIF dims > most THEN
    RAISE EXCEPTION '% cannot have more than % dimensions', type, most USING ERRCODE = '54000';
  END IF;
  RETURN true;
END $$;

CREATE FUNCTION cairn_sparsevec_check(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  parts text[] := regexp_match(value, '^\s*\{\s*((?:\d+\s*:\s*[-+0-9.eE]+\s*(?:,\s*(?=\d)|(?=\})))*)\}\s*/\s*(\d{1,10})\s*$');
  dims bigint := parts[2];
  last bigint := 0;
  place bigint;
  amount real;
BEGIN
  IF parts IS NULL THEN
    RAISE EXCEPTION 'invalid input syntax for type sparsevec: "%"', value USING ERRCODE = '22P02';
  ELSIF dims < 1 THEN
    RAISE EXCEPTION 'sparsevec must have at least 1 dimension' USING ERRCODE = '22000';
  ELSIF dims > 1000000000 THEN
    RAISE EXCEPTION 'sparsevec cannot have more than 1000000000 dimensions' USING ERRCODE = '54000';
  END IF;
  FOR place, amount IN
    SELECT split_part(e, ':', 1), split_part(e, ':', 2)
    FROM unnest(string_to_array(parts[1], ',')) e ORDER BY split_part(e, ':', 1)::bigint
  LOOP
    IF place < 1 OR place > dims THEN
      RAISE EXCEPTION 'sparsevec index out of bounds' USING ERRCODE = '22000';
    ELSIF place = last THEN
      RAISE EXCEPTION 'sparsevec indices must not contain duplicates' USING ERRCODE = '22000';
    END IF;
    last := place;
  END LOOP;
  RETURN true;
END $$;

-- A base type's input must be an internal function. domain_in checks its text against a domain, and the domain it
-- takes is the type's element type; so an element that the type does not have brings the check in. Subscripts are
-- taken from the types again below.
CREATE DOMAIN cairn_vector_text AS text CHECK (cairn_vector_check(VALUE, 'vector'));
CREATE DOMAIN cairn_halfvec_text AS text CHECK (cairn_vector_check(VALUE, 'halfvec'));
CREATE DOMAIN cairn_sparsevec_text AS text CHECK (cairn_sparsevec_check(VALUE));

CREATE FUNCTION cairn_dimensions(modifiers cstring[], type text, most integer) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  dims bigint := modifiers[1]::text;
BEGIN
  IF cardinality(modifiers) <> 1 THEN
    RAISE EXCEPTION 'invalid type modifier' USING ERRCODE = '22023';
  ELSIF dims < 1 THEN
    RAISE EXCEPTION 'dimensions for type % must be at least 1', type USING ERRCODE = '22023';
  ELSIF dims > most THEN
    RAISE EXCEPTION 'dimensions for type % cannot exceed %', type, most USING ERRCODE = '22023';
  END IF;
  RETURN dims;
END $$;

DO $do$
DECLARE
  type text;
BEGIN
  FOREACH type IN ARRAY ARRAY['vector', 'halfvec', 'sparsevec'] LOOP
    EXECUTE replace(replace($sql$
      CREATE FUNCTION VEC_in(cstring, oid, integer) RETURNS VEC
        LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'domain_in';
      CREATE FUNCTION VEC_out(VEC) RETURNS cstring
        LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
      CREATE FUNCTION VEC_typmod_in(modifiers cstring[]) RETURNS integer
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN cairn_dimensions(modifiers, 'VEC', MOST);
      CREATE TYPE VEC (
        INPUT = VEC_in, OUTPUT = VEC_out, TYPMOD_IN = VEC_typmod_in, TYPMOD_OUT = varbittypmodout,
        STORAGE = external, ELEMENT = cairn_VEC_text, SUBSCRIPT = jsonb_subscript_handler);
    $sql$, 'VEC', type), 'MOST', CASE type WHEN 'sparsevec' THEN '1000000000' ELSE '16000' END);
  END LOOP;
END $do$;
UPDATE pg_catalog.pg_type SET typsubscript = 0
WHERE oid IN ('vector'::regtype, 'halfvec'::regtype, 'sparsevec'::regtype);

-- The nearest number that half precision has, as real.
CREATE FUNCTION cairn_half(x real) RETURNS real
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  size double precision := abs(x::double precision);
  exponent integer := -14;
  unit double precision;
  result double precision;
BEGIN
  IF size >= 6.103515625e-05 THEN
    exponent := floor(ln(size) / ln(2::double precision));
    exponent := exponent + CASE WHEN power(2::double precision, exponent + 1) <= size THEN 1
                                WHEN power(2::double precision, exponent) > size THEN -1 ELSE 0 END;
  END IF;
  unit := power(2::double precision, exponent - 10);
  result := round(x / unit) * unit;
  IF abs(result) > 65504 THEN
    RAISE EXCEPTION '"%" is out of range for type halfvec', x USING ERRCODE = '22003';
  END IF;
  RETURN result;
END $$;

CREATE FUNCTION cairn_halves(items real[]) RETURNS real[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(SELECT cairn_half(x) FROM unnest(items) WITH ORDINALITY u(x, n) ORDER BY n);

-- The text of a vector or halfvec of these numbers, of so many dimensions unless dims is -1.
CREATE FUNCTION cairn_vector_write(items real[], type text, dims integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF array_ndims(items) > 1 THEN
    RAISE EXCEPTION 'array must be 1-D' USING ERRCODE = '22000';
  ELSIF array_position(items, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'array must not contain nulls' USING ERRCODE = '22004';
  ELSIF dims <> -1 AND cardinality(items) <> dims THEN
    RAISE EXCEPTION 'expected % dimensions, not %', dims, cardinality(items) USING ERRCODE = '22000';
  END IF;
  RETURN translate(items::text, '{}', '[]');
END $$;

CREATE FUNCTION cairn_distance(metric text, type text, a real[], b real[]) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF cardinality(a) <> cardinality(b) THEN
    RAISE EXCEPTION 'different % dimensions % and %', type, cardinality(a), cardinality(b) USING ERRCODE = '22000';
  END IF;
  CASE metric
  WHEN 'l2 squared' THEN
    RETURN (SELECT sum((x - y) * (x - y)) FROM unnest(a::double precision[], b::double precision[]) u(x, y));
  WHEN 'inner product' THEN
    RETURN (SELECT sum(x * y) FROM unnest(a::double precision[], b::double precision[]) u(x, y));
  WHEN 'l1' THEN
    RETURN (SELECT sum(abs(x - y)) FROM unnest(a::double precision[], b::double precision[]) u(x, y));
  WHEN 'cosine' THEN
    RETURN (SELECT CASE WHEN sum(x * x) = 0 OR sum(y * y) = 0 THEN 'NaN'
      ELSE 1 - greatest(-1, least(1, sum(x * y) / sqrt(sum(x * x) * sum(y * y)))) END
      FROM unnest(a::double precision[], b::double precision[]) u(x, y));
  END CASE;
END $$;

CREATE FUNCTION cairn_calculate(operator text, type text, a real[], b real[]) RETURNS real[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF cardinality(a) <> cardinality(b) THEN
    RAISE EXCEPTION 'different % dimensions % and %', type, cardinality(a), cardinality(b) USING ERRCODE = '22000';
  END IF;
  RETURN ARRAY(SELECT CASE operator WHEN '+' THEN x + y WHEN '-' THEN x - y ELSE x * y END
    FROM unnest(a, b) WITH ORDINALITY u(x, y, n) ORDER BY n);
END $$;

-- vector and halfvec are the same but for the rounding.
CREATE FUNCTION vector_to_float4(vector, integer, boolean) RETURNS real[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN translate($1::text, '[]', '{}')::real[];
CREATE FUNCTION halfvec_to_float4(halfvec, integer, boolean) RETURNS real[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_halves(translate($1::text, '[]', '{}')::real[]);
CREATE FUNCTION array_to_vector(real[], integer, boolean) RETURNS vector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_vector_write($1, 'vector', $2)::vector;
CREATE FUNCTION array_to_halfvec(real[], integer, boolean) RETURNS halfvec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN cairn_vector_write(cairn_halves($1), 'halfvec', $2)::halfvec;

DO $do$
DECLARE
  type text;
BEGIN
  FOREACH type IN ARRAY ARRAY['vector', 'halfvec'] LOOP
    EXECUTE replace(replace(replace($sql$
      CREATE FUNCTION VEC(VEC, integer, boolean) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN array_to_VEC(VEC_to_float4($1, -1, false), $2, $3);
      CREATE FUNCTION array_to_VEC(integer[], integer, boolean) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_VEC($1::real[], $2, $3);
      CREATE FUNCTION array_to_VEC(double precision[], integer, boolean) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_VEC($1::real[], $2, $3);
      CREATE FUNCTION array_to_VEC(numeric[], integer, boolean) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_VEC($1::real[], $2, $3);
      CREATE CAST (VEC AS VEC) WITH FUNCTION VEC(VEC, integer, boolean) AS IMPLICIT;
      CREATE CAST (VEC AS real[]) WITH FUNCTION VEC_to_float4(VEC, integer, boolean) AS TO_ARRAY;
      CREATE CAST (integer[] AS VEC) WITH FUNCTION array_to_VEC(integer[], integer, boolean) AS ASSIGNMENT;
      CREATE CAST (real[] AS VEC) WITH FUNCTION array_to_VEC(real[], integer, boolean) AS ASSIGNMENT;
      CREATE CAST (double precision[] AS VEC)
        WITH FUNCTION array_to_VEC(double precision[], integer, boolean) AS ASSIGNMENT;
      CREATE CAST (numeric[] AS VEC) WITH FUNCTION array_to_VEC(numeric[], integer, boolean) AS ASSIGNMENT;

      CREATE FUNCTION VEC_l2_squared_distance(VEC, VEC) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN cairn_distance('l2 squared', 'VEC', VEC_to_float4($1, -1, false), VEC_to_float4($2, -1, false));
      CREATE FUNCTION l2_distance(VEC, VEC) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sqrt(VEC_l2_squared_distance($1, $2));
      CREATE FUNCTION inner_product(VEC, VEC) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN cairn_distance('inner product', 'VEC', VEC_to_float4($1, -1, false), VEC_to_float4($2, -1, false));
      CREATE FUNCTION VEC_negative_inner_product(VEC, VEC) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN -inner_product($1, $2);
      CREATE FUNCTION cosine_distance(VEC, VEC) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN cairn_distance('cosine', 'VEC', VEC_to_float4($1, -1, false), VEC_to_float4($2, -1, false));
      CREATE FUNCTION l1_distance(VEC, VEC) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN cairn_distance('l1', 'VEC', VEC_to_float4($1, -1, false), VEC_to_float4($2, -1, false));
      CREATE FUNCTION VEC_spherical_distance(VEC, VEC) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN acos(greatest(-1, least(1, inner_product($1, $2)))) / pi();
      CREATE OPERATOR <-> (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = l2_distance, COMMUTATOR = <->);
      CREATE OPERATOR <#> (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_negative_inner_product, COMMUTATOR = <#>);
      CREATE OPERATOR <=> (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = cosine_distance, COMMUTATOR = <=>);
      CREATE OPERATOR <+> (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = l1_distance, COMMUTATOR = <+>);

      CREATE FUNCTION vector_dims(VEC) RETURNS integer
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN cardinality(translate($1::text, '[]', '{}')::real[]);
      CREATE FUNCTION NORM(VEC) RETURNS double precision
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sqrt(inner_product($1, $1));
      CREATE FUNCTION l2_normalize(VEC) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN array_to_VEC(ARRAY(SELECT CASE WHEN size = 0 THEN 0 ELSE x / size END
          FROM NORM($1) size, unnest(VEC_to_float4($1, -1, false)) WITH ORDINALITY u(x, n) ORDER BY n)::real[], -1, false);
      CREATE FUNCTION subvector(VEC, integer, integer) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN array_to_VEC((VEC_to_float4($1, -1, false))
          [greatest($2, 1) : least($2::bigint + $3 - 1, 16000)::integer], -1, false);
      CREATE FUNCTION binary_quantize(VEC) RETURNS bit
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN (SELECT string_agg(CASE WHEN x > 0 THEN '1' ELSE '0' END, '' ORDER BY n)
          FROM unnest(VEC_to_float4($1, -1, false)) WITH ORDINALITY u(x, n))::varbit;

      CREATE FUNCTION VEC_add(VEC, VEC) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN array_to_VEC(cairn_calculate('+', 'VEC', VEC_to_float4($1, -1, false), VEC_to_float4($2, -1, false)), -1, false);
      CREATE FUNCTION VEC_sub(VEC, VEC) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN array_to_VEC(cairn_calculate('-', 'VEC', VEC_to_float4($1, -1, false), VEC_to_float4($2, -1, false)), -1, false);
      CREATE FUNCTION VEC_mul(VEC, VEC) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN array_to_VEC(cairn_calculate('*', 'VEC', VEC_to_float4($1, -1, false), VEC_to_float4($2, -1, false)), -1, false);
      CREATE FUNCTION VEC_concat(VEC, VEC) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN array_to_VEC(VEC_to_float4($1, -1, false) || VEC_to_float4($2, -1, false), -1, false);
      CREATE OPERATOR + (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_add, COMMUTATOR = +);
      CREATE OPERATOR - (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_sub);
      CREATE OPERATOR * (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_mul, COMMUTATOR = *);
      CREATE OPERATOR || (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_concat);

      -- The state of avg is the number of vectors, then the sums.
      CREATE FUNCTION VEC_accum(double precision[], VEC) RETURNS double precision[]
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN CASE WHEN $1[1] = 0 THEN ARRAY[1::double precision] || VEC_to_float4($2, -1, false)::double precision[]
          ELSE ARRAY[$1[1] + 1] || ARRAY(SELECT s + x FROM
            unnest($1[2:], VEC_to_float4(VEC($2, cardinality($1) - 1, false), -1, false)) WITH ORDINALITY u(s, x, n)
            ORDER BY n) END;
      CREATE FUNCTION VEC_avg(double precision[]) RETURNS VEC
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN CASE WHEN $1[1] = 0 THEN NULL ELSE array_to_VEC(ARRAY(SELECT s / $1[1]
          FROM unnest($1[2:]) WITH ORDINALITY u(s, n) ORDER BY n)::real[], -1, false) END;
      CREATE AGGREGATE avg(VEC) (SFUNC = VEC_accum, STYPE = double precision[], FINALFUNC = VEC_avg, INITCOND = '{0}');
      CREATE AGGREGATE sum(VEC) (SFUNC = VEC_add, STYPE = VEC, COMBINEFUNC = VEC_add, PARALLEL = SAFE);
    $sql$, 'VEC', type), 'NORM', CASE type WHEN 'vector' THEN 'vector_norm' ELSE 'l2_norm' END),
      'TO_ARRAY', CASE type WHEN 'vector' THEN 'IMPLICIT' ELSE 'ASSIGNMENT' END);
  END LOOP;
END $do$;

CREATE FUNCTION vector_to_halfvec(vector, integer, boolean) RETURNS halfvec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_halfvec(vector_to_float4($1, -1, false), $2, $3);
CREATE FUNCTION halfvec_to_vector(halfvec, integer, boolean) RETURNS vector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_vector(halfvec_to_float4($1, -1, false), $2, $3);
CREATE CAST (vector AS halfvec) WITH FUNCTION vector_to_halfvec(vector, integer, boolean) AS IMPLICIT;
CREATE CAST (halfvec AS vector) WITH FUNCTION halfvec_to_vector(halfvec, integer, boolean) AS ASSIGNMENT;

-- sparsevec works on the items that are not zero, so that its dimensions cost nothing.
CREATE FUNCTION cairn_sparse_items(sparsevec, OUT place integer, OUT amount real) RETURNS SETOF record
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT split_part(e, ':', 1)::integer, split_part(e, ':', 2)::real
  FROM unnest(string_to_array(substring($1::text, '\{(.*\d.*)\}'), ',')) e
  WHERE split_part(e, ':', 2)::real <> 0;
END;
CREATE FUNCTION cairn_sparse_dims(sparsevec) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN split_part($1::text, '/', 2)::integer;
CREATE FUNCTION cairn_same_dims(a integer, b integer) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF a <> b THEN
    RAISE EXCEPTION 'different sparsevec dimensions % and %', a, b USING ERRCODE = '22000';
  END IF;
  RETURN true;
END $$;
CREATE FUNCTION cairn_sparse_write(items text, dims integer, wanted integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF wanted <> -1 AND dims <> wanted THEN
    RAISE EXCEPTION 'expected % dimensions, not %', wanted, dims USING ERRCODE = '22000';
  END IF;
  RETURN '{' || coalesce(items, '') || '}/' || dims;
END $$;
CREATE FUNCTION sparsevec(sparsevec, integer, boolean) RETURNS sparsevec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_sparse_write((SELECT string_agg(place || ':' || amount, ',' ORDER BY place) FROM cairn_sparse_items($1)),
  cairn_sparse_dims($1), $2)::sparsevec;
CREATE FUNCTION array_to_sparsevec(real[], integer, boolean) RETURNS sparsevec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_sparse_write((SELECT string_agg(n || ':' || x, ',' ORDER BY n)
  FROM unnest(vector_to_float4(array_to_vector($1, -1, false), -1, false)) WITH ORDINALITY u(x, n) WHERE x <> 0),
  cardinality($1), $2)::sparsevec;
CREATE FUNCTION array_to_sparsevec(integer[], integer, boolean) RETURNS sparsevec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_sparsevec($1::real[], $2, $3);
CREATE FUNCTION array_to_sparsevec(double precision[], integer, boolean) RETURNS sparsevec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_sparsevec($1::real[], $2, $3);
CREATE FUNCTION array_to_sparsevec(numeric[], integer, boolean) RETURNS sparsevec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_sparsevec($1::real[], $2, $3);
CREATE FUNCTION vector_to_sparsevec(vector, integer, boolean) RETURNS sparsevec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_sparsevec(vector_to_float4($1, -1, false), $2, $3);
CREATE FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) RETURNS sparsevec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN array_to_sparsevec(halfvec_to_float4($1, -1, false), $2, $3);
CREATE FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) RETURNS vector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_to_vector(ARRAY(SELECT coalesce(amount, 0) FROM generate_series(1, least(cairn_sparse_dims($1), 16001)) n
  LEFT JOIN cairn_sparse_items($1) ON place = n ORDER BY n)::real[], $2, $3);
CREATE FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) RETURNS halfvec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN vector_to_halfvec(sparsevec_to_vector($1, -1, false), $2, $3);

CREATE CAST (sparsevec AS sparsevec) WITH FUNCTION sparsevec(sparsevec, integer, boolean) AS IMPLICIT;
CREATE CAST (vector AS sparsevec) WITH FUNCTION vector_to_sparsevec(vector, integer, boolean) AS IMPLICIT;
CREATE CAST (halfvec AS sparsevec) WITH FUNCTION halfvec_to_sparsevec(halfvec, integer, boolean) AS IMPLICIT;
CREATE CAST (sparsevec AS vector) WITH FUNCTION sparsevec_to_vector(sparsevec, integer, boolean) AS ASSIGNMENT;
CREATE CAST (sparsevec AS halfvec) WITH FUNCTION sparsevec_to_halfvec(sparsevec, integer, boolean) AS ASSIGNMENT;
CREATE CAST (integer[] AS sparsevec) WITH FUNCTION array_to_sparsevec(integer[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (real[] AS sparsevec) WITH FUNCTION array_to_sparsevec(real[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (double precision[] AS sparsevec)
  WITH FUNCTION array_to_sparsevec(double precision[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (numeric[] AS sparsevec) WITH FUNCTION array_to_sparsevec(numeric[], integer, boolean) AS ASSIGNMENT;

CREATE FUNCTION sparsevec_l2_squared_distance(sparsevec, sparsevec) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN cairn_same_dims(cairn_sparse_dims($1), cairn_sparse_dims($2)) THEN
  (SELECT coalesce(sum((coalesce(x.amount, 0)::double precision - coalesce(y.amount, 0)) ^ 2), 0)
   FROM cairn_sparse_items($1) x FULL JOIN cairn_sparse_items($2) y USING (place)) END;
CREATE FUNCTION l2_distance(sparsevec, sparsevec) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sqrt(sparsevec_l2_squared_distance($1, $2));
CREATE FUNCTION inner_product(sparsevec, sparsevec) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN cairn_same_dims(cairn_sparse_dims($1), cairn_sparse_dims($2)) THEN
  (SELECT coalesce(sum(x.amount::double precision * y.amount), 0)
   FROM cairn_sparse_items($1) x JOIN cairn_sparse_items($2) y USING (place)) END;
CREATE FUNCTION l1_distance(sparsevec, sparsevec) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN cairn_same_dims(cairn_sparse_dims($1), cairn_sparse_dims($2)) THEN
  (SELECT coalesce(sum(abs(coalesce(x.amount, 0)::double precision - coalesce(y.amount, 0))), 0)
   FROM cairn_sparse_items($1) x FULL JOIN cairn_sparse_items($2) y USING (place)) END;
CREATE FUNCTION l2_norm(sparsevec) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN sqrt(inner_product($1, $1));
CREATE FUNCTION cosine_distance(sparsevec, sparsevec) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT CASE WHEN size = 0 THEN 'NaN' ELSE 1 - greatest(-1, least(1, product / size)) END
  FROM (SELECT inner_product($1, $2) AS product, l2_norm($1) * l2_norm($2) AS size) s);
CREATE FUNCTION sparsevec_negative_inner_product(sparsevec, sparsevec) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN -inner_product($1, $2);
CREATE FUNCTION l2_normalize(sparsevec) RETURNS sparsevec
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN cairn_sparse_write((SELECT string_agg(place || ':' || (amount / size)::real, ',' ORDER BY place)
  FROM l2_norm($1) size, cairn_sparse_items($1)), cairn_sparse_dims($1), -1)::sparsevec;
CREATE OPERATOR <-> (LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = l2_distance, COMMUTATOR = <->);
CREATE OPERATOR <#> (LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_negative_inner_product, COMMUTATOR = <#>);
CREATE OPERATOR <=> (LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = cosine_distance, COMMUTATOR = <=>);
CREATE OPERATOR <+> (LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = l1_distance, COMMUTATOR = <+>);

-- Order: item by item, then the shorter first.
CREATE FUNCTION vector_cmp(vector, vector) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btarraycmp(vector_to_float4($1, -1, false), vector_to_float4($2, -1, false));
CREATE FUNCTION halfvec_cmp(halfvec, halfvec) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btarraycmp(halfvec_to_float4($1, -1, false), halfvec_to_float4($2, -1, false));
CREATE FUNCTION sparsevec_cmp(sparsevec, sparsevec) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN coalesce(
  (SELECT sign(coalesce(x.amount, 0) - coalesce(y.amount, 0))
   FROM cairn_sparse_items($1) x FULL JOIN cairn_sparse_items($2) y USING (place)
   WHERE coalesce(x.amount, 0) <> coalesce(y.amount, 0) ORDER BY place LIMIT 1),
  sign(cairn_sparse_dims($1) - cairn_sparse_dims($2)))::integer;

DO $do$
DECLARE
  type text;
BEGIN
  FOREACH type IN ARRAY ARRAY['vector', 'halfvec', 'sparsevec'] LOOP
    EXECUTE replace($sql$
      CREATE FUNCTION VEC_lt(VEC, VEC) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN VEC_cmp($1, $2) < 0;
      CREATE FUNCTION VEC_le(VEC, VEC) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN VEC_cmp($1, $2) <= 0;
      CREATE FUNCTION VEC_eq(VEC, VEC) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN VEC_cmp($1, $2) = 0;
      CREATE FUNCTION VEC_ne(VEC, VEC) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN VEC_cmp($1, $2) <> 0;
      CREATE FUNCTION VEC_ge(VEC, VEC) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN VEC_cmp($1, $2) >= 0;
      CREATE FUNCTION VEC_gt(VEC, VEC) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN VEC_cmp($1, $2) > 0;
      CREATE OPERATOR < (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_lt,
        COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
      CREATE OPERATOR <= (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_le,
        COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
      CREATE OPERATOR = (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_eq,
        COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel);
      CREATE OPERATOR <> (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_ne,
        COMMUTATOR = <>, NEGATOR = =, RESTRICT = eqsel, JOIN = eqjoinsel);
      CREATE OPERATOR >= (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_ge,
        COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel);
      CREATE OPERATOR > (LEFTARG = VEC, RIGHTARG = VEC, FUNCTION = VEC_gt,
        COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
      CREATE OPERATOR CLASS VEC_ops DEFAULT FOR TYPE VEC USING btree AS
        OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 VEC_cmp(VEC, VEC);
    $sql$, 'VEC', type);
  END LOOP;
END $do$;

CREATE FUNCTION hamming_distance(a bit, b bit) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF length(a) <> length(b) THEN
    RAISE EXCEPTION 'different bit lengths % and %', length(a), length(b) USING ERRCODE = '22000';
  END IF;
  RETURN bit_count(a # b);
END $$;
CREATE FUNCTION jaccard_distance(a bit, b bit) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF length(a) <> length(b) THEN
    RAISE EXCEPTION 'different bit lengths % and %', length(a), length(b) USING ERRCODE = '22000';
  END IF;
  RETURN 1 - CASE WHEN bit_count(a & b) = 0 THEN 0 ELSE bit_count(a & b)::double precision / bit_count(a | b) END;
END $$;
CREATE OPERATOR <~> (LEFTARG = bit, RIGHTARG = bit, FUNCTION = hamming_distance, COMMUTATOR = <~>);
CREATE OPERATOR <%> (LEFTARG = bit, RIGHTARG = bit, FUNCTION = jaccard_distance, COMMUTATOR = <%>);

-- The access methods are hash under other names: they build over any rows. Their operator classes have no operators,
-- so that no query uses them.
CREATE FUNCTION hnswhandler(internal) RETURNS index_am_handler LANGUAGE internal AS 'hashhandler';
CREATE FUNCTION ivfflathandler(internal) RETURNS index_am_handler LANGUAGE internal AS 'hashhandler';
CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER hnswhandler;
CREATE ACCESS METHOD ivfflat TYPE INDEX HANDLER ivfflathandler;

DO $do$
DECLARE
  class record;
BEGIN
  FOR class IN
    SELECT am, type || '_' || metric || '_ops' AS name, type
    FROM unnest(ARRAY['hnsw', 'ivfflat']) am, unnest(ARRAY['vector', 'halfvec', 'sparsevec', 'bit']) type,
      unnest(ARRAY['l2', 'ip', 'cosine', 'l1', 'hamming', 'jaccard']) metric
    WHERE (type = 'bit') = (metric IN ('hamming', 'jaccard'))
      AND (am = 'hnsw' OR type <> 'sparsevec' AND metric NOT IN ('l1', 'jaccard'))
  LOOP
    EXECUTE format('CREATE OPERATOR CLASS %I %s FOR TYPE %I USING %I AS FUNCTION 1 (%3$I, %3$I) hashvarlena(internal)',
      class.name, CASE WHEN class.am = 'ivfflat' AND class.name = 'vector_l2_ops' THEN 'DEFAULT' ELSE '' END,
      class.type, class.am);
  END LOOP;
END $do$;

-- What the real access methods refuse: a column without dimensions, or with too many.
CREATE FUNCTION cairn_vector_index() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  item record;
  parts text[];
  most integer;
BEGIN
  FOR item IN
    SELECT m.amname, t.typname, i.indkey[0] AS key, a.atttypmod, pg_get_indexdef(i.indexrelid, 1, false) AS expression
    FROM pg_event_trigger_ddl_commands() d
    JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am m ON m.oid = c.relam AND m.amname IN ('hnsw', 'ivfflat')
    JOIN pg_opclass o ON o.oid = i.indclass[0]
    JOIN pg_type t ON t.oid = o.opcintype
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND i.indkey[0] <> 0
  LOOP
    IF item.key = 0 THEN
      parts := regexp_match(item.expression, '::(?:[\w"]+\.)?(?:vector|halfvec|sparsevec|bit)\((\d+)\)\)*$');
      CONTINUE WHEN parts IS NULL;
      item.atttypmod := parts[1];
    END IF;
    most := CASE item.typname WHEN 'vector' THEN 2000 WHEN 'halfvec' THEN 4000 WHEN 'bit' THEN 64000 ELSE 1000000000 END;
    IF item.atttypmod = -1 THEN
      RAISE EXCEPTION 'column does not have dimensions' USING ERRCODE = '42P16';
    ELSIF item.atttypmod > most THEN
      RAISE EXCEPTION 'column cannot have more than % dimensions for % index', most, item.amname USING ERRCODE = '54000';
    END IF;
  END LOOP;
END $$;
CREATE EVENT TRIGGER cairn_vector_index ON ddl_command_end WHEN TAG IN ('CREATE INDEX')
  EXECUTE FUNCTION cairn_vector_index();

-- The settings of the access methods. SET takes them as they are; to keep them with a role, a database or a function
-- is granted to everybody, as it is of settings that a library has made known.
DO $do$
DECLARE
  setting text;
BEGIN
  FOREACH setting IN ARRAY ARRAY['hnsw.ef_search', 'hnsw.iterative_scan', 'hnsw.max_scan_tuples',
    'hnsw.scan_mem_multiplier', 'ivfflat.probes', 'ivfflat.iterative_scan', 'ivfflat.max_probes'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_parameter_acl WHERE parname = setting) THEN
      BEGIN
        EXECUTE format('GRANT SET ON PARAMETER %s TO PUBLIC', setting);
      EXCEPTION WHEN unique_violation THEN -- another database of the server gets the extension too
      END;
    END IF;
  END LOOP;
END $do$;
