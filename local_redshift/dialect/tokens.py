"""Refuse tokens that PostgreSQL would take for something else than Redshift does, and names that it would cut."""

from sqlglot import TokenType

from client.statement import Statement

NAME_BYTES = 63  # what PostgreSQL keeps of a name; Redshift keeps 127
NO_LITERALS = {
    TokenType.HEREDOC_STRING: "a string in dollar signs",
    TokenType.RAW_STRING: "a raw string",
    TokenType.UNICODE_STRING: "a U&'…' string",
    TokenType.PARAMETER: "a $ parameter",
}


def check_tokens(statement: Statement) -> None:
    """Refuse tokens that PostgreSQL would take for something else than Redshift does."""
    for at, token in enumerate(statement.tokens):
        if token.token_type in NO_LITERALS:
            statement.refuse(f"{NO_LITERALS[token.token_type]} is not Redshift's: write '…'", at)
        is_name = token.token_type == TokenType.IDENTIFIER or statement.word(at).isidentifier()
        if is_name and len(token.text.encode()) > NAME_BYTES:
            statement.refuse(
                f'the name "{token.text}" has {len(token.text.encode())} bytes: Redshift keeps 127 of a name, the '
                f"local warehouse {NAME_BYTES}; choose a shorter one",
                at,
            )
        if "#" in token.text[1:] and token.token_type == TokenType.VAR:
            statement.refuse(f"{token.text}: the operator # is not emulated by the local warehouse", at)
        is_literal = token.token_type == TokenType.STRING and at > 0 and statement.tokens[at - 1].end + 1 == token.start
        if is_literal and statement.word(at - 1) in ("X", "B", "N"):
            statement.refuse(f"{statement.word(at - 1)}'…' is not Redshift's: write '…'", at)
