"""Other owners' tables, looked at before the first revision and after every one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy import Connection

from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._chain import OurChain
from alembic_guard._compare.comparison import Comparison
from alembic_guard._names import TableName
from alembic_guard._ownership import Kind, Ownership
from alembic_guard._testing.environment import comparison_of, fail
from alembic_guard._testing.schema import Row, SchemaReader, differences, row_in_words, rows_of
from alembic_guard._testing.walk import name_of

_SHOWN = 5
"""Rows of a table that a failure shows."""


class Untouched:
    """Fails at the first revision that changes a table of another owner, or a row of one."""

    def __init__(self, context: MigrationContext) -> None:
        assert context.connection is not None
        self._connection: Connection = context.connection
        self._comparison: Comparison = comparison_of(context)
        self._catalogue = read_catalogue(self._connection, {name.schema for name in self._comparison.claims.external})
        self._owners = _owners(context, self._comparison, self._catalogue)
        self._reader = SchemaReader()
        self._expected = self._look()

    def before(self, step: RevisionStep) -> None:
        """Nothing: the stop before has been looked at."""

    def after(self, step: RevisionStep) -> None:
        for name, found in self._look().items():
            expected = self._expected[name]
            if found != expected:
                fail(
                    f"{name_of(step)} changed {name}, which is {self._owners[name]}, on {self._catalogue.database}\n"
                    "  expected: the same definition and rows before and after; found:\n"
                    + "\n".join(f"    {line}" for line in _changes(expected, found)),
                    hint=f"leave {name.name} to its owner: take what reaches it out of {step.revision.path}",
                )

    def told(self, step: RevisionStep, error: Exception) -> str:
        return ""

    def _look(self) -> dict[TableName, _Table]:
        schema = self._reader.read(self._connection, as_written=True)
        return {
            name: _Table.of(schema[name], rows_of(self._connection, name)) if name in schema else _Table()
            for name in self._owners
        }


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows are compared as they are written: two NaN are not equal.

    Args:
        rows: By what they say.
    """

    facts: frozenset[str] = frozenset()
    rows: Mapping[str, Row] = field(default_factory=dict, compare=False)
    said: Sequence[str] = ()

    @classmethod
    def of(cls, facts: frozenset[str], rows: Sequence[Row]) -> _Table:
        return cls(facts, {repr(row): row for row in rows}, [repr(row) for row in rows])


def _changes(expected: _Table, found: _Table) -> list[str]:
    if lines := differences(expected.facts, found.facts):
        return lines
    gone, new = _beyond(expected, found), _beyond(found, expected)
    lines = [*(f"- {row}" for row in gone[:_SHOWN]), *(f"+ {row}" for row in new[:_SHOWN])]
    return lines or [f"{len(expected.said)} rows before, {len(found.said)} after"]


def _beyond(one: _Table, other: _Table) -> list[str]:
    return [row_in_words(row) for said, row in one.rows.items() if said not in other.rows]


def _owners(context: MigrationContext, comparison: Comparison, catalogue: Catalogue) -> dict[TableName, str]:
    """Who owns each table that is to stay as it is: every declared one, and what is there and not ours."""
    claims = comparison.claims
    found = {catalogue.real(name): f"{owner}'s" for name, owner in claims.external.items()}
    ownership = Ownership(claims, catalogue, OurChain(context, catalogue, comparison.guard.ours, comparison.engine))
    for name in ownership.undeclared():
        found.setdefault(name, "nobody's that the Guard knows")
    for name in catalogue.tables:
        if ownership.of(name).kind is Kind.EXTERNAL:
            found.setdefault(name, "another owner's")
    created = {catalogue.real(name) for name in claims.created}
    return {name: owner for name, owner in found.items() if name not in created}
