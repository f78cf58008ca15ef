"""What was said on the command line with ``-x key=value``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alembic.config import Config

from alembic_guard._rules import age108_bad_guard
from alembic_guard._stop import stop


def values(config: Config | None, key: str, *, engine: str | None = None) -> Iterator[str]:
    """Every value given for a key, in order: ``-x key=a -x key=b`` (as a dictionary Alembic would keep the last).

    Args:
        engine: One of several databases: what names another (``-x key=engine2:a``) is left out, and its own name is
            taken off.

    Raises:
        GuardError: AGE108 when the key is given without a value.
    """
    given = getattr(config.cmd_opts, "x", None) if config is not None and config.cmd_opts is not None else None
    for each in [given] if isinstance(given, str) else given or ():
        name, equals, value = each.partition("=")
        if name == key and not (equals and value):
            stop(age108_bad_guard.bad_value("-x", each, f"a value: -x {key}=..."))
        if name == key and (meant := _for(engine, value, config)) is not None:
            yield meant


def _for(engine: str | None, value: str, config: Config | None) -> str | None:
    """The value without the database's name in front of it; None where it is for another one."""
    whose, colon, rest = value.partition(":")
    if engine is None or not colon or config is None:
        return value
    known = re.split(r",\s*", config.get_main_option("databases") or "")
    if whose == engine:
        return rest
    return None if whose in known else value


def seconds(config: Config | None, key: str) -> float:
    """A number of seconds, 0 where the key is not given; the last one counts.

    Raises:
        GuardError: AGE108 when the value is not a number of seconds.
    """
    found = 0.0
    for value in values(config, key):
        try:
            found = float(value)
        except ValueError:
            found = -1.0
        if not 0 <= found < float("inf"):
            stop(age108_bad_guard.bad_value(f"-x {key}=", value, "a number of seconds", f"-x {key}=60"))
    return found
