"""What Alembic itself sees: which database env.py connects to, what it is at, and what the revisions do."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic_guard._database import without_secrets
from alembic_guard._drift.comparison import Missing
from alembic_guard._drift.identity import DatabaseIdentity
from alembic_guard._names import TableName

if TYPE_CHECKING:
    # An application that is in step never needs Alembic.
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script, ScriptDirectory


@dataclass(frozen=True, slots=True)
class Done:
    """What one line of a revision does to a table or column (``column=None``: the table)."""

    adds: bool
    schema: str | None
    table: str
    column: str | None
    revision: str
    down: str
    path: str
    line: int
    applied: bool

    @property
    def name(self) -> TableName:
        return TableName(self.schema, self.table)

    @property
    def place(self) -> str:
        return f"revision {self.revision} ({self.path}:{self.line})"


@dataclass(frozen=True, slots=True)
class Chain:
    """Alembic's own view.

    Args:
        ini: Where it was asked: the folder of the configuration, and the command for it.
        at: The revisions that its database says it is at; None where it has no version table.
        unknown: Those of them that no file has.
        heads: The newest revisions: one, or several branches of which each has to be upgraded.
        pending: Revisions that have not run there, oldest first.
        having: What of the missing objects its database has.
        done: In the order of the chain.
        named: Revisions whose text names what is missing in a way that was not read, by what is missing.
    """

    database: DatabaseIdentity
    schema: str | None
    folder: str
    command: str
    at: tuple[str, ...]
    unknown: tuple[str, ...]
    pending: tuple[str, ...]
    having: frozenset[Missing]
    done: tuple[Done, ...]
    heads: tuple[str, ...] = ()
    named: Mapping[Missing, tuple[str, ...]] = field(default_factory=dict)

    def adding(self, missing: Missing) -> list[Done]:
        """What adds a table or column; the table's own creation where its columns were not read."""
        return [each for each in self._about(missing) if each.adds]

    def removing(self, missing: Missing) -> Done | None:
        """What takes a table or column away, where that has not run."""
        return next((each for each in self._about(missing) if not each.adds and not each.applied), None)

    def last(self, missing: Missing) -> Done | None:
        """What was done to it last by a revision that has run."""
        return next((each for each in reversed(self._about(missing)) if each.applied), None)

    def of(self, revision: str) -> list[Done]:
        """All that one revision does."""
        return [each for each in self.done if each.revision == revision]

    @property
    def revisions(self) -> list[str]:
        """Those of which something was read, oldest first."""
        return list(dict.fromkeys(each.revision for each in self.done))

    def names(self, table: TableName, column: str) -> bool:
        """Whether any revision names a column of a table."""
        return any(each.table.lower() == table.name.lower() and each.column == column for each in self.done)

    @property
    def to_head(self) -> str:
        """The argument of ``alembic upgrade``: with several branches Alembic refuses ``head``."""
        return "heads" if len(self.heads) > 1 else "head"

    def _about(self, missing: Missing) -> list[Done]:
        """What was done to it: in its own schema, or where nothing was, in a schema that one of the two does not name."""
        schema = missing.table.schema
        named = [each for each in self.done if (each.table, each.column) == (missing.table.name, missing.column)]
        same = [each for each in named if (each.schema or self.schema) == (schema or self.schema)]
        return same or [each for each in named if not (schema and each.schema)]


@dataclass(frozen=True, slots=True)
class Asked:
    """An environment that runs already: that of ``drift`` itself."""

    config: Config
    script: ScriptDirectory
    context: MigrationContext


class NotAsked(Exception):
    """Alembic could not be asked; the text says why."""


def ask(config: object, missing: Sequence[Missing], tables: Iterable[str]) -> Chain:
    """Run env.py and read the revisions: in a process of its own, in the folder of the file, for a path; in this process
    for a Config, as it is; in the environment that runs for ``Asked``.

    Args:
        tables: Names of tables: of the revisions that name one of them is told what they do.

    Raises:
        NotAsked: With the reason in one line.
    """
    asked = sorted(set(tables))
    if isinstance(config, (str, Path)):
        return _in_a_process(Path(config).absolute(), missing, asked)
    if isinstance(config, Asked):
        return _seen(config.config, config.script, config.context, missing, asked)
    from alembic.config import Config

    if not isinstance(config, Config):
        raise NotAsked(f"config is {type(config).__name__}, no path and no Config")
    return look(config, missing, asked)


