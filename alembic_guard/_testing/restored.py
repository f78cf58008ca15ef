"""The schema before each revision, and again after its downgrade."""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy import Connection

from alembic_guard._catalogue import read_catalogue
from alembic_guard._names import TableName
from alembic_guard._testing.environment import fail
from alembic_guard._testing.schema import Schema, SchemaReader, differences
from alembic_guard._testing.walk import name_of


class Restored:
    """Fails at the first downgrade that leaves another schema than there was before its upgrade."""

    def __init__(self, context: MigrationContext) -> None:
        assert context.connection is not None
        self._connection: Connection = context.connection
        catalogue = read_catalogue(self._connection)
        self._database = catalogue.database
        version_table = TableName(context.version_table_schema, context.version_table)
        self._reader = SchemaReader([version_table.within(catalogue.default_schema)])
        self._schemas: dict[str, Schema] = {}

    def before(self, step: RevisionStep) -> None:
        if step.is_upgrade:
            self._schemas[step.revision.revision] = self._read()

    def after(self, step: RevisionStep) -> None:
        if step.is_upgrade:
            return
        expected, found = self._schemas[step.revision.revision], self._read()
        lines = list(schema_differences(expected, found))
        if lines:
            fail(
                f"{name_of(step)} on {self._database} leaves another schema than there was before its upgrade\n"
                "  expected: none of these differences; found (- is gone, + is left):\n"
                + "\n".join(f"    {line}" for line in lines),
                hint=f"let downgrade() in {step.revision.path} undo all that upgrade() does",
            )

    def _read(self) -> Schema:
        """Without what others may use too, and a careful downgrade leaves."""
        found = self._reader.read(self._connection)
        return {name: facts for name, facts in found.items() if name.name not in ("(schema)", "(extension)")}

    def told(self, step: RevisionStep, error: Exception) -> str:
        return ""


def schema_differences(expected: Schema, found: Schema) -> list[str]:
    """Lines under the name of their table."""
    lines = []
    for name in sorted({*expected, *found}):
        told = differences(expected.get(name, frozenset()), found.get(name, frozenset()))
        lines += [f"{name}: {line}" for line in told]
    return lines
