"""Evidence: what the database, the file system, this process and Alembic say when something is missing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from alembic_guard._catalogue import read_catalogue
from alembic_guard._diagnostics import Diagnostic
from alembic_guard._drift.cause import Cause, Evidence, cause_of, cause_of_key, cause_of_required, lines_of
from alembic_guard._drift.chain import NotAsked, ask
from alembic_guard._drift.comparison import About, Compared, Missing
from alembic_guard._drift.files import namesakes
from alembic_guard._drift.identity import DatabaseIdentity
from alembic_guard._drift.live import LiveSchema
from alembic_guard._drift.sources import changed_sources
from alembic_guard._ownership import Claims


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read from the database while it was at hand."""

    database: DatabaseIdentity
    live: LiveSchema
    compared: Compared
    leftovers: tuple[str, ...]
    empty: bool

    @property
    def missing(self) -> list[Missing]:
        return [each.missing for each in self.compared.about.values() if each.missing is not None]


def see(connection: Connection, database: DatabaseIdentity, live: LiveSchema, compared: Compared) -> Seen:
    """One statement more: are there Alembic's temporary tables, and is there anything at all?"""
    tables = [name.name for name in read_catalogue(connection).tables]
    leftovers = tuple(sorted(name for name in tables if name.startswith("_alembic_tmp_")))
    return Seen(database, live, compared, leftovers, not tables)


def gather(seen: Seen, claims: Claims, config: object) -> Evidence:
    """All the evidence; no connection of the application's is used."""
    compared, missing = seen.compared, seen.missing
    found = Evidence(
        database=seen.database,
        schema=_schema(seen),
        there={name: frozenset(table.columns) for name, table in compared.there.items()},
        surplus=compared.surplus,
        dropped={name: table.dropped for name, table in compared.there.items()},
        elsewhere={each: tuple(_elsewhere(each, seen.live, compared)) for each in missing},
        leftovers=seen.leftovers,
        empty=seen.empty,
        changed=changed_sources(claims.ours.values()),
        working_folder=os.getcwd(),
    )
    if config is not None:
        try:
            found = replace(found, chain=ask(config, missing, _tables(compared.about.values())))
        except NotAsked as error:
            found = replace(found, unasked=str(error))
    folders = [found.chain.folder] if found.chain else []
    return replace(found, namesakes=namesakes(seen.database, missing, folders))


def _schema(seen: Seen) -> str | None:
    """Where unqualified names are looked for now: on PostgreSQL a connection may have been told another search_path."""
    if seen.database.dialect == "postgresql":
        return seen.database.schema
    return seen.live.default_schema


def _elsewhere(missing: Missing, live: LiveSchema, compared: Compared) -> Iterable[str]:
    """Not the tables that other models mean: reporting.runs has its own columns."""
    meant = {each.name for each in compared.there.values()}
    for table in live.elsewhere(missing.table):
        if table.name not in meant and (missing.column is None or missing.column in table.columns):
            yield str(table.name)


def _tables(about: Iterable[About]) -> Iterable[str]:
    for each in about:
        for one in (each.missing, each.required):
            if one is not None:
                yield one.table.name
        if each.key is not None:
            yield each.key[0].name


def with_causes(
    findings: Sequence[Diagnostic], compared: Compared, evidence: Evidence
) -> tuple[list[Diagnostic], Cause | None]:
    """The findings, each with its cause below its message and the next step as its hint; and the first cause of all."""
    told: list[Diagnostic] = []
    first: Cause | None = None
    for finding in findings:
        about = compared.about.get(finding)
        cause = _cause(about, evidence) if about is not None else None
        if cause is None:
            told.append(finding)
            continue
        first = first or cause
        message = "\n".join([finding.message, *lines_of(cause)])
        told.append(replace(finding, message=message, hint=cause.next_step or finding.hint))
    return told, first


def _cause(about: About, evidence: Evidence) -> Cause | None:
    if about.missing is not None:
        return cause_of(about.missing, evidence)
    if about.required is not None and about.required.column is not None:
        return cause_of_required(about.required.table, about.required.column, evidence)
    return cause_of_key(*about.key, evidence) if about.key is not None else None
