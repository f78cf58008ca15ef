"""Why a database lacks what the models need: decided from evidence, never guessed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from alembic_guard._drift.chain import Chain, Done
from alembic_guard._drift.comparison import Missing
from alembic_guard._drift.files import Namesake
from alembic_guard._drift.identity import DatabaseIdentity
from alembic_guard._names import TableName


class Kind(Enum):
    """The causes; ``UNDECIDED`` where the evidence allows several."""

    OTHER_DATABASE = "different databases"
    OTHER_SCHEMA = "wrong schema or search_path"
    UNKNOWN_REVISION = "revision unknown to this chain"
    HIDDEN = "not visible to the application"
    HALF_WAY = "failed half-way"
    PENDING = "pending revisions"
    STAMPED = "stamped but never applied"
    EDITED = "revision edited after it was applied"
    BY_HAND = "changed by hand"
    STALE = "stale process"
    REMOVED = "removed by the chain"
    UNSTAMPED = "made without revisions"
    NO_REVISION = "no revision written"
    UNDECIDED = "not decided"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why, in one sentence, with what shows it.

    Args:
        ruled_out: Other causes that the evidence speaks against, where it does not decide.
        next_step: A command to paste, or what to do.

    .. versionadded:: 0.1
    """

    kind: str
    sentence: str
    evidence: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    next_step: str = ""

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when something is missing.

    Args:
        schema: Where unqualified names are looked for.
        there: Columns by table, of the tables of ours that the database has.
        surplus: Columns that no model has, by table.
        dropped: How many columns a table once had (PostgreSQL).
        elsewhere: Tables that have what is missing, in schemas where nobody looks for it.
        leftovers: Alembic's temporary tables of batch operations.
        empty: Whether the database has no table at all.
        namesakes: SQLite files of the same name elsewhere.
        changed: Source files of the models that were written after this process had read them.
        working_folder: This process's.
        chain: What Alembic sees; None where it was not or could not be asked, and ``unasked`` why.
    """

    database: DatabaseIdentity
    schema: str | None = None
    there: Mapping[TableName, frozenset[str]] = field(default_factory=dict)
    surplus: Mapping[TableName, tuple[str, ...]] = field(default_factory=dict)
    dropped: Mapping[TableName, int] = field(default_factory=dict)
    elsewhere: Mapping[Missing, tuple[str, ...]] = field(default_factory=dict)
    leftovers: tuple[str, ...] = ()
    empty: bool = False
    namesakes: tuple[Namesake, ...] = ()
    changed: tuple[str, ...] = ()
    working_folder: str = ""
    chain: Chain | None = None
    unasked: str = ""

    def has(self, table: TableName, column: str | None) -> bool | None:
        """Whether a table or column is there; None for a table that no model names."""
        known = {name: columns for name, columns in self.there.items() if name.name == table.name}
        if not known:
            return None
        same = [each for each in known if each.within(self.schema) == table.within(self.schema)]
        return column is None or column in known[(same or list(known))[0]]

    def did(self, done: Done) -> bool | None:
        """Whether what a line of a revision adds is there."""
        return self.has(done.name, done.column)


def cause_of(missing: Missing, evidence: Evidence) -> Cause:
    """Why one table or column is missing."""
    checks = (_other_database, _unknown_revision, _other_schema, _hidden, _leftover, _by_revisions, _without_chain)
    for check in checks:
        found = check(missing, evidence)
        if found is not None:
            return found
    return _undecided(f"{_name(missing)} is missing", missing, evidence)


def cause_of_key(table: TableName, columns: tuple[str, ...], evidence: Evidence) -> Cause | None:
    """Why a key is missing, where the chain tells: its column is there and the revision that adds it is not recorded."""
    chain = evidence.chain
    if chain is None:
        return None
    for column in columns:
        missing = Missing(table, column)
        adding = [] if chain.last(missing) else chain.adding(missing)
        if adding and evidence.has(table, column):
            return _half_way(adding[0], f"{table.name}.{column}", "its key", chain)
    return None


def cause_of_required(table: TableName, column: str, evidence: Evidence) -> Cause:
    """Why the database requires a value for a column that no model has."""
    chain, what = evidence.chain, f"{table.name}.{column}"
    asked = Missing(table, column)
    found = (_other_database(asked, evidence) or _unknown_revision(asked, evidence)) if chain is not None else None
    if found is not None:
        return found
    removing = chain.removing(asked) if chain is not None else None
    if chain is not None and removing is not None:
        return Cause(
            Kind.PENDING.value,
            f"{removing.place} takes {what} away and has not run here",
            _pending_lines(chain),
            next_step=_upgrade(chain),
        )
    if evidence.changed:
        return _stale(f"this process runs older models than those on disk, and {what} came after them", evidence)
    added = chain.last(asked) if chain is not None else None
    if chain is not None and added is not None and not added.adds:
        return Cause(
            Kind.STAMPED.value,
            f"{added.place} takes {what} away, is recorded as run, and {what} is still there: it was stamped without "
            "running, or the column was put back by hand",
            (f"at: {', '.join(chain.at)}",),
            next_step=f"If it never ran: {_stamp(added, chain)}",
        )
    if added is not None:
        return Cause(
            Kind.REMOVED.value,
            f"{added.place} added {what}, and this application's models do not have it",
            next_step=f"Deploy the models that belong to revision {added.revision}, or give {what} a server default.",
        )
    if chain is not None and not chain.names(table, column):
        return Cause(
            Kind.BY_HAND.value,
            f"{what} was added by hand, or by another migrator: no revision of the chain names it",
            next_step=f"Give {what} a default, or write it into a model and a revision.",
        )
    return _undecided(f"{what} is required and in no model", asked, evidence)


def _other_database(missing: Missing, evidence: Evidence) -> Cause | None:
    chain = evidence.chain
    if chain is not None:
        if not chain.database.is_another(evidence.database):
            return None
        lines = [
            f"the application: {evidence.database.described}",
            f"Alembic, in {chain.folder}: {chain.database.described}",
        ]
        if chain.database.dialect == "sqlite" and evidence.database.dialect == "sqlite":
            lines.append(f"working folder of the application: {evidence.working_folder}; of Alembic: {chain.folder}")
        if missing in chain.having:
            lines.append(f"Alembic's has {_name(missing)}")
        return Cause(
            Kind.OTHER_DATABASE.value,
            f"the application talks to {evidence.database.url} and Alembic to {chain.database.url}: two databases",
            tuple(lines),
            next_step=_one_url(evidence.database, chain.database),
        )
    other = next((each for each in evidence.namesakes if each.has), None)
    if other is None:
        return None
    return Cause(
        Kind.OTHER_DATABASE.value,
        f"the application talks to {evidence.database.url}, and another file of that name, {other.path}, has {_name(missing)}",
        (f"the application: {evidence.database.described}", f"its working folder: {evidence.working_folder}"),
        next_step=f"Give the application an absolute path: sqlite:///{other.path}",
    )


def _one_url(ours: DatabaseIdentity, alembics: DatabaseIdentity) -> str:
    if ours.dialect == alembics.dialect == "sqlite":
        if ours.key[0] == "memory" or alembics.key[0] == "memory":
            return "A database in memory is gone with its connection: give both one file by its absolute path."
        return f"Give both the same absolute path: {alembics.url}"
    return f"Give the application Alembic's URL, or Alembic the application's: {alembics.url}"


def _unknown_revision(missing: Missing, evidence: Evidence) -> Cause | None:
    chain = evidence.chain
    if chain is None or not chain.unknown or missing in chain.having:
        return None
    names = ", ".join(chain.unknown)
    return Cause(
        Kind.UNKNOWN_REVISION.value,
        f"the database is at revision {names}, which no file of this chain has: the code here is another, or an older one",
        (
            f"alembic_version in {evidence.database.url}: {', '.join(chain.at)}",
            f"revisions looked for in {chain.folder}",
        ),
        next_step=f"Deploy the code that has revision {names}.",
    )


def _other_schema(missing: Missing, evidence: Evidence) -> Cause | None:
    chain, found = evidence.chain, evidence.elsewhere.get(missing, ())
    if not found:
        return None
    schemas = [each.rpartition(".")[0] for each in found]
    if missing.table.schema is not None:
        return _made_elsewhere(missing, schemas, chain)
    facts = evidence.database.facts
    lines = [f"the application looks in {evidence.schema or 'no schema'} (search_path {facts.get('search_path', '')})"]
    if chain is not None and chain.schema != evidence.schema:
        lines.append(f"Alembic looks in {chain.schema} (search_path {chain.database.facts.get('search_path', '')})")
        schemas = [each for each in schemas if each == chain.schema] or schemas
    elif chain is not None and chain.last(missing) is None:
        return None  # no revision that has run made it: a table of that name is somebody else's
    elif len(schemas) > 1:
        return None  # one of each tenant: any of them, or none, may be meant
    schema, role = schemas[0], facts.get("role", "")
    if missing.column is None and schema in _path(facts.get("search_path", ""), role):
        return Cause(
            Kind.OTHER_SCHEMA.value,
            f"{_name(missing)} is in schema {schema}, which is on the search_path and which role {role} may not use",
            tuple(lines),
            next_step=f'GRANT USAGE ON SCHEMA "{schema}" TO "{role}";',
        )
    return Cause(
        Kind.OTHER_SCHEMA.value,
        f"{_name(missing)} is in schema {schema}, where the application does not look: it looks in "
        f"{evidence.schema or 'none'}",
        tuple(lines),
        next_step=f"Put {schema} first on the application's search_path, in its URL or for its role.",
    )


def _made_elsewhere(missing: Missing, schemas: Sequence[str], chain: Chain | None) -> Cause | None:
    """For a model that names its schema: only where a revision did make it in the other one."""
    made = chain.last(missing) if chain is not None else None
    schema = (made.schema or (chain.schema if chain is not None else None)) if made is not None and made.adds else None
    if made is None or schema is None or schema not in schemas:
        return None
    return Cause(
        Kind.OTHER_SCHEMA.value,
        f"{_name(missing)} is in schema {schema}: {made.place} made it there, and the model looks in "
        f"{missing.table.schema}",
        next_step=f"Give the model schema {schema}, or write a revision that moves the table: "
        f"ALTER TABLE {schema}.{missing.table.name} SET SCHEMA {missing.table.schema}",
    )


def _path(search_path: str, role: str) -> list[str]:
    """The schemas of a search_path."""
    names = [each.strip().strip('"') for each in search_path.split(",")]
    return [role if each == "$user" else each for each in names]


def _hidden(missing: Missing, evidence: Evidence) -> Cause | None:
    """Alembic's connection to the same database sees it: a revision has nothing to do with that."""
    chain = evidence.chain
    if chain is None or missing not in chain.having:
        return None
    why, next_step = _veil(missing, evidence.database, chain.database)
    return Cause(
        Kind.HIDDEN.value,
        f"Alembic sees {_name(missing)} in the same database, and the application's connection does not: {why}",
        (f"the application: {evidence.database.described}", f"Alembic: {chain.database.described}"),
        next_step=next_step,
    )


