"""From an expectation that failed to a violation that a person can act on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import dedent
from typing import Any

import psycopg2.extensions

from expectations.running.checks import Check
from expectations.running.gx import Batch, ExpectationSuiteValidationResult, ExpectationValidationResult
from expectations.running.results import EXAMPLES_LIMIT, Violation
from expectations.running.row_conditions import KINDS


@dataclass(frozen=True)
class Explainer:
    """Explains what failed in one batch, whose rows it reads again.

    `errors` are those of the database so far. After the first, the transaction answers nothing any more, and which
    expectation caused it is no longer known: all that follow it count as not checked, with its message.
    """

    check: Check
    identity: Sequence[str]
    batch: Batch
    connection: psycopg2.extensions.connection
    errors: Sequence[str]

    def explain_failures(self, page: ExpectationSuiteValidationResult) -> list[Violation]:
        """Return a violation for each failure of the suite; its page gets the details too."""
        violations = []
        for position, outcome in enumerate(page.results):
            if not outcome.success:
                violation, page.results[position] = self._explain(outcome)
                violations.append(violation)
        return violations

    def _explain(self, outcome: ExpectationValidationResult) -> tuple[Violation, ExpectationValidationResult]:
        exceptions = exceptions_of(outcome)
        if self.errors or exceptions:
            return self._not_checked(outcome, exceptions), outcome
        detailed = self.batch.validate(outcome.expectation_config.to_domain_obj(), result_format="BASIC")
        if exceptions := exceptions_of(detailed):
            return self._not_checked(detailed, exceptions), detailed
        arguments, found = outcome.expectation_config.kwargs, detailed.result
        kind = KINDS.get(outcome.expectation_config.type)
        if kind is not None:
            violation = self._violation(outcome, kind.reason(arguments), found["unexpected_count"])
            violation = self._with_rows(replace(violation, condition=kind.condition(arguments)))
        elif "unexpected_rows_query" in arguments:
            violation = self._violation(outcome, "breaks the rule", found["observed_value"])
            query = _substitute(arguments["unexpected_rows_query"], self.check.query)
            violation = self._with_rows(replace(violation, condition=arguments.get("condition"), query=query))
        else:
            violation = self._violation(outcome, f"has {_observed(found)}")
        found["unexpected_index_query"], found["examples"] = violation.query, violation.shown
        found["partial_unexpected_list"] = []  # the library's own examples have values of all columns
        return violation, detailed

    def _violation(
        self, outcome: ExpectationValidationResult, reason: str, unexpected_count: int | None = None
    ) -> Violation:
        config = outcome.expectation_config
        return Violation(
            table=self.check.table,
            expectation=config.kwargs.get("rule", config.type),
            column=config.kwargs.get("column"),
            severity=config.severity.value,
            description=config.description,
            reason=reason,
            unexpected_count=unexpected_count,
        )

    def _not_checked(self, outcome: ExpectationValidationResult, exceptions: Sequence[dict[str, Any]]) -> Violation:
        error = self.errors[0] if self.errors else str(exceptions[0]["exception_message"])
        for exception in exceptions:
            exception["exception_message"] = error  # the library tries again, and keeps what the last attempt met
        violation = self._violation(outcome, "could not be checked: " + " ".join(error.split()))
        return replace(violation, severity="critical", checked=False)

    def _with_rows(self, violation: Violation) -> Violation:
        """Add examples of the rows that break an expectation; where it is about single rows, also their query."""
        query = violation.query
        if violation.condition is not None:
            columns = dict.fromkeys([*self.identity, str(violation.column)])
            query = f"SELECT {', '.join(columns)} FROM ({self.check.query}) AS batch WHERE {violation.condition}"  # noqa: S608
        with self.connection.cursor() as cursor:
            cursor.execute(f"{query} ORDER BY 1 LIMIT {EXAMPLES_LIMIT}")
            names = [column.name for column in cursor.description or ()]
            examples = tuple(dict(zip(names, row, strict=True)) for row in cursor)
        return replace(violation, examples=examples, query=query)


def exceptions_of(outcome: ExpectationValidationResult) -> list[dict[str, Any]]:
    """Return what an expectation raised instead of being checked."""
    information = outcome.exception_info
    if "raised_exception" not in information:
        return list(information.values())
    return [information] if information["raised_exception"] else []


def _substitute(query: str, batch: str) -> str:
    """Put the batch into the query as Great Expectations does: with an alias, unless there is a JOIN."""
    alias = "" if re.search(r"\bJOIN\b", query) else " AS batch"
    return dedent(query).strip().format(batch=f"({batch}){alias}")


def _observed(found: Mapping[str, Any]) -> str:
    """Return what a table has, where the expectation is about the table and not about rows."""
    observed = found["observed_value"]
    if not isinstance(observed, list):
        return f"{observed:,} rows"
    first = found["details"]["mismatched"][0]
    place, name, wanted = first["Expected Column Position"] + 1, first["Found"], first["Expected"]
    return f"{name or 'nothing'} as column {place}, where {wanted or 'nothing'} is expected"
