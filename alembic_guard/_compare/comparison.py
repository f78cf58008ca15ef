"""One compare, from before Alembic reads the database until its operations are judged."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateForeignKeyOp, CreateTableOp, MigrateOperation, UpgradeOps
from sqlalchemy import Connection, ForeignKeyConstraint, MetaData
from sqlalchemy.types import TypeEngine

from alembic_guard._catalogue import Catalogue, read_catalogue
from alembic_guard._compare.keys import drop_respelled, key_of, lost_keys
from alembic_guard._compare.prune import prune, table_of, walk
from alembic_guard._diagnostics import Diagnostic, Severity
from alembic_guard._errors import GuardError
from alembic_guard._external import MARK, table_name
from alembic_guard._guard import Guard
from alembic_guard._models import source_of
from alembic_guard._names import TableName
from alembic_guard._neighbours import looks_like
from alembic_guard._ownership import Answer, Claims, Kind, Ownership, Reference, read_claims
from alembic_guard._report import as_text
from alembic_guard._requirements import LiveColumns, Requirement, live_columns, unmet
from alembic_guard._rules import (
    age103_empty_metadata,
    agn101_too_long,
    ago103_undeclared,
    ago108_op_removed,
    agr101_key_type,
    agr105_key_dropped,
)
from alembic_guard._suppressions import suppressions_in, without_suppressed
from alembic_guard._types import same_family, written

log = logging.getLogger("alembic.guard")

_LIMITS = {"postgresql": 63, "mysql": 64, "mariadb": 64}
"""Bytes of an identifier that the database keeps (PostgreSQL: NAMEDATALEN - 1; MariaDB: characters, so at most)."""


class Comparison:
    """The state of one configured context: Alembic's hooks are its methods, so that no state is global.

    It travels as ``context.opts["alembic_guard"]``. ``ownership`` and ``diagnostics`` belong to the last compare.
    """

    def __init__(self, guard: Guard, metadatas: Sequence[MetaData]) -> None:
        self.guard = guard
        self.metadatas = tuple(metadatas)
        self.ownership: Ownership | None = None
        self.diagnostics: tuple[Diagnostic, ...] = ()
        self._claims: Claims | None = None

    @property
    def claims(self) -> Claims:
        """What metadata and Guard declare; read once, when first asked for."""
        if self._claims is None:
            self._claims = read_claims(self.metadatas, self.guard.external)
        return self._claims

    def migrate_of(self, owner: str) -> str | None:
        """The command that runs an owner's migrator, where somebody said it."""
        tables = self.claims.owners.get(owner)
        return tables.migrate if tables else None

    def begin(self, connection: Connection) -> None:
        """Before Alembic compares: whose is what, or stop at what makes a compare meaningless.

        Raises:
            GuardError: AGE103, AGE107, AGR102, AGO101, AGO102, AGO105, AGN101.
        """
        self.ownership, self.diagnostics = None, ()
        findings = [] if self.claims.ours else [age103_empty_metadata.no_tables(self.guard.spec)]
        self._raise_on_error([*findings, *self.claims.findings])
        ownership = Ownership(self.claims, read_catalogue(connection))
        self._raise_on_error([*ownership.conflicts(), *_too_long(self.claims, ownership.catalogue.dialect)])
        self.ownership = ownership

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
        """After Alembic compared: take out what is not ours, judge what is, and raise once.

        Raises:
            GuardError: With every finding, when one of them is an error; the report is printed first.
        """
        assert self.ownership is not None
        catalogue = self.ownership.catalogue
        drop_respelled(upgrade_ops, catalogue)
        removed = prune(upgrade_ops, self._may)
        findings = [*self.diagnostics, *self._removed(removed), *self._undeclared()]
        findings += self._references(upgrade_ops, connection)
        findings += self._lost_keys(upgrade_ops)
        self._raise_on_error(findings)
        if self.diagnostics:
            _tell(self.diagnostics)

    def dialect_type(self, type_: TypeEngine[Any], dialect: str) -> TypeEngine[Any]:
        """The type of an external column as this dialect has it; any other type as it is."""
        for table in self.claims.tables.values():
            for column in table.columns:
                if column.type is type_:
                    by_dialect: Mapping[str, TypeEngine[Any]] = column.info.get(MARK, {}).get("types", {})
                    return by_dialect.get(dialect, by_dialect.get("", type_))
        return type_

    def metadata_of_target(self, constraint: ForeignKeyConstraint) -> MetaData | None:
        """The MetaData that declares the external table a key refers to; None for a key to a table of ours."""
        target = TableName.parse(constraint.elements[0].target_fullname.rpartition(".")[0])
        stub = self.claims.tables.get(target)
        hidden = any(target.within(metadata.schema) in self.claims.ours for metadata in self.metadatas)
        return None if stub is None or hidden else stub.metadata

    def _compared(self, name: TableName) -> bool:
        """Whether a table takes part, by its name as the metadata has it: None is the default schema."""
        assert self.ownership is not None
        answer = self.ownership.of(name.within(self.ownership.catalogue.default_schema))
        return answer.kind is Kind.OURS or (answer.kind is Kind.UNDECLARED and self.guard.undeclared == "drop")

    def _may(self, op: MigrateOperation) -> bool:
        table = table_of(op)
        return table is None or self._answer(table).kind not in self._forbidden

    @property
    def _forbidden(self) -> tuple[Kind, ...]:
        forbidden = (Kind.EXTERNAL, Kind.SYSTEM)
        return forbidden if self.guard.undeclared == "drop" else (*forbidden, Kind.UNDECLARED)

    def _answer(self, table: TableName) -> Answer:
        assert self.ownership is not None
        return self.ownership.of(table.within(self.ownership.catalogue.default_schema))

    def _removed(self, ops: Iterable[MigrateOperation]) -> Iterator[Diagnostic]:
        for op in ops:
            table = table_of(op)
            assert table is not None
            owner = self._answer(table).owner or "an undeclared owner"
            yield ago108_op_removed.op_removed(type(op).__name__, table, owner)

    def _undeclared(self) -> Iterator[Diagnostic]:
        assert self.ownership is not None
        if self.guard.undeclared == "drop":
            return
        refused = self.guard.undeclared == "fail"
        say = ago103_undeclared.undeclared_refused if refused else ago103_undeclared.undeclared_kept
        for table in self.ownership.undeclared():
            yield say(table, looks_like(table))

    def _references(self, upgrade_ops: UpgradeOps, connection: Connection) -> Iterator[Diagnostic]:
        """What our keys and the listed columns need of other owners' tables, against the live tables."""
        assert self.ownership is not None
        catalogue = self.ownership.catalogue
        requirements = [*self._required_by_keys(), *self._relied_on()]
        yield from dict.fromkeys(unmet(connection, requirements, catalogue))
        live = live_columns(connection, (catalogue.real(each.target) for each in self.claims.references), catalogue)
        new = set(_new_keys(upgrade_ops, catalogue))
        for reference in self.claims.references:
            yield from self._key_type(reference, live, new, connection)

    def _required_by_keys(self) -> Iterator[Requirement]:
        for reference in self.claims.references:
            column = reference.key.column
            owner = self.claims.external[reference.target]
            yield Requirement(
                reference.target,
                ((str(column.name), column.type),),
                owner,
                needed_by=reference.label,
                migrate=self.migrate_of(owner),
                fix=_type_fix(owner),
            )

    def _relied_on(self) -> Iterator[Requirement]:
        for name, columns in self.claims.relies_on.items():
            table, owner = self.claims.tables[name], self.claims.external[name]
            wanted = tuple((column, table.columns[column].type) for column in sorted(columns))
            yield Requirement(name, wanted, owner, "relies_on", self.migrate_of(owner), _type_fix(owner))

    def _key_type(
        self, reference: Reference, live: LiveColumns, new: set[tuple[TableName, str]], connection: Connection
    ) -> Iterator[Diagnostic]:
        assert self.ownership is not None
        ours, theirs = reference.key.parent, reference.key.column
        catalogue = self.ownership.catalogue
        target = catalogue.real(reference.target)
        found = live.get(target, {}).get(str(theirs.name))
        if found is None or ours.type is theirs.type or same_family(ours.type, found, connection.dialect):
            return
        table = table_name(ours.table).within(catalogue.default_schema)
        finding = agr101_key_type.refused_type(
            reference.label,
            written(ours.type, connection.dialect),
            f"{target}.{theirs.name}",
            written(found, connection.dialect),
            f"{ours.key} = mapped_column(ForeignKey(...))  # without a type of its own it takes the type of {target}.{theirs.name}",
        )
        at = finding.at(*source_of(ours.table, str(ours.name)))
        yield at if (table, str(ours.name)) in new else _as_warning(at)

    def _lost_keys(self, upgrade_ops: UpgradeOps) -> Iterator[Diagnostic]:
        assert self.ownership is not None
        for key in lost_keys(upgrade_ops, self.ownership.catalogue):
            if self.ownership.of(key.target).kind is not Kind.OURS:
                model = self.ownership.ours.get(key.table)
                where = source_of(model, key.columns[0]) if model is not None else (None, None)
                yield agr105_key_dropped.key_dropped(key.label, key.target_label, key.ondelete).at(*where)

    def _raise_on_error(self, findings: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(_unsuppressed(self.guard.judged(findings)))
        if any(each.severity is Severity.ERROR for each in self.diagnostics):
            print(as_text(self.diagnostics), file=sys.stderr)
            raise GuardError(self.diagnostics)


def begin(autogen_context: AutogenContext) -> None:
    """The comparator that runs before all others."""
    comparison = autogen_context.opts.get("alembic_guard")
    if isinstance(comparison, Comparison) and autogen_context.connection is not None:
        comparison.begin(autogen_context.connection)


def finish(autogen_context: AutogenContext, upgrade_ops: UpgradeOps) -> None:
    """The comparator that runs after all others, before Alembic reverses the operations."""
    comparison = autogen_context.opts.get("alembic_guard")
    if isinstance(comparison, Comparison) and autogen_context.connection is not None:
        comparison.finish(upgrade_ops, autogen_context.connection)


def _new_keys(upgrade_ops: UpgradeOps, catalogue: Catalogue) -> Iterator[tuple[TableName, str]]:
    for op in walk(upgrade_ops):
        if isinstance(op, CreateTableOp):
            table = TableName(op.schema, str(op.table_name)).within(catalogue.default_schema)
            yield from ((table, str(column.name)) for column in op.to_table().columns)
        elif isinstance(op, CreateForeignKeyOp) and (key := key_of(op, catalogue)):
            yield from ((key.table, column) for column in key.columns)


def _type_fix(owner: str) -> str:
    if owner == "better-auth":
        return 'better_auth(id_type=...): "text" for text ids, "uuid" for uuid, "serial" for integer.'
    return f"Declare the column in {owner}'s ExternalTables with the type the database has."


def _too_long(claims: Claims, dialect: str) -> Iterator[Diagnostic]:
    limit = _LIMITS.get(dialect)
    if limit is None:
        return
    for name, table in claims.ours.items():
        for each in (name.name, name.schema or "", *(str(column.name) for column in table.columns)):
            if len(each.encode()) > limit:
                yield agn101_too_long.too_long(each, len(each.encode()), limit, dialect).at(*source_of(table))


def _as_warning(diagnostic: Diagnostic) -> Diagnostic:
    """Adoption day: what already exists is not made an error; only new operations are."""
    return replace(diagnostic, severity=Severity.WARNING)


def _unsuppressed(diagnostics: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    paths = {each.location.path for each in diagnostics if each.location.path}
    known = []
    for path in sorted(paths):
        try:
            known += list(suppressions_in(Path(path).read_text(encoding="utf-8"), path))
        except (OSError, UnicodeDecodeError):
            continue
    return without_suppressed(diagnostics, known)


def _tell(diagnostics: Sequence[Diagnostic]) -> None:
    warnings = [each for each in diagnostics if each.severity is Severity.WARNING]
    notes = [each for each in diagnostics if each.severity is Severity.INFO]
    if warnings:
        log.warning("%s", as_text(warnings))
    if notes and log.isEnabledFor(logging.INFO):
        log.info("%s", as_text(notes))
