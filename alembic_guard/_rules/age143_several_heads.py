"""AGE143: the chain has several heads."""

from __future__ import annotations

from collections.abc import Sequence

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE143",
    slug="several-heads",
    severity=Severity.WARNING,
    title="The revisions have several heads",
    why=(
        "`alembic upgrade head` and `alembic revision` refuse to choose between them. Two branches were merged in version "
        "control and not in the chain, unless they are meant to be apart (branch labels)."
    ),
    bad="# two files with down_revision = '1975ea83b712'",
    good="alembic merge heads -m 'merge'",
)


def several(heads: Sequence[str], folder: str) -> Diagnostic:
    return RULE.finding(
        f"expected one head, found {len(heads)}: {', '.join(heads)}",
        object=folder,
        hint="alembic merge heads -m 'merge', or `alembic upgrade heads` where they are meant to be apart.",
    )
