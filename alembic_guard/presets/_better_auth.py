"""Better Auth's tables: which they are with these plugins, under these names, from this version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args

from alembic_guard._external import ExternalTables
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop
from alembic_guard.presets._better_auth_model import KINDS, VERSIONS, Data, Model, data_of, field_of, merged, without
from alembic_guard.presets._better_auth_tables import Shape, tables_of
from alembic_guard.presets._better_auth_types import Adapter, IdType

CreatedBy = Literal["better-auth", "alembic"]
Version = Literal["1.7", "1.6", "1.4"]

_MIGRATE = {
    "kysely": "npx auth@latest migrate",
    "drizzle": "npx drizzle-kit migrate",
    "prisma": "npx prisma migrate deploy",
}


def better_auth(
    id_type: IdType = "text",
    plugins: Iterable[str] = (),
    *,
    names: Mapping[str, str] | Literal["plural", "snake_case"] | None = None,
    columns: Mapping[str, Mapping[str, str]] | Literal["snake_case"] | None = None,
    fields: Mapping[str, Mapping[str, str | Mapping[str, Any]]] | None = None,
    absent: Iterable[str] = (),
    schema: str | None = None,
    adapter: Adapter = "kysely",
    version: Version = "1.7",
    relies_on: Mapping[str, Iterable[str]] | None = None,
    created_by: CreatedBy = "better-auth",
) -> ExternalTables:
    """The tables that Better Auth makes: ``user``, ``session``, ``account``, ``verification``, and its plugins'.

    Args:
        id_type: What ``advanced.database.generateId`` makes of ids: ``"text"`` (the default, and with false or a
            function of one's own), ``"uuid"``, ``"serial"``.
        plugins: The plugins by the names of their functions in TypeScript, ``"organization"``, and those of their
            options that add columns, ``"organization.teams"``. ``"rateLimit"`` is ``rateLimit.storage: "database"``.
        names: Tables that Better Auth was told to call otherwise (``user.modelName``): ``{"user": "users"}``;
            ``"plural"`` for all of them (``usePlural``), ``"snake_case"`` (Kysely's CamelCasePlugin).
        columns: Columns likewise (``user.fields``): ``{"user": {"email": "email_address"}}``, or ``"snake_case"`` for all.
        fields: Fields that were added (``user.additionalFields``), in Better Auth's own words:
            ``{"user": {"company": "string", "age": {"type": "number", "required": False}}}``.
        absent: Tables that are kept elsewhere (``secondaryStorage``): ``["session", "verification"]``.
        schema: The schema they are in, where the search path does not find them.
        adapter: What migrates: ``"kysely"`` (Better Auth itself), ``"drizzle"`` (snake_case), ``"prisma"``.
        version: Better Auth's. ``"1.6"`` is right for 1.5 too, ``"1.4"`` for what is older.
        relies_on: Columns that must be there beside those our keys refer to: ``{"user": ["email"]}``.
        created_by: ``"alembic"`` where our own chain creates those of the tables that the database does not have, as
            Better Auth would, so that its migrator finds nothing left to do; from then on they are Better Auth's.

    ``auth["user"]`` has columns by their names in the database; one that would hide an attribute of a mapped class or of
    ``Table.c`` has an underscore behind it: ``auth["organization"].c.metadata_``.

    Raises:
        GuardError: AGE108 when a value is unknown; the message lists those there are.

    .. versionadded:: 0.1
    """
    _check_choices(id_type=(id_type, IdType), adapter=(adapter, Adapter), version=(version, Version))
    _check_choices(created_by=(created_by, CreatedBy))
    if created_by == "alembic" and (adapter, version) != ("kysely", VERSIONS[0]):
        _refuse("created_by", "alembic", f"adapter='kysely' and version={VERSIONS[0]!r}: the others are not written")
    data = data_of(version)
    every = merged([data.core, *_chosen(data, _list("plugins", plugins))])
    gone = _list("absent", absent)
    _check_known("absent", gone, every)
    models = without(merged([every, _added(fields or {}, every)]), gone)
    shape = Shape(
        _tables_called(names, models, adapter), _columns_called(columns, models, adapter), schema, id_type, adapter
    )
    return ExternalTables(
        "better-auth",
        tables_of(models, shape),
        migrate=_MIGRATE[adapter],
        relies_on=relies_on,
        created_by=created_by,
        hints=dict(_hints(data, every, gone)),
    )


def _check_choices(**given: tuple[object, Any]) -> None:
    for name, (value, choices) in given.items():
        if value not in get_args(choices):
            _refuse(name, value, f"one of {get_args(choices)}")


def _refuse(argument: str, found: object, expected: str) -> None:
    stop(age108_bad_guard.bad_value(f"better_auth({argument}=...)", found, expected))


def _check_known(argument: str, given: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        _refuse(argument, ", ".join(unknown), f"one of {', '.join(known)}")


def _list(argument: str, given: Iterable[str]) -> list[str]:
    if isinstance(given, str):
        _refuse(argument, given, f"a list of names, [{given!r}]")
    return list(dict.fromkeys(given))


def _chosen(data: Data, plugins: Iterable[str]) -> Iterator[Mapping[str, Model]]:
    """What the plugins add; an option brings its plugin with it."""
    wanted = [part for name in plugins for part in (name.partition(".")[0], name)]
    _check_known("plugins", wanted, sorted(data.plugins))
    for name in dict.fromkeys(wanted):
        yield data.plugins[name].models


def _added(fields: Mapping[str, Mapping[str, Any]], models: Mapping[str, Model]) -> dict[str, Model]:
    _check_known("fields", fields, models)
    added = {}
    for model, given in fields.items():
        said: dict[str, Mapping[str, Any]] = {
            name: {"type": each} if isinstance(each, str) else each for name, each in given.items()
        }
        for name, each in said.items():
            _check_known(f"fields={{{model!r}: {{{name!r}: ...}}}}", each, _WORDS)
            if each.get("type") not in KINDS:
                _refuse(f"fields={{{model!r}: {{{name!r}: ...}}}}", each.get("type"), f"a type of {KINDS}")
            _check_reference(each.get("references"), models)
        added[model] = Model({name: field_of(each) for name, each in said.items()})
    return added


def _check_reference(said: Mapping[str, str] | None, models: Mapping[str, Model]) -> None:
    if said is None:
        return
    _check_known("references", [said.get("model", "")], models)
    known = ("id", *models[said["model"]].fields)
    if said.get("field") not in known:
        _refuse("references", said.get("field"), f"a field of {said['model']} ({', '.join(known)})")


_WORDS = ("type", "required", "unique", "index", "sortable", "bigint", "references", "default")


def _tables_called(
    names: Mapping[str, str] | str | None, models: Mapping[str, Model], adapter: Adapter
) -> dict[str, str]:
    plain = {name: _snake_case(name) if adapter == "drizzle" else name for name in models}
    if names is None:
        return plain
    if isinstance(names, str):
        _check_choices(names=(names, Literal["plural", "snake_case"]))
        return {name: f"{plain[name]}s" if names == "plural" else _snake_case(name) for name in models}
    _check_known("names", names, models)
    called = {**plain, **names}
    _check_once("names", called)
    return called


def _columns_called(
    columns: Mapping[str, Mapping[str, str]] | str | None, models: Mapping[str, Model], adapter: Adapter
) -> dict[str, dict[str, str]]:
    if isinstance(columns, str):
        _check_choices(columns=(columns, Literal["snake_case"]))
    snake = columns == "snake_case" or adapter == "drizzle"
    given = columns if isinstance(columns, Mapping) else {}
    _check_known("columns", given, models)
    found = {}
    for name, model in models.items():
        plain = {field: _snake_case(field) if snake else field for field in ("id", *model.fields)}
        _check_known(f"columns={{{name!r}: ...}}", given.get(name, ()), plain)
        found[name] = {**plain, **given.get(name, {})}
        _check_once(f"columns={{{name!r}: ...}}", found[name])
    return found


def _check_once(argument: str, called: Mapping[str, str]) -> None:
    twice = sorted({name for name in called.values() if list(called.values()).count(name) > 1})
    if twice:
        _refuse(argument, ", ".join(twice), "another name for each")


def _snake_case(name: str) -> str:
    """As Kysely's CamelCasePlugin and Better Auth's Drizzle generator: ``credentialID`` is ``credential_id``."""
    return re.sub(r"(?<=[^A-Z])([A-Z])", r"_\1", name).lower()


def _hints(data: Data, every: Mapping[str, Model], gone: Iterable[str]) -> Iterator[tuple[str, str]]:
    """By a table that is not among those chosen: how it comes to be one."""
    for name in sorted(data.plugins, key=lambda each: ("." not in each, each)):  # a plugin rather than its option
        plugin = data.plugins[name]
        yield from ((table, f"better_auth(plugins=[{name!r}])") for table in plugin.models if table not in every)
    for name in gone:
        yield name, f"better_auth(absent=...) says that {name} is kept elsewhere; no key can refer to it."
