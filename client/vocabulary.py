"""The words of Redshift's dialect: functions that PostgreSQL shares, parts of dates, reserved words.

A function that is not listed here, nor rewritten in `functions`, is refused. PostgreSQL has thousands more, and what
Redshift lacks must not work here by accident.
"""

from typing import NoReturn

from sqlglot import TokenType

from client.statement import Statement

_SAME = """
    COUNT SUM MIN MAX BOOL_AND BOOL_OR BIT_AND BIT_OR ANY_VALUE
    STDDEV STDDEV_SAMP STDDEV_POP VARIANCE VAR_SAMP VAR_POP GROUPING
    ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST NTILE LAG LEAD FIRST_VALUE LAST_VALUE NTH_VALUE
    ROLLUP CUBE COALESCE NULLIF GREATEST LEAST
    ABS ACOS ASIN ATAN ATAN2 CBRT CEIL CEILING COS COT DEGREES EXP FLOOR LN LOG MOD PI POW POWER RADIANS RANDOM ROUND
    SIGN SIN SQRT TAN TRUNC TO_HEX
    ASCII BTRIM CHAR_LENGTH CHARACTER_LENGTH CHR INITCAP LENGTH LOWER LPAD LTRIM MD5 OCTET_LENGTH QUOTE_IDENT
    QUOTE_LITERAL REPEAT REPLACE REVERSE RPAD RTRIM STRPOS SUBSTR TRANSLATE UPPER
    DATE TO_CHAR TO_NUMBER TO_TIMESTAMP
    CURRENT_DATABASE CURRENT_SCHEMA CURRENT_SCHEMAS CURRENT_SETTING HAS_DATABASE_PRIVILEGE HAS_SCHEMA_PRIVILEGE
    HAS_TABLE_PRIVILEGE FORMAT_TYPE PG_GET_CONSTRAINTDEF PG_GET_USERBYID PG_BACKEND_PID PG_CANCEL_BACKEND
    PG_TERMINATE_BACKEND PG_LAST_COPY_COUNT PG_LAST_COPY_ID
    """
SAME_FUNCTIONS = frozenset(_SAME.split())
SIDE_EFFECTS = frozenset({"PG_CANCEL_BACKEND", "PG_TERMINATE_BACKEND"})
"""Those of them that a person who may only read has no use for."""

_ONLY_REDSHIFT = """
    APPROXIMATE_PERCENTILE_DISC PERCENTILE_DISC HLL HLL_CARDINALITY HLL_COMBINE HLL_CREATE_SKETCH
    BPCHARCMP BTTEXT_PATTERN_CMP CRC32 DIFFERENCE FARMFINGERPRINT64 FARMHASH64 FUNC_SHA1 SHA SHA1 SOUNDEX
    REGEXP_INSTR FROM_HEX TO_VARBYTE FROM_VARBYTE BIT_LENGTH OCTETINDEX
    DATE_CMP DATE_CMP_TIMESTAMP DATE_PART_YEAR INTERVAL_CMP MONTHS_BETWEEN NEXT_DAY TIMEOFDAY TIMEZONE TIMESTAMP_CMP
    TIMESTAMP_CMP_DATE DEXP DLOG1 DLOG10
    IS_VALID_JSON IS_VALID_JSON_ARRAY JSON_ARRAY_LENGTH JSON_EXTRACT_ARRAY_ELEMENT_TEXT JSON_EXTRACT_PATH_TEXT
    JSON_PARSE JSON_SERIALIZE JSON_TYPEOF CAN_JSON_PARSE IS_ARRAY IS_OBJECT IS_INTEGER IS_VARCHAR GET_ARRAY_LENGTH
    ARRAY ARRAY_CONCAT ARRAY_FLATTEN SPLIT_TO_ARRAY SUBARRAY OBJECT
    """
ONLY_REDSHIFT = frozenset(_ONLY_REDSHIFT.split())
"""Functions that only compute, and that are not emulated: queries on Redshift may use them, too."""

INSTEAD = {
    "STRING_AGG": "LISTAGG",
    "NOW": "SYSDATE or GETDATE()",
    "CLOCK_TIMESTAMP": "GETDATE()",
    "STATEMENT_TIMESTAMP": "GETDATE()",
    "TRANSACTION_TIMESTAMP": "SYSDATE",
    "AGE": "DATEDIFF",
    "DATEPART": "DATE_PART",
    "ISNULL": "NVL",
    "CONCAT_WS": "||",
    "FORMAT": "||",
}
"""What to write on Redshift for functions of other databases."""

