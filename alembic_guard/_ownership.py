"""Who owns which table: four answers, and never a guess."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, MetaData, Table
from sqlalchemy.exc import NoReferencedColumnError, NoReferencedTableError

from alembic_guard._catalogue import Catalogue
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._external import ExternalTables, external_tables_of, owner_of, table_name
from alembic_guard._models import shown, source_of
from alembic_guard._names import TableName
from alembic_guard._neighbours import looks_like
from alembic_guard._rules import (
    age107_duplicate_table,
    ago101_two_owners,
    ago102_our_model,
    ago105_other_schema,
    agr102_unresolved,
    agr103_dotted_name,
)

if TYPE_CHECKING:
    # Both import Alembic, which an application that only checks its schema never needs.
    from alembic_guard._chain import OurChain
    from alembic_guard._history import Touched


class Kind(Enum):
    """The four answers; ``TOUCHED`` for a table that our chain alters and never created, which is nobody's for sure;
    ``ABSENT`` for a name that is neither declared nor in the database."""

    OURS = "ours"
    EXTERNAL = "external"
    TOUCHED = "touched, not created"
    UNDECLARED = "undeclared"
    SYSTEM = "system"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Answer:
    """Who owns a table: the kind, and the owner's name (or what the table is, for ``SYSTEM``)."""

    kind: Kind
    owner: str = ""


_OURS, _TOUCHED, _UNDECLARED, _ABSENT = map(Answer, (Kind.OURS, Kind.TOUCHED, Kind.UNDECLARED, Kind.ABSENT))


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key of ours into an external table: one pair of columns."""

    key: ForeignKey
    target: TableName

    @property
    def label(self) -> str:
        return _label(self.key)


@dataclass(frozen=True, slots=True)
class Claims:
    """What metadata and Guard declare, before the database is asked; names are as they are written.

    Args:
        created: External tables that our own chain creates where they are missing.
    """

    ours: dict[TableName, Table] = field(default_factory=dict)
    external: dict[TableName, str] = field(default_factory=dict)
    tables: dict[TableName, Table] = field(default_factory=dict)
    created: dict[TableName, Table] = field(default_factory=dict)
    owners: dict[str, ExternalTables] = field(default_factory=dict)
    patterns: tuple[ExternalTables, ...] = ()
    references: tuple[Reference, ...] = ()
    relies_on: dict[TableName, frozenset[str]] = field(default_factory=dict)
    findings: tuple[Diagnostic, ...] = ()

    def migrate_of(self, owner: str) -> str | None:
        """The command that runs an owner's migrator, where somebody said it."""
        tables = self.owners.get(owner)
        return tables.migrate if tables else None


def read_claims(metadatas: Sequence[MetaData], declared: Iterable[ExternalTables]) -> Claims:
    """Collect what is declared: by key, by attach, by mark, by the Guard. What contradicts itself is in ``findings``."""
    findings: list[Diagnostic] = []
    sources = {id(each): each for each in declared}
    ours: dict[TableName, Table] = {}
    marked: dict[TableName, tuple[str, Table]] = {}
    for metadata in metadatas:
        for table in metadata.tables.values():
            name, owner = table_name(table), owner_of(table)
            if name in ours or name in marked:
                findings.append(age107_duplicate_table.duplicate(name, owner))
            if owner is None:
                ours[name] = table
            else:
                marked[name] = (owner, table)
                if (tables := external_tables_of(table)) is not None:
                    sources[id(tables)] = tables
    resolved: list[tuple[ForeignKey, Table]] = []
    plainly_ours = set(ours.values())
    for table in ours.values():
        keys: Collection[ForeignKey] = table.foreign_keys
        for key in sorted(keys, key=lambda each: str(each.parent.name)) if len(keys) > 1 else keys:
            target = _target(key)
            if target in plainly_ours:
                continue
            if target is None:
                findings.append(_unresolved(key, sources.values()))
            elif owner_of(target) is not None and "." in f"{target.name}{key.column.name}":
                findings.append(agr103_dotted_name.dotted(_label(key), str(target.name)).at(*_place(key)))
            elif (owner := owner_of(target)) is not None:
                resolved.append((key, target))
                if (tables := external_tables_of(target)) is not None:
                    sources[id(tables)] = tables
                else:
                    marked.setdefault(table_name(target), (owner, target))
    external: dict[TableName, str] = {}
    stubs: dict[TableName, Table] = {}
    relies_on: dict[TableName, frozenset[str]] = {}
    claimed = [(name, tables.owner) for tables in sources.values() for name in tables.names]
    for name, owner in [*claimed, *((name, owner) for name, (owner, _) in marked.items())]:
        if external.setdefault(name, owner) != owner:
            findings.append(ago101_two_owners.two_owners(name, (external[name], owner)))
    for tables in sources.values():
        stubs.update((table_name(table), table) for table in tables.metadata.tables.values())
        for name, columns in tables.relies_on.items():
            relies_on[name] = relies_on.get(name, frozenset()) | columns
    for name, (_, table) in marked.items():
        stubs.setdefault(name, table)
    return Claims(
        ours=ours,
        external=external,
        tables=stubs,
        created={table_name(table): table for tables in sources.values() for table in tables.created},
        owners={tables.owner: tables for tables in sources.values()},
        patterns=tuple(tables for tables in sources.values() if tables.patterns),
        references=tuple(Reference(key, table_name(target)) for key, target in resolved),
        relies_on=relies_on,
        findings=tuple(findings),
    )


