"""AGN116: an index has no name."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN116",
    slug="index-without-name",
    severity=Severity.ERROR,
    title="An index has no name, and the naming convention of its MetaData gives it none",
    why=(
        "A naming convention takes the place of SQLAlchemy's default, which names indexes only (MetaData.naming_convention). "
        "Without 'ix' in it metadata.create_all() fails, and autogenerate, which makes a name up when it writes the file, "
        "drops the index and creates it again in every revision."
    ),
    bad="MetaData(naming_convention={'fk': 'fk_%(table_name)s_%(column_0_name)s'})  # and index=True on a column",
    good="MetaData(naming_convention={'ix': 'ix_%(column_0_label)s', 'fk': 'fk_%(table_name)s_%(column_0_name)s'})",
    switchable=True,
)


def without_name(columns: str) -> Diagnostic:
    return RULE.finding(
        "the index has no name: every revision would drop it and create it again",
        object=columns,
        hint="Add 'ix': 'ix_%(column_0_label)s' to the naming_convention of its MetaData, or give the Index a name.",
    )
