"""COPY statements, what they say, and what is refused."""

import pytest

from lake.compression import Compression
from local_redshift.copy.command.statement import CopyCommand, CopySyntaxError, parse_copy

ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/loader'"
KEY = "ACCESS_KEY_ID 'AKIASECRET'"

JSON_SPELLINGS = {
    "JSON": "auto",
    "JSON 'auto'": "auto",
    "json as 'auto'": "auto",
    "FORMAT JSON": "auto",
    "FORMAT JSON 'auto'": "auto",
    "FORMAT AS JSON 'auto'": "auto",
    "FORMAT AS JSON AS 'auto'": "auto",
    "AS JSON 'auto'": "auto",
    "FORMAT JSON 'auto ignorecase'": "auto ignorecase",
    "FORMAT JSON 's3://b/paths.json'": "s3://b/paths.json",
    "FORMAT JSON 'file:///paths.json'": "file:///paths.json",
}


@pytest.mark.parametrize("spelling", JSON_SPELLINGS)
def test_every_spelling_of_the_json_format(spelling: str) -> None:
    command = parse_copy(f"COPY t FROM 's3://b/k' {ROLE} {spelling}")
    assert command == CopyCommand(table="t", url="s3://b/k", json_option=JSON_SPELLINGS[spelling])


AUTHORIZATIONS = [
    "IAM_ROLE default",
    "iam_role DEFAULT",
    ROLE,
    "IAM_ROLE 'arn:aws:iam::123456789012:role/a,arn:aws:iam::210987654321:role/path/b'",
    "IAM_ROLE 'arn:aws-cn:iam::123456789012:role/a'",
    "CREDENTIALS 'aws_iam_role=arn:aws:iam::123456789012:role/loader'",
    "WITH CREDENTIALS AS 'aws_access_key_id=AKIA;aws_secret_access_key=s/e+c=r'",
    "CREDENTIALS AS 'aws_access_key_id=AKIA;aws_secret_access_key=secret;token=temporary'",
    "ACCESS_KEY_ID 'AKIA' SECRET_ACCESS_KEY 'secret'",
    "access_key_id 'AKIA' secret_access_key 'secret' session_token 'temporary'",
]


@pytest.mark.parametrize("authorization", AUTHORIZATIONS)
@pytest.mark.parametrize("form", ["COPY t FROM 's3://b/k' {} JSON", "COPY t FROM 's3://b/k' JSON {}"])
def test_every_authorization_is_taken_and_forgotten(form: str, authorization: str) -> None:
    command = parse_copy(form.format(authorization))
    assert command == CopyCommand(table="t", url="s3://b/k")
    assert not any(secret in repr(command) for secret in ("AKIA", "secret", "temporary"))


OPTIONS: dict[str, dict[str, object]] = {
    "MANIFEST": {"manifest": True},
    "REGION 'us-west-2'": {},
    "region as 'us-west-2'": {},
    "GZIP": {"compression": Compression.GZIP},
    "bzip2": {"compression": Compression.BZIP2},
    "ZSTD": {"compression": Compression.ZSTD},
    "REGION 'us-gov-west-1'": {},
    "ACCEPTANYDATE DATEFORMAT 'auto'": {"accept_any_date": True, "date_format": "auto"},
    "ACCEPTINVCHARS": {"accept_invalid_characters": "?"},
    "ACCEPTINVCHARS '^'": {"accept_invalid_characters": "^"},
    "ACCEPTINVCHARS AS ''''": {"accept_invalid_characters": "'"},
    "BLANKSASNULL EMPTYASNULL": {"blanks_as_null": True, "empty_as_null": True},
    "DATEFORMAT AS 'MM/DD/YYYY'": {"date_format": "MM/DD/YYYY"},
    "EXPLICIT_IDS": {"explicit_ids": True},
    "ENCODING utf8": {},
    "ENCODING AS 'UTF8'": {},
    "IGNOREHEADER 1": {"ignore_header": 1},
    "IGNOREHEADER AS 2": {"ignore_header": 2},
    "ROUNDEC": {"round_decimals": True},
    "TIMEFORMAT 'epochsecs'": {"time_format": "epochsecs"},
    "TIMEFORMAT AS 'epochmillisecs'": {"time_format": "epochmillisecs"},
    "TIMEFORMAT 'YYYY-MM-DDTHH:MI:SS'": {"time_format": "YYYY-MM-DDTHH:MI:SS"},
    "TRIMBLANKS TRUNCATECOLUMNS": {"trim_blanks": True, "truncate_columns": True},
    "MAXERROR 10": {"max_error": 10},
    "MAXERROR AS 100000": {"max_error": 100_000},
    "IGNOREALLERRORS": {"ignore_all_errors": True},
    "NOLOAD": {"no_load": True},
    "COMPROWS 1000 COMPUPDATE PRESET": {},
    "COMPUPDATE STATUPDATE": {},
    "COMPUPDATE off STATUPDATE on": {},
    "STATUPDATE FALSE COMPUPDATE TRUE": {},
}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(
    "form",
    ["COPY t FROM 's3://b/k' {role} FORMAT AS JSON 'auto' {options};", "COPY t FROM 's3://b/k' {options} JSON {role}"],
    ids=["after the format", "before the format"],
)
def test_every_option_before_and_after_the_format(form: str, options: str) -> None:
    command = parse_copy(form.format(role=ROLE, options=options))
    assert command == CopyCommand(table="t", url="s3://b/k", **OPTIONS[options])  # type: ignore[arg-type]


