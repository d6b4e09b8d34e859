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


-- Numbers, dates and times are text wherever text is wanted (c_Supported_data_types, Type compatibility). A BOOLEAN
-- is not. Each function that PostgreSQL has for TEXT is here for those types; calls find it by search_path.
CREATE OR REPLACE FUNCTION redshift._convertible() RETURNS TEXT[]
IMMUTABLE RETURN CAST(
    '{SMALLINT,INTEGER,BIGINT,NUMERIC,REAL,DOUBLE PRECISION,DATE,TIME,TIMESTAMP,TIMESTAMPTZ}' AS TEXT[]
);

CREATE OR REPLACE FUNCTION redshift.substring(value TEXT, start INTEGER) RETURNS TEXT
IMMUTABLE RETURN pg_catalog.substring(value, start);

CREATE OR REPLACE FUNCTION redshift.substring(value TEXT, start INTEGER, length INTEGER) RETURNS TEXT
IMMUTABLE RETURN pg_catalog.substring(value, start, length);

CREATE OR REPLACE FUNCTION redshift.position(wanted TEXT, value TEXT) RETURNS INTEGER
IMMUTABLE RETURN STRPOS(value, wanted);

-- SPLIT_PART counts from 1 (SPLIT_PART); PostgreSQL counts what is negative from the end.
CREATE OR REPLACE FUNCTION redshift._field(place INTEGER) RETURNS INTEGER
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF place < 1 THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'field position must be greater than zero';
    END IF;
    RETURN place;
END
$$;

CREATE OR REPLACE FUNCTION redshift.split_part(value TEXT, delimiter TEXT, place INTEGER) RETURNS TEXT
IMMUTABLE RETURN pg_catalog.split_part(value, delimiter, redshift._field(place));

-- LEFT and RIGHT take a positive number of characters (r_LEFT); PostgreSQL leaves out what is negative.
CREATE OR REPLACE FUNCTION redshift._characters(amount INTEGER) RETURNS INTEGER
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF amount < 0 THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'LEFT and RIGHT take a positive number of characters';
    END IF;
    RETURN amount;
END
$$;

CREATE OR REPLACE FUNCTION redshift.left(value TEXT, amount INTEGER) RETURNS TEXT
IMMUTABLE RETURN pg_catalog.left(value, redshift._characters(amount));

CREATE OR REPLACE FUNCTION redshift.right(value TEXT, amount INTEGER) RETURNS TEXT
IMMUTABLE RETURN pg_catalog.right(value, redshift._characters(amount));

-- TO_DATE takes a day that its month does not have for one of the next month, unless it is strict (r_TO_DATE_function).
-- Such a day is read as a minute here, which may be any up to 59.
CREATE OR REPLACE FUNCTION redshift.to_date(value TEXT, format TEXT, is_strict BOOLEAN DEFAULT FALSE) RETURNS DATE
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    day_as_minute CONSTANT TEXT := REGEXP_REPLACE(format, 'dd', 'MI', 'i');
    read TIMESTAMP;
BEGIN
    RETURN pg_catalog.to_date(value, format);
EXCEPTION WHEN datetime_field_overflow THEN
    IF format ~* 'ddd|mi|"' OR day_as_minute = format THEN
        RAISE;
    END IF;
    read := CAST(pg_catalog.to_timestamp(value, day_as_minute) AS TIMESTAMP);
    IF is_strict THEN
        RAISE EXCEPTION USING
            ERRCODE = '22008',
            MESSAGE = 'date/time field date value out of range: ' || TO_CHAR(read, 'FMYYYY-FMMM-FMMI');
    END IF;
    RETURN CAST(pg_catalog.date_trunc('month', read) AS DATE) + CAST(EXTRACT(MINUTE FROM read) AS INTEGER) - 1;
END
$$;

-- A BOOLEAN beside || is an error there.
CREATE OR REPLACE FUNCTION redshift._refuse_boolean() RETURNS TEXT
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '42883', MESSAGE = 'operator does not exist: boolean || character varying';
END
$$;

CREATE OR REPLACE FUNCTION redshift._concat(BOOLEAN, TEXT) RETURNS TEXT
STABLE RETURN redshift._refuse_boolean();

