"""AGE141: env.py silences the application's loggers."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGE141",
    slug="loggers-silenced",
    severity=Severity.WARNING,
    title="env.py calls fileConfig() so that every logger of the application falls silent",
    why=(
        "logging.config.fileConfig disables all loggers that exist and that its file does not name, unless it is told not to "
        "(Python documentation, logging.config). All templates of Alembic up to 1.20 call it so; an application that migrates "
        "as it starts, and a test suite, lose their logs."
    ),
    bad="fileConfig(config.config_file_name)",
    good="fileConfig(config.config_file_name, disable_existing_loggers=False)",
)


def silenced() -> Diagnostic:
    return RULE.finding(
        "fileConfig() disables every logger that exists already and that alembic.ini does not name",
        hint="fileConfig(config.config_file_name, disable_existing_loggers=False); run_migrations() does so by itself.",
    )
