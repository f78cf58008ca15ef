"""The upgrade in several processes at once, as many instances of an application that starts run it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from threading import BrokenBarrierError
from typing import Any

import pytest
from alembic.runtime.migration import MigrationContext, MigrationStep, RevisionStep
from sqlalchemy.exc import DBAPIError

from alembic_guard._database import describe
from alembic_guard._run.connection import is_engine, with_a_pool_of_its_own
from alembic_guard._run.lock.key import key_of
from alembic_guard._testing.environment import Environment, fail
from alembic_guard._testing.walk import name_of, to_base, upgrades

COUNT = 4
LONGEST = 600.0
"""Seconds after which a process that has not ended is killed."""
_PATIENCE = 1.0
"""Seconds for which one that has read the version table waits until all have; where env.py takes a lock before, no other
comes."""

_HINT = (
    "run_migrations(Guard(...)) as the whole env.py lets one process run at a time; in an env.py of your own, take a lock"
    " before context.run_migrations()"
)

Begun = tuple[str, str]
"""A database and what begins in it."""


@dataclass(slots=True)
class _Outcome:
    begun: list[Begun] = field(default_factory=list)
    error: str = ""


def upgrades_at_once(environment: Environment) -> None:
    """Fail where a revision does not run exactly once, or a process does not come to its end.

    The processes are forked: what a suite's fixtures say (an engine with listeners, a configuration without a file, settings
    that are patched) is in this process alone, and a new interpreter might find another database in its place.
    """
    _skip_what_no_other_process_reaches(environment)
    to_base(environment)
    outcomes = _run_at_once(environment)
    lines = [*_ran_wrongly(_expected(environment), outcomes), *_errors(outcomes)]
    if lines:
        # What all are told alike, one is told that runs alone.
        alone = all(each.error and each.error == outcomes[0].error for each in outcomes)
        fail(
            f"upgrade heads in {COUNT} processes at once on {', '.join(_databases(environment))}\n"
            "  expected: each revision runs once, and every process comes to its end; found:\n"
            + "\n".join(f"    {line}" for line in lines),
            hint="" if alone else _HINT,
        )


def _skip_what_no_other_process_reaches(environment: Environment) -> None:
    # Python's documentation of multiprocessing: a process that is forked may crash on macOS. Windows cannot fork.
    if "fork" not in multiprocessing.get_all_start_methods() or sys.platform == "darwin":
        pytest.skip("this system does not fork processes, and no other kind has the suite's engine and configuration")
    if any(each is not None and not is_engine(each) for each in _each(environment.engine)):
        pytest.skip("alembic_engine is a connection, which belongs to this process")

    def look(context: MigrationContext) -> None:
        assert context.connection is not None
        if context.dialect.name == "sqlite" and not key_of(context.connection).file:
            pytest.skip(f"{describe(context.connection)} is in the memory of this process, where no other reaches it")

    environment.look(look)


def _each(engine: Any) -> list[Any]:
    return list(engine.values()) if isinstance(engine, Mapping) else [engine]


def _databases(environment: Environment) -> list[str]:
    found: list[str] = []

    def look(context: MigrationContext) -> None:
        assert context.connection is not None
        found.append(describe(context.connection))

    environment.look(look)
    return found


def _expected(environment: Environment) -> list[Begun]:
    steps = list(upgrades(environment))
    return [(database, name_of(step)) for database in _databases(environment) for step in steps]


# --- in this process


def _run_at_once(environment: Environment) -> list[_Outcome]:
    forking = multiprocessing.get_context("fork")
    barrier = forking.Barrier(COUNT)
    processes, pipes = [], []
    for _ in range(COUNT):
        receiver, sender = forking.Pipe(duplex=False)
        process = forking.Process(target=_in_a_process, args=(environment, barrier, sender), daemon=True)
        with warnings.catch_warnings():
            # Python 3.12: a lock that a thread of this process holds stays locked in the other. What ours does there
            # needs none of theirs: connections and loops are new.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        sender.close()
        processes.append(process)
        pipes.append(receiver)
    try:
        return _outcomes(pipes)
    finally:
        for process in processes:
            process.kill()
            process.join()


def _outcomes(pipes: list[Any]) -> list[_Outcome]:
    found: list[_Outcome] = []
    left, deadline = list(pipes), time.monotonic() + LONGEST
    while left:
        ready = wait(left, max(deadline - time.monotonic(), 0))
        if not ready:
            return found + [_Outcome(error=f"it did not end within {LONGEST:.0f} s") for _ in left]
        for pipe in ready:
            left.remove(pipe)
            found.append(_received(pipe))
    return found


def _received(pipe: Any) -> _Outcome:
    try:
        outcome: _Outcome = pipe.recv()
    except EOFError:
        return _Outcome(error="it died without a word")
    return outcome


def _ran_wrongly(expected: list[Begun], outcomes: list[_Outcome]) -> Iterator[str]:
    counts = Counter(each for outcome in outcomes for each in outcome.begun)
    several = len({database for database, _ in expected}) > 1
    for database, name in expected:
        if counts[database, name] != 1:
            where = f" on {database}" if several else ""
            yield f"{name}{where} ran in {counts[database, name]} processes"


def _errors(outcomes: list[_Outcome]) -> Iterator[str]:
    for error, count in sorted(Counter(each.error for each in outcomes if each.error).items()):
        yield f"{count} of the processes: {error}".replace("\n", "\n    ")


# --- in each of the others


def _in_a_process(environment: Environment, barrier: Any, sender: Pipe[Any, Any]) -> None:
    _be_quiet()
    outcome = _Outcome()
    try:
        _upgrade(_with_new_connections(environment), barrier, outcome.begun)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the other process tells it
        outcome.error = _in_words(error)
    sender.send(outcome)


def _be_quiet() -> None:
    """The output is that of the process that forked."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _with_new_connections(environment: Environment) -> Environment:
    """Those in the pool belong to the process that forked (SQLAlchemy documentation, "Using Connection Pools with
    Multiprocessing or os.fork()")."""
    given = environment.engine
    engine = {name: _new(each) for name, each in given.items()} if isinstance(given, Mapping) else _new(given)
    environment.config.attributes["connection"] = engine
    return replace(environment, engine=engine)


