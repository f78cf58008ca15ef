"""Rules: one file each, named by its code, with the record ``RULE`` and the functions that make its findings.

A rule judges values. It knows no connection, no Guard and no Alembic context, so a test needs no database.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from alembic_guard._rules._rule import Rule


def all_rules() -> Iterator[Rule]:
    """Every rule, by code. Imports their files; nothing but docs, `explain` and Guard's check of codes needs that."""
    for module in sorted(iter_modules(__path__), key=lambda each: each.name):
        if not module.name.startswith("_"):
            rule = import_module(f"{__name__}.{module.name}").RULE
            assert isinstance(rule, Rule)
            yield rule
