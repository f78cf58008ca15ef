"""One compare, from before Alembic reads the database until its operations are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import AlterColumnOp, MigrateOperation, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, ForeignKeyConstraint, MetaData, Table
from sqlalchemy.schema import conv
from sqlalchemy.types import TypeEngine

from alembic_guard._catalogue import read_catalogue
from alembic_guard._chain import OurChain
from alembic_guard._compare.contract import contract_breaks
from alembic_guard._compare.created import creations, missing
from alembic_guard._compare.doubts import touched_tables, unread_lines
from alembic_guard._compare.drops import drop_last, referred_from_elsewhere
from alembic_guard._compare.implicit_indexes import drop_with_keys
from alembic_guard._compare.keys import drop_respelled, lost_keys
from alembic_guard._compare.live_types import LiveTypes, read_live_types
from alembic_guard._compare.locks import lock_findings
from alembic_guard._compare.prune import prune, table_of, walk
from alembic_guard._compare.verdict import tell, verdict
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._drops import Drops, decide
from alembic_guard._external import table_name, written_type
from alembic_guard._guard import Guard
from alembic_guard._models import source_of
from alembic_guard._names import TableName
from alembic_guard._neighbours import looks_like
from alembic_guard._ownership import Answer, Claims, Kind, Ownership, read_claims
from alembic_guard._rules import (
    age103_empty_metadata,
    agn101_too_long,
    ago103_undeclared,
    ago108_op_removed,
    agr105_key_dropped,
)
from alembic_guard._x_arguments import values

_LIMITS = {"postgresql": 63, "mysql": 64, "mariadb": 64}
"""Bytes of an identifier that the database keeps (PostgreSQL: NAMEDATALEN - 1; MariaDB: characters, so at most)."""


class Comparison:
    """The state of one configured context: Alembic's hooks are its methods, so that no state is global.

    It travels as ``context.opts["alembic_guard"]``. ``ownership`` and ``diagnostics`` belong to the last compare.
    """

    def __init__(
        self, guard: Guard, metadatas: Sequence[MetaData], left_out: Callable[[TableName], bool] = lambda name: False
    ) -> None:
        self.guard = guard
        self.metadatas = tuple(metadatas)
        self.ownership: Ownership | None = None
        self.diagnostics: tuple[Diagnostic, ...] = ()
        self._drops = Drops()
        self._left_out = left_out
        self._claims: Claims | None = None
        self._live: LiveTypes | None = None

    @property
    def claims(self) -> Claims:
        """What metadata and Guard declare; read once, when first asked for."""
        if self._claims is None:
            self._claims = read_claims(self.metadatas, self.guard.external)
        return self._claims

    def begin(self, connection: Connection, context: MigrationContext) -> None:
        """Before Alembic compares: whose is what, or stop at what makes a compare meaningless.

        Raises:
            GuardError: AGE103, AGE107, AGR102, AGO101, AGO102, AGO105, AGN101.
        """
        self.ownership, self.diagnostics, self._live = None, (), None
        findings = [] if self.claims.ours else [age103_empty_metadata.no_tables(self.guard.spec)]
        self.diagnostics = verdict(self.guard, [*findings, *self.claims.findings])
        named = {name.schema for name in (*self.claims.ours, *self.claims.external)}
        catalogue = read_catalogue(connection, named)
        ownership = Ownership(self.claims, catalogue, OurChain(context, catalogue, self.guard.ours))
        to_drop = list(values(context.config, "drop"))
        self._drops = decide(ownership, self.guard.drops, to_drop, self.guard.spec, self._left_out)
        found = [
            *ownership.conflicts(),
            *_too_long(self.claims, ownership.catalogue.dialect),
        ]
        self.diagnostics = verdict(self.guard, [*self.diagnostics, *found])
        self.ownership = ownership
        self._live = read_live_types(connection, self.claims, catalogue)

    def include_name(self, name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
        """Alembic's filter of names, asked before anything is reflected."""
        if type_ == "schema":
            return name is None or name in {table.schema for table in self.claims.ours}
        if type_ != "table" or name is None:
            return True
        written_as = TableName(parent_names.get("schema_name"), str(name))
        if self.ownership is None:
            return written_as in self.claims.ours
        # Under schema None Alembic lists whatever search_path shows; only the default schema's own tables are meant.
        catalogue = self.ownership.catalogue
        return written_as.within(catalogue.default_schema) in catalogue.tables and self._compared(written_as)

    def include_object(self, object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
        """Alembic's filter of objects: a stub in the metadata is never created, a reflected table never dropped."""
        if type_ != "table" or self.ownership is None:
            return True
        return self._compared(table_name(object_))

    def finish(self, upgrade_ops: UpgradeOps, connection: Connection) -> None:
        """After Alembic compared: take out what is not ours, judge what is, and raise once; then put in front what our
        chain creates for others.

        Raises:
            GuardError: With every finding, when one of them is an error; the report is printed first.
        """
        assert self.ownership is not None
        assert self._live is not None
        catalogue = self.ownership.catalogue
        drop_respelled(upgrade_ops, catalogue)
        removed = prune(upgrade_ops, self._may)
        findings = [
            *self.diagnostics,
            *self._drops.findings,
            *self._removed(removed),
            *touched_tables(self.ownership, refused=self.guard.undeclared == "fail"),
            *self._undeclared(),
            *unread_lines(self.ownership),
        ]
        created = missing(self.claims, catalogue)
        findings += contract_breaks(self.claims, self._live, created, upgrade_ops, connection)
        findings += self._lost_keys(upgrade_ops)
        findings += lock_findings(upgrade_ops, self.ownership)
        findings += referred_from_elsewhere(self._drops.meant, self.ownership, connection)
        self.diagnostics = verdict(self.guard, findings)
        tell(self.diagnostics)
        self._alter_to_live(upgrade_ops)
        drop_with_keys(upgrade_ops, catalogue, connection)
        drop_last(upgrade_ops, catalogue)
        # After pruning, which would take them out again: they are another owner's.
        upgrade_ops.ops[:0] = creations(created.values(), connection.dialect)

    def dialect_type(self, type_: TypeEngine[Any], dialect: str, table: Table | None = None) -> TypeEngine[Any]:
        """The type of an external column as this database has it, for a column of a table of ours; any other type as
        it is."""
        if self._live is not None and (live := self._live.of(type_, table)) is not None:
            return live
        return self.declared_type(type_, dialect)

    def declared_type(self, type_: TypeEngine[Any], dialect: str) -> TypeEngine[Any]:
        """The type of an external column as its owner writes it on this dialect; any other type as it is."""
        for table in self.claims.tables.values():
            for column in table.columns:
                if column.type is type_:
                    return written_type(column, dialect)
        return type_

    def type_differs(self, inspected: Column[Any], column: Column[Any]) -> bool | None:
        """For Alembic's compare of types: a column that takes its type from an external one is held against the live one."""
        return self._live.differs(inspected, column) if self._live is not None else None

    def metadata_of_target(self, constraint: ForeignKeyConstraint) -> MetaData | None:
        """The MetaData that declares the external table a key refers to; None for a key to a table of ours."""
        target = TableName.parse(constraint.elements[0].target_fullname.rpartition(".")[0])
        stub = self.claims.tables.get(target)
        hidden = any(target.within(metadata.schema) in self.claims.ours for metadata in self.metadatas)
        return None if stub is None or hidden else stub.metadata

    def is_external(self, table: TableName) -> bool:
        """Whether a table, by its real name, is another owner's."""
        return self.ownership is not None and self.ownership.of(table).kind is Kind.EXTERNAL

    def _alter_to_live(self, upgrade_ops: UpgradeOps) -> None:
        """Where a type is altered no column is rendered, by whose table a collation could be left out."""
        assert self._live is not None
        for op in walk(upgrade_ops):
            if isinstance(op, AlterColumnOp) and op.modify_type is not None:
                op.modify_type = self._live.of(op.modify_type) or op.modify_type

    def _compared(self, name: TableName) -> bool:
        """Whether a table takes part, by its name as the metadata has it: None is the default schema."""
        assert self.ownership is not None
        real = name.within(self.ownership.catalogue.default_schema)
        if real in self.ownership.ours or real in self._drops.meant:
            return self._answer(name).kind is Kind.OURS
        return self.guard.undeclared == "drop" and self._answer(name).kind is Kind.UNDECLARED

    def _may(self, op: MigrateOperation) -> bool:
        table = table_of(op)
        return table is None or self._answer(table).kind is Kind.ABSENT or self._compared(table)

    def _answer(self, table: TableName) -> Answer:
        assert self.ownership is not None
        return self.ownership.of(table.within(self.ownership.catalogue.default_schema))

    def _removed(self, ops: Iterable[MigrateOperation]) -> Iterator[Diagnostic]:
        for op in ops:
            table = table_of(op)
            assert table is not None
            answer = self._answer(table)
            owner = answer.owner or ("ours in no model" if answer.kind is Kind.OURS else "an undeclared owner")
            yield ago108_op_removed.op_removed(type(op).__name__, table, owner)

    def _undeclared(self) -> Iterator[Diagnostic]:
        assert self.ownership is not None
        if self.guard.undeclared == "drop":
            return
        refused = self.guard.undeclared == "fail"
        say = ago103_undeclared.undeclared_refused if refused else ago103_undeclared.undeclared_kept
        for table in self.ownership.undeclared():
            yield say(table, looks_like(table))

    def _lost_keys(self, upgrade_ops: UpgradeOps) -> Iterator[Diagnostic]:
        assert self.ownership is not None
        for key in lost_keys(upgrade_ops, self.ownership.catalogue):
            if self.ownership.of(key.target).kind is not Kind.OURS:
                model = self.ownership.ours.get(key.table)
                where = source_of(model, key.columns[0]) if model is not None else (None, None)
                yield agr105_key_dropped.key_dropped(key.label, key.target_label, key.ondelete).at(*where)


def begin(autogen_context: AutogenContext) -> None:
    """The comparator that runs before all others."""
    comparison = autogen_context.opts.get("alembic_guard")
    if isinstance(comparison, Comparison) and autogen_context.connection is not None:
        comparison.begin(autogen_context.connection, autogen_context.migration_context)


def finish(autogen_context: AutogenContext, upgrade_ops: UpgradeOps) -> None:
    """The comparator that runs after all others, before Alembic reverses the operations."""
    comparison = autogen_context.opts.get("alembic_guard")
    if isinstance(comparison, Comparison) and autogen_context.connection is not None:
        comparison.finish(upgrade_ops, autogen_context.connection)


def _too_long(claims: Claims, dialect: str) -> Iterator[Diagnostic]:
    limit = _LIMITS.get(dialect)
    if limit is None:
        return
    for name, table in claims.ours.items():
        for each in (
            name.name,
            name.schema or "",
            *(str(column.name) for column in table.columns),
            # A name made from the table's own is mended with it.
            *(_parts(table, limit) if len(name.name.encode()) <= limit else ()),
        ):
            if len(each.encode()) > limit:
                yield agn101_too_long.too_long(each, len(each.encode()), limit, dialect).at(*source_of(table))
    for name in claims.external:
        if len(name.name.encode()) > limit:
            yield agn101_too_long.too_long(name.name, len(name.name.encode()), limit, dialect)


def _parts(table: Table, limit: int) -> Iterator[str]:
    """Names of indexes and constraints, as SQLAlchemy writes them: it shortens generated ones, counting characters and
    not bytes (``IdentifierPreparer._truncate_and_render_maxlen_name``)."""
    for name in [*(each.name for each in table.indexes), *(each.name for each in table.constraints)]:
        if isinstance(name, str):
            shortened = isinstance(name, conv) and len(name) > limit
            yield name[: limit - 8] + "_0000" if shortened else str(name)