def _veil(missing: Missing, ours: DatabaseIdentity, alembics: DatabaseIdentity) -> tuple[str, str]:
    again = "Ask again in a new transaction; restart the application if it stays."
    if ours.dialect == "mariadb" and ours.url != alembics.url:
        return (
            "MariaDB hides what a user has no rights on",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {ours.key[-1]}.{missing.table.name} TO the application's user.",
        )
    if ours.facts.get("standby"):
        return "it is a standby that has not replayed the revision yet", "Wait for the standby, or ask the primary."
    if ours.dialect == "postgresql" and not (ours.key[0] and alembics.key[0]):
        return (
            "its transaction is older than the revision, or the two are different servers, of which one role may not ask "
            "for the system identifier",
            again,
        )
    if ours.key[0] == "file":
        return (
            "it has a file of that path open that was deleted or replaced since, or its transaction is older than the "
            "revision, or the revision ran only just now",
            again,
        )
    return "its transaction is older than the revision, or the revision ran only just now", again


def _leftover(missing: Missing, evidence: Evidence) -> Cause | None:
    left = f"_alembic_tmp_{missing.table.name}"
    if left not in evidence.leftovers:
        return None
    then = _upgrade(evidence.chain) if evidence.chain else "alembic upgrade head"
    return Cause(
        Kind.HALF_WAY.value,
        f"a migration of {missing.table.name} failed half-way: its temporary table {left} is still there",
        (f"{left} in {evidence.database.url}",),
        next_step=f"DROP TABLE {left}; then: {then}",
    )


