"""The keywords that the running Alembic command and earlier ``context.configure()`` calls have set."""

from __future__ import annotations

from typing import Any

from alembic import context


def context_options() -> dict[str, Any] | None:
    """The dict itself, which ``context.configure()`` adds to; None outside env.py.

    ``alembic.context`` is a proxy of the EnvironmentContext; ``_proxy`` is that object (Alembic 1.18 - 1.20).
    """
    environment = getattr(context, "_proxy", None)
    found: dict[str, Any] | None = environment.context_opts if environment is not None else None
    return found
