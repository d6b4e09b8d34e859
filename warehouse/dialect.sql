-- What Redshift's functions and conversions do and PostgreSQL's do not. Translated statements call these by name.
-- Running this again changes nothing. Names that begin with an underscore only serve the others here.
-- No text below holds a backslash: sessions differ in what a backslash in a literal means.

CREATE SCHEMA IF NOT EXISTS redshift;


-- Lengths are bytes (Redshift guide, r_Character_types). A cast cuts, an assignment fails unless only blanks are cut.
-- The guide is silent on a cut within a character; here the whole character goes.
CREATE OR REPLACE FUNCTION redshift._cut(value VARCHAR, max_bytes INTEGER, is_cast BOOLEAN) RETURNS VARCHAR
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    encoded CONSTANT BYTEA := CONVERT_TO(value, 'UTF8');
    kept_bytes INTEGER := max_bytes;
    kept VARCHAR;
BEGIN
    WHILE GET_BYTE(encoded, kept_bytes) & 192 = 128 LOOP
        kept_bytes := kept_bytes - 1;
    END LOOP;
    kept := CONVERT_FROM(SUBSTRING(encoded FROM 1 FOR kept_bytes), 'UTF8');
    IF NOT is_cast AND RTRIM(SUBSTRING(value FROM CHAR_LENGTH(kept) + 1), ' ') <> '' THEN
        RAISE EXCEPTION USING
            ERRCODE = '22001', MESSAGE = FORMAT('value too long for type character varying(%s)', max_bytes);
    END IF;
    RETURN kept;
END
$$;

CREATE OR REPLACE FUNCTION redshift._varchar(value VARCHAR, modifier INTEGER, is_cast BOOLEAN) RETURNS VARCHAR
IMMUTABLE RETURN
    CASE WHEN OCTET_LENGTH(value) > modifier - 4 THEN redshift._cut(value, modifier - 4, is_cast) ELSE value END;

CREATE OR REPLACE FUNCTION redshift._single_byte(value BPCHAR) RETURNS BPCHAR
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF OCTET_LENGTH(CAST(value AS TEXT)) > CHAR_LENGTH(CAST(value AS TEXT)) THEN
        RAISE EXCEPTION USING
            ERRCODE = '22021',
            MESSAGE = FORMAT('Multibyte character not supported for CHAR (Hint: Try using VARCHAR): %s', value);
    END IF;
    RETURN value;
END
$$;

-- The value is named once: PostgreSQL works it out again wherever it is named.
CREATE OR REPLACE FUNCTION redshift._char(value BPCHAR, modifier INTEGER, is_cast BOOLEAN) RETURNS BPCHAR
IMMUTABLE RETURN pg_catalog.bpchar(redshift._single_byte(value), modifier, is_cast);

-- These two casts are how PostgreSQL applies a length, wherever a value meets VARCHAR(n) or CHAR(n).
UPDATE pg_cast SET castfunc = 'redshift._varchar(VARCHAR, INTEGER, BOOLEAN)'::REGPROCEDURE
WHERE castsource = 'VARCHAR'::REGTYPE AND casttarget = 'VARCHAR'::REGTYPE;

UPDATE pg_cast SET castfunc = 'redshift._char(BPCHAR, INTEGER, BOOLEAN)'::REGPROCEDURE
WHERE castsource = 'BPCHAR'::REGTYPE AND casttarget = 'BPCHAR'::REGTYPE;