def _by_revisions(missing: Missing, evidence: Evidence) -> Cause | None:
    chain = evidence.chain
    if chain is None:
        return None
    last, adding = chain.last(missing), chain.adding(missing)
    if last is not None and not last.adds:
        return _removed(missing, last, evidence)
    if last is not None:
        return _applied(missing, last, evidence)
    if adding:
        return _pending(missing, adding[0], evidence)
    if chain.last(Missing(missing.table)) is None and missing.column is not None:
        created = chain.adding(Missing(missing.table))
        if created:
            return _pending(missing, created[0], evidence)
    if chain.named.get(missing):
        return _perhaps(missing, chain.named[missing], chain)
    if evidence.changed:
        return _stale(
            f"this process runs older models than those on disk, and no revision adds {_name(missing)}", evidence
        )
    return Cause(
        Kind.NO_REVISION.value,
        f"no revision names {_name(missing)}: the model has it, and the chain does not",
        _pending_lines(chain),
        next_step=_write_one(missing, chain),
    )


def _write_one(missing: Missing, chain: Chain) -> str:
    upgrade = f"{chain.command} upgrade {chain.to_head}"
    branch = f" --head {chain.heads[0]}" if len(chain.heads) > 1 else ""
    write = f"{chain.command} revision --autogenerate{branch} -m 'add {_name(missing)}' && {upgrade}"
    return _in_folder(chain, f"{upgrade} && {write}" if chain.pending else write)


