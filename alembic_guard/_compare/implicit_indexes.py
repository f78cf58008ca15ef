"""The index that MariaDB makes for a key where none serves, under the key's name: it outlives the key, and would be the
next compare's difference."""

from __future__ import annotations

from collections.abc import Iterable

from alembic.operations.ops import CreateIndexOp, DropConstraintOp, DropIndexOp, ModifyTableOps, UpgradeOps
from sqlalchemy import Connection, inspect

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.keys import Key, key_of, lost_keys
from alembic_guard._compare.prune import walk
from alembic_guard._compare.renames import Renames
from alembic_guard._database import is_mariadb


def drop_with_keys(upgrade_ops: UpgradeOps, catalogue: Catalogue, connection: Connection, renames: Renames) -> None:
    """Put a drop of the index behind the drop of each key that leaves one.

    None where another index of the diff begins with the same columns: MariaDB lets its own go for that one.
    """
    lost = set(lost_keys(upgrade_ops, catalogue)) if is_mariadb(catalogue.dialect) else ()
    if not lost:
        return
    for container in (each for each in upgrade_ops.ops if isinstance(each, ModifyTableOps)):
        for op in list(container.ops):
            key = key_of(op, catalogue)
            if not isinstance(op, DropConstraintOp) or key is None or key not in lost:
                continue
            if _leaves_one(op, key, container, connection, renames):
                container.ops.insert(container.ops.index(op) + 1, _drop(op, key))


def _drop(op: DropConstraintOp, key: Key) -> DropIndexOp:
    name = str(op.constraint_name)
    again = CreateIndexOp(name, op.table_name, list(key.columns), schema=op.schema)
    return DropIndexOp(name, op.table_name, schema=op.schema, _reverse=again)


def _leaves_one(
    op: DropConstraintOp, key: Key, container: ModifyTableOps, connection: Connection, renames: Renames
) -> bool:
    indexes = inspect(connection).get_indexes(renames.former(key.table).name, schema=op.schema)
    columns = [renames.former_column(key.table, each) for each in key.columns]
    made = any(each["name"] == op.constraint_name and each["column_names"] == columns for each in indexes)
    return made and not any(_serves(each, key.columns, op) for each in walk(container))


def _serves(op: object, columns: Iterable[str], drop: DropConstraintOp) -> bool:
    """Whether an op of the diff makes an index for the columns, or drops the one in question already."""
    if isinstance(op, DropIndexOp):
        return op.index_name == drop.constraint_name
    wanted = list(columns)
    return (
        isinstance(op, CreateIndexOp) and [getattr(each, "name", each) for each in op.columns][: len(wanted)] == wanted
    )