RANKING_FUNCTIONS = {"ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE", "LAG", "LEAD"}
UNORDERED_WINDOWS = {"LISTAGG", "MEDIAN", "PERCENTILE_CONT", "RATIO_TO_REPORT"}

_PARTS = """
    millennium millennia mil mils | century centuries c cent cents | decade decades dec decs | year years y yr yrs
    | quarter quarters qtr qtrs | month months mon mons | week weeks w | day days d | hour hours h hr hrs
    | minute minutes m min mins | second seconds s sec secs
    | millisecond milliseconds ms msec msecs msecond mseconds millisec millisecs millisecon
    | microsecond microseconds microsec microsecs usecond useconds us usec usecs
    """
DATE_PARTS = {name: names.split()[0] for names in _PARTS.split("|") for name in names.split()}
"""Every name of a part of a date (Redshift guide, r_Dateparts_for_datetime_functions) and PostgreSQL's own for it."""

FIELDS = DATE_PARTS | {
    "epoch": "epoch",
    **dict.fromkeys(("dow", "dayofweek", "dw", "weekday"), "dow"),
    **dict.fromkeys(("doy", "dayofyear", "dy", "yearday"), "doy"),
    **{name: name for name in ("timezone", "timezone_hour", "timezone_minute")},
}
"""What EXTRACT and DATE_PART take besides."""

_RESERVED = """
    AES128 AES256 ALLOWOVERWRITE AZ64 BACKUP BLANKSASNULL BYTEDICT BZIP2 CREDENTIALS CURRENT_USER_ID DEFLATE DEFRAG
    DELTA DELTA32K DISABLE EMPTYASNULL ENABLE ENCODE ENCRYPT ENCRYPTION EXPLICIT GLOBALDICT256 GLOBALDICT64K GZIP
    IDENTITY IGNORE LANGUAGE LUN LUNS LZO LZOP MINUS MOSTLY8 MOSTLY13 MOSTLY32 NEW NULLS OFF OFFLINE OLD OPEN
    PARALLEL PARTITION PERCENT PERMISSIONS RAW READRATIO RECOVER REJECTLOG RESORT RESPECT RESTORE SNAPSHOT SYSDATE
    SYSTEM TAG TDES TEXT255 TEXT32K TIMESTAMP TOP TRUNCATECOLUMNS WALLET WITHOUT
    """
RESERVED_WORDS = frozenset(_RESERVED.split())
"""What Redshift reserves (r_pg_keywords) and PostgreSQL would take for a name."""

SYSTEM_COLUMNS = frozenset({"CTID", "XMIN", "XMAX", "CMIN", "CMAX", "OID", "TABLEOID"})
"""What PostgreSQL keeps in every row, so that no column can have the name."""

_REWRITTEN = """
    ADD_MONTHS AVG CAST CHARINDEX CONCAT CONVERT CONVERT_TIMEZONE DATEADD DATEDIFF DATE_ADD DATE_DIFF DATE_PART
    DATE_TRUNC DECODE EXTRACT FNV_HASH GETDATE LAST_DAY LEFT LEN LISTAGG MEDIAN NVL NVL2 PERCENTILE_CONT PGDATE_PART
    POSITION RATIO_TO_REPORT REGEXP_COUNT REGEXP_REPLACE REGEXP_SUBSTR RIGHT SHA2 SPLIT_PART STRTOL SUBSTRING
    TEXTLEN TO_DATE TRIM
    """
REWRITTEN_FUNCTIONS = frozenset(_REWRITTEN.split())
"""What else Redshift has, which the embedded Redshift rewrites for PostgreSQL."""


def refuse_call(statement: Statement, at: int, who: str) -> NoReturn:
    """Refuse a call of the function named at this token, with what to use instead; `who` takes only others."""
    name = statement.word(at)
    written = statement.source(at - 2 if statement.kind(at - 1) == TokenType.DOT else at, at + 1)
    remedy = f": use {INSTEAD[name]}" if name in INSTEAD else ""
    statement.refuse(f"{written}() is not among Redshift's functions that {who}{remedy}", at)