def _pending(missing: Missing, adding: Done, evidence: Evidence) -> Cause:
    chain = evidence.chain
    assert chain is not None
    there = [each for each in chain.of(adding.revision) if each.adds and _is_new(each, evidence, chain)]
    if there:
        return _half_way(adding, ", ".join(_done_name(each) for each in there), _name(missing), chain)
    if not chain.at and (made := _made_already(adding, evidence, chain)):
        return Cause(
            Kind.UNSTAMPED.value,
            f"{adding.place} adds {_name(missing)}, and the database is at no revision although all that revision {made} adds "
            "is there: create_all() or somebody by hand made it",
            _pending_lines(chain),
            next_step=_in_folder(chain, f"{chain.command} stamp {made} && {chain.command} upgrade {chain.to_head}"),
        )
    return Cause(
        Kind.PENDING.value,
        f"{adding.place} adds {_name(missing)} and has not run here",
        _pending_lines(chain),
        next_step=_upgrade(chain),
    )


def _made_already(adding: Done, evidence: Evidence, chain: Chain) -> str | None:
    """The last revision before one of which everything is there."""
    made = None
    for revision in chain.revisions[: chain.revisions.index(adding.revision)]:
        states = [evidence.did(each) for each in chain.of(revision) if each.adds]
        if any(states) and False not in states:
            made = revision
    return made


def _perhaps(missing: Missing, revisions: tuple[str, ...], chain: Chain) -> Cause:
    """Revisions name what is missing, and what they do with it was not read."""
    names = ", ".join(revisions)
    both = missing.table.name if missing.column is None else f"{missing.table.name} and {missing.column}"
    if all(each in chain.pending for each in revisions):
        return Cause(
            Kind.PENDING.value,
            f"revision {names}, which has not run here, names {both}",
            _pending_lines(chain),
            next_step=_upgrade(chain),
        )
    return Cause(
        Kind.UNDECIDED.value,
        f"the evidence does not decide why {_name(missing)} is missing: revision {names} names it, has run here, and what it "
        "does cannot be read without running it",
        (f"at: {', '.join(chain.at)}",),
        ("different databases", "failed half-way: no temporary table of Alembic's"),
        next_step=f"Read revision {names}: did it ever add {_name(missing)}?",
    )


def _half_way(adding: Done, present: str, absent: str, chain: Chain) -> Cause:
    return Cause(
        Kind.HALF_WAY.value,
        f"{adding.place} failed half-way: it has not been recorded, and {present} of it is there",
        (f"there: {present}", f"missing: {absent}", f"at: {', '.join(chain.at) or 'no revision'}"),
        next_step=f"Take {present} back by hand, then: {_upgrade(chain)}",
    )


