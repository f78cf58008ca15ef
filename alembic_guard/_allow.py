"""Consent: one revision may change one table of another owner."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Allow:
    """What the fence lets through.

    .. code-block:: python

        Guard(..., allow=[Allow("a1f4c7d20b35", "user", reason="agreed with the auth team, #123")])

    Args:
        revision: The one whose migration may do it, as its file says it in full.
        table: The other owner's table, ``"user"`` or ``"auth.user"``.
        reason: Why, for who reads it later; not empty.

    .. versionadded:: 0.1
    """

    revision: str
    table: str
    reason: str = field(kw_only=True)
