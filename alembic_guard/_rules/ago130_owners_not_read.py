"""AGO130: who owns what cannot be read from the files."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO130",
    slug="owners-not-read",
    severity=Severity.WARNING,
    title="Whose tables are whose cannot be read without running env.py",
    why=(
        "`lint` reads env.py and runs nothing, so it knows the owners that are written there as literals, constants, presets or "
        "contract files. The tables of any other are left alone: no finding is no promise about them."
    ),
    bad="Guard('app.models:Base.metadata', external=owners_of(settings))",
    good="Guard('app.models:Base.metadata', external=[better_auth(), ExternalTables('queue', ['jobs'])])",
    switchable=True,
)

_HINT = "Name them for lint: python -m alembic_guard lint --external better-auth --external queue=jobs,jobs_*"


def not_read(path: str, line: int, why: str) -> Diagnostic:
    return RULE.finding(f"{why}; its tables are left alone", path=path, line=line, hint=_HINT)


def several(path: str, line: int) -> Diagnostic:
    return RULE.finding(
        "env.py has several Guards with different owners, and which of them a revision is for cannot be read; what it does to "
        "others' tables is not looked at",
        path=path,
        line=line,
        hint=_HINT,
    )


def no_configuration(migration: str) -> Diagnostic:
    return RULE.finding(
        "no configuration of Alembic here says where env.py is, so nobody is known to own a table that a migration changes",
        path=migration,
        hint="Run it where alembic.ini is, or name that: python -m alembic_guard -c ../alembic.ini lint\n" + _HINT,
    )
