"""Findings without those that somebody has looked at; and suppressions that nothing is found at any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from alembic_guard._diagnostics import Diagnostic
from alembic_guard._rules import ags102_unused, all_rules
from alembic_guard._suppressions import Suppression, without_suppressed


def without_suppressed_or_unused(
    found: Sequence[Diagnostic], suppressions: Sequence[Suppression], looked_at: Mapping[str, frozenset[str]]
) -> Iterator[Diagnostic]:
    """The findings that nobody silenced; AGS101 for suppressions without a reason, AGS102 for those that do nothing.

    Args:
        looked_at: By file, the codes that were looked for in it: what only a compare with the database finds is no
            reason to call a suppression unused.
    """
    yield from without_suppressed(found, suppressions)
    for each in suppressions:
        met = {finding.code for finding in found if each.covers(finding)}
        unknown = {code for code in each.codes if code not in _codes()}
        unused = each.codes & (looked_at.get(each.path, frozenset()) | unknown) - met
        if each.reason and unused:
            yield ags102_unused.unused(each.path, each.written_at, sorted(unused), sorted(unknown))


@cache
def _codes() -> frozenset[str]:
    return frozenset(rule.code for rule in all_rules())