def _is_new(done: Done, evidence: Evidence, chain: Chain) -> bool:
    """Whether a pending revision's effect is there, and no revision that has run put it there."""
    before = chain.last(Missing(done.name, done.column))
    created = any(each.adds and each.table == done.table and each.column is None for each in chain.of(done.revision))
    if done.column is not None and created:
        return False  # told by its table
    return bool(evidence.did(done)) and not (before is not None and before.adds)


def _applied(missing: Missing, adding: Done, evidence: Evidence) -> Cause:
    """The chain says that the revision has run, and what it adds is not there."""
    chain = evidence.chain
    assert chain is not None
    effects = [each for each in chain.of(adding.revision) if each.adds and _still(each, chain)]
    lost = [each.column for each in effects if each.table == missing.table.name and evidence.did(each) is False]
    strangers = [each for each in evidence.surplus.get(missing.table, ()) if not chain.names(missing.table, each)]
    if missing.column is not None and strangers and len(strangers) == len(lost):
        return _edited(missing, adding, strangers, chain)
    if missing.column is not None and evidence.dropped.get(missing.table, 0) > _dropped_by(chain, missing.table):
        return _by_hand(missing, adding, (f"PostgreSQL remembers a dropped column in {missing.table.name}",))
    others = {_done_name(each): evidence.did(each) for each in effects if not _is_part(each, missing)}
    present = sorted(name for name, state in others.items() if state)
    absent = sorted(name for name, state in others.items() if state is False)
    if present:
        return _by_hand(missing, adding, (f"the same revision added {', '.join(present)}, which is there",))
    if absent or evidence.empty or not evidence.there:
        return _stamped(missing, adding, absent, evidence)
    return Cause(
        Kind.UNDECIDED.value,
        f"{adding.place} is recorded as run and {_name(missing)}, all that it adds, is not there: it was stamped without "
        "running, or what it made was taken away by hand",
        (f"at: {', '.join(chain.at)}",),
        ("different databases", "pending revisions", "failed half-way", "wrong schema or search_path"),
        next_step=f"If it never ran: {_run_again(adding, evidence, chain)}",
    )


def _edited(missing: Missing, adding: Done, strangers: list[str], chain: Chain) -> Cause:
    has = ", ".join(strangers)
    return Cause(
        Kind.EDITED.value,
        f"{adding.place} was edited after it had been applied here, or the column was renamed by hand: the revision says "
        f"{missing.column}, the database has {has}, which no revision names",
        (f"at: {', '.join(chain.at)}", f"{missing.table.name} has {has} and not {missing.column}"),
        next_step="Put the revision's former text back and write a new one: op.alter_column("
        f"{missing.table.name!r}, {strangers[0]!r}, new_column_name={missing.column!r})",
    )


def _still(done: Done, chain: Chain) -> bool:
    """Whether nothing that ran afterwards removed it."""
    last = chain.last(Missing(done.name, done.column))
    gone = chain.last(Missing(done.name))
    return last == done and not (gone is not None and not gone.adds)


def _is_part(done: Done, missing: Missing) -> bool:
    """Whether an effect is the missing object itself, or a column of the missing table."""
    if done.table != missing.table.name:
        return False
    return missing.column is None or done.column == missing.column


def _dropped_by(chain: Chain, table: TableName) -> int:
    return sum(not each.adds and each.column is not None and each.table == table.name for each in chain.done)


def _by_hand(missing: Missing, adding: Done, evidence: tuple[str, ...]) -> Cause:
    return Cause(
        Kind.BY_HAND.value,
        f"{_name(missing)} was taken away by hand: {adding.place} added it, and no revision removes it",
        evidence,
        next_step=f"Put it back as {adding.path}:{adding.line} made it.",
    )


def _stamped(missing: Missing, adding: Done, absent: list[str], evidence: Evidence) -> Cause:
    chain = evidence.chain
    assert chain is not None
    lines = [f"at: {', '.join(chain.at)}", *(f"{each}, of the same revision, is missing too" for each in absent)]
    return Cause(
        Kind.STAMPED.value,
        f"{adding.place} is recorded as run and never ran here: nothing of what it adds is there",
        tuple(lines),
        next_step=_run_again(adding, evidence, chain),
    )


