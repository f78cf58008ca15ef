"""AGN101: a name longer than the database keeps."""

from __future__ import annotations

from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._rules._rule import Rule

RULE = Rule(
    code="AGN101",
    slug="name-too-long",
    severity=Severity.ERROR,
    title="A name is longer than the database keeps",
    why=(
        "PostgreSQL keeps 63 bytes of an identifier (NAMEDATALEN) and cuts the rest without an error, so a table is "
        "created under another name than the model's and every later compare creates it again."
    ),
    bad="__tablename__ = 'a_name_of_more_than_sixty_three_bytes_that_postgresql_cuts_without_a_word'",
    good="__tablename__ = 'a_shorter_name'",
)


def too_long(name: str, size: int, limit: int, dialect: str) -> Diagnostic:
    return RULE.finding(
        f"the name has {size} bytes; {dialect} keeps {limit}",
        object=name,
        hint=f"A name of at most {limit} bytes, for instance {name.encode()[:limit].decode(errors='ignore')!r}.",
    )
