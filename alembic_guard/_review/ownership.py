"""Every table that the project or its database has, whose it is, and why we think so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from alembic_guard._names import TableName
from alembic_guard._neighbours import history_of, looks_like
from alembic_guard._review.chain import created_by
from alembic_guard._review.owners import KnownOwner
from alembic_guard._review.values import Chain, Column, KeySource, Owned, Sources

KINDS = ("ours", "external", "touched", "undeclared", "system")


def owned_tables(
    chain: Chain,
    sources: Sources,
    owners: Sequence[KnownOwner],
    targets: Iterable[KeySource],
    live: Mapping[TableName, str | None] | None,
    live_columns: Mapping[TableName, tuple[Column, ...]],
    pending: Collection[str],
    dialect: str | None,
) -> list[Owned]:
    """One answer for each table; names without the default schema.

    Args:
        live: The database's tables, and why one of them is nobody's candidate; None where it was not asked.
        pending: Revisions that have not run there: what they are to create they have not created.
    """
    models = {each.table: each for each in sources.models}
    theirs = {name: known for known in owners for name in known.owner.tables}
    names = {
        *chain.history.tables,
        *chain.history.touched,
        *models,
        *theirs,
        *(TableName.parse(each) for each in sources.declared if each),
        *(each.target for each in targets),
        *(live or ()),
    }
    found = []
    for name in sorted(names):
        declared = sources.declared.get(str(name))
        kind, owner, why = (
            ("external", declared[0], f"{declared[1]} names it")
            if declared is not None
            else _answer(name, chain, models, theirs, owners, live, pending)
        )
        columns = live_columns.get(name, ())
        if kind == "external" and not columns and name in theirs:
            columns = theirs[name].columns(name, dialect)
        found.append(Owned(name, kind, owner, why, None if live is None else name in live, columns))
    return sorted(found, key=lambda each: (KINDS.index(each.kind), each.owner, each.name))


def _answer(
    name: TableName,
    chain: Chain,
    models: Mapping[TableName, object],
    theirs: Mapping[TableName, KnownOwner],
    owners: Sequence[KnownOwner],
    live: Mapping[TableName, str | None] | None,
    pending: Collection[str],
) -> tuple[str, str, str]:
    if live is not None and live.get(name):
        return "system", "", str(live[name])
    if tool := history_of(name):
        return "system", "", f"{tool}'s history table"
    revision = created_by(chain.history, name)
    created = chain.history.tables.get(name)
    too_early = created is not None and created.place.revision in pending and live is not None and name in live
    if too_early and name not in models:
        return "undeclared", "", f"to be {revision}, which has not run here: somebody else made the table that is there"
    if created is not None:
        return "ours", "us", revision + _also_theirs(name, theirs)
    pattern = next((each for each in owners if each.tables.claims(name)), None)
    known = theirs.get(name) or pattern
    if known is not None:
        return "external", known.owner.name, f"{known.owner.code} has it; {known.owner.why}"
    if name in models:
        return "ours", "us", f"{getattr(models[name], 'place', '')} declares it{'; ' + revision if revision else ''}"
    if revision:
        return "touched", "", f"{revision}; yours: Guard(ours=[{str(name)!r}])"
    return "undeclared", "", "; ".join(_doubts(name, live))


def _also_theirs(name: TableName, theirs: Mapping[TableName, KnownOwner]) -> str:
    return f"; {theirs[name].owner.name} has a table of this name too" if name in theirs else ""


def _doubts(name: TableName, live: Mapping[TableName, str | None] | None) -> Iterator[str]:
    yield "no revision creates it and no model declares it"
    if (likeness := looks_like(name)) is not None:
        yield str(likeness)
    if live is None:
        yield "a key of ours refers to it"
