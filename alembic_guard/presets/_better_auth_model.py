"""Better Auth's own model of its tables, as ``data/better-auth-*.json`` has it from the real packages.

The words are those of Better Auth's source (``DBFieldAttribute``): a field is NOT NULL unless ``required`` is false.
``tests/presets/better_auth.mjs`` writes the data; its date and the packages' versions stand in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

VERSIONS = ("1.7", "1.6", "1.4")

KINDS = ("string", "number", "boolean", "date", "json", "string[]", "number[]")


@dataclass(frozen=True, slots=True)
class Reference:
    """Another model's field that a field refers to."""

    model: str
    field: str
    on_delete: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model.

    Args:
        kind: One of KINDS.
        default_now: Whether the database sets the time.
        mysql_length: What MariaDB's column is shortened to for an index of several columns.
    """

    kind: str
    required: bool = True
    unique: bool = False
    index: bool = False
    sortable: bool = False
    bigint: bool = False
    default_now: bool = False
    references: Reference | None = None
    mysql_length: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A table: its fields without ``id``, which every table has, and the indexes that no field says by itself."""

    fields: Mapping[str, Field]
    indexes: tuple[tuple[tuple[str, ...], bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """What a plugin adds, and the npm package it is in."""

    package: str
    models: Mapping[str, Model] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Data:
    """Everything one version of Better Auth can have."""

    source: Mapping[str, str]
    generated: str
    core: Mapping[str, Model]
    plugins: Mapping[str, Plugin]


@cache
def data_of(version: str) -> Data:
    """The data of one of VERSIONS; read when it is first asked for."""
    text = (files("alembic_guard.presets") / "data" / f"better-auth-{version}.json").read_text(encoding="utf-8")
    raw = json.loads(text)
    return Data(
        raw["source"],
        raw["generated"],
        _models(raw["core"]),
        {name: Plugin(said["package"], _models(said["tables"])) for name, said in raw["plugins"].items()},
    )


def field_of(said: Mapping[str, Any]) -> Field:
    """A field from Better Auth's words for it."""
    target = said.get("references")
    return Field(
        kind=said["type"],
        required=said.get("required") is not False,
        unique=bool(said.get("unique")),
        index=bool(said.get("index")),
        sortable=bool(said.get("sortable")),
        bigint=bool(said.get("bigint")),
        default_now=said.get("default") == "now",
        references=Reference(target["model"], target["field"], target.get("onDelete", "cascade")) if target else None,
        mysql_length=said.get("mysqlLength"),
    )


def merged(parts: Iterable[Mapping[str, Model]]) -> dict[str, Model]:
    """Models with the fields and indexes of each part, the first part's first."""
    found: dict[str, Model] = {}
    for part in parts:
        for name, model in part.items():
            known = found.get(name, Model({}))
            found[name] = Model({**known.fields, **model.fields}, (*known.indexes, *model.indexes))
    return found


def without(models: Mapping[str, Model], absent: Iterable[str]) -> dict[str, Model]:
    """The models but these, and no reference to one of them."""
    gone = set(absent)
    return {name: _unbound(model, gone) for name, model in models.items() if name not in gone}


def _unbound(model: Model, gone: set[str]) -> Model:
    fields = {
        name: replace(each, references=None) if each.references and each.references.model in gone else each
        for name, each in model.fields.items()
    }
    return replace(model, fields=fields)


def _models(raw: Mapping[str, Any]) -> dict[str, Model]:
    return {
        name: Model(
            {field: field_of(each) for field, each in said["fields"].items()},
            tuple((tuple(index["columns"]), index["unique"]) for index in said["indexes"]),
        )
        for name, said in raw.items()
    }
