"""The line of a model that mends a key, ready to paste."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint

from alembic_guard._compare.indexes import is_covered
from alembic_guard._external import external_tables_of, name_with_owner, owner_of
from alembic_guard._models import attribute_of, is_sqlmodel, mapped_class

KEEP: Any = object()
"""What an argument of the line is when nobody asks for another: as the model has it."""


def model_line(
    constraint: ForeignKeyConstraint,
    *,
    ondelete: str | None = KEEP,
    nullable: bool = KEEP,
    name: str = KEEP,
    index: bool = True,
) -> str:
    """``user_id: Mapped[str] = mapped_column(ForeignKey(auth["user"].c.id, ondelete="CASCADE"), index=True)``.

    A key that the model writes without ON DELETE is shown with CASCADE; ``index`` only where no other index serves.
    """
    action = (constraint.ondelete or "CASCADE") if ondelete is KEEP else ondelete
    options = "".join(
        [f", name={_quoted(name)}" if name is not KEEP else "", f', ondelete="{action}"' if action else ""]
    )
    elements = constraint.elements
    if len(elements) > 1:
        ours = ", ".join(_quoted(str(each.parent.name)) for each in elements)
        theirs = ", ".join(_target(each.column, constraint) for each in elements)
        return f"ForeignKeyConstraint([{ours}], [{theirs}]{options})"
    column, target = elements[0].parent, elements[0].column
    flags = _flags(column, served=is_covered(constraint.table, (column,)) or not index)
    key = f"ForeignKey({_target(target, constraint)}{options})"
    may_be_null = bool(column.nullable) if nullable is KEEP else nullable
    in_column = [key, *flags, *([] if may_be_null else ["nullable=False"])]
    mapped = mapped_class(constraint.table)
    if mapped is None:
        return f"Column({', '.join([_quoted(str(column.name)), *in_column])})"
    attribute = attribute_of(column, mapped)
    called = [_quoted(str(column.name))] if attribute != column.name else []
    python = _python_type(target) + (" | None" if may_be_null else "")
    if is_sqlmodel(mapped):
        default = "default=None, " if may_be_null else ""
        return f"{attribute}: {python} = Field({default}sa_column=Column({', '.join([*called, *in_column])}))"
    return f"{attribute}: Mapped[{python}] = mapped_column({', '.join([*called, key, *flags])})"


def _flags(column: Column[Any], *, served: bool) -> list[str]:
    named = [name for name in ("primary_key", "unique") if getattr(column, name)]
    return [f"{name}=True" for name in [*named, *([] if served and not column.index else ["index"])]]


def _target(column: Column[Any], constraint: ForeignKeyConstraint) -> str:
    table = column.table
    tables = external_tables_of(table)
    if tables is None or table.metadata is constraint.table.metadata:
        return _quoted(f"{table}.{column.name}")
    owner = owner_of(table) or "theirs"
    variable = "auth" if owner == "better-auth" else re.sub(r"\W", "_", owner)
    return f"{variable}[{_quoted(name_with_owner(table))}].c.{column.key}"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _python_type(column: Column[Any]) -> str:
    try:
        return column.type.python_type.__name__
    except NotImplementedError:
        return "..."
