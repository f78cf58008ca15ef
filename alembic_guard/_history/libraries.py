"""Names of Alembic and SQLAlchemy, as far as they matter to tables."""

from __future__ import annotations

from alembic_guard._history.arguments import Arguments
from alembic_guard._history.plain import STANDARD
from alembic_guard._history.sources import is_standard
from alembic_guard._history.values import (
    Bind,
    DeclarativeBase,
    MetaDataValue,
    Namespace,
    Op,
    Opaque,
    Sql,
    TableDdl,
    TableValue,
    Unknown,
    Value,
)

_ALEMBIC: dict[str, Value] = {
    "alembic.op": Op(),
    "alembic.context": Bind(),
    "alembic.operations.Operations": Namespace("alembic.operations.Operations"),
}


def module(name: str) -> Value:
    """An imported module of Alembic, SQLAlchemy or Python itself."""
    return _ALEMBIC.get(name) or Namespace(name)


def member(path: str, name: str) -> Value:
    """``path.name`` of a known library; a module that is not listed leads on to its own names."""
    if is_standard(path):
        return STANDARD.get(f"{path}.{name}", Opaque(f"{path}.{name}"))
    if name == "metadata" and path.rpartition(".")[2] in ("DeclarativeBase", "SQLModel"):
        return MetaDataValue()
    full = f"{path}.{name}"
    return _ALEMBIC.get(full) or Namespace(full)


def call(path: str, given: Arguments) -> Value:
    """What a class or function of a known library makes; a column, a type, a query is Opaque."""
    name = path.rpartition(".")[2]
    if path.startswith("alembic."):
        return Op() if name == "Operations" else Bind() if "MigrationContext" in path else Opaque(path)
    match name:
        case "Table":
            return _table(given)
        case "table":
            return TableValue(given.get(0, "name"), given.keyword("schema"))
        case "MetaData":
            return MetaDataValue(given.keyword("schema"))
        case "text" | "DDL" | "TextClause":
            return Sql(given.get(0, "text", given.keyword("statement")))
        case "CreateTable" | "DropTable":
            return TableDdl(name, given.get(0, "element"))
        case "quoted_name" | "conv":
            return given.get(0, "value")
        case "create_engine" | "engine_from_config" | "Connection":
            return Bind()
        case "declarative_base":
            return DeclarativeBase(given.keyword("metadata", MetaDataValue()))
        case _:
            return Opaque(path)


def _table(given: Arguments) -> Value:
    schema = given.keyword("schema")
    if schema is None:
        metadata = given.get(1, "metadata")
        if isinstance(metadata, MetaDataValue):
            schema = metadata.schema
        elif isinstance(metadata, Unknown):
            schema = Unknown(f"the schema of its MetaData: {metadata.why}")
    return TableValue(given.get(0, "name"), schema)