CREATE OR REPLACE FUNCTION redshift._concat(TEXT, BOOLEAN) RETURNS TEXT
STABLE RETURN redshift._refuse_boolean();

DO $$
BEGIN
    IF TO_REGOPERATOR('redshift.||(BOOLEAN, TEXT)') IS NULL THEN
        CREATE OPERATOR redshift.|| (FUNCTION = redshift._concat, LEFTARG = BOOLEAN, RIGHTARG = TEXT);
        CREATE OPERATOR redshift.|| (FUNCTION = redshift._concat, LEFTARG = TEXT, RIGHTARG = BOOLEAN);
    END IF;
END
$$;

DO $$
DECLARE
    declared RECORD;
    kind TEXT;
    other TEXT;
BEGIN
    FOREACH kind IN ARRAY redshift._convertible() LOOP
        FOR declared IN
            SELECT *
            FROM (VALUES
                ('pg_catalog', 'upper', '', ''), ('pg_catalog', 'lower', '', ''), ('pg_catalog', 'initcap', '', ''),
                ('pg_catalog', 'reverse', '', ''), ('pg_catalog', 'md5', '', ''), ('pg_catalog', 'quote_ident', '', ''),
                ('pg_catalog', 'btrim', '', ''), ('pg_catalog', 'btrim', ', TEXT', ', $2'),
                ('pg_catalog', 'ltrim', '', ''), ('pg_catalog', 'ltrim', ', TEXT', ', $2'),
                ('pg_catalog', 'rtrim', '', ''), ('pg_catalog', 'rtrim', ', TEXT', ', $2'),
                ('pg_catalog', 'substr', ', INTEGER', ', $2'), ('pg_catalog', 'repeat', ', INTEGER', ', $2'),
                ('pg_catalog', 'substr', ', INTEGER, INTEGER', ', $2, $3'),
                ('pg_catalog', 'lpad', ', INTEGER', ', $2'), ('pg_catalog', 'lpad', ', INTEGER, TEXT', ', $2, $3'),
                ('pg_catalog', 'rpad', ', INTEGER', ', $2'), ('pg_catalog', 'rpad', ', INTEGER, TEXT', ', $2, $3'),
                ('pg_catalog', 'replace', ', TEXT, TEXT', ', $2, $3'),
                ('pg_catalog', 'translate', ', TEXT, TEXT', ', $2, $3'),
                ('redshift', 'substring', ', INTEGER', ', $2'),
                ('redshift', 'substring', ', INTEGER, INTEGER', ', $2, $3'),
                ('redshift', 'left', ', INTEGER', ', $2'), ('redshift', 'right', ', INTEGER', ', $2'),
                ('redshift', 'split_part', ', TEXT, INTEGER', ', $2, $3'),
                ('redshift', 'to_date', ', TEXT', ', $2'), ('redshift', 'to_date', ', TEXT, BOOLEAN', ', $2, $3'),
                ('redshift', 'regexp_substr', ', TEXT', ', $2'), ('redshift', 'regexp_count', ', TEXT', ', $2'),
                ('redshift', 'regexp_replace', ', TEXT', ', $2'),
                ('redshift', 'regexp_replace', ', TEXT, TEXT', ', $2, $3'),
                ('redshift', 'sha2', ', INTEGER', ', $2')
            ) AS functions (home, name, types, others)
        LOOP
            EXECUTE FORMAT(
                'CREATE OR REPLACE FUNCTION redshift.%I(%s%s) RETURNS %s STABLE RETURN %I.%I(CAST($1 AS TEXT)%s)',
                declared.name, kind, declared.types,
                CASE declared.name WHEN 'to_date' THEN 'DATE' WHEN 'regexp_count' THEN 'INTEGER' ELSE 'TEXT' END,
                declared.home, declared.name, declared.others
            );
        END LOOP;
        FOREACH other IN ARRAY ARRAY['len', 'length', 'char_length', 'character_length', 'octet_length', 'ascii'] LOOP
            EXECUTE FORMAT(
                'CREATE OR REPLACE FUNCTION redshift.%I(%s) RETURNS INTEGER STABLE RETURN %I(CAST($1 AS TEXT))',
                other, kind, CASE other WHEN 'len' THEN 'length' ELSE other END
            );
        END LOOP;
        FOR declared IN
            SELECT *
            FROM (VALUES
                ('strpos', '%s, TEXT', 'STRPOS(CAST($1 AS TEXT), $2)'),
                ('strpos', 'TEXT, %s', 'STRPOS($1, CAST($2 AS TEXT))'),
                ('position', '%s, TEXT', 'STRPOS($2, CAST($1 AS TEXT))'),
                ('position', 'TEXT, %s', 'STRPOS(CAST($2 AS TEXT), $1)'),
                ('charindex', '%s, TEXT', 'STRPOS($2, CAST($1 AS TEXT))'),
                ('charindex', 'TEXT, %s', 'STRPOS(CAST($2 AS TEXT), $1)')
            ) AS functions (name, types, body)
        LOOP
            EXECUTE FORMAT(
                'CREATE OR REPLACE FUNCTION redshift.%I(' || FORMAT(declared.types, kind) || ') '
                'RETURNS INTEGER STABLE RETURN ' || declared.body, declared.name
            );
        END LOOP;
        FOR declared IN
            SELECT *
            FROM (VALUES
                ('~~', '_like'), ('!~~', '_not_like'), ('~~*', '_ilike'), ('!~~*', '_not_ilike'),
                ('~', '_matches'), ('!~', '_not_matches')
            ) AS operators (sign, name)
        LOOP
            EXECUTE FORMAT(
                'CREATE OR REPLACE FUNCTION redshift.%I(%s, TEXT) RETURNS BOOLEAN '
                'STABLE RETURN CAST($1 AS TEXT) OPERATOR(pg_catalog.%s) $2', declared.name, kind, declared.sign
            );
            CONTINUE WHEN TO_REGOPERATOR(FORMAT('redshift.%s(%s, TEXT)', declared.sign, kind)) IS NOT NULL;
            EXECUTE FORMAT(
                'CREATE OPERATOR redshift.%s (FUNCTION = redshift.%I, LEFTARG = %s, RIGHTARG = TEXT)',
                declared.sign, declared.name, kind
            );
        END LOOP;
    END LOOP;
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

