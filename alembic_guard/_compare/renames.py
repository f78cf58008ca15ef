"""Which declared renames this database still has to have, and in what order they can run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from alembic.operations.ops import MigrateOperation

from alembic_guard._catalogue import Catalogue
from alembic_guard._compare.declared_renames import Declared
from alembic_guard._compare.rename_ops import RenamedColumnOp, RenamedTableOp
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._names import TableName
from alembic_guard._rules import age108_bad_guard, agn109_rename_impossible, agn110_rename_done


@dataclass(frozen=True, slots=True)
class Renames:
    """The renames of one compare. Names are real (schema filled in), columns stand under the table's new name.

    Args:
        tables: Former name to new name, in an order in which they can run.
        columns: The same for the columns of each table.
        declared: Tables and columns that a declaration names, done or not.
    """

    tables: Mapping[TableName, TableName] = field(default_factory=dict)
    columns: Mapping[TableName, Mapping[str, str]] = field(default_factory=dict)
    findings: tuple[Diagnostic, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tables or self.columns)

    def former(self, table: TableName) -> TableName:
        """The name by which the database still knows a table."""
        return next((old for old, new in self.tables.items() if new == table), table)

    def former_column(self, table: TableName, column: str) -> str:
        """The name by which the database still knows a column."""
        return next((old for old, new in self.columns.get(table, {}).items() if new == column), column)

    def applied(self, catalogue: Catalogue) -> Catalogue:
        """The catalogue as it will be."""
        if not self.tables:
            return catalogue
        real = {name: self.tables.get(table, table) for name, table in catalogue.visible.items()}
        return replace(
            catalogue,
            tables={self.tables.get(name, name): why for name, why in catalogue.tables.items()},
            foreign={self.tables.get(name, name) for name in catalogue.foreign},
            visible={
                (name if real[name] == table else real[name].name): real[name]
                for name, table in catalogue.visible.items()
            },
        )

    def operations(self, default_schema: str | None) -> list[MigrateOperation]:
        """What does them: tables first, so that everything after speaks of tables by their new names."""
        return [
            *(
                RenamedTableOp(old.name, new.name, schema=_written(old, default_schema))
                for old, new in self.tables.items()
            ),
            *(
                RenamedColumnOp(table.name, old, new, schema=_written(table, default_schema))
                for table, columns in self.columns.items()
                for old, new in columns.items()
            ),
        ]


def _written(table: TableName, default_schema: str | None) -> str | None:
    return None if table.schema == default_schema else table.schema


def resolve(
    declared: Iterable[Declared],
    catalogue: Catalogue,
    columns_of: Callable[[TableName], Collection[str]],
    refused: Callable[[TableName], str | None],
) -> Renames:
    """Hold what was declared against what is there.

    Args:
        columns_of: The columns of a table by its real name, as the database has them.
        refused: Why a table may not be renamed, None where it may: it is another owner's.
    """
    default = catalogue.default_schema
    found = list(dict.fromkeys(declared))
    findings: list[Diagnostic] = []
    tables, problems = _tables([each for each in found if each.column is None], catalogue, refused)
    findings += problems
    former = {new: old for old, new in tables.items()}
    columns: dict[TableName, dict[str, str]] = {}
    for table in dict.fromkeys(each.table for each in found if each.column):
        real = table.within(default)
        known = former.get(real, real)
        if known not in catalogue.tables:
            continue  # this diff creates it, under the new names
        mine = [each for each in found if each.column and each.table == table]
        columns[real], problems = _pending(mine, set(columns_of(known)))
        findings += problems
    return Renames(tables, {table: each for table, each in columns.items() if each}, tuple(findings))


def _tables(
    declared: list[Declared], catalogue: Catalogue, refused: Callable[[TableName], str | None]
) -> tuple[dict[TableName, TableName], list[Diagnostic]]:
    default = catalogue.default_schema
    found: dict[TableName, TableName] = {}
    findings: list[Diagnostic] = []
    for schema in dict.fromkeys(each.table.within(default).schema for each in declared):
        mine = [each for each in declared if each.table.within(default).schema == schema]
        there = {name.name for name in catalogue.tables if name.schema == schema}
        # Neither name is there: the diff creates the table, and nothing is lost.
        mine = [each for each in mine if each.said or {each.old, each.new} & there]
        pending, problems = _pending(mine, there)
        findings += problems
        for old, new in pending.items():
            if why := refused(TableName(schema, old)):
                findings.append(agn109_rename_impossible.impossible(new, old, why, _OWNERS))
            found[TableName(schema, old)] = TableName(schema, new)
    return found, findings


_OWNERS = "A table of ours that no revision created is named so: Guard(..., ours=[...]); others' stay as they are."


def _pending(declared: list[Declared], there: set[str]) -> tuple[dict[str, str], list[Diagnostic]]:
    """Former to new names within one table or schema, ordered; what cannot be done, and what is done."""
    pending: dict[str, str] = {}
    findings: list[Diagnostic] = []
    moving = {each.old for each in declared if each.old in there}
    news = {each.new for each in declared}
    for each in declared:
        free = each.new not in there or each.new in moving
        if each.old == each.new:
            findings.append(_impossible(each, "that is its name", there))
        elif each.old in there and free and each.old not in pending:
            pending[each.old] = each.new
        elif each.old in there and each.old in pending:
            findings.append(_impossible(each, f"{pending[each.old]} is declared as renamed from it too", there))
        elif each.old in there and each.old not in news:
            findings.append(_impossible(each, "the database has both names", there))
        elif each.new in there:
            findings.append(_done(each))
        else:
            findings.append(_impossible(each, "the database has neither name", there))
    ordered = in_order(pending)
    if ordered is None:
        each = next(each for each in declared if each.old in pending)
        findings.append(_impossible(each, f"the renames go round in a circle ({_shown(pending)})", there))
    return (ordered or {}), findings


def _shown(pairs: Mapping[str, str]) -> str:
    return ", ".join(f"{old} -> {new}" for old, new in pairs.items())


def in_order(pairs: Mapping[str, str]) -> dict[str, str] | None:
    """The renames so that each new name is free when its turn comes; None where they go round in a circle."""
    left, ordered = dict(pairs), dict[str, str]()
    while left:
        able = [old for old, new in left.items() if new not in left]
        if not able:
            return None
        ordered.update((old, left.pop(old)) for old in able)
    return ordered


def _impossible(each: Declared, why: str, there: Collection[str]) -> Diagnostic:
    names = ", ".join(sorted(there))
    if each.said:
        return age108_bad_guard.bad_value(
            "-x rename=", each.said, f"a rename that is still to be done: {why}", f"The names that are there: {names}."
        )
    hint = f"The names that are there: {names}. Mend or take out info={{'renamed_from': {each.old!r}}}."
    return agn109_rename_impossible.impossible(each.where, each.old, why, hint)


def _done(each: Declared) -> Diagnostic:
    if each.said:
        return _impossible(each, "it is done here", [each.new])
    return agn110_rename_done.done(each.where, each.old)
