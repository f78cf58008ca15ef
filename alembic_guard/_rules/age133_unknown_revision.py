"""AGE133: the database is at a revision that this chain does not have."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE133",
    slug="unknown-revision",
    severity=Severity.ERROR,
    title="The database is at a revision that no file of this chain has",
    why=(
        "It is another application's database, or a newer checkout has migrated it. Alembic says only \"Can't locate "
        'revision", and not in which database.'
    ),
    bad="postgresql+psycopg://app@db/another_application",
    good="postgresql+psycopg://app@db/app",
)


def unknown(database: str, table: str, found: Sequence[str], folder: str, heads: Sequence[str]) -> Diagnostic:
    return RULE.finding(
        f"expected a revision of {folder} (its heads: {', '.join(heads) or 'none'}), found {', '.join(found)} in {table}; "
        "nothing was changed",
        object=database,
        hint=(
            "If this is another application's database: mend the URL. If a newer checkout migrated it: run that one. If two "
            "chains share the database: Guard(..., configure={'version_table': 'alembic_version_app'})."
        ),
    )