-- PERCENTILE_CONT (r_PERCENTILE_CONT): DECIMAL of integers and decimals, DOUBLE PRECISION of floating point. The share
-- goes with each value, since an aggregate's state is all that its last step sees, and a window takes no ordered sets.
DO $$
BEGIN
    IF TO_REGTYPE('redshift._shared') IS NULL THEN
        CREATE TYPE redshift._shared AS (share NUMERIC, value NUMERIC);
        CREATE TYPE redshift._shared_double AS (share DOUBLE PRECISION, value DOUBLE PRECISION);
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION redshift._share(share NUMERIC, value NUMERIC) RETURNS redshift._shared
LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(share, value) $$;

CREATE OR REPLACE FUNCTION redshift._share(share NUMERIC, value DOUBLE PRECISION) RETURNS redshift._shared_double
LANGUAGE sql IMMUTABLE AS $$ SELECT ROW(CAST(share AS DOUBLE PRECISION), value) $$;

CREATE OR REPLACE FUNCTION redshift._percentile(collected redshift._shared[]) RETURNS NUMERIC
LANGUAGE sql IMMUTABLE AS $$
    SELECT TRIM_SCALE(
        SUM(ranked.value * GREATEST(1 - ABS(1 + ranked.share * (ranked.elements - 1) - ranked.place), 0))
    )
    FROM (
        SELECT
            element.share,
            element.value,
            ROW_NUMBER() OVER (ORDER BY element.value) AS place,
            COUNT(*) OVER () AS elements
        FROM UNNEST(collected) AS element
        WHERE element.value IS NOT NULL
    ) AS ranked
$$;

CREATE OR REPLACE FUNCTION redshift._percentile(collected redshift._shared_double[]) RETURNS DOUBLE PRECISION
LANGUAGE sql IMMUTABLE AS $$
    SELECT PERCENTILE_CONT(collected[1].share) WITHIN GROUP (ORDER BY element.value)
    FROM UNNEST(collected) AS element
