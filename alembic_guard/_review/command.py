"""``python -m alembic_guard review``: read first without a database and without an import, then ask the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from alembic.config import Config

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._external import ExternalTables
from alembic_guard._linting.lint import lint_models
from alembic_guard._models import shown
from alembic_guard._review.configuration import database_names, read_configuration
from alembic_guard._review.document import as_json
from alembic_guard._review.env_source import read_env
from alembic_guard._review.environment import metadata_of, read_environment
from alembic_guard._review.findings import findings
from alembic_guard._review.markdown import as_markdown
from alembic_guard._review.models import models_of
from alembic_guard._review.new_env import new_env
from alembic_guard._review.next_steps import next_steps
from alembic_guard._review.one_database import read_database
from alembic_guard._review.project import project_folders, read_sources
from alembic_guard._review.script import unimported
from alembic_guard._review.text import as_text
from alembic_guard._review.values import Review
from alembic_guard._rules import ago120_refused

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
    configuration, named = read_configuration(config, env, url)
    sources = read_sources(
        project_folders(config.config_file_name or config.toml_file_name, script.dir),
        script._version_locations,
        env.path,
        configuration.dialect,
    )
    names = database_names(config, env)
    environment = read_environment(env, sources.conventions, names)
    read = [
        read_database(config, script, env, sources, name, each, metadata_of(env, name), static=static)
        for name, each in named.items()
    ]
    databases = tuple(each.database for each in read)
    specs = models_of(databases, sources)
    # One file is for all databases: an owner that only some of them have may have the name of a table that is ours elsewhere.
    common = [{owner.owner.code for owner in each.known} for each in read]
    theirs = [owner.tables for owner in read[0].known if all(owner.owner.code in each for each in common)]
    files = [*sources.files, *databases[0].chain.files]
    told = [
        *findings(config, env, environment, read, shown(script.dir), script.unreadable),
        *_linted(config, files, configuration.dialect, theirs),
    ]
    proposed = new_env(env, environment, configuration, databases, specs)
    steps = next_steps(environment, databases, sources, specs, proposed)
    return Review(configuration, environment, databases, tuple(dict.fromkeys(told)), tuple(steps))


def _linted(
    config: Config, files: Sequence[str], dialect: str | None, theirs: Iterable[ExternalTables]
) -> Iterator[Diagnostic]:
    """What ``lint`` says of names, and of revisions that change others' tables; keys are told by the references here."""
    found = lint_models(files, dialect=dialect, external=list(theirs), config=config)
    yield from (each for each in found if each.code.startswith("AGN") or each.code == ago120_refused.RULE.code)