def _target(key: ForeignKey) -> Table | None:
    try:
        found = key.column.table
    except (NoReferencedTableError, NoReferencedColumnError):
        return None
    return found if isinstance(found, Table) else None


def _unresolved(key: ForeignKey, sources: Iterable[ExternalTables]) -> Diagnostic:
    target = TableName.parse(key.target_fullname.rpartition(".")[0])
    owner = next((each.owner for each in sources if target in each.names), None)
    return agr102_unresolved.target_undeclared(_label(key), key.target_fullname, owner).at(*_place(key))


def _label(key: ForeignKey) -> str:
    return f"{table_name(key.parent.table)}.{key.parent.name}"


def _place(key: ForeignKey) -> tuple[str | None, int | None]:
    return source_of(key.parent.table, str(key.parent.name))


class Ownership:
    """The answers for one database: claims, catalogue and chain brought together; each answer is a dictionary look-up.

    Args:
        claims: What is declared.
        catalogue: What is there.
        chain: What our revisions created; asked only when a table is in doubt.
    """

    def __init__(self, claims: Claims, catalogue: Catalogue, chain: OurChain | None = None) -> None:
        from alembic_guard._chain import OurChain

        self.claims = claims
        self.catalogue = catalogue
        self.chain = chain or OurChain(None, catalogue)
        self.ours = {name.within(catalogue.default_schema): table for name, table in claims.ours.items()}
        self._answers: dict[TableName, Answer] = {}
        for name, why in catalogue.tables.items():
            if why:
                self._answers[name] = Answer(Kind.SYSTEM, why)
        for name in self.ours:
            self._answers[name] = _OURS
        self._conflicts = list(self._claim())

    def of(self, name: TableName) -> Answer:
        """The answer for a table by its real name (schema filled in)."""
        answer = self._answers.get(name)
        if answer is None:
            answer = self._answers[name] = self._look_up(name)
        return answer

    def undeclared(self) -> list[TableName]:
        """Tables that are there, that nobody declared and no revision of ours created."""
        return self._seen(Kind.UNDECLARED)

    def touched(self) -> dict[TableName, Touched]:
        """Tables in no model that our chain alters and never created, and where it does."""
        found = {name: self.chain.touched(name) for name in self._seen(Kind.TOUCHED)}
        return {name: each for name, each in found.items() if each is not None}

    def in_no_model(self) -> dict[TableName, str]:
        """Tables that are ours and that no model declares, where Alembic looks for them, and why they are ours."""
        schemas = self._schemas()
        found = [name for name in self._seen(Kind.OURS) if name.schema in schemas and name not in self.ours]
        return {name: self._why_ours(name) for name in found}

    def is_conditional(self, name: TableName) -> bool:
        """Whether the chain created a table only under a condition that reading cannot decide."""
        created = None if self.chain.is_named(name) else self.chain.created(name)
        return created is not None and created.conditional

    def _seen(self, kind: Kind) -> list[TableName]:
        """Tables of a kind in the schemas where our tables live, and those that search_path shows, in order."""
        return sorted(self._by_kind.get(kind, ()), key=TableName.in_order)

    @cached_property
    def _by_kind(self) -> dict[Kind, list[TableName]]:
        schemas, visible = self._schemas(), self.catalogue.visible

        def seen(names: Iterable[TableName]) -> Iterator[TableName]:
            return (name for name in names if name.schema in schemas or visible.get(name.name) == name)

        there = self.catalogue.tables.keys()
        found: dict[Kind, list[TableName]] = {}
        for name in seen(there & self._answers.keys()):
            found.setdefault(self._answers[name].kind, []).append(name)
        unknown = list(seen(there - self._answers.keys()))
        if unknown and not self.claims.patterns and self.chain.is_empty:
            # Thousands perhaps, and nothing says whose: one answer for all.
            self._answers.update(dict.fromkeys(unknown, _UNDECLARED))
            return {**found, Kind.UNDECLARED: unknown}
        for name in unknown:
            found.setdefault(self.of(name).kind, []).append(name)
        return found

    def _schemas(self) -> set[str | None]:
        return {name.schema for name in self.ours} | {self.catalogue.default_schema}

    def _why_ours(self, name: TableName) -> str:
        if self.chain.is_named(name):
            return "named in Guard(ours=...)"
        created = self.chain.created(name)
        assert created is not None
        perhaps = ", under a condition" if created.conditional else ""
        likeness = looks_like(name)
        named = f"; {likeness}" if likeness else ""
        place = f"{shown(created.place.path)}:{created.place.line}"
        return f"created by revision {created.place.revision} ({place}{perhaps}){named}"

    def conflicts(self) -> list[Diagnostic]:
        """What cannot be decided: two owners for one table, a model of ours that an owner claims, a name that
        search_path shows from another schema."""
        return [*self._conflicts, *self._other_schemas()]

    def _look_up(self, name: TableName) -> Answer:
        for each in self.claims.patterns:
            if each.claims(name):
                return Answer(Kind.EXTERNAL, each.owner)
        if name not in self.catalogue.tables:
            return _ABSENT
        if self.chain.is_named(name) or self.chain.created(name):
            return _OURS
        return _TOUCHED if self.chain.touched(name) else _UNDECLARED

    def _claim(self) -> Iterator[Diagnostic]:
        for written, owner in self.claims.external.items():
            name = self.catalogue.real(written)
            if name in self.ours:
                yield ago102_our_model.our_model(name, owner).at(*source_of(self.ours[name]))
            elif (before := self._answers.get(name)) and before.kind is Kind.EXTERNAL and before.owner != owner:
                yield ago101_two_owners.two_owners(name, (before.owner, owner))
            elif name in self.chain.named:
                yield ago101_two_owners.two_owners(name, (owner, "Guard(ours=...)"))
            self._answers[name] = Answer(Kind.EXTERNAL, owner)
        for name in {**self.catalogue.tables, **self.ours} if self.claims.patterns else ():
            claimants = sorted({each.owner for each in self.claims.patterns if each.claims(name)})
            if name in self.ours and claimants:
                yield ago102_our_model.our_model(name, claimants[0]).at(*source_of(self.ours[name]))
            elif claimants and name in self.chain.named:
                yield ago101_two_owners.two_owners(name, (claimants[0], "Guard(ours=...)"))
            elif len(claimants) > 1 and name not in self._answers:
                yield ago101_two_owners.two_owners(name, (claimants[0], claimants[1]))

    def _other_schemas(self) -> Iterator[Diagnostic]:
        for written, table in self.claims.ours.items():
            shown = self.catalogue.visible.get(written.name)
            model = written.within(self.catalogue.default_schema)
            if written.schema or shown is None or shown == model:
                continue
            answer = self.of(shown)
            likeness = looks_like(shown)
            whose = answer.owner or (likeness.tool if likeness and likeness.sure else None)
            if answer.kind is Kind.OURS:
                continue
            if model in self.catalogue.tables or whose:
                yield ago105_other_schema.known_owner(model, shown, whose or "an unknown owner").at(*source_of(table))
            else:
                yield ago105_other_schema.unknown_owner(model, shown).at(*source_of(table))