$$;

CREATE OR REPLACE AGGREGATE redshift.percentile_cont(redshift._shared) (
    SFUNC = ARRAY_APPEND, STYPE = redshift._shared[], FINALFUNC = redshift._percentile
);

CREATE OR REPLACE AGGREGATE redshift.percentile_cont(redshift._shared_double) (
    SFUNC = ARRAY_APPEND, STYPE = redshift._shared_double[], FINALFUNC = redshift._percentile
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


-- What there is. Redshift's own catalogue is not listed. What the local warehouse does not keep of a table (keys of
-- distribution and sorting, encodings, blocks) is NULL.

CREATE OR REPLACE VIEW redshift._relations AS
SELECT
    relation.oid,
    namespace.nspname AS schema_name,
    relation.relname AS table_name,
    relation.relkind = 'v' AS is_view,
    OBJ_DESCRIPTION(relation.oid, 'pg_class') AS remarks,
    relation.relacl AS acl
FROM pg_class AS relation
INNER JOIN pg_namespace AS namespace ON relation.relnamespace = namespace.oid
WHERE
    relation.relkind IN ('r', 'v')
    AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', 'redshift')
    AND (relation.relpersistence <> 't' OR namespace.oid = PG_MY_TEMP_SCHEMA());

CREATE OR REPLACE VIEW redshift._columns AS
SELECT
    relation.*,
    attribute.attname AS column_name,
    CAST(
        ROW_NUMBER() OVER (PARTITION BY relation.oid ORDER BY attribute.attnum) AS INTEGER
    ) AS ordinal_position,
    PG_GET_EXPR(default_value.adbin, default_value.adrelid) AS column_default,
    attribute.attnotnull AS is_not_null,
    FORMAT_TYPE(attribute.atttypid, attribute.atttypmod) AS type,
    FORMAT_TYPE(attribute.atttypid, NULL) AS data_type,
    CASE
        WHEN attribute.atttypid IN (CAST('VARCHAR' AS REGTYPE), CAST('BPCHAR' AS REGTYPE))
            THEN NULLIF(attribute.atttypmod, -1) - 4
    END AS character_maximum_length,
    CASE FORMAT_TYPE(attribute.atttypid, NULL)
        WHEN 'smallint' THEN 16
        WHEN 'integer' THEN 32
        WHEN 'bigint' THEN 64
        WHEN 'real' THEN 24
        WHEN 'double precision' THEN 53
        WHEN 'numeric' THEN (NULLIF(attribute.atttypmod, -1) - 4) >> 16 & 65535
    END AS numeric_precision,
    CASE FORMAT_TYPE(attribute.atttypid, NULL)
        WHEN 'smallint' THEN 0
        WHEN 'integer' THEN 0
        WHEN 'bigint' THEN 0
        WHEN 'numeric' THEN NULLIF(attribute.atttypmod, -1) - 4 & 2047
    END AS numeric_scale,
    COL_DESCRIPTION(relation.oid, attribute.attnum) AS column_remarks
FROM redshift._relations AS relation
INNER JOIN pg_attribute AS attribute ON relation.oid = attribute.attrelid
LEFT JOIN pg_attrdef AS default_value
    ON attribute.attrelid = default_value.adrelid AND attribute.attnum = default_value.adnum
WHERE attribute.attnum > 0 AND NOT attribute.attisdropped;

CREATE OR REPLACE VIEW redshift.svv_tables AS
SELECT
    CAST(CURRENT_DATABASE() AS TEXT) AS table_catalog,
    CAST(schema_name AS TEXT) AS table_schema,
    CAST(table_name AS TEXT) AS table_name,
    CASE WHEN is_view THEN 'VIEW' ELSE 'BASE TABLE' END AS table_type,
    remarks
FROM redshift._relations;

