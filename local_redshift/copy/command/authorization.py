"""Check the authorization clause of a COPY, and keep nothing of it: no value gets into a message or an object."""

import re

from local_redshift.copy.command.tokens import Token, TokenReader

AUTHORIZATIONS = {"IAM_ROLE", "CREDENTIALS", "ACCESS_KEY_ID"}
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[^\s,;]+(,arn:aws[\w-]*:iam::\d{12}:role/[^\s,;]+)*")
_KEYS = re.compile(r"aws_access_key_id=[^\s;]+;aws_secret_access_key=[^\s;]+(;token=[^\s;]+)?")
_ROLE_NAME = "aws_iam_role="
_FORMS = "'aws_iam_role=…' or 'aws_access_key_id=…;aws_secret_access_key=…[;token=…]'"


def check_authorization(reader: TokenReader, token: Token) -> None:
    """Take the rest of the clause that this keyword opens (Redshift guide, copy-parameters-authorization).

    Raises:
        CopySyntaxError: the clause is not complete, or not of the form that Redshift takes.
    """
    if token.keyword == "IAM_ROLE":
        _check_role(reader, token)
    elif token.keyword == "CREDENTIALS":
        _check_credentials(reader, token)
    else:
        _check_access_key(reader, token)


def _check_role(reader: TokenReader, token: Token) -> None:
    if reader.take_if("DEFAULT"):
        return
    role = reader.expect("string", "the word default, or the quoted ARN of a role", token)
    if not _ROLE.fullmatch(role.value):
        reader.fail(role, "IAM_ROLE is not the ARN of a role; for the default role write IAM_ROLE default")


def _check_credentials(reader: TokenReader, token: Token) -> None:
    reader.take_if("AS")
    given = reader.expect("string", "a quoted string", token)
    is_role = given.value.startswith(_ROLE_NAME) and _ROLE.fullmatch(given.value.removeprefix(_ROLE_NAME))
    if not is_role and not _KEYS.fullmatch(given.value):
        reader.fail(given, f"CREDENTIALS is not of the form {_FORMS}, in lower case and without spaces")


def _check_access_key(reader: TokenReader, token: Token) -> None:
    reader.expect("string", "a quoted string", token)
    secret = reader.take()
    if secret.keyword != "SECRET_ACCESS_KEY":
        reader.fail(secret, "ACCESS_KEY_ID needs SECRET_ACCESS_KEY after it")
    reader.expect("string", "a quoted string", secret)
    session = reader.next
    if reader.take_if("SESSION_TOKEN"):
        reader.expect("string", "a quoted string", session)
