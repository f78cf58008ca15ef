"""The other owners that are known by what was found of them, and what their tables look like by their preset."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import NoSuchModuleError

from alembic_guard._external import ExternalTables, table_name, written_type
from alembic_guard._names import TableName
from alembic_guard._review.better_auth import LiveColumns, answers, which_better_auth
from alembic_guard._review.values import Column, Owner, Sources
from alembic_guard._types import written
from alembic_guard.presets import django, langgraph


@dataclass(frozen=True, slots=True)
class KnownOwner:
    """An owner with its preset."""

    owner: Owner
    tables: ExternalTables

    def columns(self, name: TableName, dialect: str | None) -> tuple[Column, ...]:
        """The columns of one of its tables, as its migrator makes them on this dialect."""
        table = next((each for each in self.tables.metadata.tables.values() if table_name(each) == name), None)
        made = dialect_of(dialect)
        if table is None:
            return ()
        return tuple(
            Column(str(each.name), written(written_type(each, made.name), made), bool(each.nullable))
            for each in table.columns
        )


def known_owners(sources: Sources, live: LiveColumns, dialect: Dialect | None) -> list[KnownOwner]:
    """Owners by evidence: the code names them, a package.json has them, or the database has all their tables."""
    auth = which_better_auth(sources, live, dialect)
    found = []
    for name, preset, code in (
        ("better-auth", auth.tables, auth.code),
        ("django", django(), "django()"),
        ("langgraph", langgraph(), "langgraph()"),
    ):
        why = _why(name, preset, sources, live)
        if why:
            said = tuple(answers(auth)) if name == "better-auth" else ()
            imports = f"from alembic_guard.presets import {code.partition('(')[0]}"
            owner = Owner(name, code, imports, why, preset.migrate or "", tuple(sorted(preset.names)), said)
            found.append(KnownOwner(owner, preset))
    return found


def _why(name: str, preset: ExternalTables, sources: Sources, live: LiveColumns) -> str:
    declared = [place for table, (owner, place) in sources.declared.items() if owner == name and not table]
    if declared:
        return f"{declared[0]} names it"
    if name in sources.packages:
        version, place = sources.packages[name]
        return f"{place} has {name} {version}"
    wanted = {table_name(each): {str(c.name) for c in each.columns} for each in preset.metadata.tables.values()}
    if wanted and all(columns <= live.get(table, {}).keys() for table, columns in wanted.items()):
        return f"the database has all {len(wanted)} of its tables with their columns"
    return ""


def dialect_of(name: str | None) -> Dialect:
    """A dialect to write types with; PostgreSQL's where none is known."""
    try:
        return make_url(f"{name or 'postgresql'}://").get_dialect()()
    except NoSuchModuleError:
        return DefaultDialect()
