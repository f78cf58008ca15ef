"""Types and keys as they must be written here: in this dialect's own words, and with the schema that is meant.

_repr_type and _render_foreign_key render every type and every inline key of a migration (Alembic 1.18 - 1.20); neither
has a public name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _render_foreign_key, _repr_type
from sqlalchemy import Column, MetaData

from alembic_guard._compare.comparison import Comparison

RenderItem = Callable[[str, Any, AutogenContext], "str | Literal[False] | None"]


def item_renderer(comparison: Comparison, users: RenderItem | None) -> RenderItem:
    """A `render_item` that the user's own goes before."""
    keys_in_work: set[int] = set()
    column_in_work: Column[Any] | None = None

    def key(constraint: Any, autogen_context: AutogenContext, stubs: MetaData) -> str | None:
        keys_in_work.add(id(constraint))
        try:
            return _render_foreign_key(constraint, autogen_context, stubs)
        finally:
            keys_in_work.discard(id(constraint))

    def render_item(type_: str, object_: Any, autogen_context: AutogenContext) -> str | Literal[False] | None:
        nonlocal column_in_work
        if type_ == "column":
            column_in_work = object_
        rendered = users(type_, object_, autogen_context) if users else False
        if rendered is not False:
            return rendered
        if type_ == "type":
            # A column is asked for before its type: by its table a collation may be left out. A type that is asked for
            # alone is a requirement's, which stays as it is declared.
            if column_in_work is not None and column_in_work.type is object_:
                own = comparison.dialect_type(object_, autogen_context.dialect.name, column_in_work.table)
                column_in_work = None
            else:
                own = comparison.declared_type(object_, autogen_context.dialect.name)
            return False if own is object_ else _repr_type(own, autogen_context)
        if type_ == "foreign_key" and id(object_) not in keys_in_work:
            # Alembic writes the schema and the column names of the table's own MetaData; an external target's live in another.
            stubs = comparison.metadata_of_target(object_)
            return False if stubs is None else key(object_, autogen_context, stubs)
        return False

    return render_item
