"""AGE140: env.py gives autogenerate nothing to compare with."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE140",
    slug="autogenerate-off",
    severity=Severity.WARNING,
    title="env.py gives no target_metadata, so autogenerate is off",
    why=(
        "`alembic revision --autogenerate` and `alembic check` then fail, and every migration is written by hand. Turned on "
        "without a Guard, bare Alembic writes a drop for every table that no model declares (alembic#596, #777)."
    ),
    bad="target_metadata = None",
    good="run_migrations(Guard('app.models:Base.metadata'))",
)


def off(what: str) -> Diagnostic:
    return RULE.finding(
        f"{what}: autogenerate is off",
        hint="The env.py of the next steps turns it on without touching what is not ours.",
    )
