"""Better Auth's model made into SQLAlchemy Tables, as its migrator makes it into a database's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ForeignKey, Identity, Index, MetaData, Table, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine

from alembic_guard._column_keys import column_key
from alembic_guard._external import MARK
from alembic_guard.presets._better_auth_model import Field, Model, Reference
from alembic_guard.presets._better_auth_types import Adapter, ByDialect, IdType, id_type_of, type_of, written_type_of


@dataclass(frozen=True, slots=True)
class Shape:
    """How the tables of a model are written in one database.

    Args:
        tables: A model's name to its table's.
        columns: A model's name to the names of its columns by field, ``id`` among them.
    """

    tables: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]
    schema: str | None
    id_type: IdType
    adapter: Adapter


def tables_of(models: Mapping[str, Model], shape: Shape) -> dict[str, Table]:
    """The Tables, by the names that Better Auth has for them."""
    metadata = MetaData()
    return {name: _table(name, model, metadata, shape) for name, model in models.items()}


_NOW = {"": text("CURRENT_TIMESTAMP"), "mysql": text("CURRENT_TIMESTAMP(3)"), "sqlite": None}
_UUID = {"": None, "postgresql": text("gen_random_uuid()")}


class _generated_uuid(GenericFunction[str]):
    """``gen_random_uuid()`` on PostgreSQL, where Better Auth leaves the id to the database; elsewhere none is needed."""

    inherit_cache = True


@compiles(_generated_uuid)
def _other(element: _generated_uuid, compiler: Any, **options: Any) -> str:
    return "NULL"


@compiles(_generated_uuid, "mysql")
@compiles(_generated_uuid, "mariadb")
def _mariadb(element: _generated_uuid, compiler: Any, **options: Any) -> str:
    return "(uuid())"  # NULL would be refused as the default of a NOT NULL column (error 1067)


@compiles(_generated_uuid, "postgresql")
def _postgresql(element: _generated_uuid, compiler: Any, **options: Any) -> str:
    return "gen_random_uuid()"


def _table(name: str, model: Model, metadata: MetaData, shape: Shape) -> Table:
    called = shape.columns[name]
    table = Table(shape.tables[name], metadata, _id(called["id"], shape), schema=shape.schema)
    for field, said in model.fields.items():
        table.append_column(_column(called[field], said, shape))
    by_name = {column.name: column for column in table.columns}
    for columns, unique in _indexes(model):
        names = [called[each] for each in columns]
        label = "_".join([table.name, *names, "uidx" if unique else "idx"])
        Index(label, *(by_name[each] for each in names), unique=unique)
    return table


def _indexes(model: Model) -> Iterator[tuple[tuple[str, ...], bool]]:
    yield from (((name,), False) for name, field in model.fields.items() if field.index and not field.unique)
    yield from model.indexes


def _id(name: str, shape: Shape) -> Column[Any]:
    types = id_type_of(shape.id_type, shape.adapter)
    written: dict[str, Any] = {"types": types}
    if shape.id_type == "uuid":
        written["defaults"] = _UUID
    return Column(
        name,
        with_variants(types),
        *([Identity(always=False)] if shape.id_type == "serial" else []),
        primary_key=True,
        nullable=False,
        server_default=_generated_uuid() if shape.id_type == "uuid" else None,
        info={MARK: written},
    )


def _column(name: str, field: Field, shape: Shape) -> Column[Any]:
    to_id = field.references is not None and field.references.field == "id"
    types = id_type_of(shape.id_type, shape.adapter) if to_id else type_of(field, shape.adapter)
    written: dict[str, Any] = {"types": {**types, **({} if to_id else written_type_of(field))}}
    if field.default_now:
        written["defaults"] = _NOW
    return Column(
        name,
        with_variants(types),
        *([_key(field.references, shape)] if field.references else []),
        key=column_key(name),
        nullable=not field.required,
        unique=True if field.unique else None,
        server_default=text("CURRENT_TIMESTAMP") if field.default_now else None,
        info={MARK: written},
    )


def _key(reference: Reference, shape: Shape) -> ForeignKey:
    column = shape.columns[reference.model][reference.field]
    parts = (shape.schema, shape.tables[reference.model], column)
    return ForeignKey(".".join(part for part in parts if part), ondelete=reference.on_delete.upper())


def with_variants(by_dialect: ByDialect) -> TypeEngine[Any]:
    """One type for all dialects."""
    type_ = by_dialect[""]
    for dialect, variant in by_dialect.items():
        if dialect:
            type_ = type_.with_variant(variant, *((dialect, "mariadb") if dialect == "mysql" else (dialect,)))
    return type_