def test_names_comments_and_quotes() -> None:
    sql = """
        -- one row per event
        CoPy "Staging".Events_2 ( "userId" , ts, "a""b" ) /* nested /* comments */ here */
        from 'file:///lake/O''Brien' iam_role default  -- 'quoted'
        json 'auto' ;
    """
    assert parse_copy(sql) == CopyCommand(
        schema="staging",
        table="events_2",
        columns=("userid", "ts", 'a"b'),
        url="file:///lake/O'Brien",
    )


@pytest.mark.parametrize("prefix", ["", "E", "e"])
def test_a_backslash_in_a_string_is_an_escape(prefix: str) -> None:
    command = parse_copy(rf"COPY #t FROM {prefix}'file:///a\\b/O''B\'n' IAM_ROLE default JSON")
    assert (command.table, command.url) == ("#t", r"file:///a\b/O'B'n")


REFUSED = {
    "COPY t FROM 's3://b/k' JSON": "COPY, line 1, column 1: no authorization is given: add IAM_ROLE default",
    f"COPY t FROM 's3://b/k' {ROLE}": "COPY, line 1, column 1: FORMAT JSON is missing; "
    "the text format that COPY then reads is not emulated",
    f"COPY t\nFROM 's3://b/k'\n{ROLE}\n  GZIPP JSON": "COPY, line 4, column 3: GZIPP is not an option of COPY",
    f"COPY t FROM 's3://b/k' {ROLE} JSON GZIP BZIP2": "column 83: BZIP2 contradicts GZIP: give one of them",
    f"COPY t FROM 's3://b/k' {ROLE} JSON MAXERROR 1 IGNOREALLERRORS": "IGNOREALLERRORS contradicts MAXERROR",
    f"COPY t FROM 's3://b/k' {ROLE} IAM_ROLE default JSON": "IAM_ROLE is given twice",
    f"COPY t FROM 's3://b/k' {ROLE} {KEY} SECRET_ACCESS_KEY 'x' JSON": "ACCESS_KEY_ID contradicts IAM_ROLE",
    f"COPY t FROM 's3://b/k' {ROLE} JSON JSON": "JSON is given twice",
    f"COPY t FROM 's3://b/k' {ROLE} JSON FORMAT JSON": "JSON is given twice",
    f"COPY t FROM 's3://b/k' {ROLE} JSON ROUNDEC ROUNDEC": "ROUNDEC is given twice",
    f"COPY t FROM 's3://b/k' {ROLE} JSON MAXERROR 100001": "MAXERROR 100001 is not from 0 to 100000",
    f"COPY t FROM 's3://b/k' {ROLE} JSON MAXERROR -1": "MAXERROR needs a whole number from 0 to 100000",
    f"COPY t FROM 's3://b/k' {ROLE} JSON MAXERROR 1e3": "MAXERROR needs a whole number from 0 to 100000",
    f"COPY t FROM 's3://b/k' {ROLE} JSON ?": "an option is missing here",
    f"COPY t FROM 's3://b/k' {ROLE} JSON MAXERROR 'x'": "MAXERROR needs a whole number from 0 to 100000",
    f"COPY t FROM 's3://b/k' {ROLE} JSON COMPROWS 999": "COMPROWS 999 is not from 1000 to 2147483647",
    f"COPY t FROM 's3://b/k' {ROLE} JSON TIMEFORMAT 'EPOCHSECS'": "TIMEFORMAT 'EPOCHSECS': 'E' is no part of a date",
    f"COPY t FROM 's3://b/k' {ROLE} JSON TIMEFORMAT 'YYYY YYYY'": "a part of the date or time is in it twice",
    f"COPY t FROM 's3://b/k' {ROLE} JSON DATEFORMAT 'epochsecs'": "DATEFORMAT 'epochsecs': 'e' is no part of a date",
    f"COPY t FROM 's3://b/k' {ROLE} JSON TIMEFORMAT": "TIMEFORMAT needs a quoted format or 'auto'",
    f"COPY t FROM 's3://b/k' {ROLE} JSON ACCEPTINVCHARS '??'": "ACCEPTINVCHARS '??' is not one ASCII character",
    f"COPY t FROM 's3://b/k' {ROLE} JSON ENCODING UTF16": "ENCODING UTF16 is not emulated: only UTF8 is",
    f"COPY t FROM 's3://b/k' {ROLE} JSON LZOP": "LZOP is not emulated: no decoder is installed; use GZIP, BZIP2",
    f"COPY t FROM 's3://b/k' {ROLE} JSON REGION 'Oregon'": "REGION is not the name of a Region, such as 'us-west-2'",
    f"COPY t FROM 's3://b/k' {ROLE} JSON ENCRYPTED": "ENCRYPTED: encrypted objects are not emulated",
    f"COPY t FROM 's3://b/k' {ROLE} JSON 'noshred'": "JSON 'noshred' is not emulated: there is no SUPER type here",
    f"COPY t FROM 's3://b/k' {ROLE} JSON 'AUTO'": "JSON needs 'auto', 'auto ignorecase' or the URL of a jsonpaths file",
    f"COPY t FROM 's3://b/k' {ROLE} JSON AS": "JSON needs 'auto', 'auto ignorecase' or the URL of a jsonpaths file",
    f"COPY t FROM 's3://b/k' {ROLE} FORMAT PARQUET": "FORMAT PARQUET is not emulated: only JSON is",
    f"COPY t FROM 's3://b/k' {ROLE} CSV": "CSV is not emulated: only FORMAT JSON is",
    f"COPY t FROM 's3://b/k' {ROLE} JSON WITH": "WITH needs CREDENTIALS after it",
    f"COPY t FROM 's3://b/k' {ROLE} JSON 'auto' 'x'": "an option is missing here",
    f"COPY t FROM 's3://b/k' {ROLE} JSON; SELECT 1": "something follows the end of the statement",
    f"COPY t FROM 'dynamodb://table' {ROLE} JSON": "FROM 'dynamodb' is not emulated: use s3:// or file://",
    f"COPY t FROM STDIN {ROLE} JSON": "FROM needs a quoted URL",
    f"COPY t TO 's3://b/k' {ROLE} JSON": "FROM is missing",
    f"COPY t (a, a) FROM 's3://b/k' {ROLE} JSON": 'column "a" is listed twice',
    f"COPY t (a b) FROM 's3://b/k' {ROLE} JSON": "the column list needs ',' or ')' here",
    f"COPY t () FROM 's3://b/k' {ROLE} JSON": "COPY needs column names between its parentheses",
    f"COPY FROM 's3://b/k' {ROLE} JSON": "FROM is missing",
    "COPY": "COPY needs a table name",
    "COPY t FROM 's3://b": "COPY: the statement cannot be read: a ' is opened and not closed",
    r"COPY t FROM 's3://b\' JSON": "COPY: the statement cannot be read: a ' is opened and not closed",
    "COPY t /* FROM": "COPY: the statement cannot be read: it ends within a comment",
    "": "the statement is not a COPY",
    "SELECT 1": "the statement is not a COPY",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_a_refusal_names_the_option_and_its_place(sql: str) -> None:
    with pytest.raises(CopySyntaxError) as refusal:
        parse_copy(sql)
    assert REFUSED[sql] in str(refusal.value)


@pytest.mark.parametrize(
    "option",
    [
        "CSV", "CSV QUOTE AS '%'", "DELIMITER '|'", "ESCAPE", "FILLRECORD", "FIXEDWIDTH 'a:1'", "IGNOREBLANKLINES",
        "NULL AS 'x'", "READRATIO 50", "REMOVEQUOTES",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{0} JSON 'auto'", "FORMAT AS JSON 'auto' {0}"])
def test_what_redshift_does_not_allow_with_json(option: str, form: str) -> None:
    name = option.split(maxsplit=1)[0]
    with pytest.raises(CopySyntaxError, match=rf"line 1, column \d+: {name} cannot be combined with JSON$"):
        parse_copy(f"COPY t FROM 's3://b/k' {ROLE} {form.format(option)}")


@pytest.mark.parametrize(
    "authorization",
    [
        "IAM_ROLE 'AKIASECRET'",
        "IAM_ROLE AKIASECRET",
        "CREDENTIALS 'aws_access_key_id=AKIASECRET; aws_secret_access_key=AKIASECRET'",
        "CREDENTIALS 'AWS_IAM_ROLE=arn:aws:iam::123456789012:role/AKIASECRET'",
        "CREDENTIALS AKIASECRET",
        f"{KEY} 'AKIASECRET'",
        "ACCESS_KEY_ID AKIASECRET",
        f"{KEY} SECRET_ACCESS_KEY AKIASECRET",
        "SECRET_ACCESS_KEY 'AKIASECRET'",
        "SESSION_TOKEN 'AKIASECRET'",
        f"{KEY} SECRET_ACCESS_KEY 'AKIASECRET' SESSION_TOKEN",
        f"{KEY} SECRET_ACCESS_KEY 'AKIASECRET' 'AKIASECRET'",
        f"{KEY} SECRET_ACCESS_KEY 'AKIASECRET",
        f"{KEY} SECRET_ACCESS_KEY 'AKIASECRET' /*",
    ],
)
def test_a_wrong_authorization_is_refused_without_quoting_it(authorization: str) -> None:
    with pytest.raises(CopySyntaxError) as refusal:
        parse_copy(f"COPY t FROM 's3://b/k' JSON {authorization}")
    assert "AKIASECRET" not in str(refusal.value)
