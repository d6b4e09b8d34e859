"""What a rule for a function or a SELECT may use of the pass over the statement that it is a part of (`rewriting`)."""

from typing import Protocol

from client.statement import Statement


class Renderer(Protocol):
    """One pass over a statement. A span is [low, high) of its tokens."""

    @property
    def statement(self) -> Statement:
        """The statement that is rewritten."""

    def render(self, low: int, high: int) -> str:
        """Return the PostgreSQL text of a span."""

    def unchanged(self, at: int, end: int) -> tuple[str, int]:
        """Keep the token at `at` as it is, and render the rest up to `end`."""

    def after(self, name: int) -> int:
        """Return the token after the arguments of the function at `name`."""

    def exactly(self, name: int, count: int) -> list[str]:
        """Render the arguments of the function at `name`, which must be that many."""

    def keep_in_place(self, low: int, high: int) -> None:
        """Refuse positional placeholders in a span that is about to be moved or written twice."""
