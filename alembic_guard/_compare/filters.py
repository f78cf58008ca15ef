"""The two filters: what is not ours is neither reflected nor compared. A user's own filters are asked first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import MetaData, Table

from alembic_guard._names import TableName

IncludeName = Callable[[Any, Any, Any], bool]
IncludeObject = Callable[[Any, Any, Any, bool, Any], bool]


def left_out(names: IncludeName | None, objects: IncludeObject | None) -> Callable[[TableName], bool]:
    """Whether the user's own filters keep a table of the database out of the compare; a name without a schema is the
    default schema's, as Alembic asks for it."""

    def is_left_out(name: TableName) -> bool:
        if names is not None and not names(name.name, "table", {"schema_name": name.schema}):
            return True
        table = Table(name.name, MetaData(), schema=name.schema)
        return objects is not None and not objects(table, name.name, "table", True, None)

    return is_left_out


def both_names(users: IncludeName | None, ours: IncludeName) -> IncludeName:
    """A name passes when the user's filter and ours let it."""
    if users is None:
        return ours
    first = users

    def include_name(name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
        return first(name, type_, parent_names) and ours(name, type_, parent_names)

    return include_name


def both_objects(users: IncludeObject | None, ours: IncludeObject) -> IncludeObject:
    """An object passes when the user's filter and ours let it."""
    if users is None:
        return ours
    first = users

    def include_object(object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
        return first(object_, name, type_, reflected, compare_to) and ours(object_, name, type_, reflected, compare_to)

    return include_object
