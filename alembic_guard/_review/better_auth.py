"""Which ``better_auth(...)`` the other owner is, by what its live tables look like, and what plans get wrong about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from alembic_guard._external import ExternalTables
from alembic_guard._names import TableName
from alembic_guard._review.values import Sources
from alembic_guard._types import family
from alembic_guard.presets import better_auth
from alembic_guard.presets._better_auth_model import VERSIONS, data_of
from alembic_guard.presets._better_auth_types import Adapter, IdType

LiveColumns = Mapping[TableName, Mapping[str, TypeEngine[object]]]

_ID_TYPES = {"uuid": "uuid", "integer": "serial"}
"""``generateId`` by the family of user.id; what is neither is text (facts of the preset, ``_better_auth_types``)."""


@dataclass(frozen=True, slots=True)
class BetterAuth:
    """The preset with its arguments, as a value and as code."""

    tables: ExternalTables
    code: str
    id_type: str


def which_better_auth(sources: Sources, live: LiveColumns, dialect: Dialect | None) -> BetterAuth:
    """The arguments that its live tables call for; without them what package.json says migrates."""
    plain = {name.name: columns for name, columns in live.items() if name.schema is None}
    adapter = _adapter(sources, plain)
    id_type = _id_type(plain, dialect)
    plugins = sorted(_plugins(plain)) if adapter != "drizzle" else []
    said = [
        *([f'"{id_type}"'] if id_type != "text" else []),
        *([f"plugins={plugins!r}".replace("'", '"')] if plugins else []),
        *([f'adapter="{adapter}"'] if adapter != "kysely" else []),
    ]
    return BetterAuth(better_auth(id_type, plugins, adapter=adapter), f"better_auth({', '.join(said)})", id_type)


def _adapter(sources: Sources, plain: Mapping[str, Mapping[str, object]]) -> Adapter:
    """Drizzle writes snake_case; Prisma and Better Auth itself write the same names, and only package.json tells."""
    account = plain.get("account", {})
    if "provider_id" in account or ("providerId" not in account and "drizzle-kit" in sources.packages):
        return "drizzle"
    return "prisma" if "prisma" in sources.packages else "kysely"


def _id_type(plain: Mapping[str, Mapping[str, TypeEngine[object]]], dialect: Dialect | None) -> IdType:
    found = plain.get("user", {}).get("id")
    kind = family(found, dialect) if found is not None and dialect is not None and dialect.name != "sqlite" else "text"
    return cast("IdType", _ID_TYPES.get(kind, "text"))


def _plugins(plain: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Plugins whose own tables are there with their columns; of several with the same tables the first."""
    data = data_of(VERSIONS[0])
    seen: set[str] = set(data.core)
    for name, plugin in sorted(data.plugins.items(), key=lambda each: ("." in each[0], -len(each[1].models), each[0])):
        own = {table: model for table, model in plugin.models.items() if table not in seen}
        if own and all(table in plain and set(model.fields) <= set(plain[table]) for table, model in own.items()):
            seen.update(own)
            yield name


def answers(found: BetterAuth) -> Iterator[str]:
    """What plans written by hand have got wrong; said from the preset's data, which the real packages wrote."""
    data = data_of(VERSIONS[0])
    version = data.source["better-auth"]
    yield (
        f"Its tables do not come by themselves, and not with the first request: `{found.tables.migrate}` makes them. "
        "Revisions should neither create nor alter nor drop them."
    )
    needed = [name for name, each in data.core["user"].fields.items() if each.required and not each.default_now]
    yield f"user.name is NOT NULL. Without a default are id, {', '.join(needed)}: an INSERT by hand has to give each."
    silent = sorted(name for name, each in data.plugins.items() if not each.models and "." not in name)
    every = {table for each in data.plugins.values() for table in each.models} | set(data.core)
    assert "oneTimePassword" not in every
    yield (
        f"There is no table oneTimePassword, in no plugin of better-auth {version}: what emailOTP, magicLink and oneTimeToken "
        f"keep is in verification. These plugins add no table: {', '.join(silent)}."
    )
    if found.id_type == "text":
        yield (
            "user.id is text by default (32 letters and digits), not a UUID: a key to it is text, and only the key. "
            "Our own UUID keys stay."
        )
    else:
        yield f"user.id is {found.id_type} here (advanced.database.generateId): a key to it is too, and only the key."
