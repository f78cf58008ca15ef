"""A comment above each operation that locks a table of another owner: which lock, on whom, and for how long."""

from __future__ import annotations

from alembic.operations.ops import MigrateOperation, OpContainer

from alembic_guard._compare.locks import Locks, comment_on
from alembic_guard._ownership import Ownership
from alembic_guard._rewrite.notes import CommentOp


def mark_locks(container: OpContainer, ownership: Ownership) -> None:
    """Put the comments in, at any depth."""
    _mark(container, Locks(container, ownership))


def _mark(container: OpContainer, locks: Locks) -> None:
    marked: list[MigrateOperation] = []
    for op in container.ops:
        if isinstance(op, OpContainer):
            _mark(op, locks)
        elif found := list(locks.of(op)):
            marked.append(CommentOp(comment_on(found)))
        marked.append(op)
    container.ops[:] = marked
