"""Names that a diff brings into the database, judged once: when they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alembic.operations.ops import AddColumnOp, CreateIndexOp, CreateTableOp, UpgradeOps
from sqlalchemy import Column, Table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import class_mapper

from alembic_guard._compare.prune import table_of, walk
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._lint.outcome import Style, hidden_in_collection, outcome
from alembic_guard._lint.sql_names import needs_quotes
from alembic_guard._lint.suggestions import cures
from alembic_guard._models import classes_by_table, source_of
from alembic_guard._names import TableName
from alembic_guard._ownership import Ownership
from alembic_guard._rules import (
    agn103_name_reserved,
    agn105_name_hides,
    agn106_collection_method,
    agn107_needs_quotes,
    agn116_index_without_name,
)


def new_names(upgrade_ops: UpgradeOps, ownership: Ownership) -> Iterator[Diagnostic]:
    """AGN103, AGN105, AGN106, AGN107 and AGN116 for the tables, columns and indexes that are created."""
    dialect = ownership.catalogue.dialect
    for op in walk(upgrade_ops):
        if isinstance(op, CreateIndexOp) and op.index_name is None:
            yield _unnamed(op, ownership)
    created = [op for op in walk(upgrade_ops) if isinstance(op, (CreateTableOp, AddColumnOp))]
    classes = classes_by_table() if created else {}
    for op in created:
        name = table_of(op)
        model = ownership.ours.get(ownership.catalogue.real(name)) if name is not None else None
        if name is None or model is None:
            continue
        mapping = classes.get(model, ())
        if isinstance(op, CreateTableOp):
            if why := needs_quotes(name.name, dialect):
                yield agn107_needs_quotes.needs_quotes(str(name), name.name, why).at(*source_of(model))
            for column in model.columns:
                yield from _column(name, model, mapping, column, dialect)
        elif str(op.column.name) in model.columns:
            yield from _column(name, model, mapping, model.columns[str(op.column.name)], dialect)


def _unnamed(op: CreateIndexOp, ownership: Ownership) -> Diagnostic:
    index = op.to_index()
    columns = [str(each.name) for each in index.columns]
    finding = agn116_index_without_name.without_name(f"{op.table_name}.{', '.join(columns)}")
    model = ownership.ours.get(ownership.catalogue.real(TableName(op.schema, op.table_name)))
    return finding.at(*source_of(model, columns[0] if columns else None)) if model is not None else finding


def _column(
    table: TableName, model: Table, mapping: Iterable[type], column: Column[object], dialect: str
) -> Iterator[Diagnostic]:
    where, name = f"{table}.{column.name}", str(column.name)
    if hidden_in_collection(str(column.key)):
        yield agn106_collection_method.hidden(where, str(column.key)).at(*source_of(model, name))
    if why := needs_quotes(name, dialect):
        yield agn107_needs_quotes.needs_quotes(where, name, why).at(*source_of(model, name))
    for each in _attributes(where, mapping, column):
        yield each.at(*source_of(model, name))


def _attributes(where: str, mapping: Iterable[type], column: Column[object]) -> Iterator[Diagnostic]:
    """What is wrong with the attribute by which a class maps the column; it may have another name than the column."""
    for mapped in mapping:
        try:
            attribute = class_mapper(mapped).get_property_by_column(column).key
        except SQLAlchemyError:
            continue
        style = _style(mapped)
        found = outcome(style, attribute)
        how = cures(style.value, attribute, str(column.name), {each.key for each in class_mapper(mapped).attrs})
        if found is not None and found.warning:
            yield agn103_name_reserved.reserved(where, style.value, found.warning, how)
        elif found is not None and found.hides:
            yield agn105_name_hides.hides(where, f"{attribute} of {style.value}'s base class", how)


def _style(mapped: type) -> Style:
    above = {f"{each.__module__.partition('.')[0]}.{each.__name__}" for each in mapped.__mro__}
    if "sqlmodel.SQLModel" in above:
        return Style.SQLMODEL
    if hasattr(mapped, "__fsa__"):
        return Style.FLASK
    if "sqlalchemy.MappedAsDataclass" in above:
        return Style.DATACLASS
    declared = "sqlalchemy.DeclarativeBase" in above
    return Style.DECLARATIVE_BASE_CLASS if declared else Style.DECLARATIVE_BASE
