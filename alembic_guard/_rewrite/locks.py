"""A comment above each operation that locks a table of another owner: which lock, on whom, and for how long."""

from __future__ import annotations

from alembic.operations.ops import MigrateOperation, OpContainer

from alembic_guard._compare.locks import comment_on, locks_of
from alembic_guard._ownership import Ownership
from alembic_guard._rewrite.notes import CommentOp


def mark_locks(container: OpContainer, ownership: Ownership) -> None:
    """Put the comments in, at any depth."""
    marked: list[MigrateOperation] = []
    for op in container.ops:
        if isinstance(op, OpContainer):
            mark_locks(op, ownership)
        elif locks := list(locks_of(op, ownership)):
            marked.append(CommentOp(comment_on(locks)))
        marked.append(op)
    container.ops[:] = marked