CREATE OR REPLACE VIEW redshift.svv_columns AS
SELECT
    CAST(CURRENT_DATABASE() AS TEXT) AS table_catalog,
    CAST(schema_name AS TEXT) AS table_schema,
    CAST(table_name AS TEXT) AS table_name,
    CAST(column_name AS TEXT) AS column_name,
    ordinal_position,
    column_default,
    CASE WHEN is_not_null THEN 'NO' ELSE 'YES' END AS is_nullable,
    data_type,
    character_maximum_length,
    numeric_precision,
    CASE WHEN data_type = 'numeric' THEN 10 WHEN numeric_precision IS NOT NULL THEN 2 END AS numeric_precision_radix,
    numeric_scale,
    CASE WHEN data_type LIKE 'time%' THEN 6 WHEN data_type = 'date' THEN 0 END AS datetime_precision,
    CAST(NULL AS TEXT) AS interval_type,
    CAST(NULL AS TEXT) AS interval_precision,
    CAST(NULL AS TEXT) AS character_set_catalog,
    CAST(NULL AS TEXT) AS character_set_schema,
    CAST(NULL AS TEXT) AS character_set_name,
    CAST(NULL AS TEXT) AS collation_catalog,
    CAST(NULL AS TEXT) AS collation_schema,
    CAST(NULL AS TEXT) AS collation_name,
    CAST(NULL AS TEXT) AS domain_name,
    column_remarks AS remarks
FROM redshift._columns;

-- Only tables that the search path finds (r_PG_TABLE_DEF).
CREATE OR REPLACE VIEW redshift.pg_table_def AS
SELECT
    schema_name AS schemaname,
    table_name AS tablename,
    column_name AS "column",
    type,
    CAST(NULL AS CHAR(32)) AS encoding,
    CAST(NULL AS BOOLEAN) AS distkey,
    CAST(NULL AS INTEGER) AS sortkey,
    is_not_null AS "notnull"
FROM redshift._columns
WHERE NOT is_view AND PG_TABLE_IS_VISIBLE(oid);

-- Of PG_CLASS what names a table, and how it is distributed (r_PG_CLASS_INFO).
CREATE OR REPLACE VIEW redshift.pg_class_info AS
SELECT
    pg_class.oid AS reloid,
    pg_class.relname,
    pg_class.relnamespace,
    pg_class.relowner,
    pg_class.relkind,
    CAST(NULL AS TIMESTAMP) AS relcreationtime,
    CAST(NULL AS INTEGER) AS releffectivediststyle
FROM pg_catalog.pg_class;

CREATE OR REPLACE FUNCTION redshift._row_count(relation OID) RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
DECLARE
    row_count BIGINT;
BEGIN
    EXECUTE FORMAT('SELECT COUNT(*) FROM %s', CAST(relation AS REGCLASS)) INTO row_count;
    RETURN row_count;
END
$$;

-- Only tables with rows (r_SVV_TABLE_INFO).
CREATE OR REPLACE VIEW redshift.svv_table_info AS
SELECT
    CAST(CURRENT_DATABASE() AS TEXT) AS database,
    CAST(relation.schema_name AS TEXT) AS schema,
    relation.oid AS table_id,
    CAST(relation.table_name AS TEXT) AS "table",
    CAST(NULL AS TEXT) AS encoded,
    CAST(NULL AS TEXT) AS diststyle,
    CAST(NULL AS TEXT) AS sortkey1,
    (
        SELECT MAX(widest.character_maximum_length)
        FROM redshift._columns AS widest
        WHERE widest.oid = relation.oid AND widest.data_type = 'character varying'
    ) AS max_varchar,
    CAST(NULL AS CHAR(32)) AS sortkey1_enc,
    CAST(NULL AS INTEGER) AS sortkey_num,
    CAST(CEIL(PG_TABLE_SIZE(relation.oid) / 1048576.0) AS BIGINT) AS size,
    CAST(NULL AS NUMERIC(10, 4)) AS pct_used,
    CAST(NULL AS BIGINT) AS empty,
    CAST(NULL AS NUMERIC(5, 2)) AS unsorted,
    CAST(NULL AS NUMERIC(5, 2)) AS stats_off,
    CAST(counted.row_count AS NUMERIC(38, 0)) AS tbl_rows,
    CAST(NULL AS NUMERIC(19, 2)) AS skew_sortkey1,
    CAST(NULL AS NUMERIC(19, 2)) AS skew_rows,
    CAST(counted.row_count AS NUMERIC(38, 0)) AS estimated_visible_rows,
    CAST(NULL AS TEXT) AS risk_event,
    CAST(NULL AS NUMERIC(12, 2)) AS vacuum_sort_benefit,
    CAST(NULL AS TIMESTAMP) AS create_time
