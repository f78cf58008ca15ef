"""AGR103: a key refers to a table whose name holds a dot."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR103",
    slug="key-to-a-dotted-name",
    severity=Severity.ERROR,
    title="A foreign key refers to an external table whose name holds a dot",
    why=(
        "Alembic writes a key's target as text, 'table.column', and SQLAlchemy reads a dot in it as the end of a "
        "schema's or a table's name; the migration would name another table."
    ),
    bad="ForeignKey(crm['their.table'].c.id)",
    good="owner_id = mapped_column(Integer)  # and a foreign key by op.execute('ALTER TABLE ...') in the migration",
)


def dotted(key: str, target: str) -> Diagnostic:
    return RULE.finding(
        f"the key refers to {target!r}, and a migration cannot name a target with a dot in it",
        object=key,
        hint="Leave the key out of the model and write it by hand: op.execute('ALTER TABLE ... REFERENCES \"a.b\" (id)').",
    )