def _new(engine: Any) -> Any:
    if engine is None:  # env.py makes its own
        return None
    sync = getattr(engine, "sync_engine", None)
    return with_a_pool_of_its_own(engine) if sync is None else type(engine)(with_a_pool_of_its_own(sync))


def _upgrade(environment: Environment, barrier: Any, begun: list[Begun]) -> None:
    """What ``alembic upgrade heads`` does, noting what begins."""
    met = False

    def steps(heads: Any, context: MigrationContext) -> list[RevisionStep]:
        nonlocal met
        assert context.connection is not None
        database = describe(context.connection)
        if not met:
            met = True
            _meet(barrier)
        script = environment.script
        pending = list(script.iterate_revisions("heads", heads, implicit_base=True))
        return [
            _noted(MigrationStep.upgrade_from_script(script.revision_map, each), database, environment.skipped, begun)
            for each in reversed(pending)
        ]

    environment.run(steps, destination_rev="heads")


def _meet(barrier: Any) -> None:
    try:
        barrier.wait(_PATIENCE)
    except BrokenBarrierError:
        return


def _noted(step: RevisionStep, database: str, skipped: frozenset[str], begun: list[Begun]) -> RevisionStep:
    own = step.migration_fn

    @wraps(own)
    def migrate(**given: Any) -> None:
        begun.append((database, name_of(step)))
        if step.revision.revision not in skipped:
            own(**given)

    step.migration_fn = migrate
    return step


def _in_words(error: BaseException) -> str:
    if isinstance(error, pytest.fail.Exception):
        return str(error.msg)
    if isinstance(error, DBAPIError):
        return f"{' '.join(str(error.orig).split())}\n  statement: {' '.join((error.statement or '').split())}"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
