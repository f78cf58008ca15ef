"""The chain of one database, read in the order in which it was run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from alembic_guard._collection import collected_seldom
from alembic_guard._history.as_generated import events_as_generated
from alembic_guard._history.history import History, Place
from alembic_guard._history.interpreter import Interpreter, TooLong
from alembic_guard._history.replay import Replay
from alembic_guard._history.sources import KNOWN_LIBRARIES, Sources, is_standard, text_of
from alembic_guard._names import TableName


def read_history(
    script: ScriptDirectory,
    heads: Sequence[str] | None = None,
    *,
    dialect: str | None = None,
    one_name: Callable[[TableName], TableName] | None = None,
    engine: str | None = None,
) -> History:
    """What a chain created, touched, and what of it cannot be read.

    Args:
        script: Where the revisions are.
        heads: The revisions that the database is at: only their ancestors and what they depend on count; None for all
            heads of the files.
        dialect: The database's dialect, which decides ``bind.dialect.name`` in a revision and how raw SQL is read.
        one_name: Gives all spellings of one table the same name (``Catalogue.one_name``); None: as the dialect does by
            itself, in a schema that nobody knows.
        engine: Which of several databases it is: what env.py gives to ``upgrade(engine_name)``.
    """
    replay = Replay(one_name or (lambda name: name.as_kept(dialect, None)))
    sources = Sources(script.dir)
    with collected_seldom():
        for revision in _in_order(script, heads, replay):
            _read(revision, dialect, engine, sources, replay)
    return replay.history


def _in_order(script: ScriptDirectory, heads: Sequence[str] | None, replay: Replay) -> Iterator[Script]:
    """Revisions from the base on; a head that no file has is reported."""
    try:
        known = [
            each for head in (script.get_heads() if heads is None else heads) if (each := _known(head, script, replay))
        ]
        yield from reversed(list(script.iterate_revisions(tuple(known), "base")) if known else [])
    except (RevisionError, KeyError) as error:  # KeyError: a down_revision that no file has
        replay.cannot_read(Place("(none)", script.dir, 0), f"the chain is broken: {error}")


def _known(head: str, script: ScriptDirectory, replay: Replay) -> str | None:
    try:
        found = script.get_revision(head)
    except CommandError:
        found = None
    if found is None:
        replay.cannot_read(Place(head, script.dir, 0), f"no file has revision {head}, which the database is at")
    return found.revision if found is not None else None


def _read(revision: Script, dialect: str | None, engine: str | None, sources: Sources, replay: Replay) -> None:
    path = revision.path
    try:
        text = text_of(path) if path.endswith(".py") else ""
        if not text:
            replay.cannot_read(Place(revision.revision, path, 0), "there is no source file, only a compiled one")
        if not _may_matter(text):
            return
        tree = ast.parse(text, path)  # not kept: thousands of trees cost more in garbage collection than in parsing
    except (OSError, SyntaxError, ValueError, RecursionError) as error:  # RecursionError: a sum of thousands of terms
        line = getattr(error, "lineno", None) or 0
        replay.cannot_read(Place(revision.revision, path, line), f"the file cannot be read: {error}")
        return
    found = events_as_generated(tree)
    if found is None:
        interpreter = Interpreter(path, dialect, sources)
        try:
            interpreter.read(tree, engine)
        except (TooLong, RecursionError) as error:
            replay.cannot_read(
                Place(revision.revision, path, getattr(error, "line", 0)), "upgrade() takes too many steps to be read"
            )
        found = interpreter.seen
    for seen in found:
        replay.take(seen.event, Place(revision.revision, path, seen.line), seen.conditional)


_WORDS = re.compile(
    r"create|rename|drop|execute|exec_driver_sql|_column|alter|_comment|import_module|globals|getattr|\beval\b|op\.invoke"
)
_IMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+))", re.MULTILINE)


def _may_matter(text: str) -> bool:
    """Whether a file may do anything to a table: a quick look that need not parse it."""
    if _WORDS.search(text):
        return True
    modules = [first or second for first, second in _IMPORT.findall(text)]
    return any(not is_standard(each) and each.partition(".")[0] not in KNOWN_LIBRARIES for each in modules)
