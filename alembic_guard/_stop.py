"""Stop with diagnostics; Alembic is imported only now, so that models and presets can be used without it."""

from __future__ import annotations

from typing import NoReturn

from alembic_guard._diagnostics import Diagnostic


def stop(*diagnostics: Diagnostic, cause: BaseException | None = None) -> NoReturn:
    """Raise a GuardError with these findings.

    Raises:
        GuardError: Always.
    """
    from alembic_guard._errors import GuardError

    raise GuardError(diagnostics) from cause
