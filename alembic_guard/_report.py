"""Diagnostics as text for a person and as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import indent

from alembic_guard._diagnostics import Diagnostic, Severity

JSON_VERSION = 1
"""Version of the JSON report's shape; it grows when a field is renamed or removed, never when one is added."""

_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """A report for a terminal: errors first; findings that share code and hint stand under one head."""
    return "\n".join(_block(group) for group in _grouped(diagnostics))


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """``{"version": 1, "diagnostics": [{"code", "severity", "slug", "object", "path", "line", "message", "hint"}]}``."""
    found = [
        {
            "code": each.code,
            "severity": each.severity.value,
            "slug": each.slug,
            "object": each.location.object,
            "path": each.location.path,
            "line": each.location.line,
            "message": each.message,
            "hint": each.hint,
        }
        for each in _sorted(diagnostics)
    ]
    return json.dumps({"version": JSON_VERSION, "diagnostics": found}, indent=2, ensure_ascii=False)


def _sorted(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    return sorted(diagnostics, key=lambda each: (_WEIGHT[each.severity], each.code, each.hint, str(each.location)))


def _grouped(diagnostics: Iterable[Diagnostic]) -> Iterator[Sequence[Diagnostic]]:
    for _, group in groupby(_sorted(diagnostics), key=lambda each: (each.severity, each.code, each.hint)):
        yield tuple(group)


def _block(group: Sequence[Diagnostic]) -> str:
    head = group[0]
    if len(group) == 1:
        lines = [f"{head.code} {head.severity.value}  {head.location}", indent(head.message, "  ")]
    else:
        lines = [f"{head.code} {head.severity.value}  {len(group)} x {head.slug}"]
        lines += [f"  {each.location}: {' '.join(each.message.split())}" for each in group]
    if head.hint:
        lines.append("  hint: " + indent(head.hint, "        ").lstrip())
    return "\n".join(lines)
