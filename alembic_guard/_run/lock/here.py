"""This process, as another one may find it."""

from __future__ import annotations

import os
import socket


def this_process(length: int | None = None) -> str:
    """``alembic_guard, process 4242 on web-1``, cut to a length."""
    return f"alembic_guard, process {os.getpid()} on {socket.gethostname()}"[:length]
