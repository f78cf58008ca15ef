"""AGD106: a key of a model is not in the database, or is another one."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGD106",
    slug="key-missing",
    severity=Severity.WARNING,
    title="A primary or foreign key of a model is not in the database",
    why=(
        "Queries work, and nothing keeps rows that refer to nothing out; ON DELETE does nothing. On SQLite a bare "
        "add_column with a key adds the column and then fails: the column is there and its key is not."
    ),
    bad="op.add_column('runs', sa.Column('chat_session_id', sa.Text()))",
    good="op.create_foreign_key(None, 'runs', 'chat_sessions', ['chat_session_id'], ['id'], ondelete='CASCADE')",
)


def key_missing(table: str, key: str, database: str, found: str = "") -> Diagnostic:
    return RULE.finding(
        f"{database} has {found or 'no such key'}; the model has {key}",
        object=table,
        hint="alembic revision --autogenerate writes what is missing.",
    )
