CREATE SCHEMA apart;
CREATE EXTENSION citext;
CREATE EXTENSION pg_trgm;
CREATE LANGUAGE own HANDLER plpgsql_call_handler;
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE CAST (bigint AS boolean) WITH INOUT;
CREATE ACCESS METHOD own TYPE INDEX HANDLER bthandler;
CREATE OPERATOR apart.== (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR apart.=== (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int, NEGATOR = OPERATOR(apart.!==));
DROP OPERATOR apart.=== (int, int); -- its negator was named and never made
CREATE OPERATOR FAMILY apart.family USING btree;
ALTER OPERATOR FAMILY apart.family USING btree ADD OPERATOR 1 < (int, bigint);
CREATE OPERATOR CLASS apart.class FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int);
CREATE CONVERSION apart.conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH PARSER apart.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE apart.template (LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY apart.dictionary (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION apart.configuration (COPY = english);
CREATE TABLE apart.parent (
    id int PRIMARY KEY,
    said text NOT NULL DEFAULT 'x',
    twice text GENERATED ALWAYS AS (said || said) STORED,
    CONSTRAINT positive CHECK (id > 0)
);
CREATE INDEX by_said ON apart.parent (said);
CREATE TABLE apart.child () INHERITS (apart.parent);
CREATE TABLE apart.parted (id int NOT NULL REFERENCES apart.parent, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE INDEX ON apart.parted (id);
CREATE TABLE apart.part PARTITION OF apart.parted FOR VALUES FROM (0) TO (10);
SELECT lo_create(100001);
