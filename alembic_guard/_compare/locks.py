"""Which locks an operation of ours takes on tables of other owners, and for how long (PostgreSQL).

Read in pg_locks while the operations run; tests/test_locks.py measures them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from alembic.operations.ops import (
    CreateForeignKeyOp,
    CreateTableOp,
    DropConstraintOp,
    DropTableOp,
    MigrateOperation,
    OpContainer,
)
from sqlalchemy import ForeignKeyConstraint

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.keys import key_of
from alembic_guard._compare.prune import walk
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._external import table_name
from alembic_guard._names import TableName
from alembic_guard._ownership import Kind, Ownership
from alembic_guard._rules import agl101_lock

_WRITES_WAIT = "SHARE ROW EXCLUSIVE"
_ALL_WAIT = "ACCESS EXCLUSIVE"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that an operation takes on another owner's table.

    Args:
        meaning: Who waits, and how long the operation itself takes.
    """

    mode: str
    table: TableName
    owner: str
    meaning: str


def comment_on(locks: Sequence[Lock]) -> str:
    """What a migration says of the locks of one of its operations, which are of one mode."""
    tables = ", ".join(f"{each.table} ({each.owner})" for each in locks)
    meaning = locks[0].meaning if len(locks) == 1 else locks[0].meaning.replace("its ", "their ", 1)
    return f"AGL101 {locks[0].mode} on {tables} until this migration commits: {meaning}"


def locks_of(op: MigrateOperation, ownership: Ownership) -> Iterator[Lock]:
    """The locks of one operation, of one mode; none on other databases than PostgreSQL."""
    if ownership.catalogue.dialect != "postgresql":
        return
    mode, meaning = _taken(op)
    for target in sorted(set(_targets(op, ownership.catalogue))):
        answer = ownership.of(target)
        # One that this very diff creates is used by nobody yet.
        if answer.kind is Kind.EXTERNAL and target in ownership.catalogue.tables:
            yield Lock(mode, target, answer.owner, meaning)


def lock_findings(upgrade_ops: OpContainer, ownership: Ownership) -> Iterator[Diagnostic]:
    """AGL101 for each lock of an upgrade."""
    for op in walk(upgrade_ops):
        for lock in locks_of(op, ownership):
            operation = _OPERATIONS[type(op)](op)
            yield agl101_lock.locks(str(lock.table), lock.owner, lock.mode, lock.meaning, operation)


def _taken(op: MigrateOperation) -> tuple[str, str]:
    match op:
        case CreateTableOp():
            return _WRITES_WAIT, "its writes wait; an instant, as the new table is empty"
        case CreateForeignKeyOp(kw={"postgresql_not_valid": True}):
            return _WRITES_WAIT, "its writes wait; an instant, as no row is looked at"
        case CreateForeignKeyOp():
            return _WRITES_WAIT, f"its writes wait while every row of {op.source_table} is looked up"
        case DropTableOp() | DropConstraintOp():
            return _ALL_WAIT, "its reads and writes wait; an instant, once the lock is had"
    return "", ""


def _targets(op: MigrateOperation, catalogue: Catalogue) -> Iterator[TableName]:
    match op:
        case CreateTableOp():
            for item in op.columns:
                if isinstance(item, ForeignKeyConstraint):
                    yield from (catalogue.real(table_name(each.column.table)) for each in item.elements)
        case DropTableOp():
            for key in op.to_table().foreign_keys:
                yield catalogue.real(TableName.parse(key.target_fullname.rpartition(".")[0]))
        case CreateForeignKeyOp() | DropConstraintOp():
            if (key_ := key_of(op, catalogue)) is not None:
                yield key_.target


_OPERATIONS: dict[type, Callable[..., str]] = {
    CreateTableOp: lambda op: f"creating {op.table_name}",
    CreateForeignKeyOp: lambda op: f"the new key of {op.source_table}",
    DropTableOp: lambda op: f"dropping {op.table_name}",
    DropConstraintOp: lambda op: f"dropping the key {op.constraint_name} of {op.table_name}",
}