_TIMEOUT = 60


def _in_a_process(path: Path, missing: Sequence[Missing], tables: Sequence[str]) -> Chain:
    if not path.is_file():
        raise NotAsked(f"there is no {path}")
    question = {"config": path.name, "missing": [asdict(each) for each in missing], "tables": tables}
    # The package's own folder, behind all else: env.py's imports are found as `alembic` finds them.
    ours = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), ours]))}
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "alembic_guard._drift.asked"],
            input=json.dumps(question),
            cwd=path.parent,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",  # an env.py may print anything
            timeout=_TIMEOUT,
            check=False,
        )
        answer = json.loads(ran.stdout)
    except subprocess.TimeoutExpired as error:
        raise NotAsked(f"env.py of {path} did not end in {_TIMEOUT} s") from error
    except (OSError, ValueError) as error:
        # What the process said is not shown: nobody knows what an env.py prints.
        raise NotAsked(f"env.py of {path} could not be run in a process of its own") from error
    if "error" in answer:
        raise NotAsked(str(answer["error"]))
    return chain_of(answer)


def look(config: Config, missing: Sequence[Missing], tables: Sequence[str]) -> Chain:
    """The same in this process.

    Raises:
        NotAsked: With the reason in one line.
    """
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError
    from sqlalchemy.exc import DBAPIError

    from alembic_guard._environment_work import in_the_one_environment
    from alembic_guard._errors import GuardError
    from alembic_guard._run.connection import first_line

    try:
        script = ScriptDirectory.from_config(config)
        return in_the_one_environment(
            config, script, lambda context: _seen(config, script, context, missing, tables), "drift"
        )
    except GuardError as error:
        found = error.diagnostics[0]
        raise NotAsked(f"{found.code} {found.location}: {found.message}") from error
    except (CommandError, DBAPIError) as error:
        raise NotAsked(first_line(error)) from error
    except (Exception, SystemExit) as error:
        # An env.py may raise anything. Not its text: a URL that cannot be read is shown there with its password.
        raise NotAsked(raised(error)) from error


def raised(error: BaseException) -> str:
    """What an env.py raised and where, without its text, which may hold a password."""
    from alembic_guard._models import shown, users_line

    path, line = users_line(error)
    place = f" ({shown(path)}:{line})" if path else ""
    return f"env.py raised {type(error).__name__}{place}; `alembic current` shows all of it"


def _seen(
    config: Config,
    script: ScriptDirectory,
    context: MigrationContext,
    missing: Sequence[Missing],
    tables: Sequence[str],
) -> Chain:
    from alembic_guard._drift.identity import identify
    from alembic_guard._drift.live import read_live

    connection = context.connection
    if connection is None:
        raise NotAsked("env.py gave no connection")
    live = read_live(connection, {each.table for each in missing})
    at = tuple(context.get_current_heads())
    known, unknown = _known(script, at)
    applied = {each.revision for each in script.iterate_revisions(known, "base")} if known else set()
    every = list(reversed(list(script.walk_revisions())))
    folder, command = _command(config)
    done = tuple(_done(every, applied, tables))
    return Chain(
        identify(connection),
        connection.dialect.default_schema_name,
        folder,
        command,
        at,
        unknown,
        tuple(each.revision for each in every if each.revision not in applied),
        frozenset(each for each in missing if _has(live.find(each.table), each.column)),
        done,
        tuple(script.get_heads()),
        {each: found for each in missing if (found := tuple(_naming(every, each, done)))},
    )


