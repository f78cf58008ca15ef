"""How a run ends that must not go on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._report import as_text
from alembic_guard._stop import stop


def print_and_stop(findings: Sequence[Diagnostic], cause: BaseException | None = None) -> NoReturn:
    """Print a report to stderr, whole: of an error Alembic's command line shows the message alone.

    Raises:
        GuardError: Always.
    """
    print(as_text(findings), file=sys.stderr)
    stop(*findings, cause=cause)
