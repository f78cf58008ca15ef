"""Types as the current database writes them: a key's type is the owner's, in this dialect's own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext

from alembic_guard._compare.comparison import Comparison

RenderItem = Callable[[str, Any, AutogenContext], "str | Literal[False]"]


def type_renderer(comparison: Comparison, users: RenderItem | None) -> RenderItem:
    """A `render_item` that the user's own goes before."""

    def render_item(type_: str, object_: Any, autogen_context: AutogenContext) -> str | Literal[False]:
        rendered = users(type_, object_, autogen_context) if users else False
        if rendered is not False or type_ != "type":
            return rendered
        own = comparison.dialect_type(object_, autogen_context.dialect.name)
        if own is object_:
            return False
        # _repr_type renders every type of a migration (Alembic 1.18 - 1.20); it has no public name.
        from alembic.autogenerate.render import _repr_type

        return _repr_type(own, autogen_context)

    return render_item
