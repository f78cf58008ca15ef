"""AGR114: a key of ours has no name."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGR114",
    slug="key-without-name",
    severity=Severity.ERROR,
    title="A foreign key to an external table has no name, and no naming convention gives it one",
    why=(
        "On a table that exists Alembic writes op.create_foreign_key(None, ...) and op.drop_constraint(None, ...): the "
        'downgrade fails, on SQLite the upgrade too (Alembic documentation, "The Importance of Naming Constraints"). '
        "In a new table the database makes a name up, which is only told (info)."
    ),
    bad="class Base(DeclarativeBase): ...",
    good=(
        "class Base(DeclarativeBase):\n"
        "    metadata = MetaData(naming_convention={\n"
        "        'ix': 'ix_%(column_0_label)s', 'fk': 'fk_%(table_name)s_%(column_0_name)s'})"
    ),
    switchable=True,
)

_CONVENTION = "metadata = MetaData(naming_convention={'ix': 'ix_%(column_0_label)s', 'fk': 'fk_%(table_name)s_%(column_0_name)s'})"


def no_name(key: str, line: str) -> Diagnostic:
    return RULE.finding(
        "the key has no name, so the downgrade cannot drop it; expected one of its own or from a naming convention",
        object=key,
        hint=f"{line}\nor {_CONVENTION}",
    )


def named_by_the_database(key: str, line: str) -> Diagnostic:
    return RULE.finding(
        "the key has no name; the database will make one up",
        object=key,
        hint=f"{line}\nor {_CONVENTION}",
        severity=Severity.INFO,
    )
