"""For each kind of finding that the review has of published packages: one that a person looked up in the package."""

from __future__ import annotations

CONFIRMED: dict[str, tuple[str, str]] = {}
