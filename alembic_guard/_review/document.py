"""A review as a JSON document, whose shape ``schema.json`` beside this file publishes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sized
from dataclasses import fields, is_dataclass
from importlib.resources import files
from typing import Any

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._drift.identity import DatabaseIdentity
from alembic_guard._history import Created, Touched
from alembic_guard._models import shown
from alembic_guard._names import TableName
from alembic_guard._review.values import Chain, Database, Place, Review

JSON_VERSION = 1
"""Version of the document's shape; it grows when a field is renamed or removed, never when one is added."""


def as_json(review: Review) -> str:
    """``{"version", "configuration", "environment", "databases", "findings", "next_steps"}``; ``databases`` has one, or each
    of Alembic's layout ``multidb``."""
    document = {
        "version": JSON_VERSION,
        "configuration": _plain(review.configuration),
        "environment": _plain(review.environment),
        "databases": [_database(each) for each in review.databases],
        "findings": _plain(review.findings),
        "next_steps": _plain(review.steps),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _database(database: Database) -> dict[str, Any]:
    return {
        "name": database.name,
        "url": _plain(database.url),
        "dialect": database.dialect,
        "metadata": _plain(database.metadata),
        "history": _history(database.chain),
        "live": _plain(database.live),
        "ownership": {"tables": _plain(database.tables), "owners": _plain(database.owners)},
        "references": {"keys": _plain(database.references), "own_keys": _plain(database.own_keys)},
        "requirements": _plain(database.requirements),
    }


def schema() -> dict[str, Any]:
    """The published JSON Schema of the document."""
    found: dict[str, Any] = json.loads((files("alembic_guard._review") / "schema.json").read_text(encoding="utf-8"))
    return found


def _plain(value: object) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case TableName():
            return {"name": value.name, "schema": value.schema}
        case Place():
            return {"path": value.path, "line": value.line or None}
        case DatabaseIdentity():
            return value.as_dict()
        case Diagnostic():
            return {
                "code": value.code,
                "severity": value.severity.value,
                "slug": value.slug,
                "object": value.location.object,
                "path": value.location.path,
                "line": value.location.line,
                "message": value.message,
                "hint": value.hint,
            }
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    assert isinstance(value, Iterable)
    assert isinstance(value, Sized)
    return [_plain(each) for each in value]


def _history(chain: Chain) -> dict[str, Any]:
    history = chain.history
    return {
        "heads": list(chain.heads),
        "apart": chain.apart,
        "broken": chain.broken,
        "warnings": list(chain.warnings),
        "revisions": _plain(chain.revisions),
        "tables": [{**_table(each), "conditional": each.conditional} for each in _in_order(history.tables.values())],
        "touched": [_table(each) for each in _in_order(history.touched.values())],
        "unknown": [
            {
                "revision": each.place.revision,
                "file": shown(each.place.path),
                "line": each.place.line,
                "message": each.message,
            }
            for each in history.unread
        ],
    }


def _in_order(found: Iterable[Any]) -> list[Any]:
    return sorted(found, key=lambda each: each.name)


def _table(each: Created | Touched) -> dict[str, Any]:
    return {
        "name": each.name.name,
        "schema": each.name.schema,
        "revision": each.place.revision,
        "file": shown(each.place.path),
        "line": each.place.line,
    }
