"""A key on a table that exists, made by two revisions: NOT VALID, which is an instant, then VALIDATE, which holds up
nobody (PostgreSQL)."""

from __future__ import annotations

import re
from typing import Any

from alembic.operations.ops import (
    CreateForeignKeyOp,
    CreateTableOp,
    DowngradeOps,
    ExecuteSQLOp,
    MigrateOperation,
    MigrationScript,
    UpgradeOps,
)
from alembic.util import rev_id
from sqlalchemy.engine import Dialect

from alembic_guard._compare.locks import Locks
from alembic_guard._compare.prune import table_of, walk
from alembic_guard._ownership import Ownership
from alembic_guard._rewrite.notes import CommentOp


class _SecondHalf(UpgradeOps):
    """The validation. It is no difference between models and database: that one is told by the first half, which
    `alembic check` does not ask (it reads the last script, Alembic 1.18 - 1.20)."""

    def __init__(self, ops: list[MigrateOperation], first: UpgradeOps) -> None:
        super().__init__(ops)
        self._first = first

    def as_diffs(self) -> Any:
        return self._first.as_diffs()


def not_valid(upgrade_ops: UpgradeOps, ownership: Ownership) -> list[CreateForeignKeyOp]:
    """The new keys into other owners' tables from tables that exist, from now on NOT VALID; a key without a name cannot
    be validated."""
    locks = Locks(upgrade_ops, ownership)
    creations = {table_of(op) for op in walk(upgrade_ops) if isinstance(op, CreateTableOp)}
    keys = [
        op
        for op in walk(upgrade_ops)
        if isinstance(op, CreateForeignKeyOp)
        and op.constraint_name
        and table_of(op) not in creations
        and any(locks.of(op))
    ]
    for key in keys:
        key.kw["postgresql_not_valid"] = True
    return keys


def validation(
    first: MigrationScript, keys: list[CreateForeignKeyOp], ownership: Ownership, dialect: Dialect
) -> MigrationScript:
    """The revision behind the first one. Its downgrade does nothing: a key that was checked is one that will be dropped."""
    upgrade_ops = first.upgrade_ops
    assert upgrade_ops is not None
    locks = Locks(upgrade_ops, ownership)
    return MigrationScript(
        rev_id=_next_id(str(first.rev_id)),
        message=f"{first.message}, validated" if first.message else "validate foreign keys",
        upgrade_ops=_SecondHalf([op for key in keys for op in _validate(key, locks, dialect)], upgrade_ops),
        downgrade_ops=DowngradeOps([]),
        head=first.rev_id,
        version_path=first.version_path,
    )


def _next_id(first: str) -> str:
    """Alembic's own kind of id; behind one that the user chose, that one with a word more (version_num has 32)."""
    chosen = f"{first}_validate"
    return rev_id() if re.fullmatch(r"[0-9a-f]{12}", first) or len(chosen) > 32 else chosen


def _validate(key: CreateForeignKeyOp, locks: Locks, dialect: Dialect) -> list[MigrateOperation]:
    marks: list[MigrateOperation] = [
        CommentOp(
            f"AGL101 ROW SHARE on {lock.table} ({lock.owner}) until this migration commits: nobody waits while every row "
            f"of {key.source_table} is looked up"
        )
        for lock in locks.of(key)
    ]
    return [*marks, ExecuteSQLOp(_statement(key, dialect))]


def _statement(key: CreateForeignKeyOp, dialect: Dialect) -> str:
    """As ``op.execute`` takes it, which doubles per cent signs itself and reads ``:name`` as a parameter."""
    constraint, prepare = key.to_constraint(), dialect.identifier_preparer
    table, name = prepare.format_table(constraint.table), prepare.format_constraint(constraint)
    statement = f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
    if dialect.paramstyle in ("format", "pyformat"):
        statement = statement.replace("%%", "%")
    return statement.replace(":", r"\:")
