"""``python -m alembic_guard review``: read first without a database and without an import, then ask the database."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from alembic.config import Config
from sqlalchemy.engine import URL
from sqlalchemy.types import TypeEngine

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._linting.lint import lint_models
from alembic_guard._models import shown
from alembic_guard._names import TableName
from alembic_guard._review.chain import read_chain
from alembic_guard._review.configuration import read_configuration
from alembic_guard._review.database import Said, ask
from alembic_guard._review.document import as_json
from alembic_guard._review.env_source import EnvSource, read_env
from alembic_guard._review.environment import read_environment
from alembic_guard._review.findings import findings
from alembic_guard._review.keys import Keys, read_keys
from alembic_guard._review.markdown import as_markdown
from alembic_guard._review.new_env import new_env
from alembic_guard._review.next_steps import models_spec, next_steps
from alembic_guard._review.owners import KnownOwner, dialect_of, known_owners
from alembic_guard._review.ownership import owned_tables
from alembic_guard._review.project import project_folders, read_sources
from alembic_guard._review.references import own_keys, references, requirements
from alembic_guard._review.script import unimported
from alembic_guard._review.text import as_text
from alembic_guard._review.values import Chain, KeySource, Live, Review

FORMATS = {"text": as_text, "markdown": as_markdown, "json": as_json}


def review(config: Config, format: str | None = None, url: str | None = None, static: bool = False) -> None:
    """Say what env.py and the revisions do, who owns which table, what does not fit, and what to do next."""
    found = review_of(config, url=url, static=static)
    # print_stdout() writes a question mark for what the terminal's encoding lacks; what is pasted must be whole.
    config.stdout.write(FORMATS[format or "text"](found) + "\n")


def review_of(config: Config, *, url: str | None = None, static: bool = False) -> Review:
    """The review of a project; nothing of it is imported, and nothing in its database is changed.

    Args:
        url: What names the database where env.py computes it, ``env:DATABASE_URL``.
        static: Whether the database is left alone.
    """
    script = unimported(config)
    env = read_env(str(Path(script.dir) / "env.py"))
    configuration, known_url = read_configuration(config, env, url)
    chain = read_chain(script, configuration.dialect)
    sources = read_sources(
        project_folders(config.config_file_name or config.toml_file_name, script.dir),
        script._version_locations,
        env.path,
        configuration.dialect,
    )
    environment = read_environment(env, sources.conventions)
    said = _said(config, env, known_url, configuration.url.kind, static)
    keys = read_keys(
        chain.files, sources.files, configuration.dialect, lambda name: name.without_default(configuration.dialect)
    )
    dialect = said.dialect or (dialect_of(configuration.dialect) if configuration.dialect else None)
    live = _live(said, chain)
    columns: dict[TableName, dict[str, TypeEngine[object]]] = {}
    for (table, column), type_ in said.types.items():
        columns.setdefault(table, {})[column] = type_
    owners = known_owners(sources, columns, dialect)
    every = [*keys.foreign, *_only_live(said, keys)]
    tables = owned_tables(chain, sources, owners, every, said.tables, said.columns, live.pending, configuration.dialect)
    crossing = references(every, tables, owners, dialect, said.types)
    needed = tuple(requirements(crossing, tables, owners))
    told = [
        *findings(
            configuration,
            environment,
            chain,
            tables,
            crossing,
            needed,
            said,
            known_url,
            shown(script.dir),
            script.unreadable,
        ),
        *_names(config, (*sources.files, *chain.files), configuration.dialect, owners),
    ]
    facts = [each.owner for each in owners]
    spec, _ = models_spec(environment, sources)
    proposed = new_env(env, environment, configuration, facts, spec)
    steps = next_steps(
        configuration, environment, chain, live, facts, tables, crossing, needed, sources, proposed, environment.path
    )
    return Review(
        configuration,
        environment,
        chain,
        live,
        tuple(tables),
        tuple(facts),
        tuple(crossing),
        tuple(own_keys(keys.primary, tables, crossing, dialect)),
        needed,
        tuple(told),
        tuple(steps),
    )


def _said(config: Config, env: EnvSource, url: URL | None, kind: str, static: bool) -> Said:
    if static:
        return Said(why_not="--static leaves it alone")
    if url is None:
        reasons = {
            "computed": "its URL is computed when env.py runs",
            "variable": "the variable that names it is not set",
        }
        return Said(why_not=reasons.get(kind, "nothing names it"))
    options = _version_table(env)
    return ask(config, url, options.get("version_table") or "alembic_version", options.get("version_table_schema"))


def _version_table(env: EnvSource) -> Mapping[str, str]:
    """What env.py calls the table of revisions, where it says so in plain text."""
    found = {}
    for call in env.configures():
        for name in ("version_table", "version_table_schema"):
            value = env.options(call)[0].get(name)
            resolved = env.resolved(value) if value is not None else None
            if isinstance(resolved, ast.Constant) and isinstance(resolved.value, str):
                found[name] = resolved.value
    return found


def _names(
    config: Config, files: Sequence[str], dialect: str | None, owners: Iterable[KnownOwner]
) -> Iterator[Diagnostic]:
    """What ``lint`` says of the names in models and revisions; its words about keys are those of the references here."""
    found = lint_models(files, dialect=dialect, external=[each.tables for each in owners], config=config)
    yield from (each for each in found if each.code.startswith("AGN"))


def _only_live(said: Said, keys: Keys) -> list[KeySource]:
    """Keys of the database that no file writes."""
    written = {(each.table, each.column, each.target) for each in keys.foreign}
    return [each for each in said.keys if (each.table, each.column, each.target) not in written]


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
