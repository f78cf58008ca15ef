"""One compare, from before Alembic reads the database until its operations are judged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import AlterColumnOp, MigrateOperation, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, ForeignKeyConstraint, MetaData, Table
from sqlalchemy.engine import Inspector
from sqlalchemy.types import TypeEngine

from alembic_guard._catalogue import read_catalogue
from alembic_guard._chain import OurChain
from alembic_guard._collection import collected_seldom
from alembic_guard._compare.collection import SeldomCollecting
from alembic_guard._compare.contract import contract_breaks
from alembic_guard._compare.created import creations, missing
from alembic_guard._compare.declared_renames import forget_declarations, in_models, on_command_line
from alembic_guard._compare.doubts import touched_tables, unread_lines
from alembic_guard._compare.drops import drop_last, referred_from_elsewhere
from alembic_guard._compare.implicit_indexes import drop_with_keys
from alembic_guard._compare.keys import drop_respelled, lost_keys
from alembic_guard._compare.live_types import LiveTypes, read_live_types
from alembic_guard._compare.locks import lock_findings
from alembic_guard._compare.long_names import long_names
from alembic_guard._compare.look_alikes import look_alikes
from alembic_guard._compare.losses import lost_values
from alembic_guard._compare.new_names import new_names
from alembic_guard._compare.prune import prune, table_of, walk
from alembic_guard._compare.read_ahead import list_ahead, read_ahead, reader_of
from alembic_guard._compare.renamed_inspector import Renamed, RenamedInspector
from alembic_guard._compare.renamed_parts import part_renames
from alembic_guard._compare.renames import Renames, resolve
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
    ago103_undeclared,
    ago108_op_removed,
    agr105_key_dropped,
)
from alembic_guard._x_arguments import values

log = logging.getLogger("alembic.guard")


class Comparison:
    """The state of one configured context: Alembic's hooks are its methods, so that no state is global.

    It travels as ``context.opts["alembic_guard"]``. ``ownership`` and ``diagnostics`` belong to the last compare.

    Args:
        engine: Which of several databases this is (Alembic's layout ``multidb``); None for the only one.
    """

    def __init__(
        self,
        guard: Guard,
        metadatas: Sequence[MetaData],
        left_out: Callable[[TableName], bool] = lambda name: False,
        *,
        engine: str | None = None,
    ) -> None:
        self.guard = guard
        self.engine = engine
        self.metadatas = tuple(metadatas)
        self.ownership: Ownership | None = None
        self._found: tuple[Diagnostic, ...] = ()
        self._untold = False
        self._drops = Drops()
        self._renames = Renames()
        self._renaming: list[MigrateOperation] = []
        self._left_out = left_out
        self._claims: Claims | None = None
        self._live: LiveTypes | None = None
        self._names: frozenset[tuple[str | None, str]] = frozenset()

    @cached_property
    def _schemas(self) -> frozenset[str | None]:
        """Those that our models name; None for the default one, where Alembic looks always."""
        return frozenset({None, *(name.schema for name in self.claims.ours)})

    @property
    def claims(self) -> Claims:
        """What metadata and Guard declare; read once, when first asked for."""
        if self._claims is None:
            self._claims = read_claims(self.metadatas, self.guard.external)
        return self._claims

    def begin(self, connection: Connection, context: MigrationContext, inspector: Inspector) -> Callable[[Any], Any]:
        """Before Alembic compares: whose is what, or stop at what makes a compare meaningless.

        Returns:
            What makes of an inspector the one by which Alembic is to read the database: it knows the declared renames.

        Raises:
            GuardError: AGE103, AGE107, AGR102, AGO101, AGO102, AGO105, AGN101, AGN109.
        """
        self.ownership, self._found, self._untold, self._live = None, (), False, None
        findings = [] if self.claims.ours else [age103_empty_metadata.no_tables(self.guard.spec)]
        self._found = verdict(self.guard, [*findings, *self.claims.findings])
        named = {name.schema for name in (*self.claims.ours, *self.claims.external)}
        before = read_catalogue(connection, named)
        list_ahead(inspector, before)
        chain = OurChain(context, before, self.guard.ours, self.engine)
        ownership = Ownership(self.claims, before, chain)
        self._renames = self._declared_renames(ownership, context, inspector)
        self._found = verdict(self.guard, [*self._found, *self._renames.findings])
        catalogue = self._renames.applied(before)
        if catalogue is not before:
            ownership = Ownership(self.claims, catalogue, chain)
        to_drop = list(values(context.config, "drop", engine=self.engine))
        self._drops = decide(ownership, self.guard.drops, to_drop, self.guard.spec, self._left_out, self.engine)
        found = [
            *ownership.conflicts(),
            *long_names(self.claims, ownership.catalogue.dialect),
        ]
        self._found = verdict(self.guard, [*self._found, *found])
        self.ownership = ownership
        self._names = frozenset(self._taking_part())
        self._live = read_live_types(connection, self.claims, catalogue, self._renames)
        renamed = self._renamed(inspector)
        return lambda given: given if renamed is None else RenamedInspector(given, renamed)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What the last compare found."""
        if self._untold:
            self._untold = False
            self._found = (*self._found, *verdict(self.guard, self._undeclared()))
        return self._found

    def include_name(self, name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
        """Alembic's filter of names, asked before anything is reflected."""
        if type_ == "schema":
            return name in self._schemas
        if type_ != "table" or name is None:
            return True
        schema = parent_names.get("schema_name")
        if self.ownership is None:
            return TableName(schema, str(name)) in self.claims.ours
        return (schema, name) in self._names

    def names(self) -> Iterator[tuple[str | None, str]]:
        """Schema and name of every table of the database that takes part, as Alembic asks for it."""
        assert self.ownership is not None
        default = self.ownership.catalogue.default_schema
        yield from (each for each in self._names if each[0] in self._schemas and each[0] != default)

    def include_object(self, object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
        """Alembic's filter of objects: a stub in the metadata is never created, a reflected table never dropped."""
        if type_ != "table" or self.ownership is None:
            return True
        return self._compared(table_name(object_))

    def _declared_renames(self, before: Ownership, context: MigrationContext, inspector: Inspector) -> Renames:
        """The renames that this database still has to have."""
        catalogue, ours = before.catalogue, self.claims.ours
        default = catalogue.default_schema

        def columns_of(table: TableName) -> set[str]:
            schema = None if table.schema == default else table.schema
            return {column["name"] for column in inspector.get_columns(table.name, schema=schema)}

        def refused(table: TableName) -> str | None:
            answer = before.of(table)
            return None if answer.kind is Kind.OURS else f"{table} is {answer.kind.value} {answer.owner}".rstrip()

        said = on_command_line(values(context.config, "rename", engine=self.engine), ours, catalogue.tables, default)
        return resolve([*in_models(ours), *said], catalogue, columns_of, refused)

    def _renamed(self, inspector: Inspector) -> Renamed | None:
        """The database as it will be, and the operations that make it so."""
        self._renaming = []
        if not self._renames:
            return None
        dialect = inspector.dialect
        named = list(part_renames(self.claims.ours.values(), self._renames, inspector, dialect))
        default = dialect.default_schema_name
        self._renaming = [*self._renames.operations(default), *named]
        parts: dict[TableName, dict[str, str]] = {}
        for op in named:
            parts.setdefault(TableName(op.schema, op.table_name).within(default), {})[op.name] = op.new_name
        return Renamed(self._renames, default, parts)

    def _taking_part(self) -> Iterator[tuple[str | None, str]]:
        """Under schema None Alembic lists whatever search_path shows; only the default schema's own tables are meant."""
        assert self.ownership is not None
        catalogue = self.ownership.catalogue
        candidates = {*self.ownership.ours, *self._drops.meant}
        if self.guard.undeclared == "drop":
            candidates.update(self.ownership.undeclared())
        for name in candidates:
            if name in catalogue.tables and self._compared(name):
                yield name.schema, name.name
                if name.schema == catalogue.default_schema:
                    yield None, name.name

    def finish(self, upgrade_ops: UpgradeOps, connection: Connection, context: MigrationContext) -> None:
        """After Alembic compared: take out what is not ours, judge what is, and raise once; then put in front what our
        chain creates for others.

        Raises:
            GuardError: With every finding, when one of them is an error; the report is printed first.
        """
        assert self.ownership is not None
        assert self._live is not None
        catalogue = self.ownership.catalogue
        # One for each table of others, thousands perhaps: as notes that nobody hears they are made when they are asked for.
        self._untold = self._undeclared_are_notes() and not log.isEnabledFor(logging.INFO)
        drop_respelled(upgrade_ops, catalogue, connection)
        removed = prune(upgrade_ops, self._may)
        findings = [
            *self._found,
            *self._drops.findings,
            *self._removed(removed),
            *touched_tables(self.ownership, refused=self.guard.undeclared == "fail"),
            *(() if self._untold else self._undeclared()),
            *unread_lines(self.ownership),
        ]
        created = missing(self.claims, catalogue)
        findings += contract_breaks(self.claims, self._live, created, upgrade_ops, connection)
        findings += self._lost_keys(upgrade_ops)
        if "none" not in values(context.config, "rename", engine=self.engine):
            findings += look_alikes(upgrade_ops, self.ownership, context)
        findings += new_names(upgrade_ops, self.ownership)
        findings += lost_values(upgrade_ops, self._renames, catalogue, connection)
        findings += lock_findings(upgrade_ops, self.ownership)
        findings += referred_from_elsewhere(self._drops.meant, self.ownership, connection)
        self._found = verdict(self.guard, findings, self._undeclared() if self._untold else ())
        tell(self._found)
        self._alter_to_live(upgrade_ops)
        drop_with_keys(upgrade_ops, catalogue, connection, self._renames)
        drop_last(upgrade_ops, catalogue)
        forget_declarations(upgrade_ops)
        # Before all else, which speaks of the new names.
        upgrade_ops.ops[:0] = self._renaming
        for op in self._renaming:
            log.info("Detected %s", " ".join(str(each) for each in op.to_diff_tuple() if each))
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

    def _undeclared_are_notes(self) -> bool:
        weight = self.guard.rules.get(ago103_undeclared.RULE.code, ago103_undeclared.RULE.severity.value)
        return self.guard.undeclared == "keep" and weight in ("info", "off")

    def _undeclared(self) -> Iterator[Diagnostic]:
        assert self.ownership is not None
        if self.guard.undeclared == "drop":
            return
        refused = self.guard.undeclared == "fail"
        say = ago103_undeclared.undeclared_refused if refused else ago103_undeclared.undeclared_kept
        for table in self.ownership.undeclared():
            likeness = looks_like(table)
            yield say(table, str(likeness) if likeness else "")

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
    connection = autogen_context.connection
    if not isinstance(comparison, Comparison) or connection is None:
        return
    given: Any = autogen_context  # its inspector is made when first asked for, and may be set before
    inspector = autogen_context.inspector
    with collected_seldom():
        renamed = comparison.begin(connection, autogen_context.migration_context, inspector)
        given.inspector = renamed(inspector)
        read_ahead(
            renamed(reader_of(inspector, connection)), inspector, _by_schema(autogen_context, comparison.names())
        )
    given.comparators = SeldomCollecting(autogen_context.comparators)


def _by_schema(autogen_context: AutogenContext, names: Iterable[tuple[str | None, str]]) -> dict[str | None, list[str]]:
    """The tables that the user's own filters let pass too, where Alembic looks for them."""
    found: dict[str | None, list[str]] = {}
    for schema, name in names:
        if schema not in found:
            found[schema] = []
        found[schema].append(name)
    looks = autogen_context.opts.get("include_schemas", False)
    return {
        schema: [each for each in tables if autogen_context.run_name_filters(each, "table", {"schema_name": schema})]
        for schema, tables in found.items()
        if (looks or schema is None) and autogen_context.run_name_filters(schema, "schema", {})
    }


def finish(autogen_context: AutogenContext, upgrade_ops: UpgradeOps) -> None:
    """The comparator that runs after all others, before Alembic reverses the operations."""
    comparison = autogen_context.opts.get("alembic_guard")
    if isinstance(comparison, Comparison) and autogen_context.connection is not None:
        with collected_seldom():
            comparison.finish(upgrade_ops, autogen_context.connection, autogen_context.migration_context)
