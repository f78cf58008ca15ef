"""LangGraph's checkpoints and its store.

Source: what ``setup()`` of langgraph-checkpoint-postgres 3.2.0 and langgraph-checkpoint-sqlite 3.1.2 makes, 2026-11-25
(tests/neighbours/schemas/langgraph.*.sql).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from sqlalchemy import (
    BLOB,
    REAL,
    TIMESTAMP,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from alembic_guard._external import ExternalTables
from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop

LangGraphDatabase = Literal["postgresql", "sqlite"]
LangGraphPart = Literal["checkpoints", "store", "vectors"]


def langgraph(
    parts: Iterable[LangGraphPart] = ("checkpoints", "store"),
    *,
    database: LangGraphDatabase = "postgresql",
    relies_on: Mapping[str, Iterable[str]] | None = None,
) -> ExternalTables:
    """The tables that ``setup()`` of LangGraph's savers and stores makes.

    A column ``metadata`` has the key ``metadata_``: ``langgraph()["checkpoints"].c.metadata_``.

    Args:
        parts: What is in use: ``"checkpoints"`` (a saver), ``"store"``, ``"vectors"`` (a store with an index, on
            PostgreSQL; its column of vectors is left out). Leave ``"store"`` out where a table of that name is your own.
        database: A saver on SQLite has other tables, ``writes`` among them.
        relies_on: Columns that must be there beside those our keys refer to.

    Raises:
        GuardError: AGE108 when a part or the database is unknown.

    .. versionadded:: 0.1
    """
    given = [parts] if isinstance(parts, str) else list(parts)
    if database not in get_args(LangGraphDatabase):
        expected = f"one of {get_args(LangGraphDatabase)}"
        stop(age108_bad_guard.bad_value("langgraph(database=...)", database, expected))
    if isinstance(parts, str) or not set(given) <= set(get_args(LangGraphPart)):
        stop(age108_bad_guard.bad_value("langgraph(parts=...)", parts, f"a list of {get_args(LangGraphPart)}"))
    every = _POSTGRESQL if database == "postgresql" else _SQLITE
    tables = list(dict.fromkeys(table for part in given for table in every.get(part, ())))
    return ExternalTables(
        "langgraph",
        tables,
        migrate="saver.setup()  # and store.setup(), in the application",
        relies_on=relies_on,
    )


def _text(name: str, **given: Any) -> Column[Any]:
    return Column(name, Text, **given)


_METADATA = MetaData()
_NOW = text("CURRENT_TIMESTAMP")
_EMPTY = {"server_default": text("''")}
_MOMENT = DateTime(timezone=True)


def _migrations(name: str, metadata: MetaData) -> Table:
    return Table(name, metadata, Column("v", Integer, primary_key=True, autoincrement=False))


def _checkpoints(metadata: MetaData, kept: TypeEngine[Any], **required: Any) -> Table:
    return Table(
        "checkpoints",
        metadata,
        _text("thread_id", primary_key=True),
        _text("checkpoint_ns", primary_key=True, **_EMPTY),
        _text("checkpoint_id", primary_key=True),
        _text("parent_checkpoint_id"),
        _text("type"),
        Column("checkpoint", kept, **required),
        Column("metadata", kept, key="metadata_", **required),
    )


def _store(metadata: MetaData, value: TypeEngine[Any], moment: TypeEngine[Any], minutes: TypeEngine[Any]) -> Table:
    return Table(
        "store",
        metadata,
        _text("prefix", primary_key=True),
        _text("key", primary_key=True),
        Column("value", value, nullable=False),
        Column("created_at", moment, server_default=_NOW),
        Column("updated_at", moment, server_default=_NOW),
        Column("expires_at", moment),
        Column("ttl_minutes", minutes),
    )


_STORE = [_store(_METADATA, JSONB(), _MOMENT, Integer()), _migrations("store_migrations", _METADATA)]
_POSTGRESQL: Mapping[str, list[Table]] = {
    "checkpoints": [
        _checkpoints(_METADATA, JSONB(), nullable=False),
        Table(
            "checkpoint_blobs",
            _METADATA,
            _text("thread_id", primary_key=True),
            _text("checkpoint_ns", primary_key=True, **_EMPTY),
            _text("channel", primary_key=True),
            _text("version", primary_key=True),
            _text("type", nullable=False),
            Column("blob", LargeBinary),
        ),
        Table(
            "checkpoint_writes",
            _METADATA,
            _text("thread_id", primary_key=True),
            _text("checkpoint_ns", primary_key=True, **_EMPTY),
            _text("checkpoint_id", primary_key=True),
            _text("task_id", primary_key=True),
            Column("idx", Integer, primary_key=True, autoincrement=False),
            _text("channel", nullable=False),
            _text("type"),
            Column("blob", LargeBinary, nullable=False),
            _text("task_path", nullable=False, **_EMPTY),
        ),
        _migrations("checkpoint_migrations", _METADATA),
    ],
    "store": _STORE,
    "vectors": [
        *_STORE,
        Table(
            "store_vectors",
            _METADATA,
            _text("prefix", primary_key=True),
            _text("key", primary_key=True),
            _text("field_name", primary_key=True),
            Column("created_at", _MOMENT, server_default=_NOW),
            Column("updated_at", _MOMENT, server_default=_NOW),
            ForeignKeyConstraint(["prefix", "key"], ["store.prefix", "store.key"], ondelete="CASCADE"),
        ),
        _migrations("vector_migrations", _METADATA),
    ],
}

_OF_SQLITE = MetaData()
_SQLITE: Mapping[str, list[Table]] = {
    "checkpoints": [
        _checkpoints(_OF_SQLITE, BLOB()),
        Table(
            "writes",
            _OF_SQLITE,
            _text("thread_id", primary_key=True),
            _text("checkpoint_ns", primary_key=True, **_EMPTY),
            _text("checkpoint_id", primary_key=True),
            _text("task_id", primary_key=True),
            _text("task_path", nullable=False, **_EMPTY),
            Column("idx", Integer, primary_key=True, autoincrement=False),
            _text("channel", nullable=False),
            _text("type"),
            Column("value", BLOB),
        ),
    ],
    "store": [_store(_OF_SQLITE, Text(), TIMESTAMP(), REAL()), _migrations("store_migrations", _OF_SQLITE)],
}
