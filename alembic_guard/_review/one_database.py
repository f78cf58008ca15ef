"""One database of a project: what the revisions make there, who owns which table, and what it says of itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from alembic.config import Config
from sqlalchemy.engine import URL
from sqlalchemy.types import TypeEngine

from alembic_guard._errors import GuardError
from alembic_guard._names import TableName
from alembic_guard._review.chain import read_chain
from alembic_guard._review.configuration import Named
from alembic_guard._review.database import Said, ask
from alembic_guard._review.env_source import EnvSource, keyword
from alembic_guard._review.keys import InDatabase, Keys, read_keys
from alembic_guard._review.models import of_metadata
from alembic_guard._review.owners import KnownOwner, dialect_of, known_owners
from alembic_guard._review.ownership import owned_tables
from alembic_guard._review.references import own_keys, references, requirements
from alembic_guard._review.script import UnimportedScripts
from alembic_guard._review.values import Chain, Database, KeySource, Live, Metadata, Sources
from alembic_guard._run.schema import schema_of


@dataclass(frozen=True, slots=True)
class Read:
    """A database with what its findings need beside it."""

    database: Database
    said: Said
    url: URL | None
    known: tuple[KnownOwner, ...]


def read_database(
    config: Config,
    script: UnimportedScripts,
    env: EnvSource,
    sources: Sources,
    name: str | None,
    named: Named,
    metadata: Metadata,
    *,
    static: bool,
) -> Read:
    """Read the revisions for it, then ask it.

    Args:
        name: Which of the layout ``multidb``; None for the only one.
        static: Whether it is left alone.
    """
    chain = read_chain(script, named.dialect, name)
    if name is not None:
        sources = of_metadata(sources, metadata, chain)
    said = _said(config, env, name, named, static=static)
    keys = read_keys(
        chain.files,
        sources.files,
        named.dialect,
        lambda table: table.without_default(named.dialect),
        None if name is None else InDatabase(name, frozenset(each.table for each in sources.models)),
    )
    every = [*keys.foreign, *_only_live(said, keys)]
    if name is not None:
        sources = _of_this_database(sources, env, name, every, said)
    dialect = said.dialect or (dialect_of(named.dialect) if named.dialect else None)
    columns: dict[TableName, dict[str, TypeEngine[object]]] = {}
    for (table, column), type_ in said.types.items():
        columns.setdefault(table, {})[column] = type_
    owners = known_owners(sources, columns, dialect)
    live = _live(said, chain)
    tables = owned_tables(chain, sources, owners, every, said.tables, said.columns, live.pending, named.dialect)
    crossing = references(every, tables, owners, dialect, said.types)
    database = Database(
        name,
        named.source,
        named.dialect,
        metadata,
        chain,
        live,
        tuple(tables),
        tuple(each.owner for each in owners),
        tuple(crossing),
        tuple(own_keys(keys.primary, tables, crossing, dialect)),
        tuple(requirements(crossing, tables, owners)),
    )
    return Read(database, said, named.url, tuple(owners))


def _of_this_database(sources: Sources, env: EnvSource, name: str, keys: list[KeySource], said: Said) -> Sources:
    """Owners that something here points to: which of several databases a package.json is about it does not say."""
    guard = env.guards.get(name)
    given = keyword(guard, "external") if guard is not None else None
    text = ast.unparse(given) if given is not None else ""
    there = {each.target.name for each in keys} | {each.name for each in said.tables or ()}
    declared = {
        table: owner
        for table, owner in sources.declared.items()
        if (table and TableName.parse(table).name in there) or (not table and owner[0].replace("-", "_") in text)
    }
    packages = sources.packages if "user" in there else {}
    if not declared and "better_auth" in text:
        declared = {"": ("better-auth", env.place(given or env.tree))}
    return replace(sources, declared=declared, packages=packages)


def _said(config: Config, env: EnvSource, name: str | None, named: Named, *, static: bool) -> Said:
    if static:
        return Said(why_not="--static leaves it alone")
    if named.url is None:
        reasons = {
            "computed": "its URL is computed when env.py runs",
            "variable": "the variable that names it is not set",
            "argument": f"{named.source.said}=... names it, and is not given",
            "several": "there are several, and which is computed when env.py runs",
        }
        return Said(why_not=reasons.get(named.source.kind, "no URL is named"))
    meant = _text(env, keyword_of_guard(env, name, "schema"))
    try:
        schema = schema_of(config, meant)
    except GuardError as error:
        return Said(why_not=f"{error.diagnostics[0].message}: -x {(meant or '').removeprefix('x:')}=...")
    options = _version_table(env, name)
    return ask(
        config,
        named.url,
        options.get("version_table") or "alembic_version",
        options.get("version_table_schema"),
        section=name or config.config_ini_section,
        schema=schema,
    )


def keyword_of_guard(env: EnvSource, name: str | None, option: str) -> ast.expr | None:
    """What the Guard of a database is given by name."""
    guard = env.guards.get(name)
    return keyword(guard, option) if guard is not None else None


def _text(env: EnvSource, node: ast.expr | None) -> str | None:
    found = env.resolved(node) if node is not None else None
    return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else None


def _version_table(env: EnvSource, name: str | None) -> Mapping[str, str]:
    """What env.py calls the table of revisions, where it says so in plain text."""
    found = {}
    for call in env.configures():
        for option in ("version_table", "version_table_schema"):
            if (text := _text(env, env.options(call)[0].get(option))) is not None:
                found[option] = text
    configure = keyword_of_guard(env, name, "configure")
    if isinstance(configure, ast.Dict):
        for key, value in zip(configure.keys, configure.values, strict=True):
            option, text = str(getattr(key, "value", "")), _text(env, value)
            if option in ("version_table", "version_table_schema") and text is not None:
                found[option] = text
    return found


def _only_live(said: Said, keys: Keys) -> Iterator[KeySource]:
    """Keys of the database that no file writes."""
    written = {(each.table, each.column, each.target) for each in keys.foreign}
    yield from (each for each in said.keys if (each.table, each.column, each.target) not in written)


def _live(said: Said, chain: Chain) -> Live:
    if said.identity is None:
        return Live(why_not=said.why_not)
    done: set[str] = set()
    downs = {each.id: each.down for each in chain.revisions}
    todo = list(said.current)
    while todo:
        each = todo.pop()
        if each not in done:
            done.add(each)
            todo += downs.get(each, ())
    pending = tuple(each.id for each in chain.revisions if each.id not in done)
    return Live("", said.identity, said.current, pending)