def _known(script: ScriptDirectory, at: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from alembic.util import CommandError

    known: list[str] = []
    unknown: list[str] = []
    for each in at:
        try:
            found = script.get_revision(each)
        except CommandError:
            found = None
        (known if found else unknown).append(each)
    return tuple(known), tuple(unknown)


def _has(live: Any, column: str | None) -> bool:
    return live is not None and (column is None or column in live.columns)


def _done(every: Iterable[Script], applied: set[str], tables: Sequence[str]) -> Iterable[Done]:
    """What the revisions that name one of the tables do, to whatever table."""
    from alembic_guard._drift.effects import effects_in
    from alembic_guard._models import shown

    columns: dict[str, dict[str, Done]] = {}
    for revision in every:
        source = _text(revision)
        if not any(name in source for name in tables) and "rename_table" not in source:
            continue
        found = effects_in(source)
        down = revision.down_revision
        for each in found:
            done = Done(
                each.kind == "adds",
                each.schema,
                each.table,
                each.column,
                revision.revision,
                down if isinstance(down, str) else " ".join(down or ("base",)),
                shown(revision.path),
                each.line,
                revision.revision in applied,
            )
            yield done
            if each.column is not None:
                columns.setdefault(each.table, {})[each.column] = done
            elif each.was is not None:
                columns[each.table] = columns.pop(each.was, {})
                yield from (replace(done, column=name) for name, past in columns[each.table].items() if past.adds)


def _naming(every: Iterable[Script], missing: Missing, done: Sequence[Done]) -> Iterable[str]:
    """Revisions that name something as a word, of which nobody read what they do to it."""
    name = missing.table.name if missing.column is None else missing.column
    read = {each.revision for each in done if each.table == missing.table.name and each.column == missing.column}
    word = re.compile(rf"\b{re.escape(name)}\b")
    for revision in every:
        source = _text(revision) if revision.revision not in read else ""
        if word.search(source) and missing.table.name in source:
            yield revision.revision


def _text(revision: Script) -> str:
    from alembic_guard._history.sources import text_of

    try:
        return text_of(revision.path) if revision.path.endswith(".py") else ""
    except (OSError, SyntaxError, ValueError):
        return ""


def _command(config: Config) -> tuple[str, str]:
    """The folder in which ``alembic`` is meant to be run, and how it is called there: with ``-c``, ``-n`` and ``-x``."""
    files = [Path(each).absolute() for each in (config.config_file_name, config.toml_file_name) if each is not None]
    # Both are given where Alembic's own command line made the Config, and either may not be there.
    path = next((each for each in files if each.is_file()), files[0] if files else Path.cwd() / "alembic.ini")
    parts = ["alembic"]
    if path.name not in ("alembic.ini", "pyproject.toml"):
        parts += ["-c", path.name]
    if config.config_ini_section != "alembic":
        parts += ["-n", config.config_ini_section]
    for each in getattr(config.cmd_opts, "x", None) or ():
        parts += ["-x", without_secrets(each)]
    return str(path.parent), shlex.join(parts)


def config_of(path: Path) -> Config:
    """The configuration in a file, and the other one beside it: ``alembic -c`` reads alembic.ini and pyproject.toml."""
    from alembic.config import Config

    is_toml = path.name == "pyproject.toml"
    return Config(
        path.with_name("alembic.ini") if is_toml else path, path if is_toml else path.with_name("pyproject.toml")
    )


def as_dict(chain: Chain) -> dict[str, Any]:
    """For JSON."""
    return {
        "database": chain.database.as_dict(),
        "schema": chain.schema,
        "folder": chain.folder,
        "command": chain.command,
        "at": chain.at,
        "unknown": chain.unknown,
        "pending": chain.pending,
        "having": [asdict(each) for each in chain.having],
        "done": [asdict(each) for each in chain.done],
        "heads": chain.heads,
        "named": [[asdict(each), revisions] for each, revisions in chain.named.items()],
    }


def chain_of(answer: Mapping[str, Any]) -> Chain:
    """What ``as_dict`` gave."""
    database = answer["database"]
    return Chain(
        DatabaseIdentity(database["dialect"], database["url"], tuple(database["key"]), database["facts"]),
        answer["schema"],
        answer["folder"],
        answer["command"],
        tuple(answer["at"]),
        tuple(answer["unknown"]),
        tuple(answer["pending"]),
        frozenset(map(missing_of, answer["having"])),
        tuple(Done(**each) for each in answer["done"]),
        tuple(answer["heads"]),
        {missing_of(each): tuple(revisions) for each, revisions in answer["named"]},
    )


def missing_of(given: Mapping[str, Any]) -> Missing:
    """What ``asdict`` gave of one."""
    return Missing(TableName(*given["table"]), given["column"])
