"""Which locks an operation of ours takes on tables of other owners, and for how long (PostgreSQL).

Read in pg_locks while the operations run; tests/test_locks.py measures them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from alembic.operations.ops import (
    AlterColumnOp,
    CreateForeignKeyOp,
    CreateTableOp,
    DropConstraintOp,
    DropTableOp,
    MigrateOperation,
    OpContainer,
)
from sqlalchemy import ForeignKeyConstraint

from alembic_guard._compare.crossings import key_name
from alembic_guard._compare.keys import key_of
from alembic_guard._compare.prune import table_of, walk
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


class Locks:
    """The locks of a migration's operations; none on other databases than PostgreSQL.

    Args:
        container: All operations of one direction: a key that they make or drop is not there when its column's type is
            altered, and a table that they create has no row to look up.
    """

    def __init__(self, container: OpContainer, ownership: Ownership) -> None:
        self._ownership = ownership
        self._catalogue = ownership.catalogue
        operations = list(walk(container))
        keys = (key_of(op, self._catalogue) for op in operations)
        self._changed = {(key.table, key.columns) for key in keys if key is not None}
        self._created = {self._real(op) for op in operations if isinstance(op, CreateTableOp)}

    def of(self, op: MigrateOperation) -> Iterator[Lock]:
        """The locks of one operation, of one mode."""
        if self._catalogue.dialect != "postgresql":
            return
        mode, meaning = _taken(op, is_new=self._real(op) in self._created)
        for target in sorted(set(self._targets(op))):
            answer = self._ownership.of(target)
            # One that this very diff creates is used by nobody yet.
            if answer.kind is Kind.EXTERNAL and target in self._catalogue.tables:
                yield Lock(mode, target, answer.owner, meaning)

    def _real(self, op: MigrateOperation) -> TableName | None:
        table = table_of(op)
        return self._catalogue.real(table) if table is not None else None

    def _targets(self, op: MigrateOperation) -> Iterator[TableName]:
        match op:
            case CreateTableOp():
                for item in op.columns:
                    if isinstance(item, ForeignKeyConstraint):
                        yield from (self._catalogue.real(table_name(each.column.table)) for each in item.elements)
            case DropTableOp():
                for key in op.to_table().foreign_keys:
                    yield self._catalogue.real(TableName.parse(key.target_fullname.rpartition(".")[0]))
            case CreateForeignKeyOp() | DropConstraintOp():
                if (key_ := key_of(op, self._catalogue)) is not None:
                    yield key_.target
            case AlterColumnOp() if op.modify_type is not None:
                yield from self._kept(op)

    def _kept(self, op: AlterColumnOp) -> Iterator[TableName]:
        """What a column's keys refer to that stand before and after: PostgreSQL makes them anew with its type."""
        table = self._real(op)
        model = next((each for name, each in self._ownership.ours.items() if name == table), None)
        for constraint in model.foreign_key_constraints if model is not None else ():
            own, columns, target = key_name(constraint, self._catalogue)
            if op.column_name in columns and (own, columns) not in self._changed:
                yield target


def lock_findings(upgrade_ops: OpContainer, ownership: Ownership) -> Iterator[Diagnostic]:
    """AGL101 for each lock of an upgrade."""
    locks = Locks(upgrade_ops, ownership)
    for op in walk(upgrade_ops):
        for lock in locks.of(op):
            operation = _OPERATIONS[type(op)](op)
            yield agl101_lock.locks(str(lock.table), lock.owner, lock.mode, lock.meaning, operation)


def _taken(op: MigrateOperation, *, is_new: bool) -> tuple[str, str]:
    match op:
        case CreateTableOp():
            return _WRITES_WAIT, "its writes wait; an instant, as the new table is empty"
        case CreateForeignKeyOp(kw={"postgresql_not_valid": True}):
            return _WRITES_WAIT, "its writes wait; an instant, as no row is looked at"
        case CreateForeignKeyOp() if is_new:
            return _WRITES_WAIT, "its writes wait; an instant, as the new table is empty"
        case CreateForeignKeyOp():
            return _WRITES_WAIT, f"its writes wait while every row of {op.source_table} is looked up"
        case DropTableOp() | DropConstraintOp():
            return _ALL_WAIT, "its reads and writes wait; an instant, once the lock is had"
        case AlterColumnOp():
            return (
                _ALL_WAIT,
                f"its reads and writes wait, and while rows of {op.table_name} are written anew or looked up",
            )
    return "", ""


_OPERATIONS: dict[type, Callable[..., str]] = {
    AlterColumnOp: lambda op: f"another type for {op.table_name}.{op.column_name}, a key,",
    CreateTableOp: lambda op: f"creating {op.table_name}",
    CreateForeignKeyOp: lambda op: f"the new key of {op.source_table}",
    DropTableOp: lambda op: f"dropping {op.table_name}",
    DropConstraintOp: lambda op: f"dropping the key {op.constraint_name} of {op.table_name}",
}