def _run_again(adding: Done, evidence: Evidence, chain: Chain) -> str:
    """Stamp back to before the first revision from which on nothing is there; not where a later one did run."""
    applied = [each for each in chain.revisions if chain.of(each)[0].applied]
    first = None
    for revision in reversed(applied):
        adds = [each for each in chain.of(revision) if each.adds and _still(each, chain)]
        if any(evidence.did(each) for each in adds):
            break
        first = adds[0] if adds else first
    if first is None or applied.index(first.revision) > applied.index(adding.revision):
        return f"Run what {adding.path} does by hand: later revisions have run here."
    return _stamp(first, chain)


def _stamp(adding: Done, chain: Chain) -> str:
    if " " in adding.down and len(chain.at) > 1:
        return f"Stamp the revisions before {adding.revision}, then: {_upgrade(chain)}"
    # Alembic 1.18 - 1.20 fail with KeyError where a stamp goes from a merge back to its branches, unless it purges.
    purge = "--purge " if " " in adding.down else ""
    return _in_folder(chain, f"{chain.command} stamp {purge}{adding.down} && {chain.command} upgrade {chain.to_head}")


def _removed(missing: Missing, removing: Done, evidence: Evidence) -> Cause:
    if evidence.changed:
        return _stale(
            f"this process runs older models than those on disk: {removing.place} has taken {_name(missing)} away",
            evidence,
        )
    return Cause(
        Kind.REMOVED.value,
        f"{removing.place} has taken {_name(missing)} away, and this application's models still have it",
        (f"at: {', '.join(evidence.chain.at) if evidence.chain else ''}",),
        next_step=f"Deploy the models that belong to revision {removing.revision}.",
    )


def _stale(sentence: str, evidence: Evidence) -> Cause:
    lines = tuple(f"{each} was written after this process had read it" for each in evidence.changed)
    return Cause(Kind.STALE.value, sentence, lines, next_step="Restart the application.")


def _without_chain(missing: Missing, evidence: Evidence) -> Cause | None:
    if evidence.changed and evidence.chain is None:
        return _stale(
            f"this process runs older models than those on disk, and the database lacks {_name(missing)}", evidence
        )
    return None


def _undecided(what: str, missing: Missing, evidence: Evidence) -> Cause:
    elsewhere = evidence.elsewhere.get(missing, ())
    one_schema = evidence.database.dialect == "postgresql" and not elsewhere
    ruled_out = [
        *([f"failed half-way: no table _alembic_tmp_{missing.table.name}"] if not evidence.leftovers else []),
        *(["wrong schema or search_path: no other schema has it"] if one_schema else []),
        *([] if evidence.changed else ["stale process: no source of the models is newer than this process"]),
    ]
    chain, unasked = evidence.chain, f"Alembic was not asked ({evidence.unasked or 'no config was given'})"
    why = unasked if chain is None else "what the revisions do with it cannot be read without running them"
    empty = ", and the database has no table at all" if evidence.empty else ""
    return Cause(
        Kind.UNDECIDED.value,
        f"the evidence does not decide why {what}: {why}{empty}",
        (
            evidence.database.described,
            *(f"another file of that name: {each.path}" for each in evidence.namesakes),
            *(f"a table of that name that has it: {each}" for each in elsewhere),
        ),
        tuple(ruled_out),
        "python -m alembic_guard drift" if evidence.unasked else 'Give Alembic\'s configuration: config="alembic.ini"',
    )


def _pending_lines(chain: Chain) -> tuple[str, ...]:
    return (
        f"at: {', '.join(chain.at) or 'no revision'}",
        f"pending: {', '.join(chain.pending) or 'none'}",
        f"Alembic has the same database: {chain.database.described}",
    )


def _upgrade(chain: Chain) -> str:
    return _in_folder(chain, f"{chain.command} upgrade {chain.to_head}")


def _in_folder(chain: Chain, command: str) -> str:
    return command if chain.folder == os.getcwd() else f"cd {shlex.quote(chain.folder)} && {command}"


def _name(missing: Missing) -> str:
    return str(missing.table) if missing.column is None else f"{missing.table}.{missing.column}"


def _done_name(done: Done) -> str:
    return done.table if done.column is None else f"{done.table}.{done.column}"


def lines_of(cause: Cause) -> Iterator[str]:
    """Below a finding: evidence, what was ruled out."""
    yield f"cause: {cause.sentence}"
    yield from (f"  evidence: {each}" for each in cause.evidence)
    yield from (f"  ruled out: {each}" for each in cause.ruled_out)
