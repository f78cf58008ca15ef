"""The other owners that are known by what was found of them, and what their tables look like by their preset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import NoSuchModuleError

from alembic_guard._external import ExternalTables, table_name, written_type
from alembic_guard._names import TableName
from alembic_guard._review.values import Column, Owner, Sources
from alembic_guard._types import written
from alembic_guard.presets import better_auth, django, langgraph
from alembic_guard.presets._better_auth_model import VERSIONS, data_of

_PRESETS = {
    "better-auth": ("better_auth()", "from alembic_guard.presets import better_auth"),
    "django": ("django()", "from alembic_guard.presets import django"),
    "langgraph": ("langgraph()", "from alembic_guard.presets import langgraph"),
}


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


def known_owners(
    sources: Sources, live: Iterable[TableName], live_columns: Mapping[TableName, set[str]]
) -> list[KnownOwner]:
    """Owners by evidence: the code names them, a package.json has them, or the database has all their tables."""
    found = []
    for name, preset in (("better-auth", better_auth()), ("django", django()), ("langgraph", langgraph())):
        why = _why(name, preset, sources, set(live), live_columns)
        if why:
            code, imports = _PRESETS[name]
            owner = Owner(
                name,
                code,
                imports,
                why,
                preset.migrate or "",
                tuple(sorted(preset.names)) if name == "better-auth" else (),
                tuple(_better_auth_answers(preset)) if name == "better-auth" else (),
            )
            found.append(KnownOwner(owner, preset))
    return found


def _why(
    name: str,
    preset: ExternalTables,
    sources: Sources,
    live: set[TableName],
    live_columns: Mapping[TableName, set[str]],
) -> str:
    declared = [place for table, (owner, place) in sources.declared.items() if owner == name and not table]
    if declared:
        return f"{declared[0]} names it"
    if name in sources.packages:
        version, place = sources.packages[name]
        return f"{place} has {name} {version}"
    wanted = {each.name: {str(c.name) for c in each.columns} for each in preset.metadata.tables.values()}
    there = {each.name: live_columns.get(each, set()) for each in live if each.name in wanted}
    if wanted and len(there) == len(wanted) and all(wanted[each] <= there[each] for each in wanted):
        return f"the database has all {len(wanted)} of its tables with their columns"
    return ""


def _better_auth_answers(preset: ExternalTables) -> Iterator[str]:
    """What plans written by hand have got wrong; said from the preset's data, which the real packages wrote."""
    data = data_of(VERSIONS[0])
    version = data.source["better-auth"]
    yield (
        f"Its tables do not come by themselves, and not with the first request: `{preset.migrate}` makes them. "
        "No revision of ours creates, alters or drops them."
    )
    user = data.core["user"]
    needed = [name for name, each in user.fields.items() if each.required and not each.default_now]
    yield f"user.name is NOT NULL. Without a default are id, {', '.join(needed)}: an INSERT by hand has to give each."
    silent = sorted(name for name, each in data.plugins.items() if not each.models and "." not in name)
    every = {table for each in data.plugins.values() for table in each.models} | set(data.core)
    assert "oneTimePassword" not in every
    yield (
        f"There is no table oneTimePassword, in no plugin of better-auth {version}: emailOTP, magicLink and oneTimeToken "
        f"keep their codes in verification. These plugins add no table: {', '.join(silent)}."
    )
    yield "user.id is text by default (32 letters and digits), not a UUID: a key to it is text, and only the key. Our own UUID keys stay."


def dialect_of(name: str | None) -> Dialect:
    """A dialect to write types with; PostgreSQL's where none is known."""
    try:
        return make_url(f"{name or 'postgresql'}://").get_dialect()()
    except NoSuchModuleError:
        return DefaultDialect()