FROM redshift._relations AS relation
CROSS JOIN LATERAL (SELECT redshift._row_count(relation.oid) AS row_count) AS counted
WHERE NOT relation.is_view AND counted.row_count > 0;

CREATE OR REPLACE FUNCTION redshift.show_tables(wanted_database TEXT, wanted_schema TEXT, pattern TEXT)
RETURNS TABLE (
    database_name VARCHAR, schema_name VARCHAR, table_name VARCHAR, table_type VARCHAR, table_acl VARCHAR,
    remarks VARCHAR
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF wanted_database <> CURRENT_DATABASE() THEN
        RAISE EXCEPTION USING ERRCODE = '3D000', MESSAGE = FORMAT('database "%s" does not exist', wanted_database);
    END IF;
    IF TO_REGNAMESPACE(QUOTE_IDENT(wanted_schema)) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '3F000', MESSAGE = FORMAT('schema "%s" does not exist', wanted_schema);
    END IF;
    RETURN QUERY
    SELECT
        CAST(CURRENT_DATABASE() AS VARCHAR),
        CAST(relation.schema_name AS VARCHAR),
        CAST(relation.table_name AS VARCHAR),
        CAST(CASE WHEN relation.is_view THEN 'VIEW' ELSE 'TABLE' END AS VARCHAR),
        CAST(ARRAY_TO_STRING(relation.acl, '~') AS VARCHAR),
        CAST(relation.remarks AS VARCHAR)
    FROM redshift._relations AS relation
    WHERE relation.schema_name = wanted_schema AND relation.table_name LIKE COALESCE(pattern, '%')
    ORDER BY relation.table_name;
END
$$;

CREATE OR REPLACE FUNCTION redshift.show_columns(
    wanted_database TEXT, wanted_schema TEXT, wanted_table TEXT, pattern TEXT
)
RETURNS TABLE (
    database_name VARCHAR, schema_name VARCHAR, table_name VARCHAR, column_name VARCHAR, ordinal_position INTEGER,
    column_default VARCHAR, is_nullable VARCHAR, data_type VARCHAR, character_maximum_length INTEGER,
    numeric_precision INTEGER, numeric_scale INTEGER, remarks VARCHAR
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM redshift.show_tables(wanted_database, wanted_schema, '');
    IF NOT EXISTS (
        SELECT 1
        FROM redshift._relations AS relation
        WHERE relation.schema_name = wanted_schema AND relation.table_name = wanted_table
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = '42P01', MESSAGE = FORMAT('relation "%s.%s" does not exist', wanted_schema, wanted_table);
    END IF;
    RETURN QUERY
    SELECT
        CAST(CURRENT_DATABASE() AS VARCHAR),
        CAST(found.schema_name AS VARCHAR),
        CAST(found.table_name AS VARCHAR),
        CAST(found.column_name AS VARCHAR),
        found.ordinal_position,
        CAST(found.column_default AS VARCHAR),
        CAST(CASE WHEN found.is_not_null THEN 'NO' ELSE 'YES' END AS VARCHAR),
        CAST(found.data_type AS VARCHAR),
        found.character_maximum_length,
        found.numeric_precision,
        found.numeric_scale,
        CAST(found.column_remarks AS VARCHAR)
    FROM redshift._columns AS found
    WHERE
        found.schema_name = wanted_schema
        AND found.table_name = wanted_table
        AND found.column_name LIKE COALESCE(pattern, '%')
    ORDER BY found.ordinal_position;
END
$$;


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


-- A query that calls a function here may run in several processes. What a session copied last only its own process knows,
-- and TO_DATE catches errors, which only one process can.
UPDATE pg_proc SET proparallel = 's'
WHERE
    pronamespace = 'redshift'::REGNAMESPACE
    AND provolatile <> 'v'
    AND STRPOS(proname, 'last_copy') = 0
    AND proname <> 'to_date';
