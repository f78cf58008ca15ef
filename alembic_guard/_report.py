"""Diagnostics as text for a person and as JSON for a program."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from textwrap import indent

from alembic_guard._diagnostics import Diagnostic, Severity

JSON_VERSION = 1
"""Version of the JSON report's shape; it grows when a field is renamed or removed, never when one is added."""

SCHEMA = Path(__file__).parent / "schemas" / f"diagnostics-{JSON_VERSION}.schema.json"
"""The JSON report's JSON Schema, which the documentation publishes."""

_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def as_text(diagnostics: Iterable[Diagnostic]) -> str:
    """A report for a terminal: errors first; findings that share code and hint stand under one head."""
    return "\n".join(_block(group) for group in _grouped(diagnostics))


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """``{"version": 1, "diagnostics": [{"code", "severity", ...}]}``, as ``SCHEMA`` says."""
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


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """Workflow commands that GitHub shows as annotations of a pull request, one a line.

    Source: GitHub's documentation, "Workflow commands for GitHub Actions", and how actions/toolkit escapes
    (packages/core/src/command.ts).
    """
    return "\n".join(map(_annotation, _sorted(diagnostics)))


_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def _annotation(each: Diagnostic) -> str:
    said = {
        "file": _in_workspace(each.location.path) if each.location.path else None,
        "line": each.location.line,
        "title": f"{each.code} {each.slug}",
    }
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in said.items() if value)
    text = f"{each.location.object}: {each.message}" if each.location.object else each.message
    hint = f"\nhint: {each.hint}" if each.hint else ""
    return f"::{_LEVELS[each.severity]} {properties}::{_data(text + hint)}"


def _in_workspace(path: str) -> str:
    """A path as GitHub wants it: from the checkout's folder, wherever the command runs."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if not workspace:
        return path
    for way in (Path(path).absolute(), Path(path).resolve()):
        for top in (Path(workspace), Path(workspace).resolve()):
            if ".." not in way.parts and way.is_relative_to(top):
                return way.relative_to(top).as_posix()
    return path


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


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
