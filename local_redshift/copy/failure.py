"""A COPY that fails as a whole, in Redshift's words; the server is then made to raise it."""


class CopyFailure(Exception):
    """A COPY that cannot be run to its end, with the SQLSTATE, message and detail that the server must raise."""

    def __init__(self, message: str, detail: str = "", sqlstate: str = "XX000") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.sqlstate = sqlstate
