"""AGO104: tables of ours that no model declares."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._names import TableName
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGO104",
    slug="ours-in-no-model",
    severity=Severity.ERROR,
    title="A table that our chain created is in no model: nothing is dropped until somebody says so",
    why=(
        "The models stopped declaring it, or they never did: a chain written by hand whose autogenerate is being turned "
        "on. Nothing in the database tells these apart, and bare Alembic drops the table in both."
    ),
    bad="# op.create_table('chat_messages', ...) in a revision, and no class with __tablename__ = 'chat_messages'",
    good='alembic -x drop=chat_messages revision --autogenerate -m "drop chat_messages"',
    switchable=True,
)


def in_no_model(tables: Mapping[TableName, str], database: str, engine: str | None = None) -> Diagnostic:
    """One finding for all of them; ``tables`` says of each why it is ours, ``engine`` which of several databases it is."""
    names = sorted(tables)
    width = max(len(str(name)) for name in names)
    lines = [f"  {name!s:<{width}}  {tables[name]}" for name in names]
    message = f"ours and in no model; nothing is dropped by inference. In {database}:"
    return RULE.finding("\n".join([message, *lines]), object=", ".join(map(str, names)), hint=_hint(names, engine))


def _hint(names: list[TableName], engine: str | None) -> str:
    listed = ", ".join(repr(name if "." in f"{name.schema}{name.name}" else str(name)) for name in names)
    whose = f"{engine}:" if engine else ""
    drops = " ".join("-x " + quote(f"drop={whose}{name}") for name in names)
    return (
        "declare them:          python -m alembic_guard adopt\n"
        f"or name their owner:   Guard(..., external=[ExternalTables('their-name', [{listed}])])\n"
        f'or drop them:          alembic {drops} revision --autogenerate -m "drop"'
    )