-- Refuse at run time what cannot be seen before.
CREATE OR REPLACE FUNCTION redshift._refuse(reason TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = reason;
END
$$;


-- Dates and times. Parts of dates come under the one name that the translation gives them.

-- GETDATE: when the statement began, to the second. SYSDATE: when the transaction began (r_GETDATE, r_SYSDATE).
CREATE OR REPLACE FUNCTION redshift.getdate() RETURNS TIMESTAMP
STABLE RETURN DATE_TRUNC('second', CAST(STATEMENT_TIMESTAMP() AS TIMESTAMP));

CREATE OR REPLACE FUNCTION redshift.sysdate() RETURNS TIMESTAMP
STABLE RETURN CAST(TRANSACTION_TIMESTAMP() AS TIMESTAMP);

CREATE OR REPLACE FUNCTION redshift.trunc(source TIMESTAMP) RETURNS DATE
IMMUTABLE RETURN CAST(source AS DATE);

CREATE OR REPLACE FUNCTION redshift.date_trunc(part TEXT, source TIMESTAMP) RETURNS TIMESTAMP
IMMUTABLE RETURN pg_catalog.date_trunc(part, source);

CREATE OR REPLACE FUNCTION redshift.date_trunc(part TEXT, source DATE) RETURNS TIMESTAMP
IMMUTABLE RETURN pg_catalog.date_trunc(part, CAST(source AS TIMESTAMP));

CREATE OR REPLACE FUNCTION redshift.date_trunc(part TEXT, source TIMESTAMPTZ) RETURNS TIMESTAMPTZ
STABLE RETURN pg_catalog.date_trunc(part, source);

CREATE OR REPLACE FUNCTION redshift.date_trunc(part TEXT, source TEXT) RETURNS TIMESTAMP
STABLE RETURN pg_catalog.date_trunc(part, CAST(source AS TIMESTAMP));

-- DATE_PART: the whole number of seconds for parts of a second; decade 201 is 2000 to 2009 (r_Dateparts_for_…).
CREATE OR REPLACE FUNCTION redshift.pgdate_part(part TEXT, source ANYELEMENT) RETURNS DOUBLE PRECISION
LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.date_part(part, source) + CASE part WHEN 'decade' THEN 1 ELSE 0 END
$$;

CREATE OR REPLACE FUNCTION redshift.pgdate_part(part TEXT, source TEXT) RETURNS DOUBLE PRECISION
STABLE RETURN redshift.pgdate_part(part, CAST(source AS TIMESTAMP));

-- EXTRACT: an INTEGER of that part alone; a TIMESTAMPTZ gives DOUBLE PRECISION (r_EXTRACT_function).
CREATE OR REPLACE FUNCTION redshift._part(part TEXT, source ANYELEMENT) RETURNS INTEGER
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN part IN ('millisecond', 'microsecond')
            THEN CAST(FLOOR(pg_catalog.date_part(part, source)) AS INTEGER) % 1000
        ELSE CAST(FLOOR(redshift.pgdate_part(part, source)) AS INTEGER)
    END
$$;

CREATE OR REPLACE FUNCTION redshift.date_part(part TEXT, source TIMESTAMP) RETURNS INTEGER
STABLE RETURN redshift._part(part, source);

CREATE OR REPLACE FUNCTION redshift.date_part(part TEXT, source DATE) RETURNS INTEGER
STABLE RETURN redshift._part(part, source);

CREATE OR REPLACE FUNCTION redshift.date_part(part TEXT, source TIME) RETURNS INTEGER
STABLE RETURN redshift._part(part, source);

CREATE OR REPLACE FUNCTION redshift.date_part(part TEXT, source INTERVAL) RETURNS INTEGER
STABLE RETURN redshift._part(part, source);

CREATE OR REPLACE FUNCTION redshift.date_part(part TEXT, source TEXT) RETURNS INTEGER
STABLE RETURN redshift._part(part, CAST(source AS TIMESTAMP));

CREATE OR REPLACE FUNCTION redshift.date_part(part TEXT, source TIMESTAMPTZ) RETURNS DOUBLE PRECISION
STABLE RETURN redshift._part(part, source);

-- EXTRACT(EPOCH …): whole seconds, wider than INTEGER since it must hold dates after 2038.
CREATE OR REPLACE FUNCTION redshift.date_part(source ANYELEMENT) RETURNS BIGINT
LANGUAGE sql STABLE AS $$ SELECT CAST(FLOOR(EXTRACT(EPOCH FROM source)) AS BIGINT) $$;

CREATE OR REPLACE FUNCTION redshift.date_part(source TEXT) RETURNS BIGINT
STABLE RETURN redshift.date_part(CAST(source AS TIMESTAMP));

-- DATEADD (r_DATEADD_function): a year after 29 February is 1 March, twelve months after it 28 February.
CREATE OR REPLACE FUNCTION redshift.date_add(part TEXT, amount BIGINT, source TIMESTAMP) RETURNS TIMESTAMP
STABLE RETURN
    source + amount * CAST(CASE part WHEN 'quarter' THEN '3 months' ELSE '1 ' || part END AS INTERVAL)
    + CASE
        WHEN
            part IN ('year', 'decade', 'century', 'millennium')
            AND EXTRACT(DAY FROM source) > EXTRACT(DAY FROM source + amount * CAST('1 ' || part AS INTERVAL))
            THEN INTERVAL '1 day'
        ELSE INTERVAL '0'
    END;

CREATE OR REPLACE FUNCTION redshift.date_add(part TEXT, amount BIGINT, source DATE) RETURNS TIMESTAMP
STABLE RETURN redshift.date_add(part, amount, CAST(source AS TIMESTAMP));

CREATE OR REPLACE FUNCTION redshift.date_add(part TEXT, amount BIGINT, source TEXT) RETURNS TIMESTAMP
STABLE RETURN redshift.date_add(part, amount, CAST(source AS TIMESTAMP));

CREATE OR REPLACE FUNCTION redshift.date_add(part TEXT, amount BIGINT, source TIMESTAMPTZ) RETURNS TIMESTAMPTZ
STABLE RETURN CAST(redshift.date_add(part, amount, CAST(source AS TIMESTAMP)) AS TIMESTAMPTZ);

CREATE OR REPLACE FUNCTION redshift.date_add(part TEXT, amount BIGINT, source TIME) RETURNS TIME
STABLE RETURN source + amount * CAST('1 ' || part AS INTERVAL);

-- DATEDIFF: how many boundaries of the part lie between (r_DATEDIFF_function). The guide is silent on the first day
-- of a week; here it is Monday, as for DATE_TRUNC.
CREATE OR REPLACE FUNCTION redshift.date_diff(part TEXT, start TIMESTAMP, finish TIMESTAMP) RETURNS BIGINT
STABLE RETURN
    CASE
        WHEN part IN ('year', 'decade', 'century', 'millennium')
            THEN CAST(pg_catalog.date_part(part, finish) - pg_catalog.date_part(part, start) AS BIGINT)
        WHEN part = 'quarter'
            THEN CAST(
                4 * (EXTRACT(YEAR FROM finish) - EXTRACT(YEAR FROM start))
                + EXTRACT(QUARTER FROM finish) - EXTRACT(QUARTER FROM start) AS BIGINT
            )
        WHEN part = 'month'
            THEN CAST(
                12 * (EXTRACT(YEAR FROM finish) - EXTRACT(YEAR FROM start))
                + EXTRACT(MONTH FROM finish) - EXTRACT(MONTH FROM start) AS BIGINT
            )
        ELSE CAST(
            EXTRACT(EPOCH FROM pg_catalog.date_trunc(part, finish) - pg_catalog.date_trunc(part, start))
            / EXTRACT(EPOCH FROM CAST('1 ' || part AS INTERVAL)) AS BIGINT
        )
    END;

CREATE OR REPLACE FUNCTION redshift.date_diff(part TEXT, start TIMESTAMPTZ, finish TIMESTAMPTZ) RETURNS BIGINT
STABLE RETURN redshift.date_diff(part, CAST(start AS TIMESTAMP), CAST(finish AS TIMESTAMP));

CREATE OR REPLACE FUNCTION redshift.date_diff(part TEXT, start TEXT, finish TEXT) RETURNS BIGINT
STABLE RETURN redshift.date_diff(part, CAST(start AS TIMESTAMP), CAST(finish AS TIMESTAMP));

CREATE OR REPLACE FUNCTION redshift.date_diff(part TEXT, start TIME, finish TIME) RETURNS BIGINT
STABLE RETURN redshift.date_diff(part, DATE '2000-01-01' + start, DATE '2000-01-01' + finish);

CREATE OR REPLACE FUNCTION redshift.last_day(source TIMESTAMP) RETURNS DATE
IMMUTABLE RETURN CAST(pg_catalog.date_trunc('month', source) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE);

-- ADD_MONTHS keeps the last day of a month the last day.
CREATE OR REPLACE FUNCTION redshift.add_months(source TIMESTAMP, months BIGINT) RETURNS TIMESTAMP
IMMUTABLE RETURN
    CASE
        WHEN CAST(source AS DATE) = redshift.last_day(source)
            THEN redshift.last_day(source + months * INTERVAL '1 month') + CAST(source AS TIME)
        ELSE source + months * INTERVAL '1 month'
    END;

CREATE OR REPLACE FUNCTION redshift.convert_timezone(source_zone TEXT, target_zone TEXT, source TIMESTAMP)
RETURNS TIMESTAMP
IMMUTABLE RETURN (source AT TIME ZONE source_zone) AT TIME ZONE target_zone;

CREATE OR REPLACE FUNCTION redshift.convert_timezone(target_zone TEXT, source TIMESTAMP) RETURNS TIMESTAMP
IMMUTABLE RETURN redshift.convert_timezone('UTC', target_zone, source);


-- Text.

CREATE OR REPLACE FUNCTION redshift.len(value TEXT) RETURNS INTEGER
IMMUTABLE RETURN CHAR_LENGTH(value);

CREATE OR REPLACE FUNCTION redshift.charindex(wanted TEXT, value TEXT) RETURNS INTEGER
IMMUTABLE RETURN STRPOS(value, wanted);

CREATE OR REPLACE FUNCTION redshift.concat(head TEXT, tail TEXT) RETURNS TEXT
IMMUTABLE RETURN head || tail;

CREATE OR REPLACE FUNCTION redshift.sha2(value TEXT, bits INTEGER) RETURNS TEXT
STABLE RETURN
    ENCODE(
        CASE bits
            WHEN 224 THEN SHA224(CONVERT_TO(value, 'UTF8'))
            WHEN 384 THEN SHA384(CONVERT_TO(value, 'UTF8'))
            WHEN 512 THEN SHA512(CONVERT_TO(value, 'UTF8'))
            WHEN 256 THEN SHA256(CONVERT_TO(value, 'UTF8'))
            WHEN 0 THEN SHA256(CONVERT_TO(value, 'UTF8'))
        END,
        'hex'
    );

-- A number in base 2 to 36, after blanks, a sign and for base 16 perhaps 0x (r_STRTOL).
CREATE OR REPLACE FUNCTION redshift.strtol(number TEXT, base INTEGER) RETURNS BIGINT
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    digits TEXT := LOWER(LTRIM(number));
    is_negative CONSTANT BOOLEAN := digits LIKE '-%';
    total NUMERIC := 0;
    digit INTEGER;
BEGIN
    IF base NOT BETWEEN 2 AND 36 THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = FORMAT('STRTOL: base %s is not from 2 to 36', base);
    END IF;
    IF LEFT(digits, 1) IN ('-', '+') THEN
        digits := SUBSTRING(digits FROM 2);
    END IF;
    IF base = 16 AND digits LIKE '0x%' THEN
        digits := SUBSTRING(digits FROM 3);
    END IF;
    FOR place IN 1 .. CHAR_LENGTH(digits) LOOP
        digit := STRPOS('0123456789abcdefghijklmnopqrstuvwxyz', SUBSTRING(digits FROM place FOR 1)) - 1;
        IF digit NOT BETWEEN 0 AND base - 1 THEN
            RAISE EXCEPTION USING
                ERRCODE = '22023', MESSAGE = FORMAT('STRTOL: %L is not a number of base %s', number, base);
        END IF;
        total := total * base + digit;
    END LOOP;
    RETURN CASE WHEN is_negative THEN -total ELSE total END;
END
$$;

-- FNV-1a of the bytes, from a seed; type widths are hashed as they are stored, lowest byte first (r_FNV_HASH).
CREATE OR REPLACE FUNCTION redshift._fnv(bytes BYTEA, seed BIGINT) RETURNS BIGINT
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    modulus CONSTANT NUMERIC := 18446744073709551616;
    hash NUMERIC := CASE WHEN seed < 0 THEN seed + modulus ELSE seed END;
BEGIN
    FOR place IN 0 .. LENGTH(bytes) - 1 LOOP
        hash := hash - hash % 256 + (CAST(hash % 256 AS INTEGER) # GET_BYTE(bytes, place));
        hash := hash * 1099511628211 % modulus;
    END LOOP;
    RETURN CASE WHEN hash >= modulus / 2 THEN hash - modulus ELSE hash END;
END
$$;

CREATE OR REPLACE FUNCTION redshift.fnv_hash(value SMALLINT, seed BIGINT DEFAULT -3750763034362895579)
RETURNS BIGINT
IMMUTABLE RETURN redshift._fnv(REVERSE(INT2SEND(value)), seed);

CREATE OR REPLACE FUNCTION redshift.fnv_hash(value INTEGER, seed BIGINT DEFAULT -3750763034362895579)
RETURNS BIGINT
IMMUTABLE RETURN redshift._fnv(REVERSE(INT4SEND(value)), seed);

CREATE OR REPLACE FUNCTION redshift.fnv_hash(value BIGINT, seed BIGINT DEFAULT -3750763034362895579)
RETURNS BIGINT
IMMUTABLE RETURN redshift._fnv(REVERSE(INT8SEND(value)), seed);

CREATE OR REPLACE FUNCTION redshift.fnv_hash(value TEXT, seed BIGINT DEFAULT -3750763034362895579)
RETURNS BIGINT
STABLE RETURN redshift._fnv(CONVERT_TO(value, 'UTF8'), seed);

-- Regular expressions. What only PostgreSQL's dialect or only Redshift's PCRE mode knows is refused.
CREATE OR REPLACE FUNCTION redshift._pattern(pattern TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF STRPOS(pattern, '(?') > 0 OR pattern ~ '[*+?}][?+]' OR pattern ~ (CHR(92) || CHR(92) || '[1-9]') THEN
        PERFORM redshift._refuse(FORMAT('regular expression %L: look-around, non-greedy and back references are not '
            'emulated by the local warehouse', pattern));
    END IF;
    RETURN pattern;
END
$$;

CREATE OR REPLACE FUNCTION redshift._flags(parameters TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF parameters NOT IN ('c', 'i') THEN
        PERFORM redshift._refuse(FORMAT('regular expression parameters %L: only c or i is emulated', parameters));
    END IF;
    RETURN parameters;
END
$$;

CREATE OR REPLACE FUNCTION redshift.regexp_substr(
    value TEXT, pattern TEXT, place INTEGER DEFAULT 1, occurrence INTEGER DEFAULT 1, parameters TEXT DEFAULT 'c'
) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE
        WHEN occurrence BETWEEN 1 AND CHAR_LENGTH(value)
            THEN COALESCE(
                pg_catalog.regexp_substr(
                    value, redshift._pattern(pattern), GREATEST(place, 1), occurrence, redshift._flags(parameters)
                ),
                ''
            )
    END
$$;

CREATE OR REPLACE FUNCTION redshift.regexp_count(
    value TEXT, pattern TEXT, place INTEGER DEFAULT 1, parameters TEXT DEFAULT 'c'
) RETURNS INTEGER
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.regexp_count(
        value, redshift._pattern(pattern), GREATEST(place, 1), redshift._flags(parameters)
    )
$$;

CREATE OR REPLACE FUNCTION redshift.regexp_replace(
    value TEXT, pattern TEXT, replacement TEXT DEFAULT '', place INTEGER DEFAULT 1, parameters TEXT DEFAULT 'c'
) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF STRPOS(replacement, CHR(92)) > 0 OR STRPOS(replacement, '$') > 0 THEN
        PERFORM redshift._refuse(FORMAT('REGEXP_REPLACE: references in %L are not emulated', replacement));
    END IF;
    RETURN pg_catalog.regexp_replace(
        value, redshift._pattern(pattern), replacement, GREATEST(place, 1), 0, redshift._flags(parameters)
    );
END
$$;


-- Numbers.

CREATE OR REPLACE FUNCTION redshift.round(value DOUBLE PRECISION, places INTEGER) RETURNS DOUBLE PRECISION
IMMUTABLE RETURN CAST(ROUND(CAST(value AS NUMERIC), places) AS DOUBLE PRECISION);

CREATE OR REPLACE FUNCTION redshift.round(value INTEGER, places INTEGER) RETURNS INTEGER
IMMUTABLE RETURN CAST(ROUND(CAST(value AS NUMERIC), places) AS INTEGER);

CREATE OR REPLACE FUNCTION redshift.round(value BIGINT, places INTEGER) RETURNS BIGINT
IMMUTABLE RETURN CAST(ROUND(CAST(value AS NUMERIC), places) AS BIGINT);

CREATE OR REPLACE FUNCTION redshift.ratio_to_report(value DOUBLE PRECISION, total DOUBLE PRECISION)
RETURNS DOUBLE PRECISION
IMMUTABLE RETURN value / total;


-- Aggregates.

-- AVG of integers is a BIGINT, of DECIMAL(p, s) a DECIMAL(38, s) (r_AVG). The guide gives that scale and is silent
-- on rounding; as for integers, what is beyond it is cut off here.
CREATE OR REPLACE FUNCTION redshift._whole_average(state BIGINT[]) RETURNS BIGINT
IMMUTABLE RETURN state[2] / NULLIF(state[1], 0);

CREATE OR REPLACE FUNCTION redshift._count_and_sum(state NUMERIC[], value ANYELEMENT) RETURNS NUMERIC[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN value IS NULL THEN state ELSE ARRAY[state[1] + 1, state[2] + value] END
$$;

CREATE OR REPLACE FUNCTION redshift._average(state NUMERIC[]) RETURNS NUMERIC
IMMUTABLE RETURN TRUNC(state[2] / NULLIF(state[1], 0), SCALE(state[2]));

CREATE OR REPLACE FUNCTION redshift._average_bigint(state NUMERIC[]) RETURNS BIGINT
IMMUTABLE RETURN CAST(DIV(state[2], NULLIF(state[1], 0)) AS BIGINT);

CREATE OR REPLACE AGGREGATE redshift.avg(SMALLINT) (
    SFUNC = INT2_AVG_ACCUM, STYPE = BIGINT[], INITCOND = '{0,0}', FINALFUNC = redshift._whole_average
);

CREATE OR REPLACE AGGREGATE redshift.avg(INTEGER) (
    SFUNC = INT4_AVG_ACCUM, STYPE = BIGINT[], INITCOND = '{0,0}', FINALFUNC = redshift._whole_average
);

CREATE OR REPLACE AGGREGATE redshift.avg(BIGINT) (
    SFUNC = redshift._count_and_sum, STYPE = NUMERIC[], INITCOND = '{0,0}', FINALFUNC = redshift._average_bigint
);

CREATE OR REPLACE AGGREGATE redshift.avg(NUMERIC) (
    SFUNC = redshift._count_and_sum, STYPE = NUMERIC[], INITCOND = '{0,0}', FINALFUNC = redshift._average
);

CREATE OR REPLACE AGGREGATE redshift.avg(DOUBLE PRECISION) (
    SFUNC = FLOAT8_ACCUM, STYPE = DOUBLE PRECISION[], INITCOND = '{0,0,0}', FINALFUNC = FLOAT8_AVG
);

-- MEDIAN: DECIMAL of integers and decimals, DOUBLE PRECISION of floating point (r_MEDIAN).
CREATE OR REPLACE FUNCTION redshift._median(collected ANYARRAY) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE AS $$
    SELECT TRIM_SCALE(AVG(CAST(ranked.value AS NUMERIC)))
    FROM (
        SELECT
            element.value,
            ROW_NUMBER() OVER (ORDER BY element.value) AS place,
            COUNT(*) OVER () AS elements
        FROM UNNEST(collected) AS element (value)
        WHERE element.value IS NOT NULL
    ) AS ranked
    WHERE ranked.place IN ((ranked.elements + 1) / 2, (ranked.elements + 2) / 2)
$$;

CREATE OR REPLACE FUNCTION redshift._median_double(collected DOUBLE PRECISION[]) RETURNS DOUBLE PRECISION
LANGUAGE sql IMMUTABLE AS $$
    SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY element.value) FROM UNNEST(collected) AS element (value)
$$;

CREATE OR REPLACE AGGREGATE redshift.median(SMALLINT) (
    SFUNC = ARRAY_APPEND, STYPE = SMALLINT[], FINALFUNC = redshift._median
);

CREATE OR REPLACE AGGREGATE redshift.median(INTEGER) (
    SFUNC = ARRAY_APPEND, STYPE = INTEGER[], FINALFUNC = redshift._median
);

CREATE OR REPLACE AGGREGATE redshift.median(BIGINT) (
    SFUNC = ARRAY_APPEND, STYPE = BIGINT[], FINALFUNC = redshift._median
);

CREATE OR REPLACE AGGREGATE redshift.median(NUMERIC) (
    SFUNC = ARRAY_APPEND, STYPE = NUMERIC[], FINALFUNC = redshift._median
);

CREATE OR REPLACE AGGREGATE redshift.median(DOUBLE PRECISION) (
    SFUNC = ARRAY_APPEND, STYPE = DOUBLE PRECISION[], FINALFUNC = redshift._median_double
);

-- LISTAGG leaves out NULL and '', and holds up to 65535 bytes (r_LISTAGG).
CREATE OR REPLACE FUNCTION redshift._list(list TEXT, value ANYELEMENT, delimiter TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF COALESCE(CAST(value AS TEXT), '') = '' THEN
        RETURN list;
    END IF;
    list := COALESCE(list || COALESCE(delimiter, ''), '') || CAST(value AS TEXT);
    IF OCTET_LENGTH(list) > 65535 THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = 'Result size exceeds LISTAGG limit';
    END IF;
    RETURN list;
END
$$;

CREATE OR REPLACE FUNCTION redshift._list(list TEXT, value ANYELEMENT) RETURNS TEXT
LANGUAGE sql IMMUTABLE AS $$ SELECT redshift._list(list, value, NULL) $$;

CREATE OR REPLACE AGGREGATE redshift.listagg(ANYELEMENT, TEXT) (SFUNC = redshift._list, STYPE = TEXT);

CREATE OR REPLACE AGGREGATE redshift.listagg(ANYELEMENT) (SFUNC = redshift._list, STYPE = TEXT);


-- Builds the indexes of a table that stand for its keys, once it has rows: each is declared by an index of the same
-- name with due_ before it, which is over no rows.
CREATE OR REPLACE FUNCTION redshift.build_indexes(table_name TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    source CONSTANT REGCLASS := TO_REGCLASS(table_name);
    due RECORD;
    has_rows BOOLEAN;
BEGIN
    FOR due IN
        SELECT
            SUBSTR(declared.relname, LENGTH('due_') + 1) AS name,
            SUBSTR(PG_GET_INDEXDEF(declared.oid), LENGTH('CREATE INDEX ' || QUOTE_IDENT(declared.relname)) + 1) AS rest
        FROM pg_index
        INNER JOIN pg_class AS declared ON pg_index.indexrelid = declared.oid
        WHERE pg_index.indrelid = source AND PG_GET_EXPR(pg_index.indpred, source) = 'false' AND NOT EXISTS (
            SELECT 1
            FROM pg_class AS built
            WHERE
                built.relnamespace = declared.relnamespace
                AND built.relname = SUBSTR(declared.relname, LENGTH('due_') + 1)
        )
    LOOP
        EXECUTE FORMAT('SELECT EXISTS (SELECT 1 FROM %s)', source) INTO has_rows;
        EXIT WHEN NOT has_rows;
        EXECUTE FORMAT('CREATE INDEX %I %s', due.name, LEFT(due.rest, -LENGTH(' WHERE false')));
    END LOOP;
END
$$;


-- Makes the constraint that stands for a foreign key depend on what the key refers to, so that DROP TABLE notices the key
-- (r_DROP_TABLE). A table that was there before, to which CREATE TABLE IF NOT EXISTS did nothing, has no such constraint,
-- or one that depends already.
CREATE OR REPLACE FUNCTION redshift.refer(
    table_name TEXT, key_name TEXT, target_name TEXT, VARIADIC target_columns TEXT[] DEFAULT '{}'
) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
    key_id CONSTANT OID := (
        SELECT pg_constraint.oid
        FROM pg_constraint
        WHERE pg_constraint.conrelid = TO_REGCLASS(table_name) AND pg_constraint.conname = LEFT(key_name, 63)
    );
    target CONSTANT REGCLASS := CASE WHEN key_id IS NOT NULL THEN target_name::REGCLASS END;
    missing TEXT;
BEGIN
    IF key_id IS NULL OR EXISTS (
        SELECT 1
        FROM pg_depend
        WHERE
            classid = 'pg_constraint'::REGCLASS AND objid = key_id
            AND refclassid = 'pg_class'::REGCLASS AND refobjid <> TO_REGCLASS(table_name)
    ) THEN
        RETURN;
    END IF;
    SELECT named.name INTO missing
    FROM UNNEST(target_columns) AS named (name)
    WHERE NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = target AND attname = named.name);
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = '42703',
            MESSAGE = FORMAT('column "%s" referenced in foreign key constraint does not exist', missing);
    END IF;
    INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    VALUES ('pg_constraint'::REGCLASS, key_id, 0, 'pg_class'::REGCLASS, target, 0, 'n');
END
$$;


-- A query that calls a function here may run in several processes. What a session copied last only its own process knows.
UPDATE pg_proc SET proparallel = 's'
WHERE pronamespace = 'redshift'::REGNAMESPACE AND provolatile <> 'v' AND STRPOS(proname, 'last_copy') = 0;
